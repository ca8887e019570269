import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployStack, stackClient } from "../../test/stack-client.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const account = "123456789012";
const root = { AWS: `arn:aws:iam::${account}:root` };
const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: string, more: object = { Resource: "*" }) => ({ Effect: "Allow", Action, ...more });
const role = (RoleName: string, ...statements: object[]) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: document(
      allow("sts:AssumeRole", { Principal: { AWS: account, Service: "lambda.amazonaws.com" } }),
    ),
    Policies: [{ PolicyName: "own", PolicyDocument: document(...statements) }],
  },
});
const key = (KeyPolicy?: object, more: object = {}) => ({
  Type: "AWS::KMS::Key",
  Properties: { ...(KeyPolicy === undefined ? {} : { KeyPolicy }), ...more },
});
const sealedFunction = (logicalId: string, keyId: string, roleId: string) =>
  scripted({
    FunctionName: logicalId,
    KmsKeyArn: { "Fn::GetAtt": [keyId, "Arn"] },
    Role: { "Fn::GetAtt": [roleId, "Arn"] },
    Environment: { Variables: { SECRET: "s3cr3t" } },
  });

let platform: TestPlatform;
let kms: KMSClient;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Open: key(),
      OpenAlias: {
        Type: "AWS::KMS::Alias",
        Properties: { AliasName: "alias/open", TargetKeyId: { Ref: "Open" } },
      },
      ForReader: key(
        document(
          allow("kms:*", { Principal: root, Resource: "*" }),
          allow("kms:Decrypt", {
            Principal: { AWS: `arn:aws:iam::${account}:role/powerless` },
            Resource: "*",
          }),
        ),
      ),
      Off: key(undefined, { Enabled: false }),
      Reader: role("reader", allow("kms:Decrypt"), allow("logs:*")),
      Powerless: role("powerless", allow("logs:*")),
      Allowed: sealedFunction("allowed", "Open", "Reader"),
      ByKey: sealedFunction("by-key", "ForReader", "Powerless"),
      Denied: sealedFunction("denied", "Open", "Powerless"),
      Disabled: sealedFunction("disabled", "Off", "Reader"),
    },
  });
  kms = new KMSClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const secret = Buffer.from("secret");
const create = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? "";
const encrypt = async (KeyId: string, EncryptionContext?: Record<string, string>) =>
  (await kms.send(new EncryptCommand({ KeyId, Plaintext: secret, EncryptionContext }))).CiphertextBlob ??
  secret;
/** What went wrong: code and text. */
const problem = (call: Promise<unknown>) =>
  call.then(
    () => "nothing went wrong",
    (error) => [error.name, error.$metadata?.httpStatusCode, error.message],
  );

describe("a key", () => {
  test("encrypts, and decrypts what it encrypted in the same context", async () => {
    const KeyId = await create();
    const CiphertextBlob = await encrypt(KeyId, { a: "1", b: "2" });
    expect(Buffer.from(CiphertextBlob).includes(secret)).toBe(false);
    const decrypted = await kms.send(
      new DecryptCommand({ CiphertextBlob, EncryptionContext: { b: "2", a: "1" } }),
    );
    expect(Buffer.from(decrypted.Plaintext ?? [])).toEqual(secret);
    for (const EncryptionContext of [undefined, { a: "1" }, { a: "1", b: "3" }]) {
      expect(
        await problem(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))),
      ).toMatchObject(["InvalidCiphertextException", 400, expect.anything()]);
    }
    const changed = Uint8Array.from(CiphertextBlob);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(await problem(kms.send(new DecryptCommand({ CiphertextBlob: changed })))).toMatchObject([
      "InvalidCiphertextException",
      400,
      expect.anything(),
    ]);
    expect(await problem(kms.send(new DecryptCommand({ CiphertextBlob: secret })))).toMatchObject([
      "InvalidCiphertextException",
      400,
      expect.anything(),
    ]);
  });

  test("gives data keys, and gives them again to whoever may decrypt", async () => {
    const KeyId = await create();
    const made = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
    expect(made.Plaintext).toHaveLength(32);
    const again = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    expect(again.Plaintext).toEqual(made.Plaintext);
  });

  test("is known by id, ARN and alias, and listed", async () => {
    const KeyId = await create();
    await kms.send(new CreateAliasCommand({ AliasName: "alias/mine", TargetKeyId: KeyId }));
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: "alias/mine" }));
    expect(KeyMetadata).toMatchObject({
      KeyId,
      Enabled: true,
      KeyState: "Enabled",
      KeySpec: "SYMMETRIC_DEFAULT",
    });
    for (const other of [KeyMetadata?.Arn, `arn:aws:kms:us-east-1:${account}:alias/mine`]) {
      expect((await kms.send(new DescribeKeyCommand({ KeyId: other }))).KeyMetadata?.KeyId).toBe(KeyId);
    }
    const { Keys } = await kms.send(new ListKeysCommand({}));
    expect(Keys).toContainEqual({ KeyId, KeyArn: KeyMetadata?.Arn });
    const { Aliases = [] } = await kms.send(new ListAliasesCommand({}));
    expect(Aliases.map(({ AliasName }) => AliasName)).toEqual(["alias/open", "alias/mine"]);
    for (const { CreationDate, LastUpdatedDate } of Aliases) {
      // A template's key is as old as the process. Dates have whole seconds.
      expect(CreationDate?.getTime()).toBeGreaterThan(performance.timeOrigin - 1_000);
      expect(LastUpdatedDate).toEqual(CreationDate);
    }
    expect(
      await problem(kms.send(new CreateAliasCommand({ AliasName: "alias/mine", TargetKeyId: KeyId }))),
    ).toEqual([
      "AlreadyExistsException",
      400,
      `An alias with the name arn:aws:kms:us-east-1:${account}:alias/mine already exists`,
    ]);
  });

  test("does nothing while it is disabled or about to be deleted", async () => {
    const KeyId = await create();
    const arn = `arn:aws:kms:us-east-1:${account}:key/${KeyId}`;
    await kms.send(new DisableKeyCommand({ KeyId }));
    expect(await problem(encrypt(KeyId))).toEqual(["DisabledException", 400, `${arn} is disabled.`]);
    await kms.send(new EnableKeyCommand({ KeyId }));
    await encrypt(KeyId);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(await problem(encrypt(KeyId))).toEqual([
      "KMSInvalidStateException",
      400,
      `${arn} is pending deletion.`,
    ]);
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe("Disabled");
  });

  test("lets in whom its policy names, and the account's own policies only where it names the account", async () => {
    const KeyId = await create();
    const { Credentials } = await new STSClient(platform.platform.clientConfig).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/reader`, RoleSessionName: "test" }),
    );
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    };
    const reader = new KMSClient({ ...platform.platform.clientConfig, credentials, maxAttempts: 1 });
    const CiphertextBlob = await encrypt(KeyId);
    const read = () => problem(reader.send(new DecryptCommand({ CiphertextBlob })));
    expect(await read()).toBe("nothing went wrong");
    const administrator = { AWS: `arn:aws:sts::${account}:assumed-role/Administrator/sluice` };
    const Policy = JSON.stringify(document(allow("kms:*", { Principal: administrator, Resource: "*" })));
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    expect(await read()).toEqual([
      "AccessDeniedException",
      400,
      `User: arn:aws:sts::${account}:assumed-role/reader/test is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:${account}:key/${KeyId} because no resource-based policy allows the kms:Decrypt action`,
    ]);
    expect(JSON.parse((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy ?? "")).toEqual(
      JSON.parse(Policy),
    );
  });

  test("that is not there is told as AWS tells it", async () => {
    expect(await problem(encrypt("nothing"))).toEqual([
      "NotFoundException",
      400,
      `Key 'arn:aws:kms:us-east-1:${account}:key/nothing' does not exist`,
    ]);
    expect(await problem(encrypt("alias/nothing"))).toEqual([
      "NotFoundException",
      400,
      `Alias arn:aws:kms:us-east-1:${account}:alias/nothing is not found.`,
    ]);
  });

  test("is in a file that its owner alone can read", async () => {
    const KeyId = await create();
    await encrypt(KeyId);
    const { mode } = await stat(join(platform.folder, "state/keys", KeyId));
    expect(mode & 0o777).toBe(0o600);
  });
});

describe("a function with a key", () => {
  const script = "await respond(id, JSON.stringify(process.env.SECRET))";
  const invoke = (FunctionName: string) =>
    platform
      .client()
      .send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify({ script })) }));
  const unable = "Lambda was unable to decrypt the environment variables because";

  test.each(["allowed", "by-key"])("%s sees its variables", async (name) => {
    expect(Buffer.from((await invoke(name)).Payload ?? []).toString()).toBe('"s3cr3t"');
  });

  test("whose role may not decrypt is refused, with the missing right", async () => {
    expect(await problem(invoke("denied"))).toEqual([
      "KMSAccessDeniedException",
      502,
      expect.stringMatching(
        `^${unable} KMS access was denied\\. .*KMS Message: User: arn:aws:sts::${account}:assumed-role/powerless/denied is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:.* because no identity-based policy allows the kms:Decrypt action$`,
      ),
    ]);
  });

  test("whose key is disabled is refused", async () => {
    expect(await problem(invoke("disabled"))).toEqual([
      "KMSDisabledException",
      502,
      expect.stringContaining(`${unable} the KMS key used is disabled.`),
    ]);
  });

  test("and any other one of a stack has its variables encrypted in the state", async () => {
    const client = stackClient(platform.platform);
    const stack = await deployStack(
      client,
      "secrets",
      {
        Resources: {
          Own: role("of-stack", allow("logs:*")),
          Inline: {
            Type: "AWS::Lambda::Function",
            Properties: {
              Runtime: "nodejs24.x",
              Handler: "index.handler",
              Role: { "Fn::GetAtt": ["Own", "Arn"] },
              Code: { ZipFile: "exports.handler = async () => process.env.SECRET;" },
              Environment: { Variables: { SECRET: { Ref: "Password" } } },
            },
          },
        },
        Parameters: { Password: { Type: "String", NoEcho: true } },
        Outputs: { Name: { Value: { Ref: "Inline" } } },
      },
      {
        Capabilities: ["CAPABILITY_NAMED_IAM"],
        Parameters: [{ ParameterKey: "Password", ParameterValue: "correct horse battery staple" }],
      },
    );
    expect(stack.StackStatus).toBe("CREATE_COMPLETE");
    using state = new DatabaseSync(join(platform.folder, "state/state.sqlite"), { readOnly: true });
    const records = state
      .prepare("SELECT record FROM stack_resource")
      .all()
      .map(({ record }) => String(record));
    expect(records.filter((record) => record.startsWith("sealed:"))).toHaveLength(1);
    expect(records.join()).not.toContain("correct horse");
    const { Payload = [] } = await invoke(stack.Outputs?.[0]?.OutputValue ?? "");
    expect(Buffer.from(Payload).toString()).toBe('"correct horse battery staple"');
  });
});
