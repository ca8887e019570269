import { copy, get, has, isEqual, isMap, type Value, type ValueMap } from "../../../value.ts";
import { invalidEvent, invalidResource } from "../../errors.ts";
import { type GeneratedResource, tagList } from "../../generated-resource.ts";
import { conditional, ref } from "../../intrinsic-forms.ts";
import { expectList, expectMap, type PropertySchema, required, string } from "../../property-schema.ts";
import { type EventSource, invokePermission } from "./event-source.ts";
import { changedResource, linkedId, listed, stringOrStrings } from "./linked-resource.ts";

/** @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-s3.html */
export const s3Schema: PropertySchema = {
  Bucket: required(string),
  Events: stringOrStrings,
  Filter: {
    intrinsic: true,
    test: (value) => isMap(value) && Object.values(value).every((item) => typeof item === "string"),
  },
};

/** The bucket of an `S3` event. @throws {SamError} unless it is in the template. */
export function linkBucket(event: ValueMap, eventId: string, resources: ValueMap): string {
  return linkedId(
    get(event, "Bucket"),
    resources,
    () => invalidEvent(eventId, "'Ref' value in S3 events is not a valid string."),
    () => invalidEvent(eventId, "S3 events must reference an S3 bucket in the same template."),
  );
}

/** The permission for the bucket, which is told to notify the function. */
export function expandS3Event(source: EventSource, bucketId: string): GeneratedResource[] {
  const { logicalId, target, context } = source;
  const permission = invokePermission(source, "s3.amazonaws.com", {
    sourceAccount: ref("AWS::AccountId"),
  });
  const bucket = changedResource(bucketId, context);
  const condition = get(target.attributes, "Condition");
  if (condition === undefined) dependOn(permission, bucket, logicalId);
  else dependByTag(permission, condition, bucket, bucketId);

  const properties = get(bucket, "Properties") ?? {};
  if (!isMap(properties)) throw invalidResource(bucketId, "Properties should be a map.");
  bucket["Properties"] = properties;
  const notifications = expectMap(
    get(properties, "NotificationConfiguration") ?? {},
    { id: bucketId },
    "NotificationConfiguration",
  );
  properties["NotificationConfiguration"] = notifications;
  const configurations = get(notifications, "LambdaConfigurations") ?? [];
  if (!Array.isArray(configurations)) {
    throw invalidResource(bucketId, "Invalid type for LambdaConfigurations. Must be a list.");
  }
  notifications["LambdaConfigurations"] = configurations;
  for (const made of lambdaConfigurations(source, condition)) {
    if (!configurations.some((other) => isEqual(other, made))) configurations.push(made);
  }
  if (target.propagatedTags !== undefined) properties["Tags"] = tagList(target.propagatedTags);
  return [permission];
}

function lambdaConfigurations({ properties, target }: EventSource, condition: Value | undefined): Value[] {
  const filter = get(properties, "Filter") ?? undefined;
  return listed(get(properties, "Events")).map((event) => {
    const made: ValueMap = { Function: copy(target.arn), Event: event };
    if (filter !== undefined) made["Filter"] = copy(filter);
    return condition === undefined ? made : conditional(condition, made);
  });
}

/** S3 checks that it may invoke the function when it is told to, so the permission comes first. */
function dependOn(permission: GeneratedResource, bucket: ValueMap, logicalId: string): void {
  const existing = has(bucket, "DependsOn") ? (get(bucket, "DependsOn") ?? null) : [];
  const ids = Array.isArray(existing) ? existing : [existing];
  if (!ids.every((id) => typeof id === "string")) {
    const text = "Invalid type for field 'DependsOn'. Expected a string or list of strings.";
    throw invalidResource(logicalId, text);
  }
  bucket["DependsOn"] = [...new Set([...ids, permission.logicalId])];
}

/** A `DependsOn` can't have a condition; a tag that names the permission under one makes the bucket wait for it as well. */
function dependByTag(
  permission: GeneratedResource,
  condition: Value,
  bucket: ValueMap,
  bucketId: string,
): void {
  if (!has(bucket, "Properties") || bucket["Properties"] === null) bucket["Properties"] = {};
  const properties = get(bucket, "Properties");
  if (!isMap(properties)) throw invalidResource(bucketId, "Properties should be a map.");
  const tags = expectList(get(properties, "Tags") ?? [], { id: bucketId }, "Tags");
  properties["Tags"] = [
    ...tags,
    {
      Key: `sam:ConditionalDependsOn:${permission.logicalId}`,
      Value: conditional(condition, ref(permission.logicalId), "no dependency"),
    },
  ];
}
