import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  type LambdaClient,
  ListFunctionUrlConfigsCommand,
  RemovePermissionCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createFunction, refusalOf } from "../../../test/lambda-api.ts";
import { TestPlatform } from "../../../test/test-platform.ts";

// URLs of functions and who may use them, as AWS answered when it was asked the same.

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

const permit = (more: Partial<AddPermissionCommandInput> = {}) =>
  client.send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: "s3",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      ...more,
    }),
  );
const createUrl = (more: Partial<CreateFunctionUrlConfigCommandInput> = {}) =>
  client.send(new CreateFunctionUrlConfigCommand({ FunctionName: name, AuthType: "NONE", ...more }));

describe("a function URL", () => {
  test("lets everyone in once it is permitted, by the address that is told", async () => {
    const { FunctionUrl = "", ...url } = await createUrl();
    expect(url).toMatchObject({ AuthType: "NONE", FunctionArn: arn(name), InvokeMode: "BUFFERED" });
    expect(url.CreationTime).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(url.$metadata.httpStatusCode).toBe(201);
    expect((await fetch(FunctionUrl)).status).toBe(403);
    await permit({
      StatementId: "url",
      Action: "lambda:InvokeFunctionUrl",
      Principal: "*",
      FunctionUrlAuthType: "NONE",
    });
    await permit({
      StatementId: "invoke",
      Action: "lambda:InvokeFunction",
      Principal: "*",
      InvokedViaFunctionUrl: true,
    });
    expect(await (await fetch(FunctionUrl)).text()).toContain(name);
  });

  test("is changed, listed with those of aliases, and goes", async () => {
    const { FunctionUrl } = await createUrl({ InvokeMode: "RESPONSE_STREAM" });
    await createUrl({ Qualifier: "live", AuthType: "AWS_IAM" });
    const changed = await client.send(
      new UpdateFunctionUrlConfigCommand({ FunctionName: name, Cors: { AllowOrigins: ["*"] } }),
    );
    expect(changed).toMatchObject({
      FunctionUrl,
      AuthType: "NONE",
      InvokeMode: "RESPONSE_STREAM",
      Cors: { AllowOrigins: ["*"] },
    });
    const { FunctionUrlConfigs } = await client.send(
      new ListFunctionUrlConfigsCommand({ FunctionName: name }),
    );
    expect(FunctionUrlConfigs?.map(({ FunctionArn }) => FunctionArn)).toEqual([
      arn(name),
      `${arn(name)}:live`,
    ]);
    await client.send(new DeleteFunctionUrlConfigCommand({ FunctionName: name }));
    expect(await refusalOf(client.send(new GetFunctionUrlConfigCommand({ FunctionName: name })))).toBe(
      "404 ResourceNotFoundException: The resource you requested does not exist.",
    );
    expect((await fetch(FunctionUrl ?? "")).status).toBe(403);
  });

  const pattern = String.raw`((?!^\d+$)^[0-9a-zA-Z-_]+$)`;
  test.each<[string, () => Promise<unknown>, () => string]>([
    [
      "of a function that has one",
      () => createUrl().then(() => createUrl()),
      () =>
        `409 ResourceConflictException: Failed to create function url config for [functionArn = ${arn(name)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
    ],
    [
      "of a version",
      () => createUrl({ Qualifier: "1" }),
      () =>
        `400 ValidationException: 1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
    ],
    [
      "of an alias that is not there",
      () => createUrl({ Qualifier: "none" }),
      () => "404 ResourceNotFoundException: Function does not exist",
    ],
    [
      "in a mode that there is not",
      () => createUrl({ InvokeMode: "UNKNOWN" as "BUFFERED" }),
      () =>
        "400 ValidationException: 1 validation error detected: Value 'UNKNOWN' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]",
    ],
    [
      "for preflights of a method that is too long",
      () => createUrl({ Cors: { AllowMethods: ["OPTIONS"] } }),
      () => expect.stringMatching(/^400 .*Cors\.AllowMethods has OPTIONS/) as string,
    ],
  ])("%s is refused", async (_, call, answer) => {
    expect(await refusalOf(call())).toEqual(answer());
  });
});

describe("a policy", () => {
  const policyOf = async (Qualifier?: string) => {
    const { Policy, RevisionId } = await client.send(new GetPolicyCommand({ FunctionName: name, Qualifier }));
    return { policy: JSON.parse(Policy ?? "null") as unknown, RevisionId };
  };

  test("has a statement for each permission, in the order in which they were given", async () => {
    const added = await permit({ SourceArn: "arn:aws:s3:::b", SourceAccount: "123456789012" });
    const statement = {
      Sid: "s3",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "lambda:InvokeFunction",
      Resource: arn(name),
      Condition: {
        ArnLike: { "AWS:SourceArn": "arn:aws:s3:::b" },
        StringEquals: { "AWS:SourceAccount": "123456789012" },
      },
    };
    expect(JSON.parse(added.Statement ?? "")).toEqual(statement);
    await permit({ StatementId: "account", Principal: "111111111111" });
    await permit({ StatementId: "alias", Principal: "*", Qualifier: "live" });
    const { policy } = await policyOf();
    expect(policy).toEqual({
      Version: "2012-10-17",
      Id: "default",
      Statement: [
        statement,
        {
          Sid: "account",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111111111111:root" },
          Action: "lambda:InvokeFunction",
          Resource: arn(name),
        },
      ],
    });
    expect((await policyOf("live")).policy).toMatchObject({
      Statement: [{ Sid: "alias", Principal: "*", Resource: `${arn(name)}:live` }],
    });
  });

  test("holds changes to the revision that was read", async () => {
    await permit();
    const { RevisionId } = await policyOf();
    await permit({ StatementId: "second", RevisionId });
    expect(await refusalOf(permit({ StatementId: "third", RevisionId }))).toBe(
      "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id",
    );
  });

  const remove = (StatementId: string, more: object = {}) =>
    client.send(new RemovePermissionCommand({ FunctionName: name, StatementId, ...more }));
  test("is gone with its last statement", async () => {
    await permit();
    await remove("s3");
    expect(await refusalOf(policyOf())).toBe(
      "404 ResourceNotFoundException: The resource you requested does not exist.",
    );
  });

  test.each<[string, () => Promise<unknown>, () => string]>([
    [
      "given to $LATEST",
      () => permit({ Qualifier: "$LATEST" }),
      () => "400 InvalidParameterValueException: We currently do not support adding policies for $LATEST.",
    ],
    [
      "given to nobody",
      () => permit({ Principal: "invalid.nonaws.com" }),
      () =>
        "400 InvalidParameterValueException: The provided principal was invalid. Please check the principal and try again.",
    ],
    [
      "given under a name that is taken",
      () => permit().then(() => permit()),
      () =>
        "409 ResourceConflictException: The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.",
    ],
    [
      "of an alias that is not there",
      () => permit({ Qualifier: "none" }),
      () => `404 ResourceNotFoundException: Cannot find alias arn: ${arn(name)}:none`,
    ],
    [
      "taken back that was not given",
      () => permit().then(() => remove("none")),
      () => "404 ResourceNotFoundException: Statement none is not found in resource policy.",
    ],
    [
      "taken back where none was given",
      () => remove("none"),
      () => "404 ResourceNotFoundException: No policy is associated with the given resource.",
    ],
    [
      "taken back from no function",
      () => remove("s", { FunctionName: "doesnotexist" }),
      () => `404 ResourceNotFoundException: No policy found for: ${arn("doesnotexist")}`,
    ],
  ])("has no permission that is %s", async (_, call, answer) => {
    expect(await refusalOf(call())).toBe(answer());
  });
});
