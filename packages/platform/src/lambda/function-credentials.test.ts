import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

// Functions get the credentials of a session of their execution role.

const account = "123456789012";
const sending = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" }],
};

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "jobs" } },
      Sender: scripted({ FunctionName: "sender", Policies: [sending] }),
      Elsewhere: scripted({ FunctionName: "elsewhere", Role: `arn:aws:iam::${account}:role/elsewhere` }),
      Reader: scripted({ FunctionName: "reader", Policies: ["AmazonDynamoDBReadOnlyAccess"] }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

/** Clients with what a function has in its environment. */
async function clientsOf(functionName: string) {
  const script = "await respond(id, JSON.stringify(process.env))";
  const { text } = await platform.platform.function(functionName).invoke({ script });
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN = "" } = JSON.parse(text);
  const config = {
    ...platform.platform.clientConfig,
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN,
    },
    maxAttempts: 1,
  };
  return {
    arn: async () => (await new STSClient(config).send(new GetCallerIdentityCommand())).Arn,
    send: () =>
      new SQSClient(config).send(
        new SendMessageCommand({ QueueUrl: `${platform.url}/${account}/jobs`, MessageBody: "hello" }),
      ),
    readLogs: () => new CloudWatchLogsClient(config).send(new DescribeLogGroupsCommand()),
  };
}

test("a function acts in its role, and may do what that allows", async () => {
  const sender = await clientsOf("sender");
  expect(await sender.arn()).toMatch(
    /^arn:aws:sts::123456789012:assumed-role\/[\w-]+SenderRole[\w-]*\/sender$/,
  );
  expect((await sender.send()).MessageId).toBeDefined();
});

test("what its role doesn't allow is refused, as on AWS", async () => {
  const { readLogs } = await clientsOf("sender");
  await expect(readLogs()).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringMatching(
      /^User: arn:aws:sts::.*\/sender is not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:us-east-1:123456789012:log-group::log-stream: because no identity-based policy allows the logs:DescribeLogGroups action$/,
    ),
  });
});

test.each([
  ["elsewhere", `its role arn:aws:iam::${account}:role/elsewhere is not known here`],
  [
    "reader",
    "the content of arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess in its role is not known here",
  ],
])(
  "nothing is refused to %s, of whose rights too little is known, and that is told",
  async (name, reason) => {
    const { arn, send, readLogs } = await clientsOf(name);
    expect(await arn()).toBe(`arn:aws:sts::${account}:assumed-role/Administrator/sluice`);
    await Promise.all([send(), readLogs()]);
    const warnings = platform.events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));
    expect(warnings.filter((message) => message.startsWith(`${name} `))).toEqual([
      `${name} may do everything on this platform: ${reason}. On AWS it may do what its role allows.`,
    ]);
  },
);
