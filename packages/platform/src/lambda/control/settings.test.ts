import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionRecursionConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  GetRuntimeManagementConfigCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionEventInvokeConfigsCommand,
  ListProvisionedConcurrencyConfigsCommand,
  ListTagsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  PutFunctionScalingConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createFunction, refusalOf } from "../../../test/lambda-api.ts";
import { TestPlatform } from "../../../test/test-platform.ts";

// Concurrency, asynchronous invocation, tags and other settings, as AWS answered when it was asked the same.

const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

let platform: TestPlatform;
let client: LambdaClient;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Queue: { Type: "AWS::SQS::Queue" } } });
  client = platform.client();
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

let count = 0;
/** The function of a test, with a version and an alias. */
let name: string;
beforeEach(async () => {
  count += 1;
  name = `f${count}`;
  await createFunction(client, name, { Publish: true });
  await client.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "1" }));
});

describe("reserved concurrency", () => {
  const put = (ReservedConcurrentExecutions: number, FunctionName = name) =>
    client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  const get = async () => {
    const { $metadata: _, ...answer } = await client.send(
      new GetFunctionConcurrencyCommand({ FunctionName: name }),
    );
    return answer;
  };

  test("is set, counts, and is taken back", async () => {
    expect(await put(0)).toMatchObject({ ReservedConcurrentExecutions: 0 });
    expect(await get()).toEqual({ ReservedConcurrentExecutions: 0 });
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name }));
    expect(await get()).toEqual({});
  });

  test.each<[string, () => Promise<unknown>, () => string]>([
    [
      "of a version",
      () => put(1, `${arn(name)}:1`),
      () =>
        "400 InvalidParameterValueException: This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    ],
    [
      "of no function",
      () => put(1, "doesnotexist"),
      () => `404 ResourceNotFoundException: Function not found: ${arn("doesnotexist")}:$LATEST`,
    ],
    [
      "of nearly all that there is",
      () => put(901),
      () =>
        "400 InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    ],
  ])("%s is refused", async (_, call, answer) => {
    expect(await refusalOf(call())).toBe(answer());
  });
});

describe("provisioned concurrency", () => {
  const put = (Qualifier: string, ProvisionedConcurrentExecutions = 1) =>
    client.send(
      new PutProvisionedConcurrencyConfigCommand({
        FunctionName: name,
        Qualifier,
        ProvisionedConcurrentExecutions,
      }),
    );
  const get = (Qualifier: string) =>
    client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier }));
  const remove = (Qualifier: string) =>
    client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier }));

  test("is begun, is there, and goes", async () => {
    const begun = await put("live", 2);
    expect(begun).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 0,
      Status: "IN_PROGRESS",
    });
    expect(begun.$metadata.httpStatusCode).toBe(202);
    expect(await get("live")).toMatchObject({ AllocatedProvisionedConcurrentExecutions: 2, Status: "READY" });
    const { ProvisionedConcurrencyConfigs } = await client.send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName: name }),
    );
    expect(ProvisionedConcurrencyConfigs?.map(({ FunctionArn }) => FunctionArn)).toEqual([
      `${arn(name)}:live`,
    ]);
    await remove("live");
    await remove("live");
    expect(await refusalOf(get("live"))).toBe(
      "404 ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this function",
    );
  });

  test.each<[string, () => Promise<unknown>, () => string]>([
    [
      "for $LATEST",
      () => put("$LATEST"),
      () =>
        "400 InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    ],
    [
      "for a version that is not there",
      () => put("10"),
      () => `404 ResourceNotFoundException: Function not found: ${arn(name)}:10`,
    ],
    [
      "for an alias that is not there",
      () => put("none"),
      () => `404 ResourceNotFoundException: Cannot find alias arn: ${arn(name)}:none`,
    ],
    [
      "for an alias of a version that has it",
      () => put("1").then(() => put("live")),
      () =>
        "409 ResourceConflictException: Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    ],
    [
      "for a version whose alias has it",
      () => put("live").then(() => put("1")),
      () => "409 ResourceConflictException: Version is pointed by a Provisioned Concurrency alias",
    ],
    [
      "of none",
      () => put("1", 0),
      () =>
        "400 ValidationException: 1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      "of more than is reserved",
      () =>
        put("1", 2).then(() =>
          client.send(
            new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 1 }),
          ),
        ),
      () =>
        "400 InvalidParameterValueException:  ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].",
    ],
  ])("%s is refused", async (_, call, answer) => {
    expect(await refusalOf(call())).toBe(answer());
  });
});

describe("the configuration of asynchronous invocation", () => {
  const put = (more: Partial<PutFunctionEventInvokeConfigCommandInput>) =>
    client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: name, ...more }));
  const get = (Qualifier?: string) =>
    client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: name, Qualifier }));

  test("is set, changed in part, set anew, and goes", async () => {
    const nothing = { OnSuccess: {}, OnFailure: {} };
    expect(await put({ MaximumRetryAttempts: 0 })).toMatchObject({
      FunctionArn: `${arn(name)}:$LATEST`,
      MaximumRetryAttempts: 0,
      DestinationConfig: nothing,
      LastModified: expect.any(Date),
    });
    const updated = await client.send(
      new UpdateFunctionEventInvokeConfigCommand({ FunctionName: name, MaximumEventAgeInSeconds: 60 }),
    );
    expect(updated).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(await put({ MaximumEventAgeInSeconds: 90 })).not.toHaveProperty("MaximumRetryAttempts");
    await put({ Qualifier: "live", MaximumRetryAttempts: 1 });
    const { FunctionEventInvokeConfigs } = await client.send(
      new ListFunctionEventInvokeConfigsCommand({ FunctionName: name }),
    );
    expect(FunctionEventInvokeConfigs?.map(({ FunctionArn }) => FunctionArn)).toEqual([
      `${arn(name)}:$LATEST`,
      `${arn(name)}:live`,
    ]);
    await client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: name }));
    expect(await refusalOf(get())).toBe(
      `404 ResourceNotFoundException: The function ${arn(name)}:$LATEST doesn't have an EventInvokeConfig`,
    );
  });

  const to = (Destination: string) => ({ DestinationConfig: { OnSuccess: { Destination } } });
  test.each<[string, () => Partial<PutFunctionEventInvokeConfigCommandInput>, () => string]>([
    [
      "of nothing",
      () => ({}),
      () =>
        "400 InvalidParameterValueException: You must specify at least one of error handling or destination setting.",
    ],
    [
      "of no function",
      () => ({ FunctionName: "doesnotexist", MaximumRetryAttempts: 1 }),
      () => "404 ResourceNotFoundException: The function doesn't exist.",
    ],
    [
      "with a destination that is not there",
      () => to(arn("doesnotexist")),
      () => `400 InvalidParameterValueException: The destination ARN ${arn("doesnotexist")} is invalid.`,
    ],
    [
      "with itself for a destination",
      () => to(arn(name)),
      () => "400 InvalidParameterValueException: You can't specify the function as a destination for itself.",
    ],
    [
      "with a destination of another service",
      () => to("arn:aws:iam:us-east-1:123456789012:role/r"),
      () =>
        "400 InvalidParameterValueException: The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam:us-east-1:123456789012:role/r), onFailure=null) is invalid.",
    ],
  ])("%s is refused", async (_, input, answer) => {
    expect(await refusalOf(put(input()))).toBe(answer());
  });
});

describe("tags", () => {
  const tag = (Tags: Record<string, string>, Resource = arn(name)) =>
    client.send(new TagResourceCommand({ Resource, Tags }));
  const list = async () => (await client.send(new ListTagsCommand({ Resource: arn(name) }))).Tags;

  test("are added, changed and taken away", async () => {
    await tag({ a: "1", b: "2" });
    await tag({ b: "3", c: "4" });
    expect(await list()).toEqual({ a: "1", b: "3", c: "4" });
    await client.send(new UntagResourceCommand({ Resource: arn(name), TagKeys: ["a", "none"] }));
    expect(await list()).toEqual({ b: "3", c: "4" });
    await client.send(new UntagResourceCommand({ Resource: arn(name), TagKeys: ["b", "c"] }));
    expect(await list()).toEqual({});
  });

  test.each<[string, () => Promise<unknown>, () => string]>([
    [
      "of a version",
      () => tag({ a: "1" }, `${arn(name)}:1`),
      () =>
        "400 InvalidParameterValueException: Tags on function aliases and versions are not supported. Please specify a function ARN.",
    ],
    [
      "of no function",
      () => tag({ a: "1" }, arn("doesnotexist")),
      () => `404 ResourceNotFoundException: Function not found: ${arn("doesnotexist")}`,
    ],
    [
      "that are too many",
      () => tag(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]))),
      () => "400 InvalidParameterValueException: Number of tags exceeds resource tag limit.",
    ],
    [
      "that are none",
      () => tag({}),
      () => "400 InvalidParameterValueException: An error occurred and the request cannot be processed.",
    ],
  ])("%s are refused", async (_, call, answer) => {
    expect(await refusalOf(call())).toBe(answer());
  });
});

test("what is the same for every function is told", async () => {
  expect(await client.send(new GetRuntimeManagementConfigCommand({ FunctionName: name }))).toMatchObject({
    UpdateRuntimeOn: "Auto",
  });
  expect(await client.send(new GetFunctionRecursionConfigCommand({ FunctionName: name }))).toMatchObject({
    RecursiveLoop: "Terminate",
  });
  expect(
    await client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: name })),
  ).not.toHaveProperty("CodeSigningConfigArn");
  expect(await client.send(new ListEventSourceMappingsCommand({}))).toMatchObject({
    EventSourceMappings: [],
  });
  const { AccountLimit, AccountUsage } = await client.send(new GetAccountSettingsCommand({}));
  expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 1000, CodeSizeZipped: 52_428_800 });
  expect(AccountUsage?.FunctionCount).toBe(count);
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    "event source mappings",
    () => client.send(new CreateEventSourceMappingCommand({ FunctionName: name })),
    /^400 InvalidParameterValueException: Event source mappings are not served/,
  ],
  [
    "scaling",
    () => client.send(new PutFunctionScalingConfigCommand({ FunctionName: name, Qualifier: "1" })),
    /^400 InvalidParameterValueException: Scaling of managed instances is not served/,
  ],
])("what is not served is refused by its name: %s", async (_, call, answer) => {
  expect(await refusalOf(call())).toMatch(answer);
});

test("a change of one function leaves what others have as it is", async () => {
  await client.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName: name,
      Qualifier: "live",
      ProvisionedConcurrentExecutions: 1,
    }),
  );
  await createFunction(client, `${name}-other`);
  const other = { FunctionName: `${name}-other` };
  await client.send(new UpdateFunctionConfigurationCommand({ ...other, Timeout: 4 }));
  await client.send(new PublishVersionCommand(other));
  expect(
    await client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier: "live" })),
  ).toMatchObject({ Status: "READY" });
});
