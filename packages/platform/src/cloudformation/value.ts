/** A node of a template: what JSON can say. YAML's short forms (`!Ref`) are written out before they get here. */
export type Value = string | number | boolean | null | Value[] | ValueMap;

/** A map of a template. Read it with {@link get}, which never answers with something that every object has. */
export interface ValueMap {
  [key: string]: Value;
}

/** Whether the value is a map (not a list, not null). */
export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the value is a map with at least one key. */
export function isFilledMap(value: Value | undefined): value is ValueMap {
  return isMap(value) && Object.keys(value).length > 0;
}

/**
 * Walks down `path` through maps; `undefined` as soon as a step is missing or is no map.
 *
 * Only a map's own keys count, so a template may have a logical id such as `constructor`.
 */
export function get(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  let current = value;
  for (const key of path) {
    if (!isMap(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** Whether the map has `key` itself, whatever its value. */
export function has(value: Value | undefined, key: string): boolean {
  return isMap(value) && Object.hasOwn(value, key);
}

/** The string at the end of `path`, or `undefined` when there is none or it is something else. */
export function getString(value: Value | undefined, ...path: readonly string[]): string | undefined {
  const found = get(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** The map at the end of `path`, or `undefined` when there is none or it is something else. */
export function getMap(value: Value | undefined, ...path: readonly string[]): ValueMap | undefined {
  const found = get(value, ...path);
  return isMap(found) ? found : undefined;
}

/**
 * Whether a property counts as given: present, and not null, false, 0, or empty.
 *
 * The SAM translator decides most of its questions this way, so an empty map or list there means "not set".
 */
export function isGiven(value: Value | undefined): value is Value {
  if (!value) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isMap(value) || Object.keys(value).length > 0;
}

/** A deep copy, sharing nothing with `value`. */
export function copy<V extends Value>(value: V): V;
export function copy(value: Value): Value {
  if (Array.isArray(value)) return value.map(copy);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

/** Whether two values say the same; the order of a map's keys does not matter, that of a list does. */
export function isEqual(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => isEqual(item, right[index]))
    );
  }
  if (!isMap(left) || !isMap(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key]))
  );
}

/** A map of those entries whose value is neither undefined nor null. */
export function mapOf(entries: Readonly<Record<string, Value | undefined>>): ValueMap {
  const map: ValueMap = {};
  for (const [key, value] of Object.entries(entries)) {
    if (value !== undefined && value !== null) map[key] = value;
  }
  return map;
}
