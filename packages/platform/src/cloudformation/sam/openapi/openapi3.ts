import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidDocument } from "../errors.ts";
import { asDocumentMap, asPathItem, isOpenApi3 } from "./paths.ts";

/**
 * Brings a document that says it is OpenAPI 3 into that version's form, since the transform writes Swagger 2:
 * security definitions and models move under `components`, and the headers of preflight answers get a `schema`.
 *
 * @param version - The API's `OpenApiVersion`, if it has one.
 */
export function toOpenApi3(body: ValueMap, version: Value | undefined): ValueMap {
  if (body["swagger"] !== undefined && body["swagger"] !== null) return body;
  const stated = body["openapi"];
  const effective = version === undefined || version === null ? stated : version;
  if (!isGiven(effective) || !isOpenApi3(effective)) return body;
  moveToComponents(body, "securityDefinitions", "securitySchemes");
  moveToComponents(body, "definitions", "schemas");
  const paths = body["paths"];
  if (!isGiven(paths)) return body;
  const map = asDocumentMap(paths, "Value of paths must be a dictionary according to Swagger spec.");
  for (const [path, item] of Object.entries(map)) convertPreflight(asPathItem(item, path), path);
  return body;
}

function moveToComponents(body: ValueMap, from: string, to: string): void {
  const moved = body[from];
  if (!isGiven(moved)) return;
  const components = body["components"];
  body["components"] = { ...(isMap(components) ? components : {}), [to]: moved };
  delete body[from];
}

function convertPreflight(item: ValueMap, path: string): void {
  const options = get(item, "options");
  if (!isGiven(options)) return;
  const method = asDocumentMap(
    options,
    `Value of options method for path ${path} must be a dictionary according to Swagger spec.`,
  );
  delete method["produces"];
  delete method["consumes"];
  const headers = responseHeaders(get(method, "responses"), path);
  if (!isGiven(headers)) return;
  const message = `Value of response's headers in options method for path ${path} must be a dictionary according to Swagger spec.`;
  const map = asDocumentMap(headers, message);
  for (const [name, header] of Object.entries(map)) map[name] = { schema: header };
}

function responseHeaders(responses: Value | undefined, path: string): Value | undefined {
  const blame = `Invalid responses in options method for path ${path}`;
  if (responses === undefined || responses === null) return undefined;
  if (!isMap(responses)) throw invalidDocument(`${blame}: It should be a map.`);
  const ok = get(responses, "200");
  if (ok === undefined || ok === null) return undefined;
  if (!isMap(ok)) throw invalidDocument(`${blame}: The value of '200' should be a map.`);
  return get(ok, "headers");
}
