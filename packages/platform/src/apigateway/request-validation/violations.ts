import type { ErrorObject } from "ajv";

type Say = (params: Readonly<Record<string, unknown>>, error: ErrorObject) => string;

const json = (value: unknown): string => JSON.stringify(value) ?? "";
const length = ({ data }: ErrorObject): number => [...String(data)].length;
const members = ({ data }: ErrorObject): number => Object.keys(data as object).length;

/** The words of the validator that API Gateway has. */
const words: Readonly<Record<string, Say>> = {
  additionalItems: ({ limit }, { data }) =>
    `schema only allows ${limit} elements in array but instance has ${(data as unknown[]).length} elements`,
  dependencies: ({ property, deps, missingProperty }) =>
    `property "${property}" of object has missing property dependencies (schema requires ${json(String(deps).split(", "))}; missing: ${json([missingProperty])})`,
  enum: ({ allowedValues }, { data }) =>
    `instance value (${json(data)}) not found in enum (possible values: ${json(allowedValues)})`,
  format: ({ format }, { data }) => `string "${data}" ${formats[String(format)] ?? "is invalid"}`,
  maxItems: ({ limit }, { data }) =>
    `array is too long: must have at most ${limit} elements but instance has ${(data as unknown[]).length} elements`,
  minItems: ({ limit }, { data }) =>
    `array is too short: must have at least ${limit} elements but instance has ${(data as unknown[]).length} elements`,
  maxLength: ({ limit }, error) =>
    `string "${error.data}" is too long (length: ${length(error)}, maximum allowed: ${limit})`,
  minLength: ({ limit }, error) =>
    `string "${error.data}" is too short (length: ${length(error)}, required minimum: ${limit})`,
  maxProperties: ({ limit }, error) =>
    `object has too many properties (found ${members(error)} but schema requires at most ${limit})`,
  minProperties: ({ limit }, error) =>
    `object has too few properties (found ${members(error)} but schema requires at least ${limit})`,
  maximum: ({ limit, comparison }, { data }) =>
    comparison === "<"
      ? `numeric instance is not strictly lower than the required maximum ${limit}`
      : `numeric instance is greater than the required maximum (maximum: ${limit}, found: ${data})`,
  minimum: ({ limit, comparison }, { data }) =>
    comparison === ">"
      ? `numeric instance is not strictly greater than the required minimum ${limit}`
      : `numeric instance is lower than the required minimum (minimum: ${limit}, found: ${data})`,
  multipleOf: ({ multipleOf }, { data }) => `remainder of division is not zero (${data} / ${multipleOf})`,
  not: () => "instance matched a schema which it should not have",
  pattern: ({ pattern }, { data }) => `ECMA 262 regex "${pattern}" does not match input string "${data}"`,
  anyOf: (_params, { schema }) =>
    `instance failed to match at least one required schema among ${(schema as unknown[]).length}`,
  oneOf: ({ passingSchemas }, { schema }) =>
    `instance failed to match exactly one schema (matched ${Array.isArray(passingSchemas) ? passingSchemas.length : 0} out of ${(schema as unknown[]).length})`,
  type: ({ type }, { data }) =>
    `instance type (${typeOf(data)}) does not match any allowed primitive type (allowed: ${json(allowed(type))})`,
  uniqueItems: () => "array must not contain duplicate elements",
};

const formats: Readonly<Record<string, string>> = {
  "date-time":
    "is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]",
  email: "is not a valid email address",
  hostname: "is not a valid hostname",
  ipv4: "is not a valid IPv4 address",
  ipv6: "is not a valid IPv6 address",
  regex: "is not a valid ECMA 262 regular expression",
  uri: "is not a valid URI",
  uuid: "is not a valid UUID",
};

/** More than this says nothing more. */
const most = 20;

/**
 * What is wrong with a body, as `$context.error.validationErrorString` has it. What is in something that is wrong itself
 * isn't looked at, as by API Gateway's validator.
 * @see https://github.com/java-json-tools/json-schema-validator for the messages
 */
export function violationText(errors: readonly ErrorObject[]): string {
  const own = withoutAlternatives(errors);
  const places = new Set(own.map(({ instancePath }) => instancePath));
  const first = own.filter(({ instancePath }) => !ancestors(instancePath).some((path) => places.has(path)));
  const missing = new Set<string>();
  const texts = first.flatMap((error): string[] => {
    const { keyword, instancePath, params, message = keyword } = error;
    // All that an object lacks, or has too much of, is one message.
    if (keyword === "required" || keyword === "additionalProperties") {
      const key = `${keyword} ${instancePath}`;
      if (missing.has(key)) return [];
      missing.add(key);
      return [allOf(first.filter((each) => each.keyword === keyword && each.instancePath === instancePath))];
    }
    return [words[keyword]?.(params, error) ?? message];
  });
  return `[${texts.slice(0, most).join(", ")}]`;
}

function allOf(errors: readonly ErrorObject[]): string {
  const [{ keyword } = { keyword: "" }] = errors;
  const names = errors
    .map(({ params }) => String(params["missingProperty"] ?? params["additionalProperty"]))
    .sort();
  const list = json([...new Set(names)]);
  return keyword === "required"
    ? `object has missing required properties (${list})`
    : `object instance has properties which are not allowed by the schema: ${list}`;
}

/** Where one of several schemas should have matched, why each of them didn't is not told. */
function withoutAlternatives(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  return errors.filter(
    (error, index) =>
      !choices.some(
        (choice) =>
          choice !== error &&
          errors.indexOf(choice) > index &&
          (error.schemaPath.startsWith(`${choice.schemaPath}/`) || isOfModel(error, choice)),
      ),
  );
}

/** A schema that is chosen by reference has paths of its own. */
function isOfModel(error: ErrorObject, choice: ErrorObject): boolean {
  return error.schemaPath.startsWith("model:") && error.instancePath.startsWith(choice.instancePath);
}

function ancestors(path: string): string[] {
  const steps = path.split("/").slice(1);
  return steps.map((_step, index) => (index === 0 ? "" : `/${steps.slice(0, index).join("/")}`));
}

/** Numbers take integers, and the validator says so. */
function allowed(type: unknown): string[] {
  const types = (Array.isArray(type) ? type : String(type).split(",")).map(String);
  return [...new Set(types.includes("number") ? [...types, "integer"] : types)].sort();
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}
