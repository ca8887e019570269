import { AwsServiceError } from "../service-error.ts";
import type { CallContext, Right } from "../wire/service-api.ts";
import type { Access, BucketInput } from "./access.ts";
import { checkConditions } from "./object-reading.ts";
import type { ObjectVersion } from "./object-record.ts";
import { invalidArgument, s3Error } from "./s3-error.ts";
import type { S3Store } from "./s3-store.ts";

/** Where a copy comes from. */
interface CopySource {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId: string | undefined;
}

/** What requests say of the object that they copy from. */
interface CopyInput extends BucketInput {
  readonly CopySource?: string | undefined;
  readonly ExpectedSourceBucketOwner?: string | undefined;
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: Date | undefined;
  readonly CopySourceIfUnmodifiedSince?: Date | undefined;
}

/** To copy is to read the one object and to write the other. */
export function copyRights(access: Access): (input: CopyInput, context: CallContext) => readonly Right[] {
  const toWrite = access.onObject("PutObject");
  return (input, context) => {
    const source = copySourceOf(input.CopySource ?? "");
    const read = source.VersionId === undefined ? "GetObject" : "GetObjectVersion";
    return [access.right(read, source.Bucket, source.Key, context), ...toWrite(input, context)];
  };
}

/**
 * The version that is to be copied.
 * @throws {AwsServiceError} if there is none, or `PreconditionFailed` if it isn't as the request wants it.
 */
export function copiedVersion(
  store: S3Store,
  access: Access,
  input: CopyInput,
  context: CallContext,
): ObjectVersion {
  const { Bucket, Key, VersionId } = copySourceOf(input.CopySource ?? "");
  access.bucket({ Bucket, ExpectedBucketOwner: input.ExpectedSourceBucketOwner }, context);
  const from = store.existing(Bucket, Key, VersionId);
  try {
    checkConditions(from, {
      IfMatch: input.CopySourceIfMatch,
      IfNoneMatch: input.CopySourceIfNoneMatch,
      IfModifiedSince: input.CopySourceIfModifiedSince,
      IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    });
  } catch (error) {
    // A copy has no answer that means "nothing new".
    if (error instanceof AwsServiceError && error.status === 304) throw s3Error("PreconditionFailed");
    throw error;
  }
  return from;
}

/**
 * Reads `x-amz-copy-source`: bucket and key, percent-encoded, perhaps with a version.
 * @throws {AwsServiceError} `InvalidArgument`.
 */
function copySourceOf(text: string): CopySource {
  const [, path = "", VersionId] = /^([^?]*)(?:\?versionId=(.+))?$/.exec(text.replace(/^\//, "")) ?? [];
  const decoded = decode(path);
  const slash = decoded?.indexOf("/") ?? -1;
  if (decoded === undefined || slash < 1 || slash === decoded.length - 1 || decoded.startsWith("arn:")) {
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      text,
    );
  }
  return { Bucket: decoded.slice(0, slash), Key: decoded.slice(slash + 1), VersionId };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
