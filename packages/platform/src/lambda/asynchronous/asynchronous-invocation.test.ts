import {
  InvokeAsyncCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { functionRole } from "../../../test/function-roles.ts";
import { createPowerless } from "../../../test/lambda-api.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { ManualClock } from "../environment/testing/manual-clock.ts";

const clock = new ManualClock();
let platform: TestPlatform;
let sqs: SQSClient;
let client: LambdaClient;

const queue = { Type: "AWS::SQS::Queue" };
const arnOf = (logicalId: string) => ({ "Fn::GetAtt": [logicalId, "Arn"] });
const to = (name: string, Type = "SQS") => ({ Type, Destination: arnOf(name) });
const role = (ManagedPolicyArns: string[]) => functionRole({ ManagedPolicyArns });
const both = { OnSuccess: to("Records"), OnFailure: to("Records") };

beforeAll(async () => {
  platform = await TestPlatform.start({
    clock,
    resources: {
      Records: queue,
      Letters: queue,
      F: scripted({
        EventInvokeConfig: { DestinationConfig: both },
        DeadLetterQueue: { Type: "SQS", TargetArn: arnOf("Letters") },
      }),
      Hasty: scripted({
        EventInvokeConfig: { MaximumEventAgeInSeconds: 60, DestinationConfig: both },
      }),
      Once: scripted({ EventInvokeConfig: { MaximumRetryAttempts: 0, DestinationConfig: both } }),
      Off: scripted({ ReservedConcurrentExecutions: 0, EventInvokeConfig: { DestinationConfig: both } }),
      Narrow: scripted({ ReservedConcurrentExecutions: 1, EventInvokeConfig: { DestinationConfig: both } }),
      Chained: scripted({ EventInvokeConfig: { DestinationConfig: { OnSuccess: to("Sink", "Lambda") } } }),
      Sink: scripted({ EventInvokeConfig: { DestinationConfig: both } }),
      Powerless: role([]),
      Unknown: role(["arn:aws:iam::aws:policy/SomethingElse"]),
      Trusted: scripted({ Role: arnOf("Unknown"), EventInvokeConfig: { DestinationConfig: both } }),
      Bare: scripted(),
      Published: scripted({
        EventInvokeConfig: {
          MaximumRetryAttempts: 0,
          DestinationConfig: {
            OnFailure: { Type: "S3Bucket", Destination: "arn:aws:s3:::b" },
          },
        },
      }),
    },
  });
  client = platform.client();
  const { accessKeyId, secretAccessKey, sessionToken = "" } = platform.platform.credentials;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  sqs = new SQSClient({ region: "us-east-1", endpoint: platform.url, credentials, maxAttempts: 1 });
});
beforeEach(() => {
  platform.events.length = 0;
});
afterAll(async () => {
  sqs.destroy();
  client.destroy();
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const fails = `await fail(id, JSON.stringify({ errorMessage: "broken", errorType: "Broken" }))`;
const succeeds = `await respond(id, JSON.stringify({ done: true }))`;

/** @returns the request's id. */
async function invoke(
  FunctionName: string,
  script: string,
  more: Partial<InvokeCommandInput> = {},
): Promise<string> {
  const Payload = JSON.stringify({ script });
  const answer = await client.send(
    new InvokeCommand({ FunctionName, InvocationType: "Event", Payload, ...more }),
  );
  expect({ status: answer.StatusCode, text: answer.Payload?.transformToString() ?? "" }).toEqual({
    status: 202,
    text: "",
  });
  return answer.$metadata.requestId ?? "";
}

/** The next message of a queue; waits for it. */
async function next(name: string) {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: `${platform.url}/123456789012/${name}`,
      WaitTimeSeconds: 20,
      VisibilityTimeout: 43_200,
      MessageAttributeNames: ["All"],
    }),
  );
  const { Body = "", MessageAttributes } = Messages?.[0] ?? {};
  return { body: JSON.parse(Body) as Record<string, object>, attributes: MessageAttributes };
}

const record = async () => (await next("Records")).body;
/** Resolves once so many invocations with a request id are over. */
const invoked = (requestId: string, times: number) =>
  platform.until(
    (events) =>
      events.filter((event) => event.kind === "invocation" && event.report.requestId === requestId).length ===
      times,
  );

test("an event is accepted at once, and the record of its success goes to the destination", async () => {
  const requestId = await invoke("F", succeeds);
  expect(await record()).toEqual({
    version: "1.0",
    timestamp: new Date(clock.now()).toISOString(),
    requestContext: {
      requestId,
      functionArn: "arn:aws:lambda:us-east-1:123456789012:function:F:$LATEST",
      condition: "Success",
      approximateInvokeCount: 1,
    },
    requestPayload: { script: succeeds },
    responseContext: { statusCode: 200, executedVersion: "$LATEST" },
    responsePayload: { done: true },
  });
});

test("a function that fails is tried again after one minute and after two, under the same request id", async () => {
  const requestId = await invoke("F", fails);
  await clock.timer(60_000);
  clock.advance(60_000);
  await clock.timer(120_000);
  clock.advance(120_000);
  expect(await record()).toMatchObject({
    requestContext: { requestId, condition: "RetriesExhausted", approximateInvokeCount: 3 },
    responseContext: { statusCode: 200, functionError: "Unhandled" },
    responsePayload: { errorMessage: "broken", errorType: "Broken" },
  });
  await invoked(requestId, 3);
  expect(await next("Letters")).toEqual({
    body: { script: fails },
    attributes: {
      RequestID: { DataType: "String", StringValue: requestId },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: "broken" },
    },
  });
  expect(platform.notes(requestId)).toEqual([
    "F failed. Its event is tried again in 60 s.",
    "F failed. Its event is tried again in 120 s.",
    "An event of F is given up: its retries are exhausted (RetriesExhausted).",
  ]);
});

describe("an event is given up", () => {
  test.each([
    { name: "Once", condition: "RetriesExhausted", attempts: 1 },
    { name: "Hasty", condition: "EventAgeExceeded", attempts: 1 },
    { name: "Off", condition: "ZeroReservedConcurrency", attempts: 0 },
  ])("at once by $name: $condition", async ({ name, condition, attempts }) => {
    const requestId = await invoke(name, fails);
    expect(await record()).toMatchObject({
      requestContext: { requestId, condition, approximateInvokeCount: attempts },
    });
    await invoked(requestId, attempts);
  });

  test("and where nobody keeps it, what to do is told", async () => {
    const requestId = await invoke("Bare", fails);
    for (const delayMs of [60_000, 120_000]) {
      await clock.timer(delayMs);
      clock.advance(delayMs);
    }
    const last = await platform.until(() => platform.notes(requestId)[2]);
    expect(last).toContain("Give the function an on-failure destination or a dead-letter queue");
  });
});

test("a throttled event is tried again after 1, 2 and 4 seconds, and none of that counts as an attempt", async () => {
  const Payload = JSON.stringify({ script: `await gate("busy"); await respond(id, "1")` });
  const busy = client.send(new InvokeCommand({ FunctionName: "Narrow", Payload }));
  await platform.gate.arrived("busy");
  const requestId = await invoke("Narrow", succeeds);
  for (const delayMs of [1000, 2000]) {
    await clock.timer(delayMs);
    clock.advance(delayMs);
  }
  await clock.timer(4000);
  await platform.gate.pass("busy");
  await platform.invocation((await busy).$metadata.requestId ?? "");
  clock.advance(4000);
  expect(await record()).toMatchObject({
    requestContext: { requestId, condition: "Success", approximateInvokeCount: 1 },
  });
  expect(platform.notes(requestId)).toContain(
    "Narrow could not be invoked (Rate Exceeded.). Its event is tried again in 2 s.",
  );
});

test("events wait for each other, rather than be throttled, where a function reserves less than they need", async () => {
  const accepted = await Promise.all(Array.from({ length: 4 }, () => invoke("Narrow", succeeds)));
  const requestIds: unknown[] = [];
  while (requestIds.length < 4) requestIds.push((await record())["requestContext"]);
  expect(requestIds.map((context) => (context as { requestId: string }).requestId).sort()).toEqual(
    accepted.sort(),
  );
  expect(accepted.flatMap((requestId) => platform.notes(requestId))).toEqual([]);
});

test("a destination that is a function gets the record as its event", async () => {
  const requestId = await invoke("Chained", succeeds);
  expect(await record()).toMatchObject({
    requestContext: {
      functionArn: "arn:aws:lambda:us-east-1:123456789012:function:Sink:$LATEST",
      condition: "Success",
    },
    requestPayload: { requestContext: { requestId, condition: "Success" } },
    responsePayload: { requestContext: { requestId } },
  });
});

test("a role that has lost the right sends nothing, and that is told", async () => {
  const role = "arn:aws:iam::123456789012:role/sluice-Powerless";
  await createPowerless(client, "Poor", role, "arn:aws:sqs:us-east-1:123456789012:Records");
  const requestId = await invoke("Poor", succeeds);
  const [note] = await platform.until(
    () => platform.notes(requestId).length > 0 && platform.notes(requestId),
  );
  expect(note).toBe(
    "The outcome of Poor could not be sent to its destination: The function's role arn:aws:iam::123456789012:role/sluice-Powerless lacks sqs:SendMessage on arn:aws:sqs:us-east-1:123456789012:Records.",
  );
});

test("a role with a managed policy that nobody here knows may send", async () => {
  const requestId = await invoke("Trusted", succeeds);
  expect(await record()).toMatchObject({ requestContext: { requestId, condition: "Success" } });
});

test("a destination that is not served is refused by name, saying what to use", async () => {
  const requestId = await invoke("Published", fails);
  const [, note] = await platform.until(
    () => platform.notes(requestId).length > 1 && platform.notes(requestId),
  );
  expect(note).toMatch(/arn:aws:s3:::b is an S3 bucket: this platform sends to SQS queues, SNS topics, /);
});

test("InvokeAsync, deprecated as it is, does the same", async () => {
  const InvokeArgs = JSON.stringify({ script: succeeds });
  const answer = await client.send(new InvokeAsyncCommand({ FunctionName: "F", InvokeArgs }));
  expect(answer.Status).toBe(202);
  expect(await record()).toMatchObject({ requestContext: { requestId: answer.$metadata.requestId } });
});

describe("an event is refused", () => {
  test.each([
    [
      "of more than 1 MB",
      `"${"x".repeat(1_048_575)}"`,
      "RequestTooLargeException",
      /^1048577 byte payload is too large for the Event invocation type \(limit 1048576 bytes\)$/,
    ],
    ["that isn't JSON", "{", "InvalidRequestContentException", /^Could not parse request body into json/],
  ])("%s", async (_, Payload, name, message) => {
    const refused = invoke("F", "", { Payload });
    await expect(refused).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});
