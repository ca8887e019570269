import type * as s3Client from "@aws-sdk/client-s3";
import type { CallContext, OperationsOf } from "../wire/service-api.ts";
import type { Access, BucketInput } from "./access.ts";
import { allVersions, currentObjects, type Listing, list, uploadsUnderWay } from "./listing.ts";
import { type ObjectVersion, quoted } from "./object-record.ts";
import { invalidArgument } from "./s3-error.ts";
import type { S3Store } from "./s3-store.ts";
import { toUpload } from "./upload-store.ts";
import { toVersion } from "./version-store.ts";

/** Most entries of one answer. */
const mostEntries = 1000;

interface ListInput extends BucketInput {
  readonly Prefix?: string | undefined;
  readonly Delimiter?: string | undefined;
  readonly EncodingType?: string | undefined;
}

/** Operations that list what is in a bucket. */
export function listingOperations(store: S3Store, access: Access): OperationsOf<typeof s3Client> {
  function listObjects(input: ListInput, context: CallContext, maxKeys: number, after: string | undefined) {
    const { name } = access.bucket(input, context);
    const { Prefix: prefix = "", Delimiter: delimiter = "" } = input;
    const encode = encoderOf(input.EncodingType);
    const listing = list(
      { bucket: name, prefix, delimiter, after, limit: Math.min(maxKeys, mostEntries) },
      currentObjects(store.state, name, toVersion),
    );
    return {
      listing,
      encode,
      members: {
        Name: name,
        Prefix: encode(prefix),
        ...(delimiter === "" ? {} : { Delimiter: encode(delimiter) }),
        MaxKeys: maxKeys,
        ...(input.EncodingType === undefined ? {} : { EncodingType: "url" as const }),
        IsTruncated: listing.next !== undefined,
        CommonPrefixes: commonPrefixes(listing, encode),
      },
    };
  }

  function describe(version: ObjectVersion, encode: Encode, owner: { ID: string } | undefined) {
    const { key, modifiedMs, etag, size, details } = version;
    return {
      Key: encode(key),
      LastModified: new Date(modifiedMs),
      ETag: quoted(etag),
      ...(details.checksum === undefined
        ? {}
        : {
            ChecksumAlgorithm: [details.checksum.algorithm as "CRC32"],
            ChecksumType: details.checksum.type,
          }),
      Size: size,
      StorageClass: (details.storageClass ?? "STANDARD") as "STANDARD",
      ...(owner === undefined ? {} : { Owner: owner }),
    };
  }

  return {
    ListObjectsV2: {
      rights: access.onBucket("ListBucket"),
      run: (input, context) => {
        const maxKeys = entriesOf("max-keys", input.MaxKeys);
        const { ContinuationToken: token, StartAfter: startAfter } = input;
        const after = token === undefined ? startAfter : readToken(token);
        const { listing, encode, members } = listObjects(input, context, maxKeys, after);
        const owner = input.FetchOwner === true ? ownerOf(context) : undefined;
        return {
          ...members,
          KeyCount: listing.items.length + listing.commonPrefixes.length,
          ...(token === undefined ? {} : { ContinuationToken: token }),
          ...(startAfter === undefined ? {} : { StartAfter: encode(startAfter) }),
          ...(listing.next === undefined ? {} : { NextContinuationToken: writeToken(listing.next.after) }),
          Contents: listing.items.map((version) => describe(version, encode, owner)),
        };
      },
    },

    ListObjects: {
      rights: access.onBucket("ListBucket"),
      run: (input, context) => {
        const maxKeys = entriesOf("max-keys", input.MaxKeys);
        const after = input.Marker === "" ? undefined : input.Marker;
        const { listing, encode, members } = listObjects(input, context, maxKeys, after);
        // Without a delimiter the last key tells as much.
        const next = input.Delimiter === undefined ? undefined : listing.next?.after;
        return {
          ...members,
          Marker: encode(input.Marker ?? ""),
          ...(next === undefined ? {} : { NextMarker: encode(next) }),
          Contents: listing.items.map((version) => describe(version, encode, ownerOf(context))),
        };
      },
    },

    ListObjectVersions: {
      rights: access.onBucket("ListBucketVersions"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        const maxKeys = entriesOf("max-keys", input.MaxKeys);
        const { Prefix: prefix = "", Delimiter: delimiter = "", KeyMarker, VersionIdMarker } = input;
        if (VersionIdMarker !== undefined && KeyMarker === undefined) {
          throw invalidArgument(
            "A version-id marker cannot be specified without a key marker.",
            "version-id-marker",
            VersionIdMarker,
          );
        }
        const encode = encoderOf(input.EncodingType);
        const after = KeyMarker === "" ? undefined : KeyMarker;
        const listing = list(
          {
            bucket: name,
            prefix,
            delimiter,
            after,
            afterId: VersionIdMarker,
            limit: Math.min(maxKeys, mostEntries),
          },
          allVersions(store.state, name, toVersion),
          ({ versionId }) => versionId,
        );
        const { next } = listing;
        return {
          Name: name,
          Prefix: encode(prefix),
          ...(delimiter === "" ? {} : { Delimiter: encode(delimiter) }),
          KeyMarker: encode(KeyMarker ?? ""),
          VersionIdMarker: VersionIdMarker ?? "",
          ...(next === undefined ? {} : { NextKeyMarker: encode(next.after) }),
          ...(next?.afterId === undefined ? {} : { NextVersionIdMarker: next.afterId }),
          MaxKeys: maxKeys,
          ...(input.EncodingType === undefined ? {} : { EncodingType: "url" as const }),
          IsTruncated: next !== undefined,
          Versions: listing.items
            .filter(({ isDeleteMarker }) => !isDeleteMarker)
            .map((version) => ({
              ...describe(version, encode, ownerOf(context)),
              StorageClass: "STANDARD" as const,
              VersionId: version.versionId,
              IsLatest: version.isLatest,
            })),
          DeleteMarkers: listing.items
            .filter(({ isDeleteMarker }) => isDeleteMarker)
            .map(({ key, versionId, isLatest, modifiedMs }) => ({
              Key: encode(key),
              VersionId: versionId,
              IsLatest: isLatest,
              LastModified: new Date(modifiedMs),
              Owner: ownerOf(context),
            })),
          CommonPrefixes: commonPrefixes(listing, encode),
        };
      },
    },

    ListMultipartUploads: {
      rights: access.onBucket("ListBucketMultipartUploads"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        const maxUploads = entriesOf("max-uploads", input.MaxUploads);
        const { Prefix: prefix = "", Delimiter: delimiter = "", KeyMarker, UploadIdMarker } = input;
        const encode = encoderOf(input.EncodingType);
        const after = KeyMarker === "" ? undefined : KeyMarker;
        const listing = list(
          {
            bucket: name,
            prefix,
            delimiter,
            after,
            afterId: UploadIdMarker,
            limit: Math.min(maxUploads, mostEntries),
          },
          uploadsUnderWay(store.state, name, toUpload),
          ({ id }) => id,
        );
        const { next } = listing;
        return {
          Bucket: name,
          KeyMarker: encode(KeyMarker ?? ""),
          UploadIdMarker: UploadIdMarker ?? "",
          ...(next === undefined ? {} : { NextKeyMarker: encode(next.after) }),
          ...(next?.afterId === undefined ? {} : { NextUploadIdMarker: next.afterId }),
          Prefix: encode(prefix),
          ...(delimiter === "" ? {} : { Delimiter: encode(delimiter) }),
          ...(input.EncodingType === undefined ? {} : { EncodingType: "url" as const }),
          MaxUploads: maxUploads,
          IsTruncated: next !== undefined,
          Uploads: listing.items.map(({ id, key, initiatedMs, details, checksum }) => ({
            UploadId: id,
            Key: encode(key),
            Initiated: new Date(initiatedMs),
            StorageClass: (details.storageClass ?? "STANDARD") as "STANDARD",
            Owner: ownerOf(context),
            Initiator: ownerOf(context),
            ...(checksum === undefined
              ? {}
              : { ChecksumAlgorithm: checksum.algorithm as "CRC32", ChecksumType: checksum.type }),
          })),
          CommonPrefixes: commonPrefixes(listing, encode),
        };
      },
    },
  };
}

/** The account as S3 knows it: by a canonical id, which is no secret and means nothing here. */
export function ownerOf({ accountId }: Pick<CallContext, "accountId">): { ID: string } {
  return { ID: Buffer.from(accountId).toString("hex").padEnd(64, "0") };
}

type Encode = (text: string) => string;

/** How keys are written, where the client asks for a form that XML can always hold. */
function encoderOf(encodingType: string | undefined): Encode {
  if (encodingType === undefined) return (text) => text;
  if (encodingType !== "url") {
    throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encodingType);
  }
  return (text) =>
    encodeURIComponent(text)
      .replace(/%2F/g, "/")
      .replace(/%20/g, "+")
      .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function commonPrefixes({ commonPrefixes: prefixes }: Listing<unknown>, encode: Encode) {
  return prefixes.map((prefix) => ({ Prefix: encode(prefix) }));
}

function entriesOf(name: string, value: number = mostEntries): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0x7fffffff) return value;
  throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, value);
}

/** What a list goes on behind, in a form that says nothing. */
function writeToken(after: string): string {
  return Buffer.from(`1${after}`).toString("base64");
}

function readToken(token: string): string {
  const text = Buffer.from(token, "base64").toString();
  if (text.startsWith("1") && writeToken(text.slice(1)) === token) return text.slice(1);
  throw invalidArgument("The continuation token provided is incorrect", "continuation-token", token);
}
