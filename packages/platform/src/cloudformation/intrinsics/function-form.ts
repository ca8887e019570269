import { isMap, type Value } from "../value.ts";

/** Whether functions are left in a value. */
export function isResolved(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.every(isResolved);
  if (!isMap(value)) return true;
  return functionName(value) === undefined && Object.values(value).every(isResolved);
}

/** The function that a map with one key is, if it is one. */
export function functionName(value: Value | undefined): string | undefined {
  if (!isMap(value)) return undefined;
  const keys = Object.keys(value);
  const [key] = keys;
  if (keys.length !== 1 || key === undefined) return undefined;
  if (key === "Ref") return typeof value["Ref"] === "string" ? key : undefined;
  return key.startsWith("Fn::") ? key : undefined;
}
