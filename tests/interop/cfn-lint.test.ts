import { glob, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { findCfnLint } from "./tools/cfn-lint.ts";
import { findSamCli } from "./tools/sam.ts";
import { run } from "./tools/tool.ts";

const root = resolve(import.meta.dirname, "../..");
const places = ["examples/*/template.yaml", "packages/cli/templates/*/template.yaml"];
const { tool: cfnLint = "", missing } = await findCfnLint();
const sam = await findSamCli();

/** It reads AWS's schemas first, which takes seconds. */
const lintMs = 120_000;

/** What the guide says that a template can have for `sluice archive`, for each kind of runtime. */
const everything = `
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
${["nodejs22.x", "nodejs24.x", "provided.al2023"].map(resource).join("")}`;

function resource(runtime: string): string {
  const name = runtime.replace(/\W/g, "");
  return `  ${name}:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: esbuild
      BuildProperties:
        EntryPoints: [src/index.ts]
        External: [sharp]
        Format: esm
        OutExtension: [.js=.mjs]
        Target: node22
        Sourcemap: true
        KeepNames: true
      Sluice:
        NodeVersion: 24.21.0
        Include: [assets/]
    Properties:
      CodeUri: .sluice/${name}.zip
      Handler: index.handler
      Runtime: ${runtime}
      Architectures: [arm64]
      Environment:
        Variables:
          NODE_OPTIONS: --enable-source-maps
      FunctionUrlConfig:
        AuthType: AWS_IAM
        InvokeMode: RESPONSE_STREAM
`;
}

describe.skipIf(missing !== undefined)("cfn-lint", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-cfn-lint-"));
    return () => rm(folder, { recursive: true, force: true });
  });

  test(
    "has nothing to say about examples, templates of sluice init, and all that sluice archive reads",
    async () => {
      const templates = [join(folder, "everything.yaml")];
      await writeFile(join(folder, "everything.yaml"), everything);
      for await (const path of glob(places, { cwd: root })) templates.push(join(root, path));
      expect(templates.length).toBeGreaterThan(8);
      expect(await run(cfnLint, templates)).toBe("");
    },
    lintMs,
  );

  test(
    "would find a mistake there",
    async () => {
      await writeFile(join(folder, "wrong.yaml"), everything.replace("Architectures", "Architecture"));
      await expect(run(cfnLint, [join(folder, "wrong.yaml")])).rejects.toThrow();
    },
    lintMs,
  );
});

describe.skipIf(sam.missing !== undefined)("sam validate --lint", () => {
  const program = join(sam.tool ?? "", "sam");
  const environment = { ...process.env, SAM_CLI_TELEMETRY: "0", AWS_DEFAULT_REGION: "us-east-1" };
  const validate = (template: string) =>
    run(program, ["validate", "--lint", "--template-file", template], environment);

  test(
    "accepts every example's template, and those of sluice init",
    async () => {
      for await (const path of glob(places, { cwd: root })) {
        expect(await validate(join(root, path)), path).toContain("is a valid SAM Template");
      }
    },
    // One process for each.
    5 * lintMs,
  );

  test(
    "would find a mistake there",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "sluice-sam-lint-"));
      const file = join(folder, "wrong.yaml");
      await writeFile(file, everything.replace("Architectures", "Architecture"));
      await expect(validate(file)).rejects.toThrow();
      await rm(folder, { recursive: true, force: true });
    },
    lintMs,
  );
});
