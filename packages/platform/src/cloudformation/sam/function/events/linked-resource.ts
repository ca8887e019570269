import { copy, get, has, isMap, type Value, type ValueMap } from "../../../value.ts";
import type { PropertyRule } from "../../property-schema.ts";
import type { TransformContext } from "../../types.ts";

/** One string or a list of them; no intrinsic function may stand there. */
export const stringOrStrings: PropertyRule = {
  required: true,
  test: (value) =>
    typeof value === "string" || (Array.isArray(value) && value.every((item) => typeof item === "string")),
};

/** The items of a list, or the one that stands for a list of one. */
export function listed(value: Value | undefined): Value[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * The logical id of the template's own resource that an event names by `Ref`.
 *
 * @param wrongRef - Makes the error for a `Ref` that is no string; `missing`, that for one that leads nowhere.
 */
export function linkedId(
  reference: Value | undefined,
  resources: ValueMap,
  wrongRef: () => Error,
  missing: () => Error,
): string {
  if (!has(reference, "Ref")) throw missing();
  const id = get(reference, "Ref");
  if (typeof id !== "string") throw wrongRef();
  if (!has(resources, id)) throw missing();
  return id;
}

/** A resource of the template that events change: as the result is to have it. */
export function changedResource(id: string, context: TransformContext): ValueMap {
  const known = context.changedResources.get(id);
  if (known !== undefined) return known;
  const resource = copy(get(context.resources, id) ?? {});
  const changed = isMap(resource) ? resource : {};
  context.changedResources.set(id, changed);
  return changed;
}
