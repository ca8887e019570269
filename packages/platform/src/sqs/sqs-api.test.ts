import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { ManualClock } from "../lambda/environment/testing/manual-clock.ts";

let platform: TestPlatform;
let sqs: SQSClient;
const clock = new ManualClock();

const redrive = (target: string, maxReceiveCount: number) => ({
  deadLetterTargetArn: { "Fn::GetAtt": [target, "Arn"] },
  maxReceiveCount,
});
const queue = (properties: object = {}) => ({ Type: "AWS::SQS::Queue", Properties: properties });

beforeAll(async () => {
  platform = await TestPlatform.start({
    clock,
    resources: {
      Plain: queue(),
      Patient: queue({ ReceiveMessageWaitTimeSeconds: 20 }),
      Slow: queue({ DelaySeconds: 60, QueueName: "slow-one" }),
      Short: queue({ MessageRetentionPeriod: 60, MaximumMessageSize: 1024 }),
      Dead: queue(),
      Worked: queue({ VisibilityTimeout: 10, RedrivePolicy: redrive("Dead", 2) }),
      Ordered: queue({ FifoQueue: true, QueueName: "ordered.fifo" }),
      F: scripted({ Environment: { Variables: { QUEUE: { Ref: "Plain" } } } }),
    },
  });
  const { accessKeyId, secretAccessKey, sessionToken = "" } = platform.platform.credentials;
  sqs = new SQSClient({
    region: "us-east-1",
    endpoint: platform.url,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  sqs.destroy();
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const urlOf = (name: string) => `${platform.url}/123456789012/${name}`;
const send = (name: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: urlOf(name), MessageBody, ...more }));
const receive = async (name: string, more: Partial<ReceiveMessageCommandInput> = {}) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl: urlOf(name), ...more }))).Messages ?? [];
const bodies = async (name: string, more: Partial<ReceiveMessageCommandInput> = {}) =>
  (await receive(name, { MaxNumberOfMessages: 10, ...more })).map(({ Body }) => Body);
const attributes = async (name: string) =>
  (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: urlOf(name), AttributeNames: ["All"] })))
    .Attributes;

test("a queue of the template is found by name, listed, and has AWS's standard attributes", async () => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "Plain" }));
  expect(QueueUrl).toBe(urlOf("Plain"));
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: "s" }));
  expect(QueueUrls).toEqual([urlOf("slow-one")]);
  expect(await attributes("Plain")).toMatchObject({
    QueueArn: "arn:aws:sqs:us-east-1:123456789012:Plain",
    VisibilityTimeout: "30",
    MaximumMessageSize: "1048576",
    MessageRetentionPeriod: "345600",
    DelaySeconds: "0",
    ReceiveMessageWaitTimeSeconds: "0",
    ApproximateNumberOfMessages: "0",
  });
});

test("a message comes with the attributes that are asked for, and digests that the SDK checks", async () => {
  const MessageAttributes = {
    Name: { DataType: "String", StringValue: "Ada" },
    Age: { DataType: "Number", StringValue: "36" },
    Bytes: { DataType: "Binary", BinaryValue: Uint8Array.of(0, 255) },
  };
  const sent = await send("Plain", "hello", { MessageAttributes });
  const [message] = await receive("Plain", {
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["All"],
  });
  expect(message).toMatchObject({
    Body: "hello",
    MessageId: sent.MessageId,
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    Attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(clock.now()) },
    MessageAttributes,
  });
  const { ReceiptHandle = "" } = message ?? {};
  await sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf("Plain"), ReceiptHandle }));
  clock.advance(60_000);
  expect(await bodies("Plain")).toEqual([]);
});

/** The digest as it was measured on AWS for these three attributes. */
test("the digest of attributes is AWS's", async () => {
  const text = (StringValue: string) => ({ DataType: "String", StringValue });
  const MessageAttributes = { Hello: text("There"), General: text("Kenobi"), "Help.Me": text("Me") };
  const sent = await send("Plain", "msg", { MessageAttributes });
  expect(sent.MD5OfMessageAttributes).toBe("4c360f3fdafd970e05fae2f149d997f5");
  const [message] = await receive("Plain", { MessageAttributeNames: ["Hel.*"], VisibilityTimeout: 0 });
  expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(["Hello", "Help.Me"]);
  await sqs.send(new PurgeQueueCommand({ QueueUrl: urlOf("Plain") }));
  expect(await bodies("Plain")).toEqual([]);
  await expect(sqs.send(new PurgeQueueCommand({ QueueUrl: urlOf("Plain") }))).rejects.toMatchObject({
    message: "Only one PurgeQueue operation on Plain is allowed every 60 seconds.",
  });
});

test("a received message is hidden for its visibility timeout, and then comes again", async () => {
  await send("Plain", "again");
  const [first] = await receive("Plain", { VisibilityTimeout: 5 });
  expect(await bodies("Plain")).toEqual([]);
  expect(await attributes("Plain")).toMatchObject({ ApproximateNumberOfMessagesNotVisible: "1" });
  clock.advance(5000);
  const [second] = await receive("Plain", { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
  expect(second).toMatchObject({ Body: "again", Attributes: { ApproximateReceiveCount: "2" } });
  const visibility = (ReceiptHandle = "") =>
    sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: urlOf("Plain"), ReceiptHandle, VisibilityTimeout: 0 }),
    );
  // AWS has an error MessageNotInflight in its model, and answers with this one.
  await expect(visibility(first?.ReceiptHandle)).rejects.toMatchObject({
    name: "InvalidParameterValue",
    message: `Value ${first?.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  });
  await visibility(second?.ReceiptHandle);
  expect(await bodies("Plain")).toEqual(["again"]);
});

describe("a long poll", () => {
  test("ends with the message that is sent meanwhile", async () => {
    const polled = bodies("Patient");
    await clock.timer(1000);
    await send("Patient", "now");
    expect(await polled).toEqual(["now"]);
  });

  test("ends when a message becomes visible", async () => {
    await send("Patient", "later", { DelaySeconds: 2 });
    const polled = bodies("Patient", { WaitTimeSeconds: 3 });
    await clock.timer(1000);
    clock.advance(1000);
    await clock.timer(1000);
    clock.advance(1000);
    expect(await polled).toEqual(["later"]);
  });

  test("ends without a message when its time is over", async () => {
    const polled = bodies("Patient", { WaitTimeSeconds: 1 });
    await clock.timer(1000);
    clock.advance(1000);
    expect(await polled).toEqual([]);
  });

  test("whose client has left takes no message", async () => {
    const left = new AbortController();
    const command = new ReceiveMessageCommand({ QueueUrl: urlOf("Patient") });
    const polled = sqs.send(command, { abortSignal: left.signal });
    await clock.timer(1000);
    left.abort();
    await expect(polled).rejects.toThrow();
    await clock.noTimer(1000);
    await send("Patient", "for another");
    expect(await bodies("Patient")).toEqual(["for another"]);
  });
});

test("a message waits for its queue's delay, and is gone after its retention period", async () => {
  await send("slow-one", "late");
  expect(await attributes("slow-one")).toMatchObject({ ApproximateNumberOfMessagesDelayed: "1" });
  expect(await bodies("slow-one")).toEqual([]);
  await send("Short", "old");
  clock.advance(60_000);
  expect(await bodies("slow-one")).toEqual(["late"]);
  expect(await bodies("Short")).toEqual([]);
});

test("a message that was received too often goes to the dead-letter queue", async () => {
  await send("Worked", "poison");
  for (let attempt = 0; attempt < 2; attempt += 1) {
    expect(await bodies("Worked")).toEqual(["poison"]);
    clock.advance(10_000);
  }
  expect(await bodies("Worked")).toEqual([]);
  expect(await bodies("Dead")).toEqual(["poison"]);
});

test("a batch does with each entry what can be done", async () => {
  const QueueUrl = urlOf("Short");
  const Entries = [
    { Id: "a", MessageBody: "first" },
    { Id: "b", MessageBody: "x".repeat(1025) },
  ];
  const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(sent.Successful).toMatchObject([{ Id: "a", MD5OfMessageBody: expect.any(String) }]);
  expect(sent.Failed).toEqual([
    {
      Id: "b",
      SenderFault: true,
      Code: "InvalidParameterValue",
      Message: "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
    },
  ]);
  const [message] = await receive("Short");
  const deleted = await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "a", ReceiptHandle: message?.ReceiptHandle },
        { Id: "b", ReceiptHandle: "x" },
      ],
    }),
  );
  expect(deleted).toMatchObject({
    Successful: [{ Id: "a" }],
    Failed: [{ Id: "b", Code: "ReceiptHandleIsInvalid" }],
  });
  clock.advance(30_000);
  expect(await bodies("Short")).toEqual([]);
});

describe("a batch is refused", () => {
  const entry = (Id: string) => ({ Id, MessageBody: "x" });
  test.each([
    ["without entries", [], "EmptyBatchRequest"],
    ["of more than ten", Array.from({ length: 11 }, (_, n) => entry(`${n}`)), "TooManyEntriesInBatchRequest"],
    ["with an id twice", [entry("a"), entry("a")], "BatchEntryIdsNotDistinct"],
    ["with an id of other characters", [entry("a:b")], "InvalidBatchEntryId"],
    [
      "of more than 1 MB",
      [entry("a"), { Id: "b", MessageBody: "x".repeat(1_048_576) }],
      "BatchRequestTooLong",
    ],
  ])("%s", async (_, Entries, name) => {
    const refused = sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf("Plain"), Entries }));
    await expect(refused).rejects.toMatchObject({ name });
  });
});

test("a queue can be created and deleted, but for one of the template", async () => {
  const create = (Attributes?: Record<string, string>) =>
    sqs.send(new CreateQueueCommand({ QueueName: "made", ...(Attributes && { Attributes }) }));
  expect(await create({ VisibilityTimeout: "7" })).toMatchObject({ QueueUrl: urlOf("made") });
  expect(await create()).toMatchObject({ QueueUrl: urlOf("made") });
  await expect(create({ VisibilityTimeout: "8" })).rejects.toMatchObject({ name: "QueueNameExists" });
  expect(await attributes("made")).toMatchObject({ VisibilityTimeout: "7" });
  await sqs.send(new DeleteQueueCommand({ QueueUrl: urlOf("made") }));
  await expect(attributes("made")).rejects.toMatchObject({ name: "QueueDoesNotExist" });
  const ofTemplate = sqs.send(new DeleteQueueCommand({ QueueUrl: urlOf("Plain") }));
  await expect(ofTemplate).rejects.toThrow("Plain belongs to the template");
});

test.each<[string, () => Promise<unknown>, object]>([
  [
    "too long a wait",
    () => receive("Plain", { WaitTimeSeconds: 21 }),
    {
      message:
        "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
    },
  ],
  [
    "too many messages",
    () => receive("Plain", { MaxNumberOfMessages: 11 }),
    {
      message:
        "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
    },
  ],
  [
    "an empty message",
    () => send("Plain", ""),
    { message: "The request must contain the parameter MessageBody." },
  ],
  [
    "too large a message",
    () => send("Short", "x".repeat(1025)),
    { message: "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes." },
  ],
  [
    "an attribute without a value",
    () => send("Plain", "x", { MessageAttributes: { A: { DataType: "String", StringValue: "" } } }),
    { message: "Message (user) attribute 'A' must contain a non-empty value of type 'String'." },
  ],
  [
    "a made-up receipt",
    () => sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf("Plain"), ReceiptHandle: "x" })),
    { name: "ReceiptHandleIsInvalid" },
  ],
  [
    "an unknown queue",
    () => send("Nowhere", "x"),
    { name: "QueueDoesNotExist", message: "The specified queue does not exist." },
  ],
  [
    "a FIFO queue",
    () => sqs.send(new CreateQueueCommand({ QueueName: "a.fifo" })),
    { name: "UnsupportedOperation" },
  ],
  [
    "an unknown attribute",
    () => sqs.send(new CreateQueueCommand({ QueueName: "a", Attributes: { Colour: "1" } as object })),
    { name: "InvalidAttributeName", message: "Unknown Attribute Colour." },
  ],
])("%s is refused", async (_, attempt, refusal) => {
  await expect(attempt()).rejects.toMatchObject(refusal);
});

test("an error has its old code in a header, and its namespace in the body", async () => {
  const answer = await platform.sendSigned({
    service: "sqs",
    method: "POST",
    path: "/",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.GetQueueUrl" },
    body: '{"QueueName":"Nowhere"}',
  });
  expect(await answer.summary("content-type", "x-amzn-query-error")).toEqual({
    status: 400,
    "content-type": "application/x-amz-json-1.0",
    "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender",
    body: '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}',
  });
});

test("a function is told the queue's URL, and a FIFO queue is left out with a warning", async () => {
  const answer = await platform.send({
    method: "POST",
    path: "/invoke/F",
    body: JSON.stringify({ script: "await respond(id, JSON.stringify(process.env.QUEUE))" }),
  });
  expect(await answer.json()).toBe(urlOf("Plain"));
  const told = platform.events.flatMap((event) => (event.kind === "deployed" ? event.diagnostics : []));
  expect(told.find(({ logicalId }) => logicalId === "Ordered")).toMatchObject({
    severity: "warning",
    code: "left-out",
    message: expect.stringContaining("FIFO queues are not served"),
  });
});
