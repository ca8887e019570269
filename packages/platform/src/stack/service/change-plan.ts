import {
  type CompiledTemplate,
  isEqual,
  isResolved,
  loadTemplate,
  type ResourceLookup,
  type ResourceNode,
  resolve,
  type Value,
  type ValueMap,
} from "../../cloudformation/index.ts";
import { resourceTypes } from "../resource-types.ts";
import type { PlannedChange, ResourceRow, StackTag } from "./stack-record.ts";
import { hasOtherStackTags, stackTagMap } from "./stack-tags.ts";

/** What has to be done to a resource to make it what a template says. */
export type Transition = "create" | "update" | "replace" | "keep";

/** A property that isn't what it was. */
export interface PropertyChange {
  readonly name: string;
  readonly needsReplacement: boolean;
  /** Whether its new value is known. */
  readonly isStatic: boolean;
}

/** What changes between two states of a resource, as far as they are known. */
function propertyChanges(type: string, before: ValueMap, after: ValueMap): PropertyChange[] {
  const replacedBy = resourceTypes[type]?.replacedBy ?? [];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    if (isEqual(before[name], after[name])) return [];
    return [{ name, needsReplacement: replacedBy.includes(name), isStatic: isResolved(after[name]) }];
  });
}

/** What becomes of a resource whose properties are all known. */
export function transitionOf(
  before: ResourceRow | undefined,
  after: Pick<ResourceRow, "properties" | "metadata"> & {
    readonly stackTags: Readonly<Record<string, string>>;
  },
): Transition {
  if (before === undefined) return "create";
  const changes = propertyChanges(before.type, before.properties, after.properties);
  if (changes.some(({ needsReplacement }) => needsReplacement)) return "replace";
  if (changes.length > 0 || !isEqual(before.metadata, after.metadata)) return "update";
  return hasOtherStackTags(before, after.stackTags) ? "update" : "keep";
}

/** What a template would change about a stack's resources, in the order in which it would. */
export function planChanges(
  { graph, stack }: CompiledTemplate,
  rows: readonly ResourceRow[],
  tags: readonly StackTag[],
): PlannedChange[] {
  const stackTags = stackTagMap(tags);
  const before = new Map(rows.map((row) => [row.logicalId, row]));
  /** Resources that stay what they are for whoever refers to them. */
  const stable = new Map<string, ResourceRow>();
  const lookup: ResourceLookup = {
    ref: (logicalId) => stable.get(logicalId)?.physicalId,
    getAtt: (logicalId, attribute) => stable.get(logicalId)?.attributes[attribute],
  };
  const changes: PlannedChange[] = [];
  for (const logicalId of graph.creationOrder) {
    const node = graph.nodes.get(logicalId);
    if (node === undefined) continue;
    const after = (resolve(node.properties, stack.scope, lookup, ["Resources", logicalId]) ?? {}) as ValueMap;
    const row = before.get(logicalId);
    const change = row === undefined ? added(node, after) : modified(row, node, after, stackTags);
    if (change !== undefined) changes.push(change);
    if (row !== undefined && change?.replacement !== "True") stable.set(logicalId, row);
  }
  for (const row of rows.toReversed()) if (!graph.nodes.has(row.logicalId)) changes.push(removed(row));
  return changes;
}

/**
 * Whether a template changes anything about a stack: its resources or its outputs.
 * @param before - plain CloudFormation that the stack was made of.
 */
export function hasChanges(
  compiled: CompiledTemplate,
  rows: readonly ResourceRow[],
  tags: readonly StackTag[],
  before: string,
): boolean {
  if (planChanges(compiled, rows, tags).length > 0) return true;
  const { loaded } = loadTemplate(before, "template");
  return !isEqual(loaded?.template["Outputs"] ?? {}, compiled.processed["Outputs"] ?? {});
}

function added({ logicalId, type }: ResourceNode, after: ValueMap): PlannedChange {
  return { action: "Add", logicalId, type, details: [], after: known(after) };
}

function modified(
  row: ResourceRow,
  node: ResourceNode,
  after: ValueMap,
  stackTags: Readonly<Record<string, string>>,
): PlannedChange | undefined {
  const details = propertyChanges(row.type, row.properties, after);
  const hasOtherMetadata = !isEqual(row.metadata, node.metadata);
  const changesTags = hasOtherStackTags(row, stackTags);
  if (details.length === 0 && !hasOtherMetadata && !changesTags) return undefined;
  const replacing = details.filter(({ needsReplacement }) => needsReplacement);
  const replacement =
    replacing.length === 0 ? "False" : replacing.some(({ isStatic }) => isStatic) ? "True" : "Conditional";
  const isRetained = row.updateReplacePolicy === "Retain";
  return {
    action: "Modify",
    logicalId: row.logicalId,
    type: row.type,
    physicalId: row.physicalId,
    replacement,
    ...(replacement === "True" ? { policyAction: isRetained ? "ReplaceAndRetain" : "ReplaceAndDelete" } : {}),
    details,
    changesTags,
    before: row.properties,
    after: known(after),
  };
}

function removed(row: ResourceRow): PlannedChange {
  return {
    action: "Remove",
    logicalId: row.logicalId,
    type: row.type,
    physicalId: row.physicalId,
    policyAction: row.deletionPolicy === "Retain" ? "Retain" : "Delete",
    details: [],
    before: row.properties,
  };
}

/** What only a deployment will tell, as CloudFormation writes it. */
function known(properties: ValueMap): ValueMap {
  const shown = (value: Value): Value => (isResolved(value) ? value : "{{changeSet:KNOWN_AFTER_APPLY}}");
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, shown(value)]));
}
