import type * as s3Client from "@aws-sdk/client-s3";
import type { InputOf, OperationsOf } from "../wire/service-api.ts";
import type { Access } from "./access.ts";
import { type ChecksumAlgorithm, checksumMembers } from "./checksum/checksum.ts";
import { noClaims, readClaims } from "./checksum/claims.ts";
import type { ByteRange } from "./content-store.ts";
import { copiedVersion, copyRights } from "./copy-source.ts";
import { ownerOf } from "./listing-operations.ts";
import { keyOf, newDetails } from "./object-input.ts";
import { algorithmOf, writtenMembers } from "./object-operations.ts";
import { nullVersion, quoted, type UploadRecord } from "./object-record.ts";
import { receiveBody } from "./receive-body.ts";
import { invalidArgument, invalidRequest, s3Error } from "./s3-error.ts";
import type { S3Store } from "./s3-store.ts";
import { type NamedPart, uploadChecksum } from "./upload-store.ts";

type Client = typeof s3Client;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const mostParts = 10_000;

/** Operations of uploads in parts. */
export function multipartOperations(store: S3Store, access: Access): OperationsOf<Client> {
  return {
    CreateMultipartUpload: {
      rights: access.onNewObject,
      run: (input, context) => {
        const bucket = access.bucket(input, context);
        const key = keyOf(input);
        const upload = store.uploads.create({
          bucket: bucket.name,
          key,
          details: newDetails(input, bucket, context),
          checksum: uploadChecksum(algorithmOf(input.ChecksumAlgorithm), input.ChecksumType),
        });
        return {
          Bucket: bucket.name,
          Key: key,
          UploadId: upload.id,
          ...upload.details.encryption,
          ...(upload.checksum === undefined
            ? {}
            : {
                ChecksumAlgorithm: upload.checksum.algorithm as "CRC32",
                ChecksumType: upload.checksum.type,
              }),
        };
      },
    },

    UploadPart: {
      rights: access.onObject("PutObject"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        const upload = store.uploads.get(name, keyOf(input), input.UploadId ?? "");
        const number = partNumber(input.PartNumber);
        const claims = readClaims(context.request);
        checkAlgorithm(upload, claims.checksum?.algorithm);
        const { Body: body, ContentLength: length } = input;
        if (body === undefined) throw s3Error("MissingContentLength");
        return receiveBody(
          store.content,
          { body, length, claims, algorithm: upload.checksum?.algorithm },
          context,
          (received) => {
            const part = store.uploads.putPart(upload, number, received);
            const algorithm = claims.checksum?.algorithm ?? upload.checksum?.algorithm;
            return {
              ETag: quoted(part.etag),
              ...upload.details.encryption,
              ...(algorithm && part.checksum ? { [`Checksum${algorithm}`]: part.checksum } : {}),
            };
          },
        );
      },
    },

    UploadPartCopy: {
      rights: copyRights(access),
      run: async (input, context) => {
        const { name } = access.bucket(input, context);
        const upload = store.uploads.get(name, keyOf(input), input.UploadId ?? "");
        const number = partNumber(input.PartNumber);
        const from = copiedVersion(store, access, input, context);
        const range =
          input.CopySourceRange === undefined ? undefined : copyRange(input.CopySourceRange, from.size);
        const length = range === undefined ? from.size : range.last - range.first + 1;
        await using body = store.content.read(from.parts, range);
        const algorithm = upload.checksum?.algorithm;
        return await receiveBody(
          store.content,
          { body, length, claims: noClaims, algorithm },
          context,
          (received) => {
            const part = store.uploads.putPart(upload, number, received);
            return {
              ...upload.details.encryption,
              ...(from.versionId === nullVersion ? {} : { CopySourceVersionId: from.versionId }),
              CopyPartResult: {
                ETag: quoted(part.etag),
                LastModified: new Date(part.modifiedMs),
                ...(algorithm && part.checksum ? { [`Checksum${algorithm}`]: part.checksum } : {}),
              },
            };
          },
        );
      },
    },

    CompleteMultipartUpload: {
      rights: access.onObject("PutObject"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        const key = keyOf(input);
        const upload = store.uploads.get(name, key, input.UploadId ?? "");
        const { Parts: parts = [] } = input.MultipartUpload ?? {};
        if (parts.length === 0) throw s3Error("MalformedXML");
        if (input.ChecksumType !== undefined && input.ChecksumType !== upload.checksum?.type) {
          throw invalidRequest(
            `The upload was created using the ${upload.checksum?.type ?? "null"} checksum mode. The complete request must use the same checksum mode.`,
          );
        }
        const size = input.MpuObjectSize;
        const version = store.uploads.complete(upload, {
          parts: parts.map((part) => namedPart(part, upload.checksum?.algorithm)),
          checksum: upload.checksum && member(input, upload.checksum.algorithm),
          size: size === undefined ? undefined : Number(size),
          ifMatch: input.IfMatch,
          ifNoneMatch: input.IfNoneMatch,
        });
        const path = encodeURIComponent(key).replace(/%2F/g, "/");
        return {
          Location: `${context.endpoint}/${name}/${path}`,
          Bucket: name,
          Key: key,
          ...writtenMembers(version),
          ...checksumMembers(version.details.checksum),
        };
      },
    },

    AbortMultipartUpload: {
      rights: access.onObject("AbortMultipartUpload"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        store.uploads.abort(store.uploads.get(name, keyOf(input), input.UploadId ?? ""));
        return {};
      },
    },

    ListParts: {
      rights: access.onObject("ListMultipartUploadParts"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        const upload = store.uploads.get(name, keyOf(input), input.UploadId ?? "");
        const most = Math.min(input.MaxParts ?? 1000, 1000);
        const after = Number(input.PartNumberMarker ?? 0);
        if (!Number.isInteger(after) || after < 0) {
          throw invalidArgument(
            "Argument part-number-marker must be an integer between 0 and 2147483647",
            "part-number-marker",
            input.PartNumberMarker,
          );
        }
        const found = store.uploads.parts(upload.id, after, most + 1);
        const parts = found.slice(0, most);
        const { checksum } = upload;
        return {
          Bucket: name,
          Key: upload.key,
          UploadId: upload.id,
          PartNumberMarker: String(after),
          NextPartNumberMarker: String(parts.at(-1)?.number ?? 0),
          MaxParts: most,
          IsTruncated: found.length > most,
          Initiator: ownerOf(context),
          Owner: ownerOf(context),
          StorageClass: (upload.details.storageClass ?? "STANDARD") as "STANDARD",
          ...(checksum === undefined
            ? {}
            : { ChecksumAlgorithm: checksum.algorithm as "CRC32", ChecksumType: checksum.type }),
          Parts: parts.map((part) => ({
            PartNumber: part.number,
            LastModified: new Date(part.modifiedMs),
            ETag: quoted(part.etag),
            Size: part.size,
            ...(checksum && part.checksum ? { [`Checksum${checksum.algorithm}`]: part.checksum } : {}),
          })),
        };
      },
    },
  };
}

function partNumber(value: number | undefined): number {
  if (value !== undefined && Number.isInteger(value) && value >= 1 && value <= mostParts) return value;
  throw invalidArgument(
    `Part number must be an integer between 1 and ${mostParts}, inclusive`,
    "partNumber",
    value,
  );
}

/** Parts have the checksum that the upload was begun with. */
function checkAlgorithm({ checksum }: UploadRecord, algorithm: ChecksumAlgorithm | undefined): void {
  if (algorithm === undefined || checksum === undefined || algorithm === checksum.algorithm) return;
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
  );
}

type CompletedPart = NonNullable<
  NonNullable<InputOf<Client, "CompleteMultipartUpload">["MultipartUpload"]>["Parts"]
>[number];

function namedPart(part: CompletedPart, algorithm: ChecksumAlgorithm | undefined): NamedPart {
  const { PartNumber: number, ETag: etag } = part;
  if (number === undefined || etag === undefined) throw s3Error("MalformedXML");
  return { number: partNumber(number), etag, checksum: algorithm && member(part, algorithm) };
}

/** `ChecksumCRC32` and so on. */
function member(input: object, algorithm: ChecksumAlgorithm): string | undefined {
  const value = (input as Readonly<Record<string, unknown>>)[`Checksum${algorithm}`];
  return typeof value === "string" ? value : undefined;
}

/** Other than a range of GetObject, it must be whole, and within the object. */
function copyRange(text: string, size: number): ByteRange {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === undefined || range.first > range.last) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range",
      text,
    );
  }
  if (range.last >= size) {
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      "x-amz-copy-source-range",
      text,
    );
  }
  return range;
}
