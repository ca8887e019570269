import { AwsServiceError } from "../service-error.ts";
import type { CallContext } from "../wire/service-api.ts";
import type { BucketRecord, ObjectDetails, ObjectEncryption, Tag } from "./object-record.ts";
import { invalidArgument, invalidRequest, notImplemented, s3Error } from "./s3-error.ts";

/** What requests say of an object besides its content. */
export interface ObjectInput {
  readonly ACL?: string | undefined;
  readonly CacheControl?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly Expires?: Date | undefined;
  readonly WebsiteRedirectLocation?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly BucketKeyEnabled?: boolean | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
  readonly StorageClass?: string | undefined;
  readonly Tagging?: string | undefined;
  readonly ObjectLockMode?: string | undefined;
  readonly ObjectLockRetainUntilDate?: Date | undefined;
  readonly ObjectLockLegalHoldStatus?: string | undefined;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const mostKeyBytes = 1024;
/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const mostMetadataBytes = 2048;
/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html */
const storageClasses = [
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
];

/** The key of a request. @throws {AwsServiceError} `KeyTooLongError`. */
export function keyOf({ Key = "" }: { readonly Key?: string | undefined }): string {
  const size = Buffer.byteLength(Key);
  if (size > mostKeyBytes) throw s3Error("KeyTooLongError", { Size: size, MaxSizeAllowed: mostKeyBytes });
  return Key;
}

/** @throws {AwsServiceError} for what S3 refuses, or this platform has not. */
export function newDetails(
  input: ObjectInput,
  bucket: BucketRecord,
  { region, accountId }: Pick<CallContext, "region" | "accountId">,
): ObjectDetails {
  checkAcl(input.ACL, bucket);
  const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = input;
  if (ObjectLockMode ?? ObjectLockRetainUntilDate ?? ObjectLockLegalHoldStatus) {
    throw invalidRequest("Bucket is missing Object Lock Configuration");
  }
  const { StorageClass: storageClass = "STANDARD" } = input;
  if (!storageClasses.includes(storageClass)) throw s3Error("InvalidStorageClass");
  return {
    headers: headersOf(input),
    metadata: checkMetadata(input.Metadata ?? {}),
    encryption: encryptionOf(input, bucket, region, accountId),
    ...(storageClass === "STANDARD" ? {} : { storageClass }),
    tags: parseTagging(input.Tagging ?? ""),
  };
}

/** What becomes headers again when the object is read. */
function headersOf(input: ObjectInput): ObjectDetails["headers"] {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, Expires } = input;
  const { ContentType = "binary/octet-stream", WebsiteRedirectLocation } = input;
  const members = {
    CacheControl,
    ContentDisposition,
    ContentEncoding,
    ContentLanguage,
    ContentType,
    Expires: Expires?.toISOString(),
    WebsiteRedirectLocation,
  };
  return Object.fromEntries(
    Object.entries(members).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "",
    ),
  );
}

/** Lists are off in every new bucket. */
export function checkAcl(acl: string | undefined, { settings }: BucketRecord): void {
  if (acl === undefined || acl === "bucket-owner-full-control") return;
  const { Rules = [] } = Object(settings["OwnershipControls"]) as { Rules?: { ObjectOwnership?: string }[] };
  const isEnforced = Rules.some(({ ObjectOwnership }) => ObjectOwnership === "BucketOwnerEnforced");
  if (isEnforced) throw s3Error("AccessControlListNotSupported");
  if (acl !== "private") {
    throw notImplemented(
      `Access control lists are not evaluated by this platform, so not ${acl}. Use a bucket policy.`,
    );
  }
}

function checkMetadata(metadata: Record<string, string>): Record<string, string> {
  const size = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (size > mostMetadataBytes) {
    throw s3Error("MetadataTooLarge", { Size: size, MaxSizeAllowed: mostMetadataBytes });
  }
  return metadata;
}

/** What the object is said to be encrypted with: what the request asks for, or the bucket, or S3's own keys. */
function encryptionOf(
  input: ObjectInput,
  bucket: BucketRecord,
  region: string,
  accountId: string,
): ObjectEncryption {
  if (input.SSECustomerAlgorithm !== undefined) {
    throw notImplemented("This platform keeps no objects under keys of the customer's (SSE-C).");
  }
  const standard = defaultEncryption(bucket);
  const algorithm = input.ServerSideEncryption ?? standard.SSEAlgorithm ?? "AES256";
  if (algorithm === "AES256") {
    if (input.SSEKMSKeyId !== undefined && input.ServerSideEncryption === "AES256") {
      throw invalidArgument(
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        "x-amz-server-side-encryption",
        algorithm,
      );
    }
    return { ServerSideEncryption: "AES256" };
  }
  if (algorithm !== "aws:kms" && algorithm !== "aws:kms:dsse") {
    throw invalidArgument(
      "The encryption method specified is not supported",
      "x-amz-server-side-encryption",
      algorithm,
    );
  }
  const key = input.SSEKMSKeyId ?? standard.KMSMasterKeyID ?? "alias/aws/s3";
  const arn = key.startsWith("arn:")
    ? key
    : `arn:aws:kms:${region}:${accountId}:${key.startsWith("alias/") ? "" : "key/"}${key}`;
  const usesBucketKey = input.BucketKeyEnabled ?? standard.BucketKeyEnabled ?? false;
  return {
    ServerSideEncryption: algorithm,
    SSEKMSKeyId: arn,
    ...(String(usesBucketKey) === "true" ? { BucketKeyEnabled: true } : {}),
  };
}

function defaultEncryption({ settings }: BucketRecord) {
  const { Rules = [] } = Object(settings["Encryption"]) as {
    Rules?: {
      ApplyServerSideEncryptionByDefault?: { SSEAlgorithm?: string; KMSMasterKeyID?: string };
      BucketKeyEnabled?: boolean | string;
    }[];
  };
  const { ApplyServerSideEncryptionByDefault: standard = {}, BucketKeyEnabled } = Rules[0] ?? {};
  return { ...standard, BucketKeyEnabled };
}

/** Tags of a header: `a=b&c=d`. */
function parseTagging(text: string): Tag[] {
  return checkTags([...new URLSearchParams(text)].map(([Key, Value]) => ({ Key, Value })));
}

/**
 * Holds tags to what S3 takes.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
 * @throws {AwsServiceError} `InvalidTag` or `BadRequest`.
 */
export function checkTags(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[],
  most: number = 10,
): Tag[] {
  if (tags.length > most) {
    throw new AwsServiceError("BadRequest", 400, `Object tags cannot be greater than ${most}`);
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw new AwsServiceError("InvalidTag", 400, "Cannot provide multiple Tags with the same key");
  }
  return tags.map(({ Key = "", Value = "" }) => {
    if (Key.length < 1 || Key.length > 128) {
      throw new AwsServiceError("InvalidTag", 400, "The TagKey you have provided is invalid", {
        TagKey: Key,
      });
    }
    if (Value.length > 256) {
      throw new AwsServiceError("InvalidTag", 400, "The TagValue you have provided is invalid", {
        TagKey: Key,
        TagValue: Value,
      });
    }
    return { Key, Value };
  });
}
