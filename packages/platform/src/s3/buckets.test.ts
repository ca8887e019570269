import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { refusalOf, S3Host, sharedS3 } from "../../test/s3-host.ts";

const s3 = sharedS3();
const Bucket = "settings";
beforeAll(async () => {
  await s3.host.client.send(new CreateBucketCommand({ Bucket }));
});
const send: typeof s3.host.client.send = ((command: never) => s3.host.client.send(command)) as never;

test("a bucket is there from its creation to its deletion", async () => {
  const name = { Bucket: "a.bucket-1" };
  expect(await refusalOf(send(new HeadBucketCommand(name)))).toBe("404 NotFound");
  expect(await send(new CreateBucketCommand(name))).toMatchObject({ Location: "/a.bucket-1" });
  // In us-east-1 that does nothing.
  await send(new CreateBucketCommand(name));
  expect(await send(new HeadBucketCommand(name))).toMatchObject({ BucketRegion: "us-east-1" });
  expect((await send(new GetBucketLocationCommand(name))).LocationConstraint).toBeFalsy();
  expect((await send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toContain("a.bucket-1");
  await send(new PutObjectCommand({ ...name, Key: "k", Body: "" }));
  expect(await refusalOf(send(new DeleteBucketCommand(name)))).toBe("409 BucketNotEmpty");
});

test.each([
  "ab",
  "UPPER",
  "a..b",
  "-ab",
  "ab-",
  "192.168.5.4",
  "xn--abc",
  "a_b",
  "x".repeat(64),
  "abc-s3alias",
])("%s is no name of a bucket", async (name) => {
  expect(await refusalOf(send(new CreateBucketCommand({ Bucket: name })))).toBe("400 InvalidBucketName");
});

describe("in another Region than the oldest", () => {
  test("a bucket is made where it is asked for, once", async () => {
    await using own = await S3Host.start({ region: "eu-west-1" });
    const create = (LocationConstraint?: "eu-west-1" | "us-west-2") =>
      own.client.send(
        new CreateBucketCommand({
          Bucket: "abroad",
          ...(LocationConstraint && { CreateBucketConfiguration: { LocationConstraint } }),
        }),
      );
    expect(await refusalOf(create("us-west-2"))).toBe("400 IllegalLocationConstraintException");
    await create();
    expect(await refusalOf(create("eu-west-1"))).toBe("409 BucketAlreadyOwnedByYou");
    const { LocationConstraint } = await own.client.send(new GetBucketLocationCommand({ Bucket: "abroad" }));
    expect(LocationConstraint).toBe("eu-west-1");
    const elsewhere = own.clientWith({ region: "us-west-2" });
    const wrong = elsewhere.send(new PutObjectCommand({ Bucket: "abroad", Key: "k", Body: "" }));
    await expect(wrong).rejects.toThrow("the region 'us-west-2' is wrong; expecting 'eu-west-1'");
  });
});

test("a new bucket has what AWS gives every new one", async () => {
  expect(await send(new GetPublicAccessBlockCommand({ Bucket }))).toMatchObject({
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
  });
  expect(await send(new GetBucketEncryptionCommand({ Bucket }))).toMatchObject({
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
    },
  });
  expect((await send(new GetBucketAclCommand({ Bucket }))).Grants).toHaveLength(1);
  expect(await refusalOf(send(new GetBucketPolicyCommand({ Bucket })))).toBe("404 NoSuchBucketPolicy");
  expect(await refusalOf(send(new GetBucketTaggingCommand({ Bucket })))).toBe("404 NoSuchTagSet");
  expect(await refusalOf(send(new GetBucketCorsCommand({ Bucket })))).toBe("404 NoSuchCORSConfiguration");
  expect(await refusalOf(send(new GetBucketWebsiteCommand({ Bucket })))).toBe(
    "404 NoSuchWebsiteConfiguration",
  );
});

test("what a bucket is set to is what it tells", async () => {
  const TagSet = [{ Key: "team", Value: "us" }];
  await send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  expect((await send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);

  const ServerSideEncryptionConfiguration = {
    Rules: [
      {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: "aws:kms" as const,
          KMSMasterKeyID: "alias/mine",
        },
        BucketKeyEnabled: true,
      },
    ],
  };
  await send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  expect(await send(new GetBucketEncryptionCommand({ Bucket }))).toMatchObject({
    ServerSideEncryptionConfiguration,
  });
  expect(await send(new PutObjectCommand({ Bucket, Key: "k", Body: "" }))).toMatchObject({
    ServerSideEncryption: "aws:kms",
    SSEKMSKeyId: "arn:aws:kms:us-east-1:123456789012:alias/mine",
    BucketKeyEnabled: true,
  });

  const Rules = [{ ID: "old", Status: "Enabled" as const, Filter: { Prefix: "" }, Expiration: { Days: 30 } }];
  const { $metadata } = await send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
  );
  expect((await send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toEqual(Rules);
  expect(s3.host.test.notes($metadata.requestId ?? "")).toContainEqual(
    expect.stringContaining("have no effect"),
  );
});

describe("a bucket's policy", () => {
  const policy = (statement: object) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:GetObject", ...statement }],
    });
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const put = (Policy: string) => send(new PutBucketPolicyCommand({ Bucket, Policy }));
  test("is kept as it was sent until it is deleted", async () => {
    const text = policy({ Principal: { AWS: "123456789012" }, Resource });
    await put(text);
    expect((await send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(text);
    await send(new DeleteBucketPolicyCommand({ Bucket }));
    expect(await refusalOf(send(new GetBucketPolicyCommand({ Bucket })))).toBe("404 NoSuchBucketPolicy");
  });
  test.each([
    ["is no JSON", "no", "400 MalformedPolicy"],
    ["names nobody", policy({ Resource }), "400 MalformedPolicy"],
    [
      "is about another bucket",
      policy({ Principal: { AWS: "*" }, Resource: "arn:aws:s3:::other/*" }),
      "400 MalformedPolicy",
    ],
    ["lets everyone in", policy({ Principal: "*", Resource }), "403 AccessDenied"],
  ])("that %s is refused", async (_, text, refusal) => {
    expect(await refusalOf(put(text))).toBe(refusal);
  });
  test("may let everyone in where the bucket doesn't block that", async () => {
    await send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { BlockPublicPolicy: false },
      }),
    );
    await put(policy({ Principal: "*", Resource }));
  });
});

test("what is not served is refused by name, and noted", async () => {
  const cors = send(
    new PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }] },
    }),
  );
  await expect(cors).rejects.toMatchObject({
    name: "NotImplemented",
    message: expect.stringMatching(/^PutBucketCors is not served by this platform\./),
  });
  const { requestId } = await cors.catch((error) => error.$metadata);
  expect(s3.host.test.notes(requestId)).toContainEqual(
    expect.stringContaining("PutBucketCors is not served"),
  );
});
