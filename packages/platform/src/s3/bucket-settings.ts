import type * as s3Client from "@aws-sdk/client-s3";
import type { CallContext, OperationsOf, ServiceOperation } from "../wire/service-api.ts";
import type { Access, BucketInput } from "./access.ts";
import { checkBucketPolicy } from "./bucket-policy.ts";
import { ownerOf } from "./listing-operations.ts";
import { checkTags } from "./object-input.ts";
import type { BucketRecord } from "./object-record.ts";
import { invalidArgument, s3Error } from "./s3-error.ts";
import type { S3Store } from "./s3-store.ts";

/** A configuration of a bucket, with the operations on it. */
interface Setting {
  /** As it is stored, by the bucket's resource of CloudFormation too. */
  readonly name: string;
  /** Operations with their actions in IAM. */
  readonly get: readonly [operation: string, action: string];
  readonly put?: readonly [operation: string, action: string];
  readonly delete?: readonly [operation: string, action: string];
  /** What of the input is kept; undefined if that is missing. */
  readonly read?: (input: Readonly<Record<string, unknown>>, bucket: BucketRecord) => unknown;
  readonly write: (value: unknown, context: CallContext) => object;
  /** What a bucket without it has; throws where AWS answers with an error. */
  readonly absent: (context: CallContext) => unknown;
  /** What a developer should know who sets it. */
  readonly withoutEffect?: string;
}

const settings: readonly Setting[] = [
  {
    name: "Policy",
    get: ["GetBucketPolicy", "GetBucketPolicy"],
    put: ["PutBucketPolicy", "PutBucketPolicy"],
    delete: ["DeleteBucketPolicy", "DeleteBucketPolicy"],
    read: ({ Policy }, bucket) => {
      checkBucketPolicy(String(Policy ?? ""), bucket);
      return Policy;
    },
    write: (Policy) => ({ Policy }),
    absent: () => {
      throw s3Error("NoSuchBucketPolicy");
    },
  },
  {
    name: "Encryption",
    get: ["GetBucketEncryption", "GetEncryptionConfiguration"],
    put: ["PutBucketEncryption", "PutEncryptionConfiguration"],
    delete: ["DeleteBucketEncryption", "PutEncryptionConfiguration"],
    read: ({ ServerSideEncryptionConfiguration }) => ServerSideEncryptionConfiguration,
    write: (ServerSideEncryptionConfiguration) => ({ ServerSideEncryptionConfiguration }),
    absent: () => ({
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }],
    }),
  },
  {
    name: "PublicAccessBlock",
    get: ["GetPublicAccessBlock", "GetBucketPublicAccessBlock"],
    put: ["PutPublicAccessBlock", "PutBucketPublicAccessBlock"],
    delete: ["DeletePublicAccessBlock", "PutBucketPublicAccessBlock"],
    read: ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration,
    write: (PublicAccessBlockConfiguration) => ({ PublicAccessBlockConfiguration }),
    absent: () => {
      throw s3Error("NoSuchPublicAccessBlockConfiguration");
    },
  },
  {
    name: "OwnershipControls",
    get: ["GetBucketOwnershipControls", "GetBucketOwnershipControls"],
    put: ["PutBucketOwnershipControls", "PutBucketOwnershipControls"],
    delete: ["DeleteBucketOwnershipControls", "PutBucketOwnershipControls"],
    read: ({ OwnershipControls }) => OwnershipControls,
    write: (OwnershipControls) => ({ OwnershipControls }),
    absent: () => {
      throw s3Error("OwnershipControlsNotFoundError");
    },
  },
  {
    name: "Tags",
    get: ["GetBucketTagging", "GetBucketTagging"],
    put: ["PutBucketTagging", "PutBucketTagging"],
    delete: ["DeleteBucketTagging", "PutBucketTagging"],
    read: ({ Tagging }) => checkTags((Tagging as { TagSet?: [] }).TagSet ?? [], 50),
    write: (TagSet) => ({ TagSet }),
    absent: () => {
      throw s3Error("NoSuchTagSet");
    },
  },
  {
    name: "Lifecycle",
    get: ["GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"],
    put: ["PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"],
    delete: ["DeleteBucketLifecycle", "PutLifecycleConfiguration"],
    read: ({ LifecycleConfiguration }) => LifecycleConfiguration,
    write: (value) => ({
      TransitionDefaultMinimumObjectSize: "all_storage_classes_128K",
      ...(value as object),
    }),
    absent: () => {
      throw s3Error("NoSuchLifecycleConfiguration");
    },
    withoutEffect: "Rules of lifecycle have no effect on this platform: objects stay until they are deleted.",
  },
  // What tools ask every bucket for, and no bucket has here.
  ...(
    [
      ["GetBucketCors", "GetBucketCORS", "NoSuchCORSConfiguration"],
      ["GetBucketWebsite", "GetBucketWebsite", "NoSuchWebsiteConfiguration"],
      ["GetBucketReplication", "GetReplicationConfiguration", "ReplicationConfigurationNotFoundError"],
      [
        "GetObjectLockConfiguration",
        "GetBucketObjectLockConfiguration",
        "ObjectLockConfigurationNotFoundError",
      ],
    ] as const
  ).map(
    ([operation, action, code]): Setting => ({
      name: operation,
      get: [operation, action],
      write: () => ({}),
      absent: () => {
        throw s3Error(code);
      },
    }),
  ),
  ...(
    [
      ["GetBucketLogging", "GetBucketLogging", {}],
      ["GetBucketNotificationConfiguration", "GetBucketNotification", {}],
      ["GetBucketAccelerateConfiguration", "GetAccelerateConfiguration", {}],
      ["GetBucketRequestPayment", "GetBucketRequestPayment", { Payer: "BucketOwner" }],
    ] as const
  ).map(
    ([operation, action, output]): Setting => ({
      name: operation,
      get: [operation, action],
      write: () => output,
      absent: () => output,
    }),
  ),
  {
    name: "Acl",
    get: ["GetBucketAcl", "GetBucketAcl"],
    write: (acl) => acl as object,
    absent: (context) => ({
      Owner: ownerOf(context),
      Grants: [{ Grantee: { ...ownerOf(context), Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }],
    }),
  },
];

/** Operations that read and write the configuration of buckets. */
export function settingOperations(store: S3Store, access: Access): OperationsOf<typeof s3Client> {
  const operations: Record<string, ServiceOperation<BucketInput>> = {};
  for (const setting of settings) {
    const { name, read, write, absent, withoutEffect } = setting;
    operations[setting.get[0]] = {
      rights: access.onBucket(setting.get[1]),
      run: (input, context) => {
        const value = access.bucket(input, context).settings[name];
        return write(value ?? absent(context), context);
      },
    };
    if (setting.put !== undefined) {
      operations[setting.put[0]] = {
        rights: access.onBucket(setting.put[1]),
        run: (input, context) => {
          const bucket = access.bucket(input, context);
          const value = read?.({ ...input }, bucket);
          if (value === undefined) throw s3Error("MalformedXML");
          store.buckets.configure(bucket.name, name, value);
          if (withoutEffect !== undefined) context.note(withoutEffect);
          return {};
        },
      };
    }
    if (setting.delete !== undefined) {
      operations[setting.delete[0]] = {
        rights: access.onBucket(setting.delete[1]),
        run: (input, context) => {
          store.buckets.configure(access.bucket(input, context).name, name, undefined);
          return {};
        },
      };
    }
  }
  // Each has its own types, which this table can't say.
  return { ...operations, ...versioningOperations(store, access) } as OperationsOf<typeof s3Client>;
}

function versioningOperations(store: S3Store, access: Access): OperationsOf<typeof s3Client> {
  return {
    GetBucketVersioning: {
      rights: access.onBucket("GetBucketVersioning"),
      run: (input, context) => {
        const { versioning } = access.bucket(input, context);
        return versioning === undefined ? {} : { Status: versioning };
      },
    },
    PutBucketVersioning: {
      rights: access.onBucket("PutBucketVersioning"),
      run: (input, context) => {
        const { name } = access.bucket(input, context);
        const { Status: status, MFADelete } = input.VersioningConfiguration ?? {};
        if (MFADelete === "Enabled" || input.MFA !== undefined) {
          throw invalidArgument("MFA delete is not served by this platform.", "x-amz-mfa", input.MFA);
        }
        if (status !== "Enabled" && status !== "Suspended") throw s3Error("MalformedXML");
        store.buckets.setVersioning(name, status);
        return {};
      },
    },
  };
}
