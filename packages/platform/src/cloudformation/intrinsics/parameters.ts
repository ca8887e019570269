import { get, getMap, getString, isMap, type Value, type ValueMap } from "../value.ts";
import { IntrinsicError } from "./intrinsic-error.ts";

/** What parameters are given from outside, and where values in Systems Manager come from. */
export interface ParameterInput {
  /** By name; lists as one text with commas. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** The value of a Systems Manager parameter; without it, types that name one are refused. */
  readonly ssmParameter?: (name: string) => SsmParameterValue | undefined;
}

/** What Systems Manager has under a name. */
export interface SsmParameterValue {
  readonly value: string;
  /** Whether it is a `SecureString`, which templates don't get. */
  readonly isSecure: boolean;
}

export interface ResolvedParameters {
  readonly values: ReadonlyMap<string, Value>;
  /** Parameters whose value must not be shown. */
  readonly hidden: ReadonlySet<string>;
  readonly errors: readonly IntrinsicError[];
}

const ssmValue = /^AWS::SSM::Parameter::Value<(.+)>$/;

/**
 * The values of a template's parameters: what is given, else the default, checked against type and constraints.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
export function resolveParameters(definitions: ValueMap, input: ParameterInput = {}): ResolvedParameters {
  const values = new Map<string, Value>();
  const hidden = new Set<string>();
  const errors: IntrinsicError[] = [];
  const overrides = input.overrides ?? {};
  const unknown = Object.keys(overrides).filter((name) => !Object.hasOwn(definitions, name));
  if (unknown.length > 0) {
    errors.push(
      new IntrinsicError(["Parameters"], `Parameters: [${unknown.join(", ")}] do not exist in the template`),
    );
  }
  for (const name of Object.keys(definitions)) {
    try {
      const definition = getMap(definitions, name) ?? {};
      if (String(get(definition, "NoEcho")) === "true") hidden.add(name);
      values.set(name, parameterValue(name, definition, overrides, input));
    } catch (error) {
      if (!(error instanceof IntrinsicError)) throw error;
      errors.push(error);
    }
  }
  return { values, hidden, errors };
}

function parameterValue(
  name: string,
  definition: ValueMap,
  overrides: Readonly<Record<string, string>>,
  input: ParameterInput,
): Value {
  const path = ["Parameters", name];
  const type = getString(definition, "Type");
  if (type === undefined) {
    throw new IntrinsicError(
      path,
      `Template format error: Every Parameters object must contain a Type member (${name}).`,
    );
  }
  const given = Object.hasOwn(overrides, name) ? overrides[name] : get(definition, "Default");
  if (given === undefined || given === null || isMap(given)) {
    throw new IntrinsicError(path, `Parameters: [${name}] must have values`);
  }
  const text = Array.isArray(given) ? given.map(String).join(",") : String(given);
  const ofSsm = ssmValue.exec(type)?.[1];
  if (ofSsm === undefined) return typed(name, type, checked(name, definition, type, text), path);
  const stored = input.ssmParameter?.(text);
  if (stored === undefined) {
    throw new IntrinsicError(
      path,
      `Unable to fetch parameters [${text}] from parameter store for this account. Put it there, or give ${name} another type.`,
    );
  }
  if (stored.isSecure) {
    throw new IntrinsicError(
      path,
      `Parameters [${text}] referenced by template have types not supported by CloudFormation.`,
    );
  }
  return typed(name, ofSsm, stored.value, path);
}

/** A list for list types; a text for all others, numbers included, as `Ref` gives them. */
function typed(name: string, type: string, text: string, path: readonly string[]): Value {
  const isNumbers = type === "List<Number>";
  if (type === "Number" && !isNumber(text)) throw notANumber(name, path);
  if (type !== "CommaDelimitedList" && !type.startsWith("List<")) return text;
  const items = text === "" ? [] : text.split(",").map((item) => item.trim());
  if (isNumbers && !items.every(isNumber)) throw notANumber(name, path);
  return items;
}

function checked(name: string, definition: ValueMap, type: string, text: string): string {
  const path = ["Parameters", name];
  const refuse = (text: string): IntrinsicError => {
    const description = getString(definition, "ConstraintDescription");
    const failed = `Parameter ${name} failed to satisfy constraint: `;
    return new IntrinsicError(path, description === undefined ? text : failed + description);
  };
  const items = type === "CommaDelimitedList" || type.startsWith("List<") ? text.split(",") : [text];
  const allowed = get(definition, "AllowedValues");
  if (Array.isArray(allowed) && !items.every((item) => allowed.map(String).includes(item.trim()))) {
    throw refuse(
      `Parameter '${name}' must be one of AllowedValues (${allowed.map(String).join(", ")}), not '${text}'`,
    );
  }
  const pattern = getString(definition, "AllowedPattern");
  if (pattern !== undefined && !matches(pattern, text, path)) {
    throw refuse(`Parameter '${name}' must match pattern ${pattern}`);
  }
  const bound = (key: string): number => {
    const value = get(definition, key);
    return value === undefined || value === null ? Number.NaN : Number(value);
  };
  if (text.length < bound("MinLength") || text.length > bound("MaxLength")) {
    throw refuse(
      `Parameter '${name}' must contain ${lengthText(bound("MinLength"), bound("MaxLength"))} characters`,
    );
  }
  if (Number(text) < bound("MinValue"))
    throw refuse(`Parameter '${name}' must be a number not less than ${bound("MinValue")}`);
  if (Number(text) > bound("MaxValue"))
    throw refuse(`Parameter '${name}' must be a number not greater than ${bound("MaxValue")}`);
  return text;
}

function lengthText(least: number, most: number): string {
  if (Number.isNaN(least)) return `at most ${most}`;
  return Number.isNaN(most) ? `at least ${least}` : `${least} to ${most}`;
}

function matches(pattern: string, text: string, path: readonly string[]): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new IntrinsicError(
      path,
      `The AllowedPattern ${pattern} is no regular expression: ${cause.message}`,
    );
  }
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

function notANumber(name: string, path: readonly string[]): IntrinsicError {
  return new IntrinsicError(path, `Parameter '${name}' must be a number`);
}
