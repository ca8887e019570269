import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CreateChangeSetCommand, DescribeChangeSetCommand } from "@aws-sdk/client-cloudformation";
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployStack, stackClient } from "../../test/stack-client.ts";
import { TestPlatform } from "../../test/test-platform.ts";

// Parameters whose values KMS encrypts.

const account = "123456789012";
const arn = (name: string) => `arn:aws:ssm:us-east-1:${account}:parameter${name}`;
const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...more,
});
const role = (RoleName: string, ...statements: object[]) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: document({
      Effect: "Allow",
      Principal: { AWS: account },
      Action: "sts:AssumeRole",
    }),
    Policies: [{ PolicyName: "own", PolicyDocument: document(...statements) }],
  },
});
const forOne = { Condition: { StringEquals: { "kms:EncryptionContext:PARAMETER_ARN": arn("/s/one") } } };

let platform: TestPlatform;
let ssm: SSMClient;
let kms: KMSClient;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Key: { Type: "AWS::KMS::Key", Properties: {} },
      Alias: {
        Type: "AWS::KMS::Alias",
        Properties: { AliasName: "alias/own", TargetKeyId: { Ref: "Key" } },
      },
      Reader: role("reader", allow("ssm:*")),
      Opener: role("opener", allow(["ssm:*", "kms:Decrypt"])),
      OfOne: role("of-one", allow("ssm:*"), allow("kms:Decrypt", forOne)),
      Sealer: role("sealer", allow(["ssm:*", "kms:Encrypt"])),
      Denied: role("denied", allow("ssm:*"), { ...allow("kms:Decrypt"), Effect: "Deny" }),
    },
  });
  ssm = new SSMClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
  kms = new KMSClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
  await put({ Name: "/s/one", Value: "first", KeyId: "alias/own" });
  await put({ Name: "/s/two", Value: "second", KeyId: "alias/own" });
  await put({ Name: "/d/default", Value: "everyone's" });
  await put({ Name: "/s/plain", Value: "no secret", Type: "String" });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  for (const client of [ssm, kms]) client.destroy();
  await platform[Symbol.asyncDispose]();
});

const put = (input: Partial<PutParameterCommandInput>, client = ssm) =>
  client.send(new PutParameterCommand({ Name: "/n", Value: "v", Type: "SecureString", ...input }));
const get = async (Name: string, WithDecryption?: boolean, client = ssm) =>
  (await client.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
const as = async (roleName: string) => {
  const sts = new STSClient(platform.platform.clientConfig);
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${roleName}`, RoleSessionName: "me" }),
  );
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  return new SSMClient({ ...platform.platform.clientConfig, credentials, maxAttempts: 1 });
};
const denied = (roleName: string, action: string) => ({
  name: "AccessDeniedException",
  message: expect.stringMatching(
    new RegExp(`^User: .*${roleName}/me is not authorized to perform: ${action} on resource: arn:aws:kms:`),
  ),
});

describe("the value of a SecureString", () => {
  test("is shown with decryption only, and is what KMS encrypted for the parameter otherwise", async () => {
    expect(await get("/s/one", true)).toMatchObject({ Type: "SecureString", Value: "first" });
    const sealed = await get("/s/one");
    expect(sealed?.Value).not.toContain("first");
    expect(await get("/s/one", false)).toEqual(sealed);
    const CiphertextBlob = Buffer.from(sealed?.Value ?? "", "base64");
    const EncryptionContext = { PARAMETER_ARN: arn("/s/one") };
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe("first");
    await expect(kms.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: "InvalidCiphertextException",
    });
  });

  test("is shown so in every way to get parameters", async () => {
    const named = { Names: ["/s/one", "/s/plain"] };
    const below = { Path: "/s" };
    const values = async (WithDecryption: boolean) => {
      const answers = [
        (await ssm.send(new GetParametersCommand({ ...named, WithDecryption }))).Parameters,
        (await ssm.send(new GetParametersByPathCommand({ ...below, WithDecryption }))).Parameters,
        (await ssm.send(new GetParameterHistoryCommand({ Name: "/s/one", WithDecryption }))).Parameters,
      ];
      return answers.map((list = []) => list.map(({ Value }) => Value));
    };
    expect(await values(true)).toEqual([["first", "no secret"], ["first", "no secret", "second"], ["first"]]);
    const sealed = (await get("/s/one"))?.Value;
    expect(await values(false)).toEqual([
      [sealed, "no secret"],
      [sealed, "no secret", (await get("/s/two"))?.Value],
      [sealed],
    ]);
  });

  test("has versions, each encrypted by itself", async () => {
    await put({ Name: "/v", Value: "one" });
    await put({ Name: "/v", Value: "two", Overwrite: true, KeyId: "alias/own" });
    expect([(await get("/v:1", true))?.Value, (await get("/v", true))?.Value]).toEqual(["one", "two"]);
  });

  test("is not in the state as it is", () => {
    using state = new DatabaseSync(join(platform.folder, "state", "state.sqlite"), { readOnly: true });
    const rows = state.prepare("SELECT record FROM service_record WHERE kind = 'ssm-parameter'").all();
    const text = JSON.stringify(rows);
    expect(text).toContain("no secret");
    for (const secret of ["first", "second", "everyone's"]) expect(text).not.toContain(secret);
  });

  test("survives a restart", async () => {
    const stateFolder = `${platform.folder}/state-of-its-own`;
    const resources = { Key: { Type: "AWS::KMS::Key", Properties: {} } };
    const client = (each: TestPlatform) => new SSMClient({ ...each.platform.clientConfig, maxAttempts: 1 });
    {
      await using first = await TestPlatform.start({ resources, stateFolder });
      await put({ Name: "/kept", Value: "still" }, client(first));
    }
    await using second = await TestPlatform.start({ resources, stateFolder });
    expect(await get("/kept", true, client(second))).toMatchObject({ Value: "still" });
  });
});

describe("the key of a SecureString", () => {
  test("is told as it was named, AWS's own where none was", async () => {
    const { Parameters = [] } = await ssm.send(
      new DescribeParametersCommand({ ParameterFilters: [{ Key: "Path", Values: ["/s", "/d"] }] }),
    );
    expect(Parameters.map(({ Name, KeyId }) => [Name, KeyId])).toEqual([
      ["/d/default", "alias/aws/ssm"],
      ["/s/one", "alias/own"],
      ["/s/plain", undefined],
      ["/s/two", "alias/own"],
    ]);
  });

  test("that is AWS's own is there, and nobody changes it", async () => {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: "alias/aws/ssm" }));
    expect(KeyMetadata).toMatchObject({ KeyManager: "AWS", Enabled: true });
    const KeyId = KeyMetadata?.KeyId ?? "";
    const refusal = { name: "AccessDeniedException" };
    await expect(kms.send(new DisableKeyCommand({ KeyId }))).rejects.toMatchObject(refusal);
    await expect(kms.send(new ScheduleKeyDeletionCommand({ KeyId }))).rejects.toMatchObject(refusal);
  });

  test("must be enabled", async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const { KeyId = "", Arn = "" } = KeyMetadata ?? {};
    await put({ Name: "/off", Value: "v", KeyId: Arn });
    await kms.send(new DisableKeyCommand({ KeyId }));
    const refusal = { name: "InvalidKeyId", message: `${Arn} is disabled.` };
    await expect(get("/off", true)).rejects.toMatchObject(refusal);
    await expect(put({ Name: "/off", Overwrite: true, KeyId })).rejects.toMatchObject(refusal);
    expect(await get("/off")).toMatchObject({ Type: "SecureString" });
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect(await get("/off", true)).toMatchObject({ Value: "v" });
  });
});

describe("the rights that it takes", () => {
  test.each<[string, string, boolean]>([
    ["reader", "/s/one", false],
    ["reader", "/d/default", true],
    ["opener", "/s/one", true],
    ["of-one", "/s/one", true],
    ["denied", "/s/one", false],
    ["denied", "/d/default", false],
    ["denied", "/s/plain", true],
  ])("%s gets %s, decrypted: %s", async (roleName, name, decrypted) => {
    const client = await as(roleName);
    if (decrypted) expect(await get(name, decrypted, client)).toMatchObject({ Name: name });
    else {
      expect(await get(name, false, client)).toMatchObject({ Name: name });
      await expect(get(name, true, client)).rejects.toMatchObject(denied(roleName, "kms:Decrypt"));
    }
  });

  test("are asked for each parameter that is decrypted", async () => {
    const client = await as("of-one");
    const two = { Names: ["/s/one", "/s/two"] };
    const both = client.send(new GetParametersCommand({ ...two, WithDecryption: true }));
    await expect(both).rejects.toMatchObject(denied("of-one", "kms:Decrypt"));
    const below = client.send(new GetParametersByPathCommand({ Path: "/s", WithDecryption: true }));
    await expect(below).rejects.toMatchObject(denied("of-one", "kms:Decrypt"));
    expect((await client.send(new GetParametersCommand(two))).Parameters).toHaveLength(2);
  });

  test("are kms:Encrypt to put it, and kms:GenerateDataKey where it is an advanced one", async () => {
    const own = { KeyId: "alias/own" };
    await expect(put({ ...own, Name: "/r" }, await as("reader"))).rejects.toMatchObject(
      denied("reader", "kms:Encrypt"),
    );
    expect(await put({ ...own, Name: "/r" }, await as("sealer"))).toMatchObject({ Version: 1 });
    await expect(put({ ...own, Name: "/r2", Tier: "Advanced" }, await as("sealer"))).rejects.toMatchObject(
      denied("sealer", "kms:GenerateDataKey"),
    );
    expect(await put({ Name: "/r3" }, await as("reader"))).toMatchObject({ Version: 1 });
  });
});

describe("refused is", () => {
  test.each<[string, Partial<PutParameterCommandInput>, string, string]>([
    [
      "a key that is not there",
      { KeyId: "11111111-1111-1111-1111-111111111111" },
      "InvalidKeyId",
      `Key 'arn:aws:kms:us-east-1:${account}:key/11111111-1111-1111-1111-111111111111' does not exist`,
    ],
    [
      "an alias that is not there",
      { KeyId: "alias/none" },
      "InvalidKeyId",
      `Alias arn:aws:kms:us-east-1:${account}:alias/none is not found.`,
    ],
    [
      "a key for what is no secret",
      { Type: "String", KeyId: "alias/own" },
      "ValidationException",
      "KeyId is required for SecureString type parameter only.",
    ],
    [
      "to make a secret of what was none",
      { Name: "/s/plain", Overwrite: true },
      "HierarchyTypeMismatchException",
      expect.stringContaining("does not support changing a parameter type"),
    ],
  ])("%s", async (_, input, name, message) => {
    await expect(put(input)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
  });

  test("an allowed pattern that the secret does not match, before it is encrypted", async () => {
    await expect(put({ Name: "/p", Value: "abc", AllowedPattern: "^\\d+$" })).rejects.toMatchObject({
      name: "ParameterPatternMismatchException",
    });
    expect(await put({ Name: "/p", Value: "123", AllowedPattern: "^\\d+$" })).toMatchObject({ Version: 1 });
  });
});

describe("templates", () => {
  const topic = (DisplayName: unknown) => ({
    Resources: { T: { Type: "AWS::SNS::Topic", Properties: { DisplayName } } },
  });
  test.each<[string, object, RegExp]>([
    [
      "as the value of a parameter",
      {
        Parameters: { P: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/s/one" } },
        ...topic({ Ref: "P" }),
      },
      /Parameters \[\/s\/one\] referenced by template have types not supported by CloudFormation\./,
    ],
    [
      "by a reference for secrets, in a property that takes none",
      topic("{{resolve:ssm-secure:/s/one:1}}"),
      /SSM Secure reference is not supported in: \[AWS::SNS::Topic\/Properties\/DisplayName\]/,
    ],
  ])("don't get it %s", async (_, template, message) => {
    await expect(deployStack(stackClient(platform.platform), "t", template)).rejects.toThrow(message);
  });

  test("don't get it by a reference for parameters that are no secrets", async () => {
    const cloudFormation = stackClient(platform.platform);
    const names = { StackName: "plain", ChangeSetName: "c" };
    const TemplateBody = JSON.stringify(topic("{{resolve:ssm:/s/one}}"));
    await cloudFormation.send(
      new CreateChangeSetCommand({ ...names, TemplateBody, ChangeSetType: "CREATE" }),
    );
    expect(await cloudFormation.send(new DescribeChangeSetCommand(names))).toMatchObject({
      Status: "FAILED",
      StatusReason: "Non-secure ssm prefix was used for secure parameter: [/s/one]",
    });
  });

  test("don't make it", async () => {
    const Properties = { Type: "SecureString", Name: "/made", Value: "v" };
    const template = { Resources: { P: { Type: "AWS::SSM::Parameter", Properties } } };
    const stack = await deployStack(stackClient(platform.platform), "made", template);
    expect(stack.StackStatus).toBe("ROLLBACK_COMPLETE");
    await expect(get("/made")).rejects.toMatchObject({ name: "ParameterNotFound" });
  });
});
