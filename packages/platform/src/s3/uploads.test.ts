import { createHash } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import {
  type ChecksumAlgorithm,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { S3Host, sharedS3 } from "../../test/s3-host.ts";
import { signWithSdk } from "../../test/sdk-signer.ts";
import { Platform } from "../platform.ts";

const s3 = sharedS3();
const Bucket = "uploads";
beforeAll(async () => {
  await s3.host.client.send(new CreateBucketCommand({ Bucket }));
});

describe("the SDK's uploads", () => {
  const bytes = Buffer.from("0123456789".repeat(20_000));
  test.each<[ChecksumAlgorithm, "whole" | "as a stream"]>(
    (["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const).flatMap((algorithm) => [
      [algorithm, "whole"],
      [algorithm, "as a stream"],
    ]),
  )("with %s, %s, are verified, kept and told", async (ChecksumAlgorithm, form) => {
    const Key = `${ChecksumAlgorithm} ${form}`;
    const Body =
      form === "whole" ? bytes : Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]);
    const written = await s3.host.client.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentLength: bytes.length, ChecksumAlgorithm }),
    );
    const read = await s3.host.client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
    const member = `Checksum${ChecksumAlgorithm}` as "ChecksumCRC32";
    expect(read[member]).toMatch(/=$|^[\w+/]+$/);
    expect(read[member]).toBe(written[member]);
    expect(read.ContentEncoding).toBeUndefined();
    // The client holds the body to the checksum.
    expect(Buffer.compare((await read.Body?.transformToByteArray()) ?? new Uint8Array(), bytes)).toBe(0);
  });
});

const md5 = (text: string) => createHash("md5").update(text).digest("base64");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A signed PutObject as no SDK would send it. @returns status and code. */
async function send(key: string, body: string, headers: Record<string, string>): Promise<string> {
  const answer = await s3.host.test.sendSigned({
    service: "s3",
    method: "PUT",
    path: `/${Bucket}/${key}`,
    headers: { "content-length": String(Buffer.byteLength(body)), ...headers },
    body,
  });
  await answer.ended;
  const code = /<Code>(\w+)<\/Code>/.exec(answer.soFar)?.[1] ?? "";
  return `${answer.status} ${code}`.trim();
}

const unsigned = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
const chunked = {
  "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "content-encoding": "aws-chunked",
  "x-amz-decoded-content-length": "5",
  "x-amz-trailer": "x-amz-checksum-crc32",
};
const hello = (trailer: string) => `5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`;

describe("a body", () => {
  test.each<[string, string, Record<string, string>, string]>([
    ["that is as its headers say", "hello", { ...unsigned, "content-md5": md5("hello") }, "200"],
    ["with another MD5", "hello", { ...unsigned, "content-md5": md5("other") }, "400 BadDigest"],
    ["with an MD5 that is none", "hello", { ...unsigned, "content-md5": "abc" }, "400 InvalidDigest"],
    ["with its checksum", "hello", { ...unsigned, "x-amz-checksum-crc32": "NhCmhg==" }, "200"],
    ["with another checksum", "hello", { ...unsigned, "x-amz-checksum-crc32": "AAAAAA==" }, "400 BadDigest"],
    [
      "with a checksum that is none",
      "hello",
      { ...unsigned, "x-amz-checksum-crc32": "AAAA" },
      "400 InvalidRequest",
    ],
    [
      "with two checksums",
      "hello",
      { ...unsigned, "x-amz-checksum-crc32": "NhCmhg==", "x-amz-checksum-crc32c": "mnG7TA==" },
      "400 InvalidRequest",
    ],
    [
      "with an algorithm and no checksum",
      "hello",
      { ...unsigned, "x-amz-sdk-checksum-algorithm": "CRC32" },
      "400 InvalidRequest",
    ],
    [
      "with a checksum that is not computed here",
      "hello",
      { ...unsigned, "x-amz-checksum-xxhash64": "AAAAAAAAAAA=" },
      "501 NotImplemented",
    ],
    [
      "that is not what was signed",
      "hello",
      { "x-amz-content-sha256": sha256("other") },
      "400 XAmzContentSHA256Mismatch",
    ],
    ["in chunks with its checksum behind", hello("x-amz-checksum-crc32:NhCmhg=="), chunked, "200"],
    [
      "in chunks with another checksum behind",
      hello("x-amz-checksum-crc32:AAAAAA=="),
      chunked,
      "400 BadDigest",
    ],
    ["in chunks without what was announced", hello("x-other:NhCmhg=="), chunked, "400 MalformedTrailerError"],
    ["in chunks that break off", "5\r\nhel", chunked, "400 IncompleteBody"],
    ["in chunks that are none", "zz\r\nhello", chunked, "400 IncompleteBody"],
  ])("%s is answered %s", async (what, body, headers, answer) => {
    const key = encodeURIComponent(what);
    expect(await send(key, body, headers)).toBe(answer);
    const found = await s3.host.client
      .send(new HeadObjectCommand({ Bucket, Key: what }))
      .then(({ ContentLength }) => ContentLength)
      .catch((error) => error.name);
    expect(found).toBe(answer === "200" ? 5 : "NotFound");
  });

  test("of more than 5 GB is refused before it is sent", async () => {
    const length = 5 * 1024 ** 3 + 1;
    const signed = await signWithSdk(
      {
        method: "PUT",
        path: `/${Bucket}/large`,
        query: {},
        headers: { host: `127.0.0.1:${s3.host.test.port}`, ...unsigned, "content-length": String(length) },
        body: Buffer.alloc(0),
      },
      {
        service: "s3",
        region: "us-east-1",
        credentials: s3.host.test.platform.credentials,
        timeMs: Date.now(),
      },
    );
    const socket = connect(s3.host.test.port, "127.0.0.1");
    const head = Object.entries(Object.fromEntries(signed.headers)).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.write(`PUT /${Bucket}/large HTTP/1.1\r\n${head.join("")}\r\n`);
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (piece) => {
        text += piece;
        if (text.includes("</Error>")) resolve(text);
      });
    });
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*<Code>EntityTooLarge<\/Code>/);
  });
});

const contentFiles = async ({ test: { folder } }: S3Host) =>
  (await readdir(join(folder, "state", "objects"))).length;

test("an upload that breaks off leaves nothing", async () => {
  await using own = await S3Host.start();
  await own.client.send(new CreateBucketCommand({ Bucket }));
  await own.client.send(new PutObjectCommand({ Bucket, Key: "kept", Body: "kept" }));
  const leaving = new AbortController();
  let isAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const body = Readable.from(
    (async function* () {
      yield Buffer.alloc(1024 * 1024, 1);
      yield Buffer.alloc(1024 * 1024, 2);
      isAsked();
      await new Promise((resolve) => leaving.signal.addEventListener("abort", resolve));
    })(),
  );
  const upload = own.client.send(
    new PutObjectCommand({ Bucket, Key: "broken", Body: body, ContentLength: 3 * 1024 * 1024 }),
    { abortSignal: leaving.signal },
  );
  await asked;
  await expect.poll(() => contentFiles(own)).toBe(2);
  leaving.abort();
  await expect(upload).rejects.toThrow("aborted");
  await expect.poll(() => contentFiles(own)).toBe(1);
  const head = own.client.send(new HeadObjectCommand({ Bucket, Key: "broken" }));
  await expect(head).rejects.toThrow();
});

test("what is replaced or deleted leaves no file, and what was stored is there after a restart", async () => {
  await using own = await S3Host.start();
  await own.client.send(new CreateBucketCommand({ Bucket }));
  for (const Body of ["one", "two", "three"]) {
    await own.client.send(new PutObjectCommand({ Bucket, Key: "kept", Body }));
  }
  await expect.poll(() => contentFiles(own)).toBe(1);
  await own.test.platform.close();
  // As a platform leaves it that was killed between the file and its row.
  const state = join(own.test.folder, "state");
  const database = new DatabaseSync(join(state, "state.sqlite"));
  database.exec("INSERT INTO unowned_file (name, owner) VALUES ('orphan', '1 0 x')");
  database.close();
  await writeFile(join(state, "objects", "orphan"), "half of it");
  const platform = await Platform.start({
    template: join(own.test.folder, "template.json"),
    stateFolder: state,
    region: "us-east-1",
  });
  await using _closing = platform;
  const again = own.clientWith({ ...platform.clientConfig });
  const read = await again.send(new GetObjectCommand({ Bucket, Key: "kept" }));
  expect(await read.Body?.transformToString()).toBe("three");
  expect(await contentFiles(own)).toBe(1);
});

test("where nobody asks for signatures, signed chunks are taken apart too", async () => {
  await using own = await S3Host.start({ isUnsigned: true });
  await own.client.send(new CreateBucketCommand({ Bucket }));
  const signature = ";chunk-signature=".padEnd(81, "0");
  const answer = await own.test.sendSigned({
    service: "s3",
    method: "PUT",
    path: `/${Bucket}/k`,
    headers: {
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "x-amz-decoded-content-length": "5",
    },
    body: `5${signature}\r\nhello\r\n0${signature}\r\n\r\n`,
  });
  expect(answer.status).toBe(200);
  const read = await own.client.send(new GetObjectCommand({ Bucket, Key: "k" }));
  expect(await read.Body?.transformToString()).toBe("hello");
});
