import { get, has, isGiven, isMap, mapOf, type Value, type ValueMap } from "../value.ts";
import { invalidResource } from "./errors.ts";

/** A plain CloudFormation resource that the transform makes. */
export interface GeneratedResource {
  logicalId: string;
  readonly type: string;
  properties: ValueMap;
  readonly attributes: ValueMap;
  readonly dependsOn?: Value | undefined;
}

/** The resource attributes that go over to every resource that a SAM resource becomes. */
const passedOn = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];
/** Those that go over to the resource that keeps the SAM resource's logical id. */
const kept = ["DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata"];

/**
 * Makes a resource; properties that are undefined or null are left out.
 *
 * @throws {SamError} if the logical id has characters other than ASCII letters and digits.
 */
export function generated(
  logicalId: string,
  type: string,
  properties: Readonly<Record<string, Value | undefined>>,
  attributes: ValueMap = {},
  dependsOn?: Value,
): GeneratedResource {
  checkLogicalId(logicalId);
  return { logicalId, type, properties: mapOf(properties), attributes: { ...attributes }, dependsOn };
}

export function checkLogicalId(logicalId: string): void {
  if (!/^[A-Za-z0-9]+$/.test(logicalId))
    throw invalidResource(logicalId, "Logical ids must be alphanumeric.");
}

/** The resource as a template writes it. */
export function templateForm(resource: GeneratedResource): ValueMap {
  return {
    Type: resource.type,
    ...(isGiven(resource.dependsOn) ? { DependsOn: resource.dependsOn } : {}),
    ...resource.attributes,
    Properties: resource.properties,
  };
}

export function passedOnAttributes(resource: ValueMap): ValueMap {
  return pick(resource, passedOn);
}

export function keptAttributes(resource: ValueMap): ValueMap {
  return pick(resource, kept);
}

/** Tags as CloudFormation's list of keys and values, from SAM's map. */
export function tagList(tags: Value | undefined): ValueMap[] {
  if (!isMap(tags)) return [];
  return Object.entries(tags).map(([key, value]) => ({ Key: key, Value: value ?? "" }));
}

function pick(resource: ValueMap, names: readonly string[]): ValueMap {
  return Object.fromEntries(
    names.filter((name) => has(resource, name)).map((name) => [name, get(resource, name) ?? null]),
  );
}
