import type { Path } from "../template/positions.ts";
import { get, isMap, type Value } from "../value.ts";
import type { Check } from "./check.ts";

/**
 * Dynamic references, which CloudFormation replaces by values from other services and this platform does not.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export function checkDynamicReferences(check: Check): void {
  const visit = (value: Value | undefined, path: Path): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, [...path, index]);
    } else if (isMap(value)) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    } else if (typeof value === "string") {
      const reference = /\{\{resolve:[^}]*\}\}/.exec(value)?.[0];
      if (reference !== undefined) report(check, path, reference);
    }
  };
  for (const [id, resource] of check.resources())
    visit(get(resource, "Properties"), ["Resources", id, "Properties"]);
  visit(get(check.template, "Globals"), ["Globals"]);
}

function report(check: Check, path: Path, reference: string): void {
  check.report(path, {
    severity: "warning",
    code: "dynamic-reference",
    message: `\`${reference}\` is not resolved here and stays as it is; CloudFormation would put the value in its place.`,
    hint: "Use a parameter, and give it a value for this machine.",
  });
}
