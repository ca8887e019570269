import { readdir } from "node:fs/promises";
import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rawZip } from "../../../platform/test/raw-zip.ts";
import { deployStack, describeStack, stackClient } from "../../../platform/test/stack-client.ts";
import { BuiltProgram } from "../../test/built-program.ts";
import { Sandbox } from "../../test/sandbox.ts";

// A platform that is killed in the middle of a deployment: the next start rolls that back, and serves what was there before.

let program: BuiltProgram;
beforeAll(async () => {
  program = await BuiltProgram.make();
});
afterAll(() => program[Symbol.asyncDispose]());

const answering = (text: string) =>
  rawZip([{ name: "index.js", content: `exports.handler = async () => "${text}";` }]);

/** So many files that whoever sees that its unpacking has begun is in time to break it off. */
const large = () =>
  rawZip(Array.from({ length: 20_000 }, (_, index) => ({ name: `nodejs/${index}`, isStored: true })));

const app = (code: string, layers: Readonly<Record<string, object>> = {}) => ({
  Transform: "AWS::Serverless-2016-10-31",
  Resources: {
    Hello: {
      Type: "AWS::Serverless::Function",
      Properties: {
        CodeUri: `s3://code/${code}`,
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        FunctionUrlConfig: { AuthType: "NONE" },
      },
    },
    ...layers,
  },
  Outputs: { Url: { Value: { "Fn::GetAtt": ["HelloUrl", "FunctionUrl"] } } },
});
const layer = {
  Large: {
    Type: "AWS::Lambda::LayerVersion",
    // After the function has changed.
    DependsOn: "Hello",
    Properties: { Content: { S3Bucket: "code", S3Key: "large" } },
  },
};

async function start(sandbox: Sandbox) {
  const { process, port } = await sandbox.dev(["--no-template"]);
  const { out } = await sandbox.run(["credentials", "--json"]);
  const {
    AccessKeyId = "",
    SecretAccessKey = "",
    SessionToken = "",
  } = JSON.parse(out) as Record<string, string>;
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  const clientConfig = { region: "us-east-1", endpoint: `http://127.0.0.1:${port}`, credentials };
  return { process, clientConfig, client: stackClient({ clientConfig }) };
}

/** Resolves when something has happened to a stack. */
async function happened(client: CloudFormationClient, isIt: (event: StackEvent) => boolean): Promise<void> {
  for (;;) {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: "hello" }));
    if (StackEvents.some(isIt)) return;
  }
}

const urlOf = ({ Outputs = [] }: { Outputs?: { OutputValue?: string | undefined }[] | undefined }) =>
  Outputs[0]?.OutputValue ?? "";

test("killed in the middle of an update, everything is as it was before at the next start", async () => {
  await using sandbox = await Sandbox.create(program);
  const killed = await start(sandbox);
  const s3 = new S3Client({ ...killed.clientConfig, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "code" }));
  for (const [Key, Body] of [
    ["one", answering("one")],
    ["two", answering("two")],
    ["large", large()],
  ] as const) {
    await s3.send(new PutObjectCommand({ Bucket: "code", Key, Body }));
  }
  s3.destroy();
  const before = await deployStack(killed.client, "hello", app("one"));
  expect(await (await fetch(urlOf(before))).text()).toBe("one");

  const update = deployStack(killed.client, "hello", app("two", layer), { ChangeSetType: "UPDATE" });
  const brokenOff = expect(update).rejects.toThrow();
  await happened(killed.client, ({ LogicalResourceId }) => LogicalResourceId === "Large");
  killed.process.kill("SIGKILL");
  expect(await killed.process.exit).toBe("SIGKILL");
  await brokenOff;

  const { process, client } = await start(sandbox);
  await process.stderr.until(
    /^WARNING: The platform ended in the middle of an operation on the stack hello, which is in UPDATE_ROLLBACK_COMPLETE now\.$/m,
  );
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: "hello" }));
  expect(stack?.StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(await (await fetch(urlOf(stack ?? {}))).text()).toBe("one");
  const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: "hello" }));
  expect(JSON.parse(TemplateBody ?? "")).toEqual(app("one"));
  expect(await readdir(sandbox.path(".sluice/packages"))).toHaveLength(1);

  const after = await deployStack(client, "hello", app("two"), { ChangeSetType: "UPDATE" });
  expect(after.StackStatus).toBe("UPDATE_COMPLETE");
  expect(await (await fetch(urlOf(await describeStack(client, "hello")))).text()).toBe("two");
  client.destroy();
  killed.client.destroy();
});
