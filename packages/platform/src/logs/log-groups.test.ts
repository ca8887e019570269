import * as logsClient from "@aws-sdk/client-cloudwatch-logs";
import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployStack, stackClient, stackEvents } from "../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { TestClock } from "../test-clock.ts";

// Log groups by templates, by stacks and by the API of CloudWatch Logs.

const dayMs = 86_400_000;
const logGroup = (Properties: object = {}) => ({ Type: "AWS::Logs::LogGroup", Properties });
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

let platform: TestPlatform;
let clock: TestClock;
let client: CloudWatchLogsClient;
beforeAll(async () => {
  clock = new TestClock();
  platform = await TestPlatform.start({
    clock,
    resources: {
      Echo: scripted({ FunctionName: "echo" }),
      EchoLog: logGroup({ LogGroupName: "/aws/lambda/echo", RetentionInDays: 7 }),
      Plain: logGroup({ LogGroupName: "plain", Tags: [{ Key: "team", Value: "a" }] }),
    },
  });
  client = new logsClient.CloudWatchLogsClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  client.destroy();
  await platform[Symbol.asyncDispose]();
});

const groupOf = async (logGroupNamePrefix: string) =>
  (await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }))).logGroups?.[0];
const found = async (logGroupName: string) =>
  (await client.send(new FilterLogEventsCommand({ logGroupName, filterPattern: "said" }))).events?.length;
const say = async () => {
  const body = JSON.stringify({ script: `console.log("said"); await respond(id, "{}")` });
  const answer = await platform.send({ method: "POST", path: "/invoke/echo", body });
  await answer.ended;
  await platform.invocation(answer.requestId);
};

describe("log groups of a template", () => {
  test("are there before any event, with their retention and tags", async () => {
    expect(await groupOf("/aws/lambda/echo")).toMatchObject({ retentionInDays: 7, storedBytes: 0 });
    expect(await groupOf("plain")).not.toHaveProperty("retentionInDays");
    const resourceArn = "arn:aws:logs:us-east-1:123456789012:log-group:plain";
    expect(await client.send(new ListTagsForResourceCommand({ resourceArn }))).toMatchObject({
      tags: { team: "a" },
    });
  });

  test("answer with events for as long as they keep them", async () => {
    await say();
    expect(await found("/aws/lambda/echo")).toBe(1);
    clock.advance(7 * dayMs - 3_600_000);
    expect(await found("/aws/lambda/echo")).toBe(1);
    clock.advance(3 * 3_600_000);
    expect([await found("/aws/lambda/echo"), await groupOf("/aws/lambda/echo")]).toMatchObject([
      0,
      { retentionInDays: 7, storedBytes: 0 },
    ]);
  });
});

describe("CreateLogGroup and DeleteLogGroup", () => {
  const create = (logGroupName: string, more: object = {}) =>
    client.send(new CreateLogGroupCommand({ logGroupName, ...more }));
  const remove = (logGroupName: string) => client.send(new DeleteLogGroupCommand({ logGroupName }));

  test("make a group and take it away", async () => {
    await create("made", { tags: { team: "b" } });
    expect(await groupOf("made")).toMatchObject({ logGroupName: "made", creationTime: clock.now() });
    expect(await found("made")).toBe(0);
    await remove("made");
    expect(await groupOf("made")).toBeUndefined();
    await expect(found("made")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test.each<[string, () => Promise<unknown>, string, string]>([
    [
      "a group that is there",
      () => create("plain"),
      "ResourceAlreadyExistsException",
      "The specified log group already exists",
    ],
    [
      "a name with a space",
      () => create("a b"),
      "InvalidParameterException",
      String.raw`1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`,
    ],
    [
      "another class",
      () => create("other", { logGroupClass: "INFREQUENT_ACCESS" }),
      "InvalidParameterException",
      "Log groups of the class INFREQUENT_ACCESS are not served by this platform. Leave out logGroupClass.",
    ],
    [
      "a key",
      () => create("other", { kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/k" }),
      "InvalidParameterException",
      "Logs are not encrypted by this platform. Leave out kmsKeyId.",
    ],
    [
      "to delete what isn't there",
      () => remove("none"),
      "ResourceNotFoundException",
      "The specified log group does not exist.",
    ],
  ])("refuse %s", async (_, call, name, message) => {
    await expect(call()).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
  });
});

describe("PutRetentionPolicy and DeleteRetentionPolicy", () => {
  const put = (logGroupName: string, retentionInDays: number) =>
    client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));

  test.each(retentions)("take %i days", async (days) => {
    await put("plain", days);
    expect(await groupOf("plain")).toMatchObject({ retentionInDays: days });
  });

  test("let a group keep its events for ever", async () => {
    await put("plain", 1);
    await client.send(new DeleteRetentionPolicyCommand({ logGroupName: "plain" }));
    expect(await groupOf("plain")).not.toHaveProperty("retentionInDays");
  });

  test.each([-1, 0, 2, 8, 364, 10_000])("refuse %i days", async (days) => {
    await expect(put("plain", days)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentions.join(", ")}]`,
    });
  });

  test("refuse a group that isn't there", async () => {
    const refusal = { name: "ResourceNotFoundException", message: "The specified log group does not exist." };
    await expect(put("none", 1)).rejects.toMatchObject(refusal);
    await expect(
      client.send(new DeleteRetentionPolicyCommand({ logGroupName: "none" })),
    ).rejects.toMatchObject(refusal);
  });
});

describe("log groups of a stack", () => {
  const stacks = () => stackClient(platform.platform);
  const name = "of/stack";
  const update = { ChangeSetType: "UPDATE" } as const;

  test("come, change and go with it, unless they are retained", async () => {
    const cloudFormation = stacks();
    const Kept = { ...logGroup({ LogGroupName: "kept", RetentionInDays: 30 }), DeletionPolicy: "Retain" };
    await deployStack(cloudFormation, "s", {
      Resources: { Log: logGroup({ LogGroupName: name, RetentionInDays: 3 }), Kept },
    });
    expect(await groupOf(name)).toMatchObject({ retentionInDays: 3 });
    await deployStack(cloudFormation, "s", { Resources: { Log: logGroup({ LogGroupName: name }) } }, update);
    expect(await groupOf(name)).not.toHaveProperty("retentionInDays");
    const Other = logGroup({ LogGroupName: "other/stack" });
    await deployStack(cloudFormation, "s", { Resources: { Other } }, update);
    expect([await groupOf(name), await groupOf("kept")]).toMatchObject([undefined, { retentionInDays: 30 }]);
  });

  test("are refused where the name is taken, and for times that CloudWatch Logs does not take", async () => {
    const cloudFormation = stacks();
    const deploy = async (stack: string, Properties: object) => {
      await deployStack(cloudFormation, stack, { Resources: { Log: logGroup(Properties) } });
      const events = await stackEvents(cloudFormation, stack);
      return events.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED")?.ResourceStatusReason;
    };
    await client.send(new CreateLogGroupCommand({ logGroupName: "taken" }));
    const taken = (id: string) =>
      `Resource handler returned message: "Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"${id}"}' already exists." (HandlerErrorCode: AlreadyExists)`;
    expect(await deploy("t1", { LogGroupName: "taken" })).toBe(taken("taken"));
    expect(await deploy("t2", { LogGroupName: "plain" })).toBe(taken("plain"));
    expect(await deploy("t3", { RetentionInDays: 2 })).toContain(
      "RetentionInDays is 2; CloudWatch Logs takes 1,",
    );
    expect(await groupOf("taken")).toMatchObject({ logGroupName: "taken" });
  });
});
