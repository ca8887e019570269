import type { Value, ValueMap } from "../value.ts";

/**
 * The functions that YAML templates may write as a tag.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
const shortForms = new Set([
  "And",
  "Base64",
  "Cidr",
  "Condition",
  "Contains",
  "EachMemberEquals",
  "EachMemberIn",
  "Equals",
  "FindInMap",
  "GetAZs",
  "GetAtt",
  "If",
  "ImportValue",
  "Join",
  "Length",
  "Not",
  "Or",
  "Ref",
  "RefAll",
  "Select",
  "Split",
  "Sub",
  "ToJsonString",
  "Transform",
  "ValueOf",
  "ValueOfAll",
]);

/** The full name of the function that a YAML tag such as `!Sub` stands for, or `undefined` for any other tag. */
export function functionOfTag(tag: string): string | undefined {
  const name = tag.startsWith("!") ? tag.slice(1) : tag;
  if (!shortForms.has(name)) return undefined;
  return name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
}

/** The short forms, as a template writes them. */
export const shortFormTags: readonly string[] = [...shortForms].map((name) => `!${name}`);

/** The function in its full form; `!GetAtt A.B.C` becomes the list of `A` and `B.C`. */
export function longForm(name: string, value: Value): ValueMap {
  if (name !== "Fn::GetAtt" || typeof value !== "string" || !value.includes(".")) return { [name]: value };
  const dot = value.indexOf(".");
  return { [name]: [value.slice(0, dot), value.slice(dot + 1)] };
}
