import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { deployStack, describeStack, stackClient } from "../../../test/stack-client.ts";
import { FunctionFolder } from "../../lambda/environment/testing/function-folder.ts";
import { Platform } from "../../platform.ts";

// What was deployed is there again when the platform comes back, at another port if need be.

const code = `
const { AWS_ENDPOINT_URL, QUEUE } = process.env;
exports.handler = async () => ({ statusCode: 200, body: JSON.stringify({ queue: QUEUE, endpoint: AWS_ENDPOINT_URL }) });
`;
const template = {
  Transform: "AWS::Serverless-2016-10-31",
  Resources: {
    Q: { Type: "AWS::SQS::Queue" },
    F: {
      Type: "AWS::Serverless::Function",
      Properties: {
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        InlineCode: code,
        Environment: { Variables: { QUEUE: { Ref: "Q" } } },
        FunctionUrlConfig: { AuthType: "NONE" },
      },
    },
  },
  Outputs: { Url: { Value: { "Fn::GetAtt": ["FUrl", "FunctionUrl"] } }, Queue: { Value: { Ref: "Q" } } },
};

async function start(folder: string): Promise<Platform> {
  const file = join(folder, "template.json");
  const queue = { Resources: { Own: { Type: "AWS::SQS::Queue" } } };
  await writeFile(file, JSON.stringify(queue));
  return Platform.start({ template: file, stateFolder: join(folder, "state"), region: "us-east-1" });
}

test("a stack is served again after a restart", async () => {
  await using folder = await FunctionFolder.create({});
  let url = "";
  {
    await using platform = await start(folder.path);
    const client = stackClient(platform);
    const stack = await deployStack(client, "s", template);
    url = stack.Outputs?.find(({ OutputKey }) => OutputKey === "Url")?.OutputValue ?? "";
    expect((await fetch(url)).status).toBe(200);
  }
  await using platform = await start(folder.path);
  const client = stackClient(platform);
  const stack = await describeStack(client, "s");
  const output = (key: string) =>
    stack.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? "";
  expect(stack.StackStatus).toBe("CREATE_COMPLETE");
  // The same but for the port.
  expect(new URL(output("Url")).pathname).toBe(new URL(url).pathname);
  const answer = (await (await fetch(output("Url"))).json()) as { queue: string; endpoint: string };
  expect(answer).toEqual({ queue: output("Queue"), endpoint: platform.url });
  expect(answer.queue.startsWith(`${platform.url}/`)).toBe(true);
  const sqs = new SQSClient({ ...platform.clientConfig, maxAttempts: 1 });
  await sqs.send(new SendMessageCommand({ QueueUrl: answer.queue, MessageBody: "x" }));
});
