import type { NormalizedSchema } from "@smithy/core/schema";
import type { MemberNames } from "./json-codec.ts";

/**
 * The first value in a JSON document that its schema can't hold, as AWS's JSON services say it: the SDK's own codec
 * passes such values on. Members that the schema doesn't know are ignored, and `null` counts as absent.
 *
 * @returns nothing if the document fits.
 */
export function findTypeProblem(
  schema: NormalizedSchema,
  value: unknown,
  names: MemberNames = "own",
): string | undefined {
  if (value === null || value === undefined || schema.isDocumentSchema()) return undefined;
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) return isObject(value) ? structureFound : "Expected list or null";
    return firstProblem(
      value.map((item) => [schema.getValueSchema(), item]),
      names,
    );
  }
  if (schema.isMapSchema()) {
    if (!isObject(value)) return Array.isArray(value) ? listFound : "Expected map or null";
    return firstProblem(
      Object.values(value).map((item) => [schema.getValueSchema(), item]),
      names,
    );
  }
  if (schema.isStructSchema()) {
    if (!isObject(value)) return Array.isArray(value) ? listFound : "Expected null";
    return firstProblem(
      [...schema.structIterator()].map(([name, member]) => {
        const { jsonName = name } = names === "json" ? member.getMergedTraits() : {};
        return [member, value[jsonName]];
      }),
      names,
    );
  }
  return findScalarProblem(schema, value);
}

const listFound = "Start of list found where not expected";
const structureFound = "Start of structure or map found where not expected.";

function findScalarProblem(schema: NormalizedSchema, value: unknown): string | undefined {
  if (Array.isArray(value)) return listFound;
  if (isObject(value)) return structureFound;
  const kind = valueKind(value);
  const cannotBe = (type: string) => `${kind} can not be converted to ${type}`;
  if (schema.isStringSchema()) return typeof value === "string" ? undefined : cannotBe("a String");
  if (schema.isBlobSchema()) return typeof value === "string" ? undefined : cannotBe("a Blob");
  if (schema.isBooleanSchema()) return typeof value === "boolean" ? undefined : cannotBe("a Boolean");
  if (schema.isNumericSchema()) return typeof value === "number" ? undefined : cannotBe("an Integer");
  return undefined;
}

function valueKind(value: unknown): string {
  if (typeof value === "boolean") return value ? "TRUE_VALUE" : "FALSE_VALUE";
  return typeof value === "number" ? "NUMBER_VALUE" : "STRING_VALUE";
}

function firstProblem(
  pairs: readonly (readonly [NormalizedSchema, unknown])[],
  names: MemberNames,
): string | undefined {
  for (const [schema, value] of pairs) {
    const problem = findTypeProblem(schema, value, names);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
