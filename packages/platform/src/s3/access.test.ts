import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { beforeAll, describe, expect, test } from "vitest";
import { refusalOf, sharedS3 } from "../../test/s3-host.ts";

const account = "123456789012";
const Bucket = "guarded";
const arn = `arn:aws:s3:::${Bucket}`;
const statement = (Action: string | string[], Resource: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const role = (RoleName: string, ...Statement: object[]) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
    },
    Policies:
      Statement.length === 0
        ? []
        : [{ PolicyName: "p", PolicyDocument: { Version: "2012-10-17", Statement } }],
  },
});

const s3 = sharedS3({
  resources: {
    Reader: role(
      "reader",
      statement("s3:GetObject", `${arn}/*`),
      statement("s3:ListBucket", arn, { Condition: { StringLike: { "s3:prefix": "mine/*" } } }),
    ),
    Writer: role("writer", statement("s3:PutObject", `${arn}/mine/*`)),
    Nobody: role("nobody"),
  },
});

async function as(name: string): Promise<S3Client> {
  const { host } = s3;
  const sts = new STSClient(host.test.platform.clientConfig);
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: "test" }),
  );
  sts.destroy();
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  return host.clientWith({
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
}

beforeAll(async () => {
  const { client } = s3.host;
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: "mine/a", Body: "a" }));
  await client.send(new PutObjectCommand({ Bucket, Key: "other", Body: "b" }));
});

const get = (Key: string) => new GetObjectCommand({ Bucket, Key });
const put = (Key: string) => new PutObjectCommand({ Bucket, Key, Body: "new" });

describe("a role may do what its policies say", () => {
  test.each<[string, string, (client: S3Client) => Promise<unknown>, string]>([
    ["reader", "read an object", (client) => client.send(get("mine/a")), "no error"],
    ["reader", "write one", (client) => client.send(put("mine/a")), "403 AccessDenied"],
    [
      "reader",
      "list what it may",
      (client) => client.send(new ListObjectsV2Command({ Bucket, Prefix: "mine/" })),
      "no error",
    ],
    [
      "reader",
      "list everything",
      (client) => client.send(new ListObjectsV2Command({ Bucket })),
      "403 AccessDenied",
    ],
    // Who may not list isn't told what is there.
    ["reader", "read what isn't there", (client) => client.send(get("nothing")), "403 AccessDenied"],
    [
      "reader",
      "read a version",
      (client) => client.send(new GetObjectCommand({ Bucket, Key: "mine/a", VersionId: "null" })),
      "403 AccessDenied",
    ],
    ["reader", "list buckets", (client) => client.send(new ListBucketsCommand({})), "403 AccessDenied"],
    ["writer", "write where it may", (client) => client.send(put("mine/b")), "no error"],
    ["writer", "write elsewhere", (client) => client.send(put("b")), "403 AccessDenied"],
    ["writer", "read", (client) => client.send(get("mine/a")), "403 AccessDenied"],
    [
      "writer",
      "delete",
      (client) => client.send(new DeleteObjectCommand({ Bucket, Key: "mine/a" })),
      "403 AccessDenied",
    ],
    [
      "writer",
      "tag what it writes",
      (client) => client.send(new PutObjectCommand({ Bucket, Key: "mine/c", Body: "x", Tagging: "a=b" })),
      "403 AccessDenied",
    ],
    [
      "writer",
      "copy what it may not read",
      (client) =>
        client.send(new CopyObjectCommand({ Bucket, Key: "mine/c", CopySource: `${Bucket}/other` })),
      "403 AccessDenied",
    ],
    ["nobody", "read", (client) => client.send(get("mine/a")), "403 AccessDenied"],
  ])("%s: %s", async (name, _, call, answer) => {
    expect(await refusalOf(call(await as(name)))).toBe(answer);
  });
});

test("a refusal says who may not do what", async () => {
  const refused = (await as("nobody")).send(get("mine/a"));
  await expect(refused).rejects.toThrow(
    `User: arn:aws:sts::${account}:assumed-role/nobody/test is not authorized to perform: s3:GetObject on resource: ${arn}/mine/a because no identity-based policy allows the s3:GetObject action`,
  );
});

test("of many deletions each is looked at by itself", async () => {
  const { Errors } = await (await as("nobody")).send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "mine/a" }] } }),
  );
  expect(Errors).toEqual([{ Key: "mine/a", Code: "AccessDenied", Message: "Access Denied" }]);
});

describe("a bucket's policy", () => {
  const setPolicy = (...Statement: object[]) =>
    s3.host.client.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
    );
  test("lets in whom it names", async () => {
    await setPolicy({
      ...statement("s3:GetObject", `${arn}/*`),
      Principal: { AWS: `arn:aws:iam::${account}:role/nobody` },
    });
    const nobody = await as("nobody");
    expect(await refusalOf(nobody.send(get("mine/a")))).toBe("no error");
    expect(await refusalOf(nobody.send(put("mine/a")))).toBe("403 AccessDenied");
  });
  test("keeps out whom it denies, administrators too", async () => {
    await setPolicy({ ...statement("s3:GetObject", `${arn}/other`), Effect: "Deny", Principal: "*" });
    await expect(s3.host.client.send(get("other"))).rejects.toThrow(
      "with an explicit deny in a resource-based policy",
    );
    expect(await refusalOf(s3.host.client.send(get("mine/a")))).toBe("no error");
  });
  test("as SAM's artifact bucket has it, asking for TLS, lets in who calls from this machine", async () => {
    await setPolicy({
      Effect: "Deny",
      Action: "s3:*",
      Resource: [arn, `${arn}/*`],
      Principal: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(await refusalOf(s3.host.client.send(put("artifact")))).toBe("no error");
  });
});
