import type { Value, ValueMap } from "../value.ts";
import { anyOf } from "./intrinsic-forms.ts";

/** What CloudFormation takes in one `Fn::Or`. */
const mostOperands = 10;

/**
 * Conditions that together say "any of `names`"; the last of them has the name `name`.
 *
 * More than ten take several conditions, each of which includes the one before.
 */
export function combinedConditions(names: readonly string[], name: string): ValueMap {
  const combined: ValueMap = {};
  let rest: Value[] = [...names];
  let number = Math.floor((names.length - 2) / (mostOperands - 1));
  while (rest.length > 1) {
    const next = number > 0 ? `${name}${number}` : name;
    number -= 1;
    combined[next] = anyOf(rest.slice(0, mostOperands));
    rest = [...rest.slice(mostOperands), next];
  }
  return combined;
}
