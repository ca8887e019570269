import {
  CreateAliasCommand,
  type CreateAliasCommandInput,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  type LambdaClient,
  ListAliasesCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answering, configurationOf, createFunction, invoke, refusalOf } from "../../../test/lambda-api.ts";
import { TestPlatform } from "../../../test/test-platform.ts";

// Versions and aliases, as AWS answered when it was asked the same.

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
/** The function of a test. */
let name: string;
beforeEach(() => {
  count += 1;
  name = `f${count}`;
});

const publish = (more: object = {}) =>
  client.send(new PublishVersionCommand({ FunctionName: name, ...more }));
const describeAs = (Description: string) =>
  client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description }));
const update = (answer: string, more: object = {}) =>
  client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: answering(answer), ...more }));
const alias = (Name: string, FunctionVersion: string, more: Partial<CreateAliasCommandInput> = {}) =>
  client.send(new CreateAliasCommand({ FunctionName: name, Name, FunctionVersion, ...more }));
const versions = async () => {
  const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: name }));
  return Versions?.map(({ Version, Description }) => `${Version} ${Description}`);
};

describe("a version", () => {
  test("is published with the function, which is told with the function's own ARN", async () => {
    expect(await createFunction(client, name, { Publish: true })).toMatchObject({
      Version: "1",
      FunctionArn: arn(name),
      State: "Pending",
    });
    expect(await configurationOf(client, name, "1")).toMatchObject({
      Version: "1",
      FunctionArn: `${arn(name)}:1`,
      State: "Active",
    });
    expect(await configurationOf(client, name, "$LATEST")).toMatchObject({
      FunctionArn: `${arn(name)}:$LATEST`,
    });
  });

  test("is the function as it was, until something changes that a version has", async () => {
    await createFunction(client, name, { Description: "none" });
    const first = await publish({ Description: "one" });
    expect(first).toMatchObject({ Version: "1", Description: "one", FunctionArn: `${arn(name)}:1` });
    expect(first.$metadata.httpStatusCode).toBe(201);
    expect(await publish({ Description: "other" })).toMatchObject({
      Version: "1",
      RevisionId: first.RevisionId,
    });
    await describeAs("two");
    expect(await publish()).toMatchObject({ Version: "2", Description: "two" });
    await update("changed");
    expect(await invoke(client, name, "2")).toBe(name);
    expect(await invoke(client, name)).toBe("changed");
    expect(await versions()).toEqual(["$LATEST two", "1 one", "2 two"]);
  });

  test("is published with new code", async () => {
    await createFunction(client, name);
    expect(await update("published", { Publish: true })).toMatchObject({
      Version: "1",
      FunctionArn: `${arn(name)}:1`,
    });
    expect(await invoke(client, name, "1")).toBe("published");
  });

  test("changes the revision of the function", async () => {
    await createFunction(client, name);
    const { RevisionId } = await configurationOf(client, name);
    await publish({ RevisionId });
    expect((await configurationOf(client, name)).RevisionId).not.toBe(RevisionId);
    expect(await refusalOf(publish({ RevisionId }))).toMatch(/^412 PreconditionFailedException: /);
  });

  test("is refused for other code than that of the function", async () => {
    const { CodeSha256 } = await createFunction(client, name);
    expect(await refusalOf(publish({ CodeSha256: "somenonexistentsha256" }))).toBe(
      `400 InvalidParameterValueException: CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  });

  test("is deleted alone, and its number never given again", async () => {
    await createFunction(client, name, { Publish: true });
    await client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier: "1" }));
    await client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier: "1" }));
    expect(await versions()).toEqual(["$LATEST "]);
    expect(await refusalOf(configurationOf(client, name, "1"))).toBe(
      `404 ResourceNotFoundException: Function not found: ${arn(name)}:1`,
    );
    expect(await publish()).toMatchObject({ Version: "2" });
  });

  test.each<[string, string, string]>([
    [
      "that is $LATEST",
      "$LATEST",
      "400 InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.",
    ],
    [
      "that an alias points to",
      "1",
      "409 ResourceConflictException: Unable to delete version because the following aliases reference it: [live]",
    ],
    [
      "that is an alias",
      "live",
      "400 InvalidParameterValueException: Deletion of aliases is not currently supported.",
    ],
  ])("%s is not deleted", async (_, Qualifier, answer) => {
    await createFunction(client, name, { Publish: true });
    await alias("live", "1");
    expect(await refusalOf(client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier })))).toBe(
      answer,
    );
  });
});

describe("an alias", () => {
  beforeEach(async () => {
    await createFunction(client, name, { Publish: true });
    await update("second", { Publish: true });
  });

  test("points to a version, is moved, and goes", async () => {
    const created = await alias("live", "1", { Description: "d" });
    expect(created).toMatchObject({
      AliasArn: `${arn(name)}:live`,
      Name: "live",
      FunctionVersion: "1",
      Description: "d",
    });
    expect(created).not.toHaveProperty("RoutingConfig");
    expect(await invoke(client, name, "live")).toBe(name);
    expect(await configurationOf(client, name, "live")).toMatchObject({
      FunctionArn: `${arn(name)}:live`,
      Version: "1",
    });
    const moved = await client.send(
      new UpdateAliasCommand({
        FunctionName: name,
        Name: "live",
        FunctionVersion: "2",
        RevisionId: created.RevisionId,
      }),
    );
    expect(moved).toMatchObject({ FunctionVersion: "2", Description: "d" });
    expect(moved.RevisionId).not.toBe(created.RevisionId);
    expect(await invoke(client, name, "live")).toBe("second");
    await client.send(new DeleteAliasCommand({ FunctionName: name, Name: "live" }));
    await client.send(new DeleteAliasCommand({ FunctionName: name, Name: "live" }));
    expect(await refusalOf(client.send(new GetAliasCommand({ FunctionName: name, Name: "live" })))).toBe(
      `404 ResourceNotFoundException: Cannot find alias arn: ${arn(name)}:live`,
    );
  });

  test("splits what comes between two versions, until that is taken back", async () => {
    const weights = { AdditionalVersionWeights: { "2": 0.2 } };
    expect((await alias("split", "1", { RoutingConfig: weights })).RoutingConfig).toEqual(weights);
    const whole = { FunctionName: name, Name: "split", RoutingConfig: { AdditionalVersionWeights: {} } };
    expect(await client.send(new UpdateAliasCommand(whole))).not.toHaveProperty("RoutingConfig");
  });

  test("is listed by the versions that it has", async () => {
    await alias("one", "1");
    await alias("both", "1", { RoutingConfig: { AdditionalVersionWeights: { "2": 0.5 } } });
    await alias("two", "2");
    const list = async (FunctionVersion?: string) => {
      const { Aliases } = await client.send(new ListAliasesCommand({ FunctionName: name, FunctionVersion }));
      return Aliases?.map(({ Name }) => Name);
    };
    expect(await list()).toEqual(["one", "both", "two"]);
    expect(await list("2")).toEqual(["both", "two"]);
  });

  const weighted = (weights: Record<string, number>) => ({
    RoutingConfig: { AdditionalVersionWeights: weights },
  });
  test.each<[string, () => Promise<unknown>, (at: string) => string]>([
    [
      "of a version that is not there",
      () => alias("a", "10"),
      (at) => `404 ResourceNotFoundException: Function not found: ${at}:10`,
    ],
    [
      "with a number for a name",
      () => alias("2024", "1"),
      () =>
        "400 ValidationException: 1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    ],
    [
      "of three versions",
      () => alias("a", "1", weighted({ "1": 0.1, "2": 0.1 })),
      () =>
        "400 InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be greater than 1",
    ],
    [
      "of one version twice",
      () => alias("a", "1", weighted({ "1": 0.5 })),
      () =>
        "400 InvalidParameterValueException: Invalid function version 1. Function version 1 is already included in routing configuration.",
    ],
    [
      "with a weight of more than all",
      () => alias("a", "1", weighted({ "2": 2 })),
      () =>
        "400 ValidationException: 1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
    ],
    [
      "of $LATEST and a version",
      () => alias("a", "$LATEST", weighted({ "2": 0.5 })),
      () =>
        "400 InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than 1 version",
    ],
    [
      "that is there",
      () => alias("taken", "1").then(() => alias("taken", "1")),
      (at) => `409 ResourceConflictException: Alias already exists: ${at}:taken`,
    ],
    [
      "that is not there, to be changed",
      () => client.send(new UpdateAliasCommand({ FunctionName: name, Name: "none" })),
      (at) => `404 ResourceNotFoundException: Alias not found: ${at}:none`,
    ],
  ])("%s is refused", async (_, call, answer) => {
    expect(await refusalOf(call())).toBe(answer(arn(name)));
  });
});
