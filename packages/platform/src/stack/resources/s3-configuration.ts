import type { Value, ValueMap } from "../../cloudformation/index.ts";

/** What a bucket of a template says of versioning; nothing if it never had any. */
export function versioningOf(properties: ValueMap): "Enabled" | "Suspended" | undefined {
  const status = map(properties["VersioningConfiguration"])["Status"];
  return status === "Enabled" || status === "Suspended" ? status : undefined;
}

/**
 * The configurations of a bucket as S3's API has them, by the names under which S3 keeps them; undefined where the template
 * has none.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
 */
export function bucketConfiguration(properties: ValueMap): Record<string, unknown> {
  const {
    BucketEncryption,
    LifecycleConfiguration,
    OwnershipControls,
    PublicAccessBlockConfiguration,
    Tags,
  } = properties;
  return {
    Encryption: BucketEncryption && {
      Rules: list(map(BucketEncryption)["ServerSideEncryptionConfiguration"]).map((rule) => ({
        ApplyServerSideEncryptionByDefault: rule["ServerSideEncryptionByDefault"],
        BucketKeyEnabled: isTrue(rule["BucketKeyEnabled"]),
      })),
    },
    PublicAccessBlock: PublicAccessBlockConfiguration && {
      BlockPublicAcls: isTrue(map(PublicAccessBlockConfiguration)["BlockPublicAcls"]),
      IgnorePublicAcls: isTrue(map(PublicAccessBlockConfiguration)["IgnorePublicAcls"]),
      BlockPublicPolicy: isTrue(map(PublicAccessBlockConfiguration)["BlockPublicPolicy"]),
      RestrictPublicBuckets: isTrue(map(PublicAccessBlockConfiguration)["RestrictPublicBuckets"]),
    },
    OwnershipControls: OwnershipControls && map(OwnershipControls),
    Tags:
      Tags && list(Tags).map(({ Key, Value: value }) => ({ Key: String(Key), Value: String(value ?? "") })),
    Lifecycle: LifecycleConfiguration && {
      Rules: list(map(LifecycleConfiguration)["Rules"]).map(lifecycleRule),
    },
  };
}

/** CloudFormation has flat names where S3 has structures. */
function lifecycleRule(rule: ValueMap): Record<string, unknown> {
  const noncurrent = map(rule["NoncurrentVersionExpiration"]);
  const noncurrentDays = noncurrent["NoncurrentDays"] ?? rule["NoncurrentVersionExpirationInDays"];
  const transitions = [...list(rule["Transitions"]), ...list(rule["Transition"] && [rule["Transition"]])];
  return {
    ID: rule["Id"],
    Status: rule["Status"],
    Filter: { Prefix: rule["Prefix"] ?? "" },
    Expiration: rule["ExpirationInDays"] && { Days: Number(rule["ExpirationInDays"]) },
    NoncurrentVersionExpiration: noncurrentDays && {
      NoncurrentDays: Number(noncurrentDays),
      NewerNoncurrentVersions: noncurrent["NewerNoncurrentVersions"],
    },
    AbortIncompleteMultipartUpload: rule["AbortIncompleteMultipartUpload"],
    ...(transitions.length === 0
      ? {}
      : {
          Transitions: transitions.map(({ StorageClass, TransitionInDays }) => ({
            StorageClass,
            Days: Number(TransitionInDays),
          })),
        }),
  };
}

function isTrue(value: Value | undefined): boolean {
  return String(value) === "true";
}

function map(value: Value | undefined): ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as ValueMap) : {};
}

function list(value: Value | undefined): readonly ValueMap[] {
  return Array.isArray(value) ? value.map(map) : [];
}
