import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectAttributesCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { refusalOf, sharedS3 } from "../../test/s3-host.ts";
import { startChecksum } from "./checksum/checksum.ts";

const s3 = sharedS3();
const Bucket = "parts";
const large = 5 * 1024 * 1024;
const bytesOf = (fill: number, size: number) => Buffer.alloc(size, fill);
beforeAll(async () => {
  await s3.host.client.send(new CreateBucketCommand({ Bucket }));
});

async function begin(Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}) {
  const send: typeof s3.host.client.send = s3.host.client.send.bind(s3.host.client);
  const { UploadId } = await send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const ids = { Bucket, Key, UploadId };
  return {
    ids,
    part: async (PartNumber: number, Body: Uint8Array, also: object = {}): Promise<CompletedPart> => {
      const answer = await send(new UploadPartCommand({ ...ids, PartNumber, Body, ...also }));
      const { ETag, ChecksumCRC32, ChecksumCRC64NVME, ChecksumSHA256 } = answer;
      return { PartNumber, ETag, ChecksumCRC32, ChecksumCRC64NVME, ChecksumSHA256 };
    },
    complete: (Parts: CompletedPart[], also: object = {}) =>
      send(new CompleteMultipartUploadCommand({ ...ids, MultipartUpload: { Parts }, ...also })),
    list: (more: object = {}) => send(new ListPartsCommand({ ...ids, ...more })),
    abort: () => send(new AbortMultipartUploadCommand(ids)),
    read: async (also: object = {}) => {
      const answer = await send(new GetObjectCommand({ Bucket, Key, ...also }));
      return { answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) };
    },
  };
}

test("parts that come out of order, and twice, are put together as their numbers say", async () => {
  const upload = await begin("whole", { ContentType: "a/b", Metadata: { a: "1" } });
  await upload.part(1, bytesOf(9, 100));
  const [third, first, second] = await Promise.all([
    upload.part(3, bytesOf(3, 10)),
    upload.part(1, bytesOf(1, large)),
    upload.part(2, bytesOf(2, large)),
  ]);
  if (!first || !second || !third) throw new Error("A part is missing.");
  expect((await upload.list()).Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, large],
    [2, large],
    [3, 10],
  ]);
  const whole = Buffer.concat([bytesOf(1, large), bytesOf(2, large), bytesOf(3, 10)]);
  const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest();
  const digests = [bytesOf(1, large), bytesOf(2, large), bytesOf(3, 10)].map(md5);
  const done = await upload.complete([first, second, third], { MpuObjectSize: whole.length });
  expect(done).toMatchObject({
    Location: `${s3.host.test.url}/${Bucket}/whole`,
    ETag: `"${md5(Buffer.concat(digests)).toString("hex")}-3"`,
  });
  const { answer, bytes } = await upload.read();
  expect(bytes.equals(whole)).toBe(true);
  expect(answer).toMatchObject({ ContentType: "a/b", Metadata: { a: "1" }, ETag: done.ETag });
  // Over the border of two parts, and one part as it was.
  const across = await upload.read({ Range: `bytes=${large - 2}-${large + 1}` });
  expect([...across.bytes]).toEqual([1, 1, 2, 2]);
  const part = await upload.read({ PartNumber: 3 });
  expect(part.answer).toMatchObject({ PartsCount: 3, ContentLength: 10 });
  expect(await refusalOf(upload.list())).toBe("404 NoSuchUpload");
});

describe("the checksum of an upload", () => {
  const parts = [bytesOf(1, large), bytesOf(2, 1000)];
  test.each([
    ["CRC64NVME", undefined, "FULL_OBJECT"],
    ["CRC32", "FULL_OBJECT", "FULL_OBJECT"],
    ["CRC32", undefined, "COMPOSITE"],
    ["SHA256", undefined, "COMPOSITE"],
  ] as const)("%s, where %s is asked for, is %s", async (ChecksumAlgorithm, ChecksumType, type) => {
    const upload = await begin(`${ChecksumAlgorithm} ${type}`, { ChecksumAlgorithm, ChecksumType });
    const done = await upload.complete([
      await upload.part(1, parts[0] ?? Buffer.alloc(0), { ChecksumAlgorithm }),
      await upload.part(2, parts[1] ?? Buffer.alloc(0), { ChecksumAlgorithm }),
    ]);
    const digest = (...pieces: Uint8Array[]) => {
      const running = startChecksum(ChecksumAlgorithm);
      for (const piece of pieces) running.update(piece);
      return running.digest();
    };
    const expected =
      type === "FULL_OBJECT"
        ? digest(...parts).toString("base64")
        : `${digest(...parts.map((part) => digest(part))).toString("base64")}-2`;
    const told = { [`Checksum${ChecksumAlgorithm}`]: expected, ChecksumType: type };
    expect(done).toMatchObject(told);
    const { answer } = await upload.read({ ChecksumMode: "ENABLED" });
    expect(answer).toMatchObject(told);
    const { ObjectParts } = await s3.host.client.send(
      new GetObjectAttributesCommand({ Bucket, Key: upload.ids.Key, ObjectAttributes: ["ObjectParts"] }),
    );
    expect(ObjectParts?.Parts?.map(({ Size }) => Size)).toEqual([large, 1000]);
  });

  test("must be one that there is, and the same for every part", async () => {
    const full = begin("no", { ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" });
    expect(await refusalOf(full)).toBe("400 InvalidRequest");
    const upload = await begin("yes", { ChecksumAlgorithm: "SHA256" });
    const other = upload.part(1, Buffer.from("x"), { ChecksumAlgorithm: "CRC32" });
    expect(await refusalOf(other)).toBe("400 InvalidRequest");
    const { PartNumber, ETag } = await upload.part(1, Buffer.from("x"), { ChecksumAlgorithm: "SHA256" });
    expect(await refusalOf(upload.complete([{ PartNumber, ETag }]))).toBe("400 InvalidRequest");
  });
});

describe("an upload is not complete", () => {
  test("with parts that aren't what was uploaded", async () => {
    const upload = await begin("wrong");
    const small = await upload.part(1, Buffer.from("small"));
    const last = await upload.part(2, Buffer.from("last"));
    expect(await refusalOf(upload.complete([last, small]))).toBe("400 InvalidPartOrder");
    expect(await refusalOf(upload.complete([small, small]))).toBe("400 InvalidPartOrder");
    expect(await refusalOf(upload.complete([small, last]))).toBe("400 EntityTooSmall");
    expect(await refusalOf(upload.complete([{ ...last, PartNumber: 3 }]))).toBe("400 InvalidPart");
    expect(await refusalOf(upload.complete([{ ...small, ETag: last.ETag }]))).toBe("400 InvalidPart");
    expect(await refusalOf(upload.complete([]))).toBe("400 MalformedXML");
    expect(await refusalOf(upload.complete([last], { MpuObjectSize: 5 }))).toBe("400 InvalidRequest");
    expect(await refusalOf(upload.part(0, Buffer.from("x")))).toBe("400 InvalidArgument");
    expect(await refusalOf(upload.part(10_001, Buffer.from("x")))).toBe("400 InvalidArgument");
    // After all that it can be.
    await upload.complete([last]);
    expect((await upload.read()).bytes.toString()).toBe("last");
  });

  test("once it was given up", async () => {
    const upload = await begin("given up");
    const part = await upload.part(1, Buffer.from("x"));
    await upload.abort();
    expect(await refusalOf(upload.complete([part]))).toBe("404 NoSuchUpload");
    expect(await refusalOf(upload.part(1, Buffer.from("x")))).toBe("404 NoSuchUpload");
    expect(await refusalOf(upload.abort())).toBe("404 NoSuchUpload");
  });
});

test("uploads under way are listed, and their parts in pages", async () => {
  const first = await begin("under way/1");
  const second = await begin("under way/2");
  for (const number of [1, 2, 3]) await first.part(number, Buffer.from("x"));
  const { Uploads } = await s3.host.client.send(
    new ListMultipartUploadsCommand({ Bucket, Prefix: "under way/" }),
  );
  expect(Uploads?.map(({ Key, UploadId }) => [Key, UploadId])).toEqual(
    [first, second].map(({ ids }) => [ids.Key, ids.UploadId]),
  );
  const page = await first.list({ MaxParts: 2 });
  expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "2" });
  const rest = await first.list({ PartNumberMarker: page.NextPartNumberMarker });
  expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
});

test("parts can be copied from other objects", async () => {
  const source = new PutObjectCommand({ Bucket, Key: "source", Body: "0123456789" });
  const { ETag } = await s3.host.client.send(source);
  const upload = await begin("copied");
  const copy = async (CopySourceRange?: string, more: object = {}) =>
    s3.host.client.send(
      new UploadPartCopyCommand({
        ...upload.ids,
        PartNumber: 1,
        CopySource: `${Bucket}/source`,
        CopySourceRange,
        ...more,
      }),
    );
  expect(await refusalOf(copy("bytes=5-10"))).toBe("400 InvalidArgument");
  // Nothing new to read is 304; nothing new to copy is a condition that doesn't hold.
  expect(await refusalOf(copy(undefined, { CopySourceIfNoneMatch: ETag }))).toBe("412 PreconditionFailed");
  const { CopyPartResult } = await copy("bytes=2-4");
  await upload.complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
  expect((await upload.read()).bytes.toString()).toBe("234");
});
