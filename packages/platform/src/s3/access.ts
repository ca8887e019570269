import type { RequestContext } from "../iam/condition.ts";
import { AwsServiceError } from "../service-error.ts";
import { denialOf } from "../wire/denial.ts";
import type { CallContext, Right } from "../wire/service-api.ts";
import { isBucketName } from "./bucket-name.ts";
import { policiesOf } from "./bucket-policy.ts";
import type { BucketRecord } from "./object-record.ts";
import { s3Error } from "./s3-error.ts";
import type { S3Store } from "./s3-store.ts";

/** What most inputs have. */
export interface BucketInput {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
}

type Rights = (input: BucketInput, context: CallContext) => readonly Right[];

/**
 * Who may do what with buckets and objects.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export class Access {
  readonly #store: S3Store;

  constructor(store: S3Store) {
    this.#store = store;
  }

  /** An action on the bucket. */
  onBucket(action: string): Rights {
    return (input, context) => [this.right(action, input.Bucket ?? "", undefined, context, keysOf(input))];
  }

  /** An action on the object, perhaps another one where a version is named. */
  onObject(action: string, ofVersion: string = action): Rights {
    return (input, context) => {
      const { Bucket = "", Key = "", VersionId } = input;
      return [this.right(VersionId === undefined ? action : ofVersion, Bucket, Key, context, keysOf(input))];
    };
  }

  /** A new object, and its tags where it is given some. */
  readonly onNewObject = (
    input: BucketInput & { readonly Tagging?: string | undefined },
    context: CallContext,
  ): readonly Right[] => [
    ...this.onObject("PutObject")(input, context),
    ...(input.Tagging === undefined ? [] : this.onObject("PutObjectTagging")(input, context)),
  ];

  right(
    action: string,
    bucket: string,
    key: string | undefined,
    { request, accountId }: CallContext,
    keys: RequestContext = {},
  ): Right & { readonly action: string } {
    const record = this.#store.buckets.find(bucket);
    // A request that doesn't leave the machine can't be listened to: it counts as encrypted.
    const isLoopback = request.sourceIp === "::1" || /^127\./.test(request.sourceIp);
    return {
      action: `s3:${action}`,
      resource: `arn:aws:s3:::${bucket}${key === undefined ? "" : `/${key}`}`,
      policies: record === undefined ? [] : policiesOf(record),
      context: {
        "aws:SecureTransport": isLoopback,
        "aws:SourceIp": request.sourceIp,
        "aws:CurrentTime": new Date().toISOString(),
        "s3:ResourceAccount": accountId,
        ...keys,
      },
    };
  }

  /** Whether the caller may do it. */
  may(context: CallContext, right: Right & { readonly action: string }): boolean {
    return denialOf(context, right) === undefined;
  }

  /**
   * The bucket of a request.
   * @throws {AwsServiceError} `InvalidBucketName` or `NoSuchBucket`; `AccessDenied` if it is expected to be another account's.
   */
  bucket({ Bucket = "", ExpectedBucketOwner }: BucketInput, { accountId }: CallContext): BucketRecord {
    const found = this.#store.buckets.find(Bucket);
    if (found === undefined) {
      throw isBucketName(Bucket)
        ? s3Error("NoSuchBucket", { BucketName: Bucket })
        : s3Error("InvalidBucketName", { BucketName: Bucket });
    }
    if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== accountId) throw s3Error("AccessDenied");
    return found;
  }

  /** Who may not list a bucket isn't told what is not in it. */
  hideMissing(error: unknown, bucket: string, context: CallContext): unknown {
    const isMissing = error instanceof AwsServiceError && error.code === "NoSuchKey";
    if (!isMissing || this.may(context, this.right("ListBucket", bucket, undefined, context))) return error;
    return s3Error("AccessDenied");
  }
}

/** Keys that conditions may ask for, as far as the input has them. */
function keysOf(input: object): RequestContext {
  const members = input as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(conditionKeys).flatMap(([member, key]) => {
      const value = members[member];
      return value === undefined ? [] : [[key, String(value)]];
    }),
  );
}

const conditionKeys: Readonly<Record<string, string>> = {
  ACL: "s3:x-amz-acl",
  CopySource: "s3:x-amz-copy-source",
  Delimiter: "s3:delimiter",
  IfMatch: "s3:if-match",
  IfNoneMatch: "s3:if-none-match",
  MaxKeys: "s3:max-keys",
  MetadataDirective: "s3:x-amz-metadata-directive",
  Prefix: "s3:prefix",
  ServerSideEncryption: "s3:x-amz-server-side-encryption",
  SSEKMSKeyId: "s3:x-amz-server-side-encryption-aws-kms-key-id",
  StorageClass: "s3:x-amz-storage-class",
  VersionId: "s3:VersionId",
};
