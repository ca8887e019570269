import type * as s3Client from "@aws-sdk/client-s3";
import { AwsServiceError } from "../service-error.ts";
import type { CallContext, InputOf, OperationsOf } from "../wire/service-api.ts";
import type { Access } from "./access.ts";
import { type ChecksumAlgorithm, checksumMembers, isChecksumAlgorithm } from "./checksum/checksum.ts";
import { noClaims, readClaims } from "./checksum/claims.ts";
import type { ReceivedContent } from "./content-store.ts";
import { copiedVersion, copyRights } from "./copy-source.ts";
import { checkTags, keyOf, newDetails } from "./object-input.ts";
import { checkConditions, describeObject, type ReadInput, wantedRange } from "./object-reading.ts";
import { nullVersion, type ObjectDetails, type ObjectVersion, quoted } from "./object-record.ts";
import { mostBodyBytes, receiveBody } from "./receive-body.ts";
import { invalidArgument, invalidRequest, s3Error } from "./s3-error.ts";
import type { S3Store } from "./s3-store.ts";

type Client = typeof s3Client;
type CopyInput = InputOf<Client, "CopyObject">;

/** Most keys of one deletion. */
const mostDeletions = 1000;

/** Operations on objects as wholes. */
export function objectOperations(store: S3Store, access: Access): OperationsOf<Client> {
  /** The version that a request reads. */
  function readable(
    input: ReadInput & {
      Bucket?: string | undefined;
      Key?: string | undefined;
      VersionId?: string | undefined;
    },
    context: CallContext,
  ): ObjectVersion {
    const { name } = access.bucket(input, context);
    try {
      const version = store.existing(name, keyOf(input), input.VersionId);
      checkConditions(version, input);
      return version;
    } catch (error) {
      throw access.hideMissing(error, name, context);
    }
  }

  return {
    PutObject: {
      rights: access.onNewObject,
      run: (input, context) => {
        const bucket = access.bucket(input, context);
        const key = keyOf(input);
        if (input.WriteOffsetBytes !== undefined) {
          throw invalidRequest("Appending is for directory buckets, which this platform has none of.");
        }
        const details = newDetails(input, bucket, context);
        const claims = readClaims(context.request);
        const { Body: body, ContentLength: length } = input;
        if (body === undefined) throw s3Error("MissingContentLength");
        return receiveBody(store.content, { body, length, claims }, context, (received) => {
          const version = store.objects.put({
            bucket: bucket.name,
            key,
            etag: received.md5.toString("hex"),
            details: withChecksum(details, claims.checksum?.algorithm, received),
            parts: partsOf(received),
            conditions: { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch },
          });
          return { ...writtenMembers(version), ...checksumMembers(version.details.checksum) };
        });
      },
    },

    GetObject: {
      rights: access.onObject("GetObject", "GetObjectVersion"),
      run: (input, context) => {
        const version = readable(input, context);
        const range = wantedRange(version, input);
        return {
          ...describeObject(version, input, range),
          Body: store.content.read(version.parts, range, context.signal),
        };
      },
    },

    HeadObject: {
      rights: access.onObject("GetObject", "GetObjectVersion"),
      run: (input, context) => {
        const version = readable(input, context);
        return describeObject(version, input, wantedRange(version, input));
      },
    },

    GetObjectAttributes: {
      rights: (input, context) => [
        ...access.onObject("GetObject", "GetObjectVersion")(input, context),
        ...access.onObject("GetObjectAttributes", "GetObjectVersionAttributes")(input, context),
      ],
      run: (input, context) => {
        const version = readable(
          { Bucket: input.Bucket, Key: input.Key, VersionId: input.VersionId },
          context,
        );
        const wants = (name: string) => (input.ObjectAttributes ?? []).some((each) => each === name);
        const { etag, details, size, parts, modifiedMs, versionId } = version;
        const first = Number(input.PartNumberMarker ?? 0);
        const most = input.MaxParts ?? 1000;
        const { algorithm } = details.checksum ?? {};
        return {
          LastModified: new Date(modifiedMs),
          ...(versionId === nullVersion ? {} : { VersionId: versionId }),
          ...(wants("ETag") ? { ETag: etag } : {}),
          ...(wants("Checksum") && details.checksum ? { Checksum: checksumMembers(details.checksum) } : {}),
          ...(wants("StorageClass")
            ? { StorageClass: (details.storageClass ?? "STANDARD") as "STANDARD" }
            : {}),
          ...(wants("ObjectSize") ? { ObjectSize: size } : {}),
          ...(wants("ObjectParts") && etag.includes("-")
            ? {
                ObjectParts: {
                  TotalPartsCount: parts.length,
                  PartNumberMarker: String(first),
                  NextPartNumberMarker: String(Math.min(first + most, parts.length)),
                  MaxParts: most,
                  IsTruncated: first + most < parts.length,
                  Parts: parts.slice(first, first + most).map((part, index) => ({
                    PartNumber: first + index + 1,
                    Size: part.size,
                    ...(algorithm && part.checksum ? { [`Checksum${algorithm}`]: part.checksum } : {}),
                  })),
                },
              }
            : {}),
        };
      },
    },

    CopyObject: {
      rights: copyRights(access),
      run: async (input, context) => {
        const bucket = access.bucket(input, context);
        const key = keyOf(input);
        const from = copiedVersion(store, access, input, context);
        const details = copiedDetails(from, input, newDetails(input, bucket, context));
        const isItself = from.bucket === bucket.name && from.key === key && from.isLatest;
        if (isItself && !changesSomething(input)) {
          throw invalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
          );
        }
        if (from.size > mostBodyBytes) {
          throw invalidRequest(
            `The specified copy source is larger than the maximum allowable size for a copy source: ${mostBodyBytes}`,
          );
        }
        const algorithm = algorithmOf(input.ChecksumAlgorithm) ?? from.details.checksum?.algorithm;
        await using body = store.content.read(from.parts);
        return await receiveBody(
          store.content,
          { body, length: from.size, claims: noClaims, algorithm },
          context,
          (received) => {
            const version = store.objects.put({
              bucket: bucket.name,
              key,
              etag: received.md5.toString("hex"),
              details: withChecksum(details, algorithm, received),
              parts: partsOf(received),
              conditions: { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch },
            });
            const { ETag: _, ...members } = writtenMembers(version);
            return {
              ...members,
              ...(from.versionId === nullVersion ? {} : { CopySourceVersionId: from.versionId }),
              CopyObjectResult: {
                ETag: quoted(version.etag),
                LastModified: new Date(version.modifiedMs),
                ...checksumMembers(version.details.checksum),
              },
            };
          },
        );
      },
    },

    DeleteObject: {
      rights: access.onObject("DeleteObject", "DeleteObjectVersion"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        const done = store.objects.delete(name, keyOf(input), input.VersionId, input.IfMatch);
        return {
          ...(done.isDeleteMarker ? { DeleteMarker: true } : {}),
          ...(done.versionId === undefined ? {} : { VersionId: done.versionId }),
        };
      },
    },

    DeleteObjects: {
      // Each object is looked at by itself.
      rights: () => [],
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        const { Objects: objects = [], Quiet } = input.Delete ?? {};
        if (objects.length === 0 || objects.length > mostDeletions) throw s3Error("MalformedXML");
        const outcomes = objects.map(({ Key = "", VersionId, ETag }) => {
          const version = VersionId === undefined ? {} : { VersionId };
          const action = VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion";
          try {
            if (!access.may(context, access.right(action, name, Key, context))) throw s3Error("AccessDenied");
            const done = store.objects.delete(name, keyOf({ Key }), VersionId, ETag);
            const marker = done.isDeleteMarker
              ? { DeleteMarker: true, DeleteMarkerVersionId: done.versionId }
              : {};
            return { deleted: { Key, ...version, ...marker } };
          } catch (error) {
            if (!(error instanceof AwsServiceError)) throw error;
            return { error: { Key, ...version, Code: error.code, Message: error.message } };
          }
        });
        return {
          Deleted: Quiet === true ? [] : outcomes.flatMap(({ deleted }) => deleted ?? []),
          Errors: outcomes.flatMap(({ error }) => error ?? []),
        };
      },
    },

    GetObjectTagging: {
      rights: access.onObject("GetObjectTagging", "GetObjectVersionTagging"),
      run: (input, context) => {
        const { details, versionId } = readable(input, context);
        return { TagSet: [...details.tags], ...(versionId === nullVersion ? {} : { VersionId: versionId }) };
      },
    },

    PutObjectTagging: {
      rights: access.onObject("PutObjectTagging", "PutObjectVersionTagging"),
      run: (input, context) => {
        const version = readable(input, context);
        const tags = checkTags(input.Tagging?.TagSet ?? []);
        store.objects.setDetails(version, { ...version.details, tags });
        return version.versionId === nullVersion ? {} : { VersionId: version.versionId };
      },
    },

    DeleteObjectTagging: {
      rights: access.onObject("DeleteObjectTagging", "DeleteObjectVersionTagging"),
      run: (input, context) => {
        const version = readable(input, context);
        store.objects.setDetails(version, { ...version.details, tags: [] });
        return version.versionId === nullVersion ? {} : { VersionId: version.versionId };
      },
    },
  };
}

/** What answers to writes say of the object. */
export function writtenMembers({ etag, versionId, details }: ObjectVersion) {
  return {
    ETag: quoted(etag),
    ...details.encryption,
    ...(versionId === nullVersion ? {} : { VersionId: versionId }),
  };
}

function partsOf({ file, size }: ReceivedContent) {
  return file === undefined ? [] : [{ file, size }];
}

function withChecksum(
  details: ObjectDetails,
  algorithm: ChecksumAlgorithm | undefined,
  { checksum }: ReceivedContent,
): ObjectDetails {
  const { checksum: _, ...others } = details;
  if (algorithm === undefined || checksum === undefined) return others;
  return { ...others, checksum: { algorithm, value: checksum, type: "FULL_OBJECT" } };
}

/** An algorithm by its name. @throws {AwsServiceError} if it is none, or none that is served. */
export function algorithmOf(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined) return undefined;
  const upper = name.toUpperCase();
  if (isChecksumAlgorithm(upper)) return upper;
  throw invalidRequest(
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
  );
}

function copiedDetails(from: ObjectVersion, input: CopyInput, given: ObjectDetails): ObjectDetails {
  const replaces = directive("x-amz-metadata-directive", input.MetadataDirective);
  const replacesTags = directive("x-amz-tagging-directive", input.TaggingDirective);
  return {
    ...given,
    ...(replaces ? {} : { headers: from.details.headers, metadata: from.details.metadata }),
    tags: replacesTags ? given.tags : from.details.tags,
  };
}

function directive(name: string, value: string = "COPY"): boolean {
  if (value === "COPY" || value === "REPLACE") return value === "REPLACE";
  throw invalidArgument("Unknown metadata directive.", name, value);
}

function changesSomething(input: CopyInput): boolean {
  const { MetadataDirective, StorageClass, WebsiteRedirectLocation, ServerSideEncryption } = input;
  return (
    MetadataDirective === "REPLACE" ||
    (StorageClass ?? WebsiteRedirectLocation ?? ServerSideEncryption) !== undefined
  );
}
