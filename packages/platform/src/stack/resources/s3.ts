import { isBucketName } from "../../s3/bucket-name.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { ObjectStore } from "../object-store.ts";
import {
  type CreatedResource,
  type CreationContext,
  type DeployedResource,
  optionalText,
  ResourceError,
  type ResourceProvider,
  type ResourceServices,
  requiredText,
} from "../resource-type.ts";
import type { StackModel } from "../stack-model.ts";
import { bucketConfiguration, versioningOf } from "./s3-configuration.ts";

/** `AWS::S3::Bucket`. Names of buckets have no capitals. */
export function createBucket(context: CreationContext): CreatedResource {
  const { properties, node, region, model } = context;
  const name = optionalText(properties, "BucketName") ?? context.nameFor(node.logicalId, 63).toLowerCase();
  if (!isBucketName(name)) {
    throw new ResourceError(
      `${name} is no name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens.`,
    );
  }
  model.buckets.set(name, { logicalId: node.logicalId, physicalId: name, properties });
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

/** Keeps buckets in S3. */
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
      const status = versioningOf(resource.properties);
      if (status !== undefined) await objects.setVersioning(name, status);
      else if (before !== undefined && versioningOf(before.properties) === "Enabled") {
        await objects.setVersioning(name, "Suspended");
      }
      const previous = bucketConfiguration(before?.properties ?? {});
      for (const [setting, value] of Object.entries(bucketConfiguration(resource.properties))) {
        // What the template never had stays as S3 sets it.
        if (value === undefined && previous[setting] === undefined) continue;
        await objects.configure(name, setting, value);
      }
    },
    remove: ({ physicalId }) => objects.deleteBucket(physicalId),
  };
}

/** `AWS::S3::BucketPolicy`. */
export function createBucketPolicy(context: CreationContext): CreatedResource {
  const { properties, node, model } = context;
  const bucket = requiredText(context, "Bucket");
  const document = properties["PolicyDocument"];
  if (typeof document !== "object" || document === null) {
    throw new ResourceError(`${node.type} needs PolicyDocument.`);
  }
  model.bucketPolicies.set(bucket, { logicalId: node.logicalId, physicalId: bucket, properties });
  return { ref: bucket, attributes: {} };
}

/** Keeps policies with their buckets. */
export function bucketPolicyProvider({ objects }: ResourceServices): ResourceProvider {
  return {
    put: ({ physicalId, properties }) =>
      objects.setPolicy(physicalId, JSON.stringify(properties["PolicyDocument"])),
    remove: async ({ physicalId }) => {
      if (objects.hasBucket(physicalId)) await objects.setPolicy(physicalId, undefined);
    },
  };
}

/**
 * Makes the buckets of a template that is run from its file. One that is there stays, with everything in it, and so does
 * one that the template has no more.
 */
export async function makeBuckets(model: StackModel, objects: ObjectStore): Promise<void> {
  const services = { objects };
  for (const [name, bucket] of model.buckets) {
    await bucketProvider(services).put(bucket, objects.hasBucket(name) ? unconfigured(bucket) : undefined);
  }
  for (const [name, policy] of model.bucketPolicies) {
    if (objects.hasBucket(name)) await bucketPolicyProvider(services).put(policy, undefined);
  }
}

function unconfigured(bucket: DeployedResource): DeployedResource {
  return { ...bucket, properties: {} };
}
