import { get, isMap, type Value, type ValueMap } from "../value.ts";

/** The functions below write and recognise intrinsic functions; nothing here evaluates them. */

export function ref(logicalId: string): ValueMap {
  return { Ref: logicalId };
}

export function getAtt(logicalId: string, attribute: string): ValueMap {
  return { "Fn::GetAtt": [logicalId, attribute] };
}

export function sub(text: string, variables?: ValueMap): ValueMap {
  return { "Fn::Sub": variables === undefined ? text : [text, variables] };
}

function noValue(): ValueMap {
  return ref("AWS::NoValue");
}

/** `Fn::If`; without `otherwise`, the value is left out when the condition is false. */
export function conditional(condition: Value, then: Value, otherwise: Value = noValue()): ValueMap {
  return { "Fn::If": [condition, then, otherwise] };
}

export function not(condition: Value): ValueMap {
  return { "Fn::Not": [{ Condition: condition }] };
}

export function allOf(conditions: readonly Value[]): ValueMap {
  return { "Fn::And": conditions.map((condition) => ({ Condition: condition })) };
}

export function anyOf(conditions: readonly Value[]): ValueMap {
  return { "Fn::Or": conditions.map((condition) => ({ Condition: condition })) };
}

/** `Ref` or `Fn::GetAtt` as `Fn::Sub` writes them: `${Name}` or `${Name.Attribute}`. */
export function shorthand(reference: ValueMap): string {
  const attribute = reference["Fn::GetAtt"];
  const name = Array.isArray(attribute) ? attribute.join(".") : reference["Ref"];
  return `\${${String(name)}}`;
}

/** A map with one key that names an intrinsic function (or `Condition`). */
export function isIntrinsic(value: Value | undefined): value is ValueMap {
  const name = intrinsicName(value);
  return name !== undefined && (name === "Ref" || name === "Condition" || name.startsWith("Fn::"));
}

export function isIf(value: Value | undefined): value is ValueMap {
  return intrinsicName(value) === "Fn::If";
}

export function isNoValue(value: Value | undefined): boolean {
  return intrinsicName(value) === "Ref" && get(value, "Ref") === "AWS::NoValue";
}

/** The three arguments of an `Fn::If`, or `undefined` when it has not got three. */
export function ifArguments(value: ValueMap): [Value, Value, Value] | undefined {
  const items = value["Fn::If"];
  if (!Array.isArray(items) || items.length !== 3) return undefined;
  return items as [Value, Value, Value];
}

/** The logical id that a `Ref` or an `Fn::GetAtt` of one attribute names. */
export function referencedId(value: Value | undefined): string | undefined {
  if (!isIntrinsic(value)) return undefined;
  const name = get(value, "Ref");
  if (typeof name === "string") return name;
  const attribute = get(value, "Fn::GetAtt");
  const parts = typeof attribute === "string" ? attribute.split(".") : attribute;
  if (!Array.isArray(parts) || parts.length !== 2 || typeof parts[0] !== "string") return undefined;
  return parts[0];
}

function intrinsicName(value: Value | undefined): string | undefined {
  if (!isMap(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 ? keys[0] : undefined;
}
