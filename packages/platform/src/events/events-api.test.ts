import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { functionRole } from "../../test/function-roles.ts";
import { createPowerless } from "../../test/lambda-api.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const account = "123456789012";
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${account}:${name}`;
const bus = `arn:aws:events:us-east-1:${account}:event-bus`;
const att = (id: string, name = "Arn") => ({ "Fn::GetAtt": [id, name] });
const queue = (QueueName: string) => ({ Type: "AWS::SQS::Queue", Properties: { QueueName } });
const lets = (Action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action, Resource: "*" }],
});
const rule = (EventPattern: object, Targets: object[], more: object = {}) => ({
  Type: "AWS::Events::Rule",
  Properties: { EventPattern, Targets, ...more },
});
const sends = (Type: string, Destination: unknown) => ({
  MaximumRetryAttempts: 0,
  DestinationConfig: { OnSuccess: { Type, Destination }, OnFailure: { Type, Destination } },
});

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Orders: queue("orders"),
      Results: queue("results"),
      Closed: queue("closed"),
      QueuePolicy: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: {
          PolicyDocument: lets("sqs:SendMessage"),
          Queues: [{ Ref: "Orders" }, { Ref: "Results" }],
        },
      },
      Own: { Type: "AWS::Events::EventBus", Properties: { Name: "own" } },
      Paid: rule({ source: ["shop"], detail: { state: ["paid"] } }, [
        { Id: "whole", Arn: att("Orders") },
        { Id: "part", Arn: att("Orders"), InputPath: "$.detail.total" },
        { Id: "text", Arn: att("Orders"), Input: '{"fixed":true}' },
        { Id: "log", Arn: `arn:aws:logs:us-east-1:${account}:log-group:/aws/events/paid` },
        { Id: "closed", Arn: att("Closed") },
        { Id: "reader", Arn: att("Reader") },
      ]),
      Off: rule({ source: ["shop"] }, [{ Id: "a", Arn: att("Results") }], { State: "DISABLED" }),
      Results1: rule({ source: ["lambda"] }, [{ Id: "a", Arn: att("Results") }], {
        EventBusName: { Ref: "Own" },
      }),
      Reader: scripted(),
      Lets: {
        Type: "AWS::Lambda::Permission",
        Properties: {
          Action: "lambda:InvokeFunction",
          FunctionName: { Ref: "Reader" },
          Principal: "events.amazonaws.com",
          SourceArn: att("Paid"),
        },
      },
      Sender: scripted({ EventInvokeConfig: sends("EventBridge", att("Own")) }),
      Powerless: functionRole(),
      Lost: scripted({ EventInvokeConfig: sends("EventBridge", `${bus}/nowhere`) }),
    },
  });
  const role = `arn:aws:iam::${account}:role/sluice-Powerless`;
  await createPowerless(platform.client(), "Poor", role, `${bus}/own`);
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const config = (of = platform) => ({ ...of.platform.clientConfig, maxAttempts: 1 });
const events = (of?: TestPlatform) => new EventBridgeClient(config(of));
const put = (...Entries: PutEventsRequestEntry[]) => events().send(new PutEventsCommand({ Entries }));

/** The next message of a queue; waits for it. */
async function next(name: string, of = platform): Promise<unknown> {
  const { Messages } = await new SQSClient(config(of)).send(
    new ReceiveMessageCommand({
      QueueUrl: `${of.url}/${account}/${name}`,
      WaitTimeSeconds: 20,
      VisibilityTimeout: 43_200,
    }),
  );
  return JSON.parse(Messages?.[0]?.Body ?? "");
}

test("an event goes to the targets of the rules that want it, whole, in part, or as other text", async () => {
  const detail = { state: "paid", total: 12 };
  const entry = { Source: "shop", DetailType: "Order", Time: new Date("2026-01-02T03:04:05.678Z") };
  const answer = await put(
    { ...entry, Detail: '{"state":"open"}' },
    { ...entry, Detail: JSON.stringify(detail), Resources: ["order/1"] },
  );
  expect(answer.FailedEntryCount).toBe(0);
  const whole = {
    version: "0",
    id: answer.Entries?.[1]?.EventId,
    "detail-type": "Order",
    source: "shop",
    account,
    time: "2026-01-02T03:04:05Z",
    region: "us-east-1",
    resources: ["order/1"],
    detail,
  };
  expect([await next("orders"), await next("orders"), await next("orders")]).toEqual([
    whole,
    12,
    { fixed: true },
  ]);
  const { events: lines } = await new CloudWatchLogsClient(config()).send(
    new FilterLogEventsCommand({ logGroupName: "/aws/events/paid" }),
  );
  expect(lines?.map(({ message = "" }) => JSON.parse(message))).toEqual([whole]);
  await platform.until((told) =>
    told.some((event) => event.kind === "invocation" && event.functionName === "Reader"),
  );
  expect(platform.platform.invocations.find(({ functionName }) => functionName === "Reader")?.event).toEqual(
    whole,
  );
  const warnings = platform.events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));
  expect(warnings).toContain(
    `The rule Paid could not send an event to ${queueArn("closed")}: Its resource policy does not let events.amazonaws.com call sqs:SendMessage for this rule.`,
  );
});

test("of each entry that can't be put it is said why, and the others are put", async () => {
  const good = { Source: "shop", DetailType: "Order", Detail: "{}" };
  const { FailedEntryCount, Entries } = await put(
    { ...good, Source: undefined },
    { ...good, Detail: "[" },
    { ...good, Source: "aws.s3" },
    { ...good, EventBusName: "nowhere" },
    good,
  );
  expect(FailedEntryCount).toBe(4);
  expect(Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
    "InvalidArgument",
    "MalformedDetail",
    "NotAuthorizedForSourceException",
    "ResourceNotFoundException",
    "string",
  ]);
});

describe("the outcome of a function", () => {
  const invoke = async (FunctionName: string, script: string) => {
    const Payload = JSON.stringify({ script });
    const { $metadata } = await platform
      .client()
      .send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
    return $metadata.requestId ?? "";
  };
  const functionArn = `arn:aws:lambda:us-east-1:${account}:function:Sender:$LATEST`;

  test.each([
    ["Success", `await respond(id, '{"done":true}')`, "Success"],
    ["Failure", `await fail(id, '{"errorMessage":"no","errorType":"E"}')`, "RetriesExhausted"],
  ])("goes to a bus as an event of AWS's form: %s", async (kind, script, condition) => {
    const requestId = await invoke("Sender", script);
    expect(await next("results")).toMatchObject({
      source: "lambda",
      "detail-type": `Lambda Function Invocation Result - ${kind}`,
      resources: [`${bus}/own`, functionArn],
      detail: {
        version: "1.0",
        requestContext: { requestId, functionArn, condition },
        requestPayload: { script },
      },
    });
  });

  test.each([
    ["Poor", /role\/sluice-Powerless lacks events:PutEvents on arn:.*:event-bus\/own\.$/],
    ["Lost", /There is no event bus arn:.*:event-bus\/nowhere here\.$/],
  ])("of %s stays where it is, and that is told", async (name, text) => {
    const requestId = await invoke(name, `await respond(id, "1")`);
    const [note] = await platform.until(
      () => platform.notes(requestId).length > 0 && platform.notes(requestId),
    );
    expect(note).toMatch(text);
  });
});

test("buses and rules that the API makes can be listed, changed and deleted, and survive a restart", async () => {
  const stateFolder = `${platform.folder}/state-of-its-own`;
  const resources = {
    Queue: queue("mine"),
    Policy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: { PolicyDocument: lets("sqs:SendMessage"), Queues: [{ Ref: "Queue" }] },
    },
  };
  const at = { EventBusName: "made" };
  {
    await using first = await TestPlatform.start({ resources, stateFolder });
    const client = events(first);
    expect((await client.send(new CreateEventBusCommand({ Name: "made" }))).EventBusArn).toBe(`${bus}/made`);
    const pattern = JSON.stringify({ source: ["x"] });
    const { RuleArn } = await client.send(new PutRuleCommand({ Name: "r", EventPattern: pattern, ...at }));
    expect(RuleArn).toBe(`arn:aws:events:us-east-1:${account}:rule/made/r`);
    const Targets = [{ Id: "q", Arn: queueArn("mine") }];
    await client.send(new PutTargetsCommand({ Rule: "r", Targets, ...at }));
  }
  await using second = await TestPlatform.start({ resources, stateFolder });
  const client = events(second);
  expect((await client.send(new ListEventBusesCommand())).EventBuses).toMatchObject([
    { Name: "default" },
    { Name: "made" },
  ]);
  const { Rules } = await client.send(new ListRulesCommand(at));
  expect(Rules).toMatchObject([{ Name: "r", State: "ENABLED", EventPattern: '{"source":["x"]}' }]);
  const Entries = [{ Source: "x", DetailType: "y", Detail: "{}", ...at }];
  await client.send(new PutEventsCommand({ Entries }));
  expect(await next("mine", second)).toMatchObject({ source: "x" });
  await expect(client.send(new DeleteRuleCommand({ Name: "r", ...at }))).rejects.toThrow("it has targets");
  await client.send(new RemoveTargetsCommand({ Rule: "r", Ids: ["q"], ...at }));
  const { Targets } = await client.send(new ListTargetsByRuleCommand({ Rule: "r", ...at }));
  expect(Targets).toEqual([]);
  await client.send(new DeleteRuleCommand({ Name: "r", ...at }));
  await expect(client.send(new DescribeRuleCommand({ Name: "r", ...at }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Rule r does not exist on EventBus made.",
  });
  await client.send(new DeleteEventBusCommand({ Name: "made" }));
});

describe("refused is", () => {
  test.each([
    [
      "a schedule",
      () => events().send(new PutRuleCommand({ Name: "s", ScheduleExpression: "rate(1 day)" })),
      /^Rules with a ScheduleExpression are not served by this platform\./,
    ],
    [
      "an input transformer",
      async () => {
        await events().send(new PutRuleCommand({ Name: "t", EventPattern: '{"source":["x"]}' }));
        const Targets = [{ Id: "a", Arn: queueArn("orders"), InputTransformer: { InputTemplate: "x" } }];
        return events().send(new PutTargetsCommand({ Rule: "t", Targets }));
      },
      /^InputTransformer of a target is not served by this platform\./,
    ],
    [
      "a change to what a template has",
      () => events().send(new PutRuleCommand({ Name: "Paid", EventPattern: '{"source":["x"]}' })),
      /^Paid belongs to a template\. Change it there\.$/,
    ],
    [
      "an operation that isn't served",
      () => events().send(new CreateArchiveCommand({ ArchiveName: "a", EventSourceArn: `${bus}/own` })),
      /^CreateArchive is not served by this platform\. Of EventBridge it serves CreateEventBus, /,
    ],
  ])("%s", async (_, call, text) => {
    await expect(call()).rejects.toMatchObject({ message: expect.stringMatching(text) });
  });
});
