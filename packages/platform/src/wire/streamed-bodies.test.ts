import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as s3 from "@aws-sdk/client-s3";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ServiceHost } from "../../test/service-host.ts";
import { Authenticator, administratorPolicy } from "../iam/caller.ts";
import { AwsServiceError } from "../service-error.ts";
import { defineService } from "./service-api.ts";

// Bodies of S3 come as streams, framed or not, and are verified as they are read.

const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
const caller = {
  accessKeyId: keys.accessKeyId,
  accountId: "123456789012",
  userId: "AIDAEXAMPLE",
  arn: "arn:aws:iam::123456789012:user/someone",
  policies: [administratorPolicy],
};
const objects = new Map<string, { body: Buffer; trailers: object; encoding: string | undefined }>();

let host: ServiceHost;
beforeAll(async () => {
  host = await ServiceHost.start(
    {
      name: "S3",
      signingName: "s3",
      protocols: ["rest-xml"],
      target: "AmazonS3",
      version: "2006-03-01",
      framesBodies: true,
      load: async () =>
        defineService(s3, {
          PutObject: async ({ Key = "", Body, ContentEncoding }, { trailers }) => {
            const body = await buffer(Body as Readable);
            objects.set(Key, {
              body,
              trailers: Object.fromEntries(trailers()),
              encoding: ContentEncoding,
            });
            return { ETag: '"tag"' };
          },
          GetObject: ({ Key = "" }) => {
            const found = objects.get(Key);
            if (found === undefined) throw new AwsServiceError("NoSuchKey", 404, "Not there.", { Key });
            return {
              Body: Readable.from([found.body.subarray(0, 2), found.body.subarray(2)]),
              ContentLength: 5,
            };
          },
          HeadObject: () => {
            throw new AwsServiceError("NotFound", 404, "");
          },
        }),
    },
    new Authenticator((id) => (id === keys.accessKeyId ? { ...keys, caller } : undefined), "us-east-1"),
  );
});
afterAll(async () => {
  expect(host.bugs).toEqual([]);
  await host[Symbol.asyncDispose]();
});

const client = (secretAccessKey = keys.secretAccessKey) =>
  new S3Client({ ...host.clientConfig, credentials: { ...keys, secretAccessKey } });
const put = (Key: string, Body: Buffer | Readable, more: object = {}) =>
  client().send(new PutObjectCommand({ Bucket: "bucket", Key, Body, ...more }));

test("a body that was signed whole", async () => {
  await put("whole/key with blanks", Buffer.from("hello"));
  expect(objects.get("whole/key with blanks")).toEqual({
    body: Buffer.from("hello"),
    trailers: {},
    encoding: undefined,
  });
});

test("a body in frames, with its checksum behind it", async () => {
  await put("framed", Readable.from([Buffer.from("he"), Buffer.from("llo")]), {
    ContentLength: 5,
    ContentEncoding: "gzip",
  });
  expect(objects.get("framed")).toEqual({
    body: Buffer.from("hello"),
    trailers: { "x-amz-checksum-crc32": expect.stringMatching(/^\S{8}$/) },
    encoding: "gzip",
  });
});

test("an output comes as a stream", async () => {
  await put("out", Buffer.from("hello"));
  const { Body } = await client().send(new GetObjectCommand({ Bucket: "bucket", Key: "out" }));
  expect(await Body?.transformToString()).toBe("hello");
});

test("a body that isn't the signed one fails at its end, and nothing is kept", async () => {
  const tampering = client();
  tampering.middlewareStack.add(
    (next) => (args) => {
      (args.request as { body: unknown }).body = Buffer.from("hullo");
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  const call = tampering.send(
    new PutObjectCommand({ Bucket: "bucket", Key: "tampered", Body: Buffer.from("hello") }),
  );
  await expect(call).rejects.toMatchObject({
    name: "XAmzContentSHA256Mismatch",
    $metadata: { httpStatusCode: 400 },
  });
  expect(objects.has("tampered")).toBe(false);
});

test.each<[string, () => Promise<unknown>, object]>([
  [
    "a missing key",
    () => client().send(new GetObjectCommand({ Bucket: "bucket", Key: "none" })),
    { name: "NoSuchKey", message: "Not there.", Key: "none" },
  ],
  [
    "HEAD, without a body",
    () => client().send(new HeadObjectCommand({ Bucket: "bucket", Key: "none" })),
    { name: "NotFound" },
  ],
  [
    "a wrong secret",
    () => client("wrong").send(new GetObjectCommand({ Bucket: "bucket", Key: "out" })),
    { name: "SignatureDoesNotMatch" },
  ],
  [
    "an operation that isn't served, by name",
    () => client().send(new s3.GetBucketAclCommand({ Bucket: "bucket" })),
    {
      name: "NotImplemented",
      message: expect.stringContaining("GetBucketAcl is not served by this platform"),
    },
  ],
])("S3's error for %s", async (_, call, expected) => {
  await expect(call()).rejects.toMatchObject(expected);
});
