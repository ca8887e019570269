import { isEqual, type Value, type ValueMap } from "../../cloudformation/index.ts";
import { isRecord } from "../../json-value.ts";
import { resourceTypes } from "../resource-types.ts";
import type { ResourceRow, StackTag } from "./stack-record.ts";

/** What a resource's tags are made of. */
type Tagged = Pick<ResourceRow, "type" | "logicalId" | "stackName" | "stackId" | "stackTags" | "properties">;

/** Tags of a stack by their keys, as its resources keep them. */
export function stackTagMap(tags: readonly StackTag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

/** Whether a resource of this type has other tags after its stack's have changed. */
export function hasOtherStackTags(
  { type, stackTags = {} }: Pick<ResourceRow, "type" | "stackTags">,
  after: Readonly<Record<string, string>>,
): boolean {
  return resourceTypes[type]?.tags !== undefined && !isEqual(stackTags, after);
}

/**
 * The properties of a resource with the tags that it has from its stack: those that the stack was given, and those by which
 * CloudFormation marks what it made, for the types that take them. A tag of the resource's own wins.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-add-tags.html
 */
export function taggedProperties(resource: Tagged): ValueMap {
  const { type, logicalId, stackName, stackId, stackTags, properties } = resource;
  const taking = resourceTypes[type]?.tags;
  if (taking === undefined || stackId === undefined) return properties;
  const tags = {
    ...stackTags,
    ...(taking.hasSystemTags
      ? {
          "aws:cloudformation:stack-name": stackName,
          "aws:cloudformation:stack-id": stackId,
          "aws:cloudformation:logical-id": logicalId,
        }
      : {}),
  };
  if (Object.keys(tags).length === 0) return properties;
  const Tags =
    taking.form === "map" ? mergedMap(properties["Tags"], tags) : mergedList(properties["Tags"], tags);
  return { ...properties, Tags };
}

/** The properties that a resource has now. */
export function actualProperties(resource: Tagged & Pick<ResourceRow, "drift">): ValueMap {
  const { drift } = resource;
  const properties = taggedProperties(resource);
  if (drift === undefined) return properties;
  const all = Object.entries({ ...properties, ...drift });
  return Object.fromEntries(all.filter(([name, value]) => value !== null || !(name in drift)));
}

/** What is no list of tags stays for its type to judge. */
function mergedList(own: Value = [], tags: Readonly<Record<string, string>>): Value {
  if (!Array.isArray(own)) return own;
  const keys = new Set(own.map((tag) => (isRecord(tag) ? String(tag["Key"]) : "")));
  const more = Object.entries(tags).filter(([key]) => !keys.has(key));
  return [...own, ...more.map(([Key, Value]) => ({ Key, Value }))];
}

function mergedMap(own: Value = {}, tags: Readonly<Record<string, string>>): Value {
  return isRecord(own) ? ({ ...tags, ...own } as ValueMap) : own;
}
