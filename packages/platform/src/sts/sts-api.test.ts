import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { functionTrust } from "../../test/function-roles.ts";
import { TestPlatform } from "../../test/test-platform.ts";

const account = "123456789012";
const admin = `arn:aws:sts::${account}:assumed-role/Administrator/sluice`;
const statement = (Action: string, Resource = "*", Effect = "Allow") => ({
  Version: "2012-10-17",
  Statement: [{ Effect, Action, Resource }],
});
const trust = (AWS: string, Condition?: object) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole", Condition }],
});
const role = (RoleName: string, AssumeRolePolicyDocument: object, document?: object, more: object = {}) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    RoleName,
    AssumeRolePolicyDocument,
    ...(document === undefined ? {} : { Policies: [{ PolicyName: "p", PolicyDocument: document }] }),
    ...more,
  },
});
const arn = (name: string) => `arn:aws:iam::${account}:role/${name}`;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "jobs" } },
      Sender: role("sender", trust(account), statement("sqs:SendMessage")),
      Powerless: role("powerless", trust(account)),
      Direct: role("direct", trust(arn("powerless"))),
      Guarded: role("guarded", trust(account, { StringEquals: { "sts:ExternalId": "secret" } })),
      Closed: role("closed", functionTrust),
      Long: role("long", trust(account), statement("*"), { MaxSessionDuration: 7200 }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
const configOf = (credentials: Keys = platform.platform.clientConfig.credentials) => ({
  ...platform.platform.clientConfig,
  credentials,
  maxAttempts: 1,
});
const sts = (credentials?: Keys) => new STSClient(configOf(credentials));

async function assume(input: Partial<AssumeRoleCommandInput> & { RoleArn: string }, as?: Keys) {
  const answer = await sts(as).send(new AssumeRoleCommand({ RoleSessionName: "test", ...input }));
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = answer.Credentials ?? {};
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return { answer, keys };
}
const send = (keys: Keys) =>
  new SQSClient(configOf(keys)).send(
    new SendMessageCommand({ QueueUrl: `${platform.url}/${account}/jobs`, MessageBody: "hello" }),
  );
/** What went wrong: code, status and text. */
const problem = (call: Promise<unknown>) =>
  call.then(
    () => "nothing went wrong",
    (error) => [error.name, error.$metadata?.httpStatusCode, error.message],
  );

describe("GetCallerIdentity", () => {
  test("names the owner of the platform's credentials", async () => {
    const identity = await sts().send(new GetCallerIdentityCommand());
    expect(identity).toMatchObject({
      UserId: "AROASLUICEADMINISTRATOR:sluice",
      Account: account,
      Arn: admin,
    });
    expect(identity.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("answers in AWS's XML", async () => {
    const answer = await platform.sendSigned({
      service: "sts",
      method: "POST",
      path: "/",
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    expect(await answer.summary("content-type")).toEqual({
      status: 200,
      "content-type": "text/xml",
      body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>AROASLUICEADMINISTRATOR:sluice</UserId><Account>${account}</Account><Arn>${admin}</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>${answer.requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
    });
  });

  test("answers who signs for us-east-1, where STS has its global endpoint", async () => {
    await using elsewhere = await TestPlatform.start({
      resources: { Queue: { Type: "AWS::SQS::Queue" } },
      region: "eu-west-1",
    });
    const client = new STSClient({ ...elsewhere.platform.clientConfig, region: "us-east-1", maxAttempts: 1 });
    expect((await client.send(new GetCallerIdentityCommand())).Account).toBe(account);
  });
});

describe("AssumeRole", () => {
  test("gives credentials that are the role's, for an hour", async () => {
    const { answer, keys } = await assume({ RoleArn: arn("sender") });
    const session = `arn:aws:sts::${account}:assumed-role/sender/test`;
    expect(answer.AssumedRoleUser?.Arn).toBe(session);
    expect(answer.AssumedRoleUser?.AssumedRoleId).toMatch(/^AROA[A-Z0-9]{17}:test$/);
    expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA/);
    const leftMs = Number(answer.Credentials?.Expiration) - Date.now();
    expect(leftMs).toBeGreaterThan(3500_000);
    expect(leftMs).toBeLessThanOrEqual(3600_000);
    expect((await sts(keys).send(new GetCallerIdentityCommand())).Arn).toBe(session);
    expect((await send(keys)).MessageId).toBeDefined();
  });

  test("leaves a session no more than the role's policies allow", async () => {
    const { keys } = await assume({ RoleArn: arn("powerless") });
    expect(await problem(send(keys))).toEqual([
      "AccessDenied",
      403,
      expect.stringContaining(
        `User: arn:aws:sts::${account}:assumed-role/powerless/test is not authorized to perform: sqs:sendmessage`,
      ),
    ]);
  });

  test.each([
    ["nothing that the session policy leaves out", statement("sqs:ReceiveMessage"), "AccessDenied"],
    ["what both allow", statement("sqs:*"), undefined],
    ["nothing that the session policy denies", statement("sqs:SendMessage", "*", "Deny"), "AccessDenied"],
  ])("leaves a session %s", async (_, policy, code) => {
    const { keys } = await assume({ RoleArn: arn("sender"), Policy: JSON.stringify(policy) });
    expect((await send(keys).catch((error) => error)).name).toBe(code);
  });

  test("lets a session assume a role that names its role, whatever its own policies say", async () => {
    const { keys } = await assume({ RoleArn: arn("powerless") });
    const { answer } = await assume({ RoleArn: arn("direct") }, keys);
    expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${account}:assumed-role/direct/test`);
  });

  test("asks for the external id of the trust policy", async () => {
    const { answer } = await assume({ RoleArn: arn("guarded"), ExternalId: "secret" });
    expect(answer.Credentials).toBeDefined();
  });

  test("gives an unknown role's session the caller's rights, and says so", async () => {
    const { keys } = await assume({ RoleArn: arn("sender") });
    const { answer, keys: further } = await assume({ RoleArn: arn("elsewhere") });
    expect((await send(further)).MessageId).toBeDefined();
    expect(platform.notes(answer.$metadata.requestId ?? "")).toEqual([
      expect.stringContaining(`${arn("elsewhere")} is not known to this platform`),
    ]);
    expect(await problem(assume({ RoleArn: arn("elsewhere") }, keys))).toEqual([
      "AccessDenied",
      403,
      `User: arn:aws:sts::${account}:assumed-role/sender/test is not authorized to perform: sts:AssumeRole on resource: ${arn("elsewhere")}`,
    ]);
  });

  const denied = (name: string) =>
    `User: ${admin} is not authorized to perform: sts:AssumeRole on resource: ${arn(name)}`;
  const invalid = (text: string) => `1 validation error detected: Value ${text}`;
  test.each<[string, Partial<AssumeRoleCommandInput>, string, number, string]>([
    ["a role that trusts others", { RoleArn: arn("closed") }, "AccessDenied", 403, denied("closed")],
    [
      "a wrong external id",
      { RoleArn: arn("guarded"), ExternalId: "guess" },
      "AccessDenied",
      403,
      denied("guarded"),
    ],
    [
      "an ARN of no role",
      { RoleArn: "arn:aws:s3:::bucket-name" },
      "ValidationError",
      400,
      "arn:aws:s3:::bucket-name is invalid",
    ],
    [
      "a bad session name",
      { RoleSessionName: "a b" },
      "ValidationError",
      400,
      invalid(
        String.raw`'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`,
      ),
    ],
    [
      "a short duration",
      { DurationSeconds: 60 },
      "ValidationError",
      400,
      invalid(
        "'60' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
      ),
    ],
    [
      "more than the role's longest session",
      { DurationSeconds: 7200 },
      "ValidationError",
      400,
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ],
    [
      "a session policy that is none",
      { Policy: "{" },
      "MalformedPolicyDocument",
      400,
      "Syntax errors in policy.",
    ],
  ])("refuses %s", async (_, input, code, status, message) => {
    const call = assume({ ...input, RoleArn: input.RoleArn ?? arn("sender") });
    expect(await problem(call)).toEqual([expect.stringContaining(code), status, message]);
  });

  test("refuses longer sessions than an hour to who is in a role already", async () => {
    const { keys } = await assume({ RoleArn: arn("long") });
    expect(await problem(assume({ RoleArn: arn("long"), DurationSeconds: 7200 }, keys))).toEqual([
      "ValidationError",
      400,
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    ]);
    expect((await assume({ RoleArn: arn("long"), DurationSeconds: 7200 })).answer.Credentials).toBeDefined();
  });
});

describe("temporary credentials", () => {
  test.each([
    ["without their token", (keys: Keys) => ({ ...keys, sessionToken: "" })],
    ["with another token", (keys: Keys) => ({ ...keys, sessionToken: "x" })],
    ["that nobody gave out", (keys: Keys) => ({ ...keys, accessKeyId: "ASIAAAAAAAAAAAAAAAAA" })],
  ])("are refused %s", async (_, change) => {
    const { keys } = await assume({ RoleArn: arn("sender") });
    expect(await problem(sts(change(keys)).send(new GetCallerIdentityCommand()))).toEqual([
      "InvalidClientTokenId",
      403,
      "The security token included in the request is invalid.",
    ]);
  });

  test("of GetSessionToken are the caller's own", async () => {
    const { Credentials } = await sts().send(new GetSessionTokenCommand());
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    expect((await sts(keys).send(new GetCallerIdentityCommand())).Arn).toBe(admin);
  });

  test("of a role can't call GetSessionToken", async () => {
    const { keys } = await assume({ RoleArn: arn("long") });
    expect(await problem(sts(keys).send(new GetSessionTokenCommand()))).toEqual([
      "AccessDenied",
      403,
      "Cannot call GetSessionToken with session credentials",
    ]);
  });
});

test("GetAccessKeyInfo names the account", async () => {
  const answer = await sts().send(new GetAccessKeyInfoCommand({ AccessKeyId: "AKIAIOSFODNN7EXAMPLE" }));
  expect(answer.Account).toBe(account);
});

test("an operation that isn't served is refused by name", async () => {
  expect(await problem(sts().send(new GetFederationTokenCommand({ Name: "someone" })))).toEqual([
    "InvalidAction",
    400,
    "Could not find operation GetFederationToken for version 2011-06-15: GetFederationToken is not served by this platform. Of STS it serves GetCallerIdentity, GetAccessKeyInfo, GetSessionToken, AssumeRole.",
  ]);
});
