import { functionType, httpApiType, restApiType } from "../sam/types.ts";
import type { Path } from "../template/positions.ts";
import { get, isMap, type Value } from "../value.ts";
import type { Check } from "./check.ts";
import { checkKeys } from "./check-names.ts";
import { memberNames, samMemberNames } from "./member-names.ts";

const globalSections = { Function: functionType, Api: restApiType, HttpApi: httpApiType };

/** Names that do not exist within properties: a protection that nobody asked for by its name is not there. */
export function checkMembers(check: Check): void {
  for (const [logicalId, resource] of check.resources()) {
    const type = get(resource, "Type");
    if (typeof type !== "string") continue;
    checkProperties(check, get(resource, "Properties"), ["Resources", logicalId, "Properties"], type);
  }
  for (const [section, type] of Object.entries(globalSections)) {
    checkProperties(check, get(check.template, "Globals", section), ["Globals", section], type);
  }
}

function checkProperties(check: Check, properties: Value | undefined, path: Path, type: string): void {
  for (const [tables, severity] of [
    [memberNames, "error"],
    [samMemberNames, "warning"],
  ] as const) {
    const members = Object.hasOwn(tables, type) ? tables[type] : undefined;
    for (const [place, known] of Object.entries(members ?? {})) {
      const answer = (name: string): string =>
        severity === "error"
          ? `#/${place.replaceAll(".", "/")}: extraneous key [${name}] is not permitted`
          : "(nothing: the SAM transform leaves it out)";
      for (const found of mapsAt(properties, place.split("."), path)) {
        checkKeys(check, found.value, found.path, known, place, answer, severity, "unknown-member");
      }
    }
  }
}

/** The maps at a place; of a list, each. */
function mapsAt(
  value: Value | undefined,
  steps: readonly string[],
  path: Path,
): { readonly value: Value; readonly path: Path }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => mapsAt(item, steps, [...path, index]));
  const [step, ...rest] = steps;
  if (step === "*") {
    const entries = isMap(value) ? Object.entries(value) : [];
    return entries.flatMap(([name, member]) => mapsAt(member, rest, [...path, name]));
  }
  if (step !== undefined) return mapsAt(get(value, step), rest, [...path, step]);
  return isMap(value) ? [{ value, path }] : [];
}
