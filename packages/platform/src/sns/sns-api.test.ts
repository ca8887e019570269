import { InvokeCommand } from "@aws-sdk/client-lambda";
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPowerless } from "../../test/lambda-api.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const account = "123456789012";
const topicArn = (name: string) => `arn:aws:sns:us-east-1:${account}:${name}`;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${account}:${name}`;
const att = (id: string, name = "Arn") => ({ "Fn::GetAtt": [id, name] });
const subscription = (Protocol: string, Endpoint: unknown, more: object = {}) => ({
  Type: "AWS::SNS::Subscription",
  Properties: { TopicArn: { Ref: "News" }, Protocol, Endpoint, ...more },
});
const lets = (Service: string, Action: string, Resource: string, SourceArn: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service },
      Action,
      Resource,
      Condition: { ArnLike: { "aws:SourceArn": SourceArn } },
    },
  ],
});
const queue = (QueueName: string) => ({ Type: "AWS::SQS::Queue", Properties: { QueueName } });

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      News: { Type: "AWS::SNS::Topic", Properties: { TopicName: "news", DisplayName: "The news" } },
      Whole: queue("whole"),
      Raw: queue("raw"),
      Dutch: queue("dutch"),
      Closed: queue("closed"),
      Policy: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: {
          PolicyDocument: lets("sns.amazonaws.com", "sqs:SendMessage", "*", topicArn("*")),
          Queues: [{ Ref: "Whole" }, { Ref: "Raw" }, { Ref: "Dutch" }],
        },
      },
      ToWhole: subscription("sqs", att("Whole")),
      ToRaw: subscription("sqs", att("Raw"), { RawMessageDelivery: true }),
      ToDutch: subscription("sqs", att("Dutch"), { FilterPolicy: { country: ["NL", "BE"] } }),
      ToClosed: subscription("sqs", att("Closed")),
      Reader: scripted(),
      ToReader: subscription("lambda", att("Reader")),
      Lets: {
        Type: "AWS::Lambda::Permission",
        Properties: {
          Action: "lambda:InvokeFunction",
          FunctionName: { Ref: "Reader" },
          Principal: "sns.amazonaws.com",
          SourceArn: { Ref: "News" },
        },
      },
      Sender: scripted({
        EventInvokeConfig: {
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnSuccess: { Type: "SNS", Destination: { Ref: "News" } } },
        },
        DeadLetterQueue: { Type: "SNS", TargetArn: { Ref: "News" } },
      }),
      Powerless: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: "powerless",
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { AWS: account, Service: "lambda.amazonaws.com" },
                Action: "sts:AssumeRole",
              },
            ],
          },
        },
      },
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const config = () => ({ ...platform.platform.clientConfig, maxAttempts: 1 });
const sns = () => new SNSClient(config());
const sqs = () => new SQSClient(config());
const publish = (input: Partial<PublishCommandInput>) =>
  sns().send(new PublishCommand({ TopicArn: topicArn("news"), Message: "hello", ...input }));

/** The next message of a queue; waits for it. */
async function next(name: string) {
  const { Messages } = await sqs().send(
    new ReceiveMessageCommand({
      QueueUrl: `${platform.url}/${account}/${name}`,
      WaitTimeSeconds: 20,
      VisibilityTimeout: 43_200,
      MessageAttributeNames: ["All"],
    }),
  );
  const { Body = "", MessageAttributes } = Messages?.[0] ?? {};
  return { body: Body, attributes: MessageAttributes };
}

test("what is published comes to queues in AWS's document or raw, and to functions as an event, as they ask for it", async () => {
  const MessageAttributes = { country: { DataType: "String", StringValue: "NL" } };
  const { MessageId } = await publish({ Message: "Hallo", Subject: "News", MessageAttributes });
  const about = { MessageId, TopicArn: topicArn("news"), Subject: "News", Message: "Hallo" };
  const attributes = { country: { Type: "String", Value: "NL" } };
  const signed = {
    Timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    SignatureVersion: "1",
    Signature: expect.any(String),
  };
  expect(JSON.parse((await next("whole")).body)).toEqual({
    Type: "Notification",
    ...about,
    ...signed,
    SigningCertURL: expect.stringMatching(/\.pem$/),
    UnsubscribeURL: expect.stringContaining(`Action=Unsubscribe&SubscriptionArn=${topicArn("news")}:`),
    MessageAttributes: attributes,
  });
  expect(await next("raw")).toEqual({ body: "Hallo", attributes: MessageAttributes });
  expect(JSON.parse((await next("dutch")).body)).toMatchObject(about);
  const invoked = await platform.until((events) =>
    events.find((event) => event.kind === "invocation" && event.functionName === "Reader"),
  );
  expect(invoked).toMatchObject({ status: 202 });
  const record = platform.platform.invocations.find(({ functionName }) => functionName === "Reader");
  expect(record?.event).toEqual({
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: expect.stringContaining(`${topicArn("news")}:`),
        Sns: {
          Type: "Notification",
          ...about,
          ...signed,
          SigningCertUrl: expect.any(String),
          UnsubscribeUrl: expect.any(String),
          MessageAttributes: attributes,
        },
      },
    ],
  });
});

test("a message that a filter doesn't want stays away, and one that the queue doesn't let in is told", async () => {
  await publish({
    Message: "Bonjour",
    MessageAttributes: { country: { DataType: "String", StringValue: "FR" } },
  });
  await publish({
    Message: "Dag",
    MessageAttributes: { country: { DataType: "String", StringValue: "BE" } },
  });
  expect(JSON.parse((await next("dutch")).body)).toMatchObject({ Message: "Dag" });
  for (const text of ["Bonjour", "Dag"]) expect((await next("raw")).body).toBe(text);
  await platform.until((events) =>
    events.some(
      (event) =>
        event.kind === "warning" &&
        event.message.endsWith(
          `did not reach ${queueArn("closed")}: Its resource policy does not let sns.amazonaws.com call sqs:SendMessage for this topic.`,
        ),
    ),
  );
});

test("a publisher may have another text for each protocol", async () => {
  const Message = JSON.stringify({ default: "for all", sqs: "for queues" });
  await publish({ Message, MessageStructure: "json" });
  expect((await next("raw")).body).toBe("for queues");
});

test("a batch says of each message what became of it", async () => {
  const entry = (Id: string, Message: string) => ({ Id, Message });
  const { Successful = [], Failed = [] } = await sns().send(
    new PublishBatchCommand({
      TopicArn: topicArn("news"),
      PublishBatchRequestEntries: [entry("a", "one"), entry("b", "x".repeat(262_145)), entry("c", "two")],
    }),
  );
  expect(Successful.map(({ Id }) => Id)).toEqual(["a", "c"]);
  expect(Failed).toMatchObject([{ Id: "b", Code: "InvalidParameter", SenderFault: true }]);
  for (const text of ["one", "two"]) expect((await next("raw")).body).toBe(text);
});

describe("a function's outcome", () => {
  const invoke = async (FunctionName: string, script: string) => {
    const { $metadata } = await platform
      .client()
      .send(
        new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: JSON.stringify({ script }) }),
      );
    return $metadata.requestId ?? "";
  };

  test("goes to a topic as a destination", async () => {
    const requestId = await invoke("Sender", `await respond(id, '{"done":true}')`);
    expect(JSON.parse((await next("raw")).body)).toMatchObject({
      requestContext: { requestId, condition: "Success" },
      responsePayload: { done: true },
    });
  });

  test("goes to a topic as a dead letter, with what went wrong as attributes", async () => {
    const script = `await fail(id, '{"errorMessage":"broken","errorType":"E"}')`;
    const requestId = await invoke("Sender", script);
    expect(await next("raw")).toEqual({
      body: JSON.stringify({ script }),
      attributes: {
        RequestID: { DataType: "String", StringValue: requestId },
        ErrorCode: { DataType: "Number", StringValue: "200" },
        ErrorMessage: { DataType: "String", StringValue: "broken" },
      },
    });
  });

  test("stays where it is if the function's role may no longer publish, and that is told", async () => {
    const role = `arn:aws:iam::${account}:role/powerless`;
    await createPowerless(platform.client(), "Poor", role, topicArn("news"));
    const requestId = await invoke("Poor", `await respond(id, "1")`);
    const [note] = await platform.until(
      () => platform.notes(requestId).length > 0 && platform.notes(requestId),
    );
    expect(note).toMatch(
      /The function's role arn:aws:iam::123456789012:role\/powerless lacks sns:Publish on arn:aws:sns:us-east-1:123456789012:news\.$/,
    );
  });
});

test("topics and subscriptions that the API makes can be listed, changed and deleted, and survive a restart", async () => {
  const folder = `${platform.folder}/state-of-its-own`;
  const resources = { Queue: queue("there") };
  let arn = "";
  {
    await using first = await TestPlatform.start({ resources, stateFolder: folder });
    const client = new SNSClient({ ...first.platform.clientConfig, maxAttempts: 1 });
    const { TopicArn = "" } = await client.send(new CreateTopicCommand({ Name: "made" }));
    expect(TopicArn).toBe(topicArn("made"));
    const to = { TopicArn, Protocol: "sqs", Endpoint: queueArn("mine") };
    arn = (await client.send(new SubscribeCommand(to))).SubscriptionArn ?? "";
    expect((await client.send(new SubscribeCommand(to))).SubscriptionArn).toBe(arn);
    await client.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn: arn,
        AttributeName: "RawMessageDelivery",
        AttributeValue: "true",
      }),
    );
    const Policy = JSON.stringify(lets("sns.amazonaws.com", "sqs:SendMessage", "*", TopicArn));
    await new SQSClient(first.platform.clientConfig).send(
      new CreateQueueCommand({ QueueName: "mine", Attributes: { Policy } }),
    );
  }
  await using second = await TestPlatform.start({ resources, stateFolder: folder });
  const own = { ...second.platform.clientConfig, maxAttempts: 1 };
  const client = new SNSClient(own);
  const TopicArn = topicArn("made");
  expect((await client.send(new ListTopicsCommand())).Topics).toEqual([{ TopicArn }]);
  const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
  expect(Attributes).toMatchObject({
    RawMessageDelivery: "true",
    Endpoint: queueArn("mine"),
    Owner: account,
  });
  await client.send(new PublishCommand({ TopicArn, Message: "still here" }));
  const { Messages } = await new SQSClient(own).send(
    new ReceiveMessageCommand({ QueueUrl: `${second.url}/${account}/mine`, WaitTimeSeconds: 20 }),
  );
  expect(Messages?.map(({ Body }) => Body)).toEqual(["still here"]);
  await client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
  const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions ?? []).toEqual([]);
  await client.send(new DeleteTopicCommand({ TopicArn }));
  await expect(client.send(new GetTopicAttributesCommand({ TopicArn }))).rejects.toMatchObject({
    name: "NotFoundException",
    $metadata: { httpStatusCode: 404 },
  });
});

describe("refused is", () => {
  const subscribe = (input: object) =>
    sns().send(
      new SubscribeCommand({
        TopicArn: topicArn("news"),
        Protocol: "sqs",
        Endpoint: queueArn("raw"),
        ...input,
      }),
    );
  test.each([
    [
      "a subscription by mail",
      () => subscribe({ Protocol: "email", Endpoint: "a@example.com" }),
      /^Subscriptions by email are not served by this platform\. It delivers to sqs and lambda\.$/,
    ],
    [
      "a filter with operators",
      () => subscribe({ Attributes: { FilterPolicy: '{"a":[{"prefix":"b"}]}' } }),
      /"a" has the operator prefix, which is not served by this platform/,
    ],
    [
      "a FIFO topic",
      () => sns().send(new CreateTopicCommand({ Name: "a.fifo", Attributes: { FifoTopic: "true" } })),
      /^a\.fifo: FIFO topics are not served by this platform\. Use a standard topic\.$/,
    ],
    ["an empty message", () => publish({ Message: "" }), /Empty message|Message/],
    ["a topic that is not there", () => publish({ TopicArn: topicArn("none") }), /^Topic does not exist$/],
    [
      "a change to what a template has",
      () => sns().send(new DeleteTopicCommand({ TopicArn: topicArn("news") })),
      /news belongs to a template\. Change it there\.$/,
    ],
    [
      "an operation that isn't served",
      () => sns().send(new TagResourceCommand({ ResourceArn: topicArn("news"), Tags: [] })),
      /TagResource is not served by this platform\. Of SNS it serves CreateTopic, /,
    ],
    [
      "a caller without the right",
      async () => {
        const { Credentials } = await new STSClient(config()).send(
          new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/powerless`, RoleSessionName: "me" }),
        );
        const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
        const credentials = {
          accessKeyId: AccessKeyId,
          secretAccessKey: SecretAccessKey,
          sessionToken: SessionToken,
        };
        const client = new SNSClient({ ...config(), credentials });
        return client.send(new PublishCommand({ TopicArn: topicArn("news"), Message: "x" }));
      },
      /assumed-role\/powerless\/me is not authorized to perform: sns:Publish on resource: arn:aws:sns:us-east-1:123456789012:news because no identity-based policy allows the sns:Publish action$/,
    ],
  ])("%s", async (_, call, text) => {
    await expect(call()).rejects.toMatchObject({ message: expect.stringMatching(text) });
  });
});
