import { get, isMap, type Value, type ValueMap } from "../value.ts";
import { invalidEvent, invalidResource, type SamError } from "./errors.ts";
import { checkLogicalId } from "./generated-resource.ts";

/** What a property of a SAM resource or event may be. */
export interface PropertyRule {
  readonly required?: boolean;
  /** Whether any map with a single key passes, as it may be an intrinsic function. */
  readonly intrinsic?: boolean;
  readonly test: (value: Value) => boolean;
  /** The word for the right type, where the translator's message gives it. */
  readonly expected?: string;
}

/** Rules by property name; the order is the order in which mistakes are found. */
export type PropertySchema = Readonly<Record<string, PropertyRule>>;

const isString = (value: Value): boolean => typeof value === "string";
const isBoolean = (value: Value): boolean => typeof value === "boolean";
const isList = (value: Value): boolean => Array.isArray(value);
const isInteger = (value: Value): boolean => isBoolean(value) || Number.isInteger(value);

export const anything: PropertyRule = { test: () => true };
export const string: PropertyRule = { intrinsic: true, test: isString, expected: "string" };
export const map: PropertyRule = { intrinsic: true, test: isMap, expected: "map" };
export const list: PropertyRule = { intrinsic: true, test: isList };
export const boolean: PropertyRule = { intrinsic: true, test: isBoolean };
export const integer: PropertyRule = { intrinsic: true, test: isInteger };
/** A boolean that is needed while the transform runs, so no intrinsic function may stand there. */
export const literalBoolean: PropertyRule = { test: isBoolean };
export const stringOrMap: PropertyRule = {
  intrinsic: true,
  test: (value) => isString(value) || isMap(value),
};
export const booleanOrMap: PropertyRule = {
  intrinsic: true,
  test: (value) => isBoolean(value) || isMap(value),
};
export const mapOfMaps: PropertyRule = {
  intrinsic: true,
  test: (value) => isMap(value) && Object.values(value).every(isMap),
};
export const listOfStringsOrMaps: PropertyRule = {
  intrinsic: true,
  test: (value) => Array.isArray(value) && value.every((item) => isString(item) || isMap(item)),
};

export function required(rule: PropertyRule): PropertyRule {
  return { ...rule, required: true };
}

/** One of two strings. */
export function either(first: string, second: string): PropertyRule {
  return {
    intrinsic: true,
    test: (value) => value === first || value === second,
    expected: `one of the strings: '${first}' or '${second}'`,
  };
}

/**
 * The properties of a SAM resource or event, after every name and type has been checked.
 *
 * @param type - The type as messages name it.
 * @throws {SamError} for the first mistake: an unknown property, a missing one, or one of the wrong type.
 */
export function checkedProperties(
  logicalId: string,
  type: string,
  properties: Value | undefined,
  schema: PropertySchema,
): ValueMap {
  checkLogicalId(logicalId);
  if (properties === undefined) return checkedProperties(logicalId, type, {}, schema);
  if (!isMap(properties)) throw invalidResource(logicalId, "Properties of a resource must be an object.");
  for (const name of Object.keys(properties)) {
    if (!Object.hasOwn(schema, name)) {
      throw invalidResource(logicalId, `property ${name} not defined for resource of type ${type}`);
    }
  }
  for (const [name, rule] of Object.entries(schema))
    checkProperty(logicalId, name, get(properties, name), rule);
  return properties;
}

function checkProperty(logicalId: string, name: string, value: Value | undefined, rule: PropertyRule): void {
  if (value === undefined || value === null) {
    if (rule.required) throw invalidResource(logicalId, `Missing required property '${name}'.`);
    return;
  }
  if (rule.intrinsic && isMap(value) && Object.keys(value).length === 1) return;
  if (!rule.test(value)) throw wrongType(logicalId, name, rule.expected);
}

function wrongType(logicalId: string, name: string, expected: string | undefined): SamError {
  if (expected === undefined) return invalidResource(logicalId, `Type of property '${name}' is invalid.`);
  return invalidResource(logicalId, `Property '${name}' should be a ${expected}.`);
}

/** Who is to blame for a value of the wrong type: a resource, or an event of one. */
export interface Subject {
  readonly id: string;
  readonly isEvent?: boolean;
}

function blame(subject: Subject, text: string): SamError {
  return subject.isEvent ? invalidEvent(subject.id, text) : invalidResource(subject.id, text);
}

export function expectMap(
  value: Value | undefined,
  subject: Subject,
  path: string,
  message = `Property '${path}' should be a map.`,
): ValueMap {
  if (isMap(value)) return value;
  throw blame(subject, message);
}

export function expectString(value: Value | undefined, subject: Subject, path: string): string {
  if (typeof value === "string") return value;
  throw blame(subject, `Property '${path}' should be a string.`);
}

export function expectBoolean(value: Value | undefined, subject: Subject, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw blame(subject, `Property '${path}' should be a boolean.`);
}

export function expectList(value: Value | undefined, subject: Subject, path: string): Value[] {
  if (Array.isArray(value)) return value;
  throw blame(subject, `Property '${path}' should be a list.`);
}

export function expectStrings(value: Value | undefined, subject: Subject, path: string): string[] {
  return expectList(value, subject, path).map((item, index) =>
    expectString(item, subject, `${path}[${index}]`),
  );
}

export function expectGiven(value: Value | undefined, subject: Subject, path: string): Value {
  if (value !== undefined && value !== null) return value;
  throw blame(subject, `Property '${path}' is required.`);
}
