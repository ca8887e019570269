import { AwsServiceError } from "../../service-error.ts";
import {
  type CreatedResource,
  type CreationContext,
  type DeployedResource,
  optionalText,
  type ResourceProvider,
  type ResourceServices,
  requiredText,
} from "../resource-type.ts";

/** `AWS::S3::Bucket`. Names of buckets have no capitals. */
export function createBucket(context: CreationContext): CreatedResource {
  const { properties, node, region } = context;
  const name = optionalText(properties, "BucketName") ?? context.nameFor(node.logicalId, 63).toLowerCase();
  return {
    ref: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      WebsiteURL: `http://${name}.s3-website-${region}.amazonaws.com`,
    },
  };
}

/** Keeps buckets in S3, where only their name and versioning have an effect. */
export function bucketProvider({ objects }: ResourceServices): ResourceProvider {
  return {
    put: async (resource, before) => {
      const name = resource.physicalId;
      if (before === undefined) {
        if (objects.hasBucket(name)) {
          throw new AwsServiceError("BucketAlreadyOwnedByYou", 409, `${name} already exists`);
        }
        await objects.createBucket(name);
      }
      const status = versioningOf(resource);
      if (status !== undefined) await objects.setVersioning(name, status);
      else if (before !== undefined && versioningOf(before) === "Enabled") {
        await objects.setVersioning(name, "Suspended");
      }
    },
    remove: ({ physicalId }) => objects.deleteBucket(physicalId),
  };
}

/** `AWS::S3::BucketPolicy`, which has no effect: the account's own principals may do everything with its buckets. */
export function createBucketPolicy(context: CreationContext): CreatedResource {
  return { ref: requiredText(context, "Bucket"), attributes: {} };
}

function versioningOf({ properties }: DeployedResource): "Enabled" | "Suspended" | undefined {
  const configuration = properties["VersioningConfiguration"];
  if (typeof configuration !== "object" || configuration === null || Array.isArray(configuration))
    return undefined;
  const status = configuration["Status"];
  return status === "Enabled" || status === "Suspended" ? status : undefined;
}
