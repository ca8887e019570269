import { record } from "../../json-value.ts";
import { percentDecoded } from "../../percent-decoding.ts";
import { RestApiError } from "../definition/rest-api-error.ts";

/** A schema of JSON Schema draft 4 with nothing in it but what API Gateway looks at. */
export type ModelSchema = Readonly<Record<string, unknown>>;

const verbatim = new Set([
  "enum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "format",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "multipleOf",
  "pattern",
  "required",
  "type",
  "uniqueItems",
]);
const ofSchema = new Set(["additionalItems", "additionalProperties", "items", "not"]);
const ofSchemas = new Set(["allOf", "anyOf", "items", "oneOf"]);
const ofNames = new Set(["definitions", "dependencies", "patternProperties", "properties"]);

const documentReference = /^#\/(?:definitions|components\/schemas)\/([^/]+)(\/.*)?$/;
const modelReference =
  /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/]+\/models\/([^/#]+)(?:#?(\/.*))?$/;

/** How deep a schema may be: what is deeper would be a mistake, or meant to be one. */
const deepest = 200;

/** The name under which a model is known. */
export function modelKey(name: string): string {
  return `model:${encodeURIComponent(name)}`;
}

/**
 * A schema of an API's document, ready to be compiled: keywords that draft 4 doesn't know are left out, as API Gateway
 * overlooks them (`nullable`, `discriminator`, `readOnly`), and references name models.
 * @throws {RestApiError} if API Gateway refuses it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
 */
export function modelSchema(
  schema: unknown,
  place: string,
  overlooked: ReadonlySet<string> = new Set(),
  depth = 0,
): ModelSchema {
  if (depth > deepest) throw new RestApiError(place, `The model has more than ${deepest} levels.`);
  const source = record(schema);
  const { $ref } = source;
  // Beside a reference nothing counts.
  if (typeof $ref === "string") return { $ref: referenceTo($ref, place) };
  const within = (value: unknown): unknown =>
    typeof value === "boolean" ? value : modelSchema(value, place, overlooked, depth + 1);
  const kept = Object.entries(source).flatMap(([keyword, value]): [string, unknown][] => {
    if (ofNames.has(keyword)) {
      const named = Object.entries(record(value)).map(([name, each]) => [
        name,
        // A dependency may be on properties.
        Array.isArray(each) ? each : within(each),
      ]);
      return [[keyword, Object.fromEntries(named)]];
    }
    if (ofSchemas.has(keyword) && Array.isArray(value)) return [[keyword, value.map(within)]];
    if (ofSchema.has(keyword)) return [[keyword, within(value)]];
    // Older tools write an empty list, which draft 4 forbids.
    if (keyword === "required" && (!Array.isArray(value) || value.length === 0)) return [];
    return verbatim.has(keyword) && !overlooked.has(keyword) ? [[keyword, value]] : [];
  });
  return Object.fromEntries(kept);
}

function referenceTo(reference: string, place: string): string {
  const [, name, pointer = ""] = documentReference.exec(reference) ?? modelReference.exec(reference) ?? [];
  if (name !== undefined)
    return `${modelKey(percentDecoded(name.replaceAll("~1", "/").replaceAll("~0", "~")))}${pointer === "" ? "" : `#${pointer}`}`;
  throw new RestApiError(
    place,
    `The reference "${reference}" is to no model. Write #/components/schemas/… (#/definitions/… in Swagger 2.0), or https://apigateway.amazonaws.com/restapis/{id}/models/{name}.`,
  );
}
