import type { Value } from "../../cloudformation/index.ts";

/** Tags as CloudFormation has them. */
export function tagList(tags: Readonly<Record<string, string>>): Value[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as the API has them. */
export function tagMap(property: Value | undefined): Record<string, string> {
  if (!Array.isArray(property)) return {};
  return Object.fromEntries(
    property.flatMap((tag) => {
      if (typeof tag !== "object" || tag === null || Array.isArray(tag)) return [];
      return [[String(tag["Key"]), String(tag["Value"] ?? "")]];
    }),
  );
}
