import { join } from "node:path";
import { RuntimeFinder } from "../src/lambda/environment/index.ts";
import type { FunctionFolder } from "../src/lambda/environment/testing/function-folder.ts";
import { PublishedVersions } from "../src/lambda/published-versions.ts";
import { type Deployment, deployTemplate } from "../src/stack/template-deployment.ts";

/**
 * Deploys a SAM template that is written into the folder as `template.json`, a line for each property.
 * @param sections - beside its resources.
 */
export async function deployResources(
  folder: FunctionFolder,
  resources: Readonly<Record<string, unknown>>,
  sections: Readonly<Record<string, unknown>> = {},
): Promise<Deployment> {
  const template = { Transform: "AWS::Serverless-2016-10-31", Resources: resources, ...sections };
  await folder.write({ "template.json": JSON.stringify(template, undefined, 1) });
  return deployTemplate({
    template: join(folder.path, "template.json"),
    parameters: {},
    region: "us-east-1",
    accountId: "123456789012",
    stackName: "sluice",
    idOf: (kind, name) => `${kind}-${name.length}`,
    queueUrl: (name) => `http://localhost/${name}`,
    buildFolder: join(folder.path, "build"),
    versions: new PublishedVersions(join(folder.path, "state")).begin(join(folder.path, "build/versions")),
    runtimes: new RuntimeFinder({ hostPath: "/usr/bin:/bin", warn: () => {}, searchFrom: [] }),
  });
}
