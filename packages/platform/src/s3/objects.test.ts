import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { refusalOf, sharedS3 } from "../../test/s3-host.ts";

const s3 = sharedS3();
const Bucket = "things";
beforeAll(async () => {
  await s3.host.client.send(new CreateBucketCommand({ Bucket }));
});

const put = (Key: string, Body: string, more: Partial<Omit<PutObjectCommandInput, "Body">> = {}) =>
  s3.host.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3.host.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const textOf = async (answer: ReturnType<typeof get>) => (await answer).Body?.transformToString();

test("an object is read as it was written, with what was said of it", async () => {
  const Expires = new Date("2030-01-02T03:04:05Z");
  const written = await put("a/b", "hello", {
    ContentType: "text/plain",
    CacheControl: "no-store",
    ContentEncoding: "identity",
    Expires,
    Metadata: { maker: "me", "with-dash": "x y" },
    Tagging: "a=1&b=2",
    StorageClass: "GLACIER_IR",
    ServerSideEncryption: "aws:kms",
    SSEKMSKeyId: "alias/mine",
  });
  const encryption = {
    ServerSideEncryption: "aws:kms",
    SSEKMSKeyId: "arn:aws:kms:us-east-1:123456789012:alias/mine",
  };
  expect(written).toMatchObject({ ETag: '"5d41402abc4b2a76b9719d911017c592"', ...encryption });
  const read = await get("a/b");
  expect(read).toMatchObject({
    ContentType: "text/plain",
    CacheControl: "no-store",
    ContentEncoding: "identity",
    ExpiresString: "Wed, 02 Jan 2030 03:04:05 GMT",
    Metadata: { maker: "me", "with-dash": "x y" },
    ContentLength: 5,
    AcceptRanges: "bytes",
    ETag: written.ETag,
    StorageClass: "GLACIER_IR",
    TagCount: 2,
    ...encryption,
  });
  expect(await read.Body?.transformToString()).toBe("hello");
  const { TagSet } = await s3.host.client.send(new GetObjectTaggingCommand({ Bucket, Key: "a/b" }));
  expect(TagSet).toEqual([
    { Key: "a", Value: "1" },
    { Key: "b", Value: "2" },
  ]);
});

test("an object that nothing is said of has S3's own type and encryption, and may be empty", async () => {
  await put("empty", "");
  const read = await get("empty");
  expect(read).toMatchObject({ ContentLength: 0, ServerSideEncryption: "AES256", Metadata: {} });
  expect(await read.Body?.transformToString()).toBe("");
});

test.each([
  "../../etc/passwd",
  "a//b",
  "/",
  "//",
  "ends/",
  ".",
  "%2F and %",
  "blank and + plus",
  "ünïcödé/日本語/😀",
  "?query=1&b#hash",
  "<&>\"'",
  "é".repeat(512),
])("the key %j is one like any other", async (Key) => {
  await put(Key, `of ${Key}`);
  expect(await textOf(get(Key))).toBe(`of ${Key}`);
  const { Contents } = await s3.host.client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
  expect(Contents?.map((object) => object.Key)).toContain(Key);
});

test("a key of more than 1,024 bytes is refused", async () => {
  expect(await refusalOf(put(`${"é".repeat(512)}a`, ""))).toBe("400 KeyTooLongError");
});

test("lists write keys as they are asked to", async () => {
  await put("encoded/a b+c(é)", "");
  const list = (EncodingType?: "url") =>
    s3.host.client.send(new ListObjectsCommand({ Bucket, Prefix: "encoded/a ", EncodingType }));
  expect((await list()).Contents?.[0]?.Key).toBe("encoded/a b+c(é)");
  expect(await list("url")).toMatchObject({
    Prefix: "encoded/a+",
    Contents: [{ Key: "encoded/a+b%2Bc%28%C3%A9%29" }],
  });
});

describe("a range", () => {
  beforeAll(async () => {
    await put("digits", "0123456789");
  });
  test.each([
    ["bytes=2-4", "234", "bytes 2-4/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=8-100", "89", "bytes 8-9/10"],
    ["bytes=-100", "0123456789", "bytes 0-9/10"],
    // What is no single range in bytes is as good as none.
    ["bytes=4-2", "0123456789", undefined],
    ["bytes=0-1,3-4", "0123456789", undefined],
    ["lines=1-2", "0123456789", undefined],
  ])("%s has %s", async (Range, text, ContentRange) => {
    const read = await get("digits", { Range });
    expect(read.ContentRange).toBe(ContentRange);
    expect(read.$metadata.httpStatusCode).toBe(ContentRange === undefined ? 200 : 206);
    expect(read.ContentLength).toBe(text.length);
    expect(await read.Body?.transformToString()).toBe(text);
  });
  test.each(["bytes=10-", "bytes=20-30", "bytes=-0"])("%s is refused", async (Range) => {
    expect(await refusalOf(get("digits", { Range }))).toBe("416 InvalidRange");
  });
});

describe("conditions of reading", () => {
  const etag = '"781e5e245d69b566979b86e28d23f2c7"';
  const past = new Date("2001-01-01T00:00:00Z");
  const future = new Date(Date.now() + 60_000);
  beforeAll(async () => {
    await put("conditional", "0123456789");
  });
  test.each<[Partial<GetObjectCommandInput>, number]>([
    [{ IfMatch: etag }, 200],
    [{ IfMatch: '"other"' }, 412],
    [{ IfMatch: "*" }, 200],
    [{ IfNoneMatch: etag }, 304],
    [{ IfNoneMatch: '"other"' }, 200],
    [{ IfModifiedSince: past }, 200],
    [{ IfModifiedSince: future }, 304],
    [{ IfUnmodifiedSince: past }, 412],
    [{ IfUnmodifiedSince: future }, 200],
    [{ IfMatch: etag, IfUnmodifiedSince: past }, 200],
    [{ IfNoneMatch: '"other"', IfModifiedSince: future }, 200],
  ])("%j give %d", async (conditions, status) => {
    for (const command of [GetObjectCommand, HeadObjectCommand]) {
      const answer = s3.host.client
        .send(new command({ Bucket, Key: "conditional", ...conditions }) as GetObjectCommand)
        .then(({ $metadata }) => $metadata.httpStatusCode)
        .catch((error) => error.$metadata.httpStatusCode);
      expect(await answer).toBe(status);
    }
  });
});

test("a write can be kept from replacing what is there, or anything else", async () => {
  const { ETag } = await put("guarded", "one");
  expect(await refusalOf(put("guarded", "two", { IfNoneMatch: "*" }))).toBe("412 PreconditionFailed");
  expect(await refusalOf(put("guarded", "two", { IfMatch: '"other"' }))).toBe("412 PreconditionFailed");
  expect(await refusalOf(put("not there", "two", { IfMatch: '"other"' }))).toBe("404 NoSuchKey");
  await put("guarded", "two", { IfMatch: ETag });
  expect(await textOf(get("guarded"))).toBe("two");
  const racers = await Promise.all(
    ["a", "b", "c", "d"].map((text) => refusalOf(put("raced", text, { IfNoneMatch: "*" }))),
  );
  expect(racers.toSorted()).toEqual([
    "412 PreconditionFailed",
    "412 PreconditionFailed",
    "412 PreconditionFailed",
    "no error",
  ]);
});

test("an answer has the headers that its request wants", async () => {
  await put("as", "hello");
  const read = await get("as", {
    ResponseContentType: "text/css",
    ResponseContentDisposition: 'attachment; filename="a.css"',
    ResponseCacheControl: "no-cache",
  });
  expect(read).toMatchObject({
    ContentType: "text/css",
    ContentDisposition: 'attachment; filename="a.css"',
    CacheControl: "no-cache",
  });
  expect(await read.Body?.transformToString()).toBe("hello");
});

test("a copy has the content, and what it is told of the rest", async () => {
  const { ETag } = await put("copy of", "hello", {
    Metadata: { a: "1" },
    Tagging: "t=1",
    ContentType: "a/b",
  });
  const copy = (Key: string, more: object = {}) =>
    s3.host.client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/copy%20of`, ...more }));
  expect((await copy("same")).CopyObjectResult).toMatchObject({ ETag });
  expect(await get("same")).toMatchObject({ Metadata: { a: "1" }, ContentType: "a/b", TagCount: 1 });
  await copy("other", { MetadataDirective: "REPLACE", Metadata: { b: "2" }, ContentType: "c/d" });
  expect(await get("other")).toMatchObject({ Metadata: { b: "2" }, ContentType: "c/d" });
  expect(await refusalOf(copy("copy of"))).toBe("400 InvalidRequest");
  expect(await refusalOf(copy("no", { CopySource: `${Bucket}/nothing` }))).toBe("404 NoSuchKey");
  expect(await refusalOf(copy("no", { CopySource: "nowhere" }))).toBe("400 InvalidArgument");
  expect(await refusalOf(copy("no", { CopySourceIfNoneMatch: ETag }))).toBe("412 PreconditionFailed");
});

test("many objects are deleted at once, those among them that are not there", async () => {
  await put("gone/1", "");
  await put("gone/2", "");
  const Objects = ["gone/1", "gone/2", "gone/3"].map((Key) => ({ Key }));
  const { Deleted } = await s3.host.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(Deleted).toEqual(Objects);
  expect(await refusalOf(get("gone/1"))).toBe("404 NoSuchKey");
  const none = s3.host.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [] } }));
  expect(await refusalOf(none)).toBe("400 MalformedXML");
});

test("the attributes of an object are those that are asked for", async () => {
  await put("known", "hello", { ChecksumAlgorithm: "SHA256" });
  const attributes = await s3.host.client.send(
    new GetObjectAttributesCommand({
      Bucket,
      Key: "known",
      ObjectAttributes: ["ETag", "Checksum", "ObjectSize", "StorageClass"],
    }),
  );
  expect(attributes).toMatchObject({
    ETag: "5d41402abc4b2a76b9719d911017c592",
    Checksum: { ChecksumSHA256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", ChecksumType: "FULL_OBJECT" },
    ObjectSize: 5,
    StorageClass: "STANDARD",
  });
});

test.each<[string, Partial<Omit<PutObjectCommandInput, "Body">>, string]>([
  ["a list of access", { ACL: "public-read" }, "400 AccessControlListNotSupported"],
  ["a storage class that isn't one", { StorageClass: "COLD" as "GLACIER" }, "400 InvalidStorageClass"],
  ["too much metadata", { Metadata: { much: "x".repeat(2100) } }, "400 MetadataTooLarge"],
  ["a lock", { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date() }, "400 InvalidRequest"],
  [
    "more than ten tags",
    { Tagging: Array.from({ length: 11 }, (_, at) => `${at}=x`).join("&") },
    "400 BadRequest",
  ],
  ["a bucket that isn't there", { Bucket: "nowhere" }, "404 NoSuchBucket"],
  ["a bucket of another account", { ExpectedBucketOwner: "999999999999" }, "403 AccessDenied"],
])("a write with %s is refused", async (_, input, refusal) => {
  expect(await refusalOf(put("refused", "x", input))).toBe(refusal);
});
