import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStack, stackClient } from "../../../packages/platform/test/stack-client.ts";
import { findMotoServer } from "../tools/moto.ts";
import type { RunningProcess } from "./running-process.ts";
import { Project } from "./sluice-dev.ts";

// Another's emulator shows what sluice deploy takes for granted of ours. moto evaluates outputs in CreateStack and UpdateStack
// alone, 5.2.5 still: a stack that only change sets made has none there, whatever asks for them.

const { tool: server = "", missing } = await findMotoServer();
const stack = ["--stack-name", "hello", "--yes"];

describe.skipIf(missing !== undefined)("sluice deploy and delete, against moto", { timeout: 60_000 }, () => {
  let project: Project;
  let moto: RunningProcess;
  let environment: Record<string, string>;
  beforeAll(async () => {
    project = await Project.copy("plain-project");
    moto = project.run(server, ["--host", "127.0.0.1", "--port", "0"]);
    const [, endpoint = ""] = await moto.stderr.until(/Running on (http:\/\/127\.0\.0\.1:\d+)/);
    environment = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
  }, 60_000);
  afterAll(async () => {
    await moto?.[Symbol.asyncDispose]();
    await project?.[Symbol.asyncDispose]();
  });

  async function run(...parameters: string[]): Promise<{ readonly out: string; readonly talk: string }> {
    await using cli = project.run(
      process.execPath,
      [join(project.folder, "node_modules/sluice/bin/sluice.js"), ...parameters],
      {
        environment,
      },
    );
    expect(await cli.exit, cli.stderr.text).toBe(0);
    return { out: cli.stdout.text, talk: cli.stderr.text };
  }

  const sluice = async (...parameters: string[]) => (await run(...parameters)).talk;

  test("tells the outputs of a stack that has them there", async () => {
    const client = stackClient({
      clientConfig: {
        region: environment["AWS_REGION"] ?? "",
        endpoint: environment["AWS_ENDPOINT_URL"] ?? "",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      },
    });
    const StackName = "with-outputs";
    const Statement = {
      Effect: "Allow",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    };
    await createStack(client, StackName, {
      Resources: {
        Role: {
          Type: "AWS::IAM::Role",
          Properties: { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [Statement] } },
        },
      },
      Outputs: { RoleArn: { Value: { "Fn::GetAtt": ["Role", "Arn"] } }, Name: { Value: "outputs" } },
    });
    client.destroy();
    const updated = await run("deploy", "--stack-name", StackName, "--yes");
    expect(updated.talk).toMatch(/^UPDATE_COMPLETE in /m);
    expect(updated.out).toMatch(/^RoleArn {2}arn:aws:iam::123456789012:role\/\S+\nName {5}outputs\n$/);
    const { out } = await run("deploy", "--stack-name", StackName, "--yes", "--json");
    expect(JSON.parse(out)).toMatchObject({ outputs: { Name: "outputs" } });
    expect(await sluice("delete", "--stack-name", StackName, "--yes")).toMatch(/with-outputs is gone\.\n$/);
  });

  test("creates, finds nothing to do, updates, and deletes", async () => {
    const created = await sluice("deploy", ...stack, "--parameter", "Greeting=hi");
    expect(created).toMatch(/^ {2}\+ Hello +AWS::Lambda::Function$/m);
    expect(created).toMatch(/^CREATE_COMPLETE in /m);
    expect(await sluice("deploy", ...stack)).toContain(
      "Nothing to change: hello is what the template says.\n",
    );

    await writeFile(join(project.folder, "code/index.js"), "exports.handler = async () => 'changed';");
    expect(await sluice("deploy", ...stack)).toMatch(/^UPDATE_COMPLETE in /m);

    const deleted = await sluice("delete", ...stack);
    expect(deleted).toContain("  - 2 uploaded in sluice-artifacts-123456789012-eu-west-1\n");
    expect(deleted).toMatch(/hello is gone\.\n$/);
    expect(await sluice("delete", ...stack)).toMatch(
      /^There is no stack hello in account 123456789012 in eu-west-1/,
    );
  });
});
