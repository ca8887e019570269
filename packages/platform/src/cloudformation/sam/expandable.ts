import { getMap, type Value, type ValueMap } from "../value.ts";
import type { SamCause } from "./errors.ts";
import type { SamTransformResult } from "./transform.ts";

/** What the transform can do with a template, whatever is wrong with parts of it. */
export interface Expandable {
  /** With the resources that can't be transformed as they are; nothing if that isn't all there is to it. */
  readonly expanded: Extract<SamTransformResult, { readonly ok: true }> | undefined;
  /** All that is wrong with the template. */
  readonly causes: readonly SamCause[];
  /** The resources that can't be transformed. */
  readonly leftOut: ReadonlySet<string>;
  /** Whether a logical id may be that of a resource that is left out, or that would have been generated for it. */
  readonly isLeftOut: (logicalId: string) => boolean;
}

/** Generated for several resources at once. */
const shared = [
  "ServerlessRestApi",
  "ServerlessHttpApi",
  "ServerlessDeploymentApplication",
  "CodeDeployServiceRole",
  "UsagePlan",
];

/**
 * Transforms as much of a template as can be, so that what is wrong with the rest can be found as well.
 *
 * @param expand - The transform.
 */
export function expandable(
  template: ValueMap,
  expand: (template: ValueMap) => SamTransformResult,
): Expandable {
  const leftOut = new Set<string>();
  const isLeftOut = (logicalId: string): boolean =>
    // A dot stands in what the transform would have replaced, such as `Function.Alias`.
    leftOut.size > 0 &&
    (logicalId.includes(".") || [...leftOut, ...shared].some((each) => logicalId.startsWith(each)));
  const resources = Object.entries(getMap(template, "Resources") ?? {});
  const causes: SamCause[] = [];
  let result = expand(template);
  while (!result.ok) {
    const before = [...leftOut];
    for (const cause of result.causes) {
      const owner = ownerOf(cause.logicalId, resources);
      if (!follows(owner?.[1], before)) causes.push(cause);
      if (owner !== undefined) leftOut.add(owner[0]);
    }
    const rest = resources.filter(([logicalId]) => !leftOut.has(logicalId));
    if (leftOut.size === before.length) return { expanded: undefined, causes, leftOut, isLeftOut };
    const others = { ...template, Resources: Object.fromEntries(rest) };
    result = rest.length === 0 ? { ok: true, template: others, origins: new Map() } : expand(others);
  }
  const expanded = { ...result.template };
  const asTheyAre = resources.filter(([logicalId]) => leftOut.has(logicalId));
  expanded["Resources"] = { ...getMap(expanded, "Resources"), ...Object.fromEntries(asTheyAre) };
  return { expanded: { ...result, template: expanded }, causes, leftOut, isLeftOut };
}

/** Whether a resource's mistake may be but that another, which it names, is left out. */
function follows(resource: Value | undefined, leftOut: readonly string[]): boolean {
  if (leftOut.length === 0) return false;
  const text = JSON.stringify(resource ?? null);
  return resource === undefined || leftOut.some((id) => text.includes(JSON.stringify(id)));
}

/** The template's resource with the id, or that a resource with the id is generated from. */
function ownerOf(
  logicalId: string | undefined,
  resources: readonly [string, Value][],
): [string, Value] | undefined {
  const owners = resources.filter(([id]) => logicalId?.startsWith(id) === true);
  return owners.sort(([a], [b]) => b.length - a.length)[0];
}
