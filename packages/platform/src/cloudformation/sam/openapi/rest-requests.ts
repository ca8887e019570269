import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidDocument } from "../errors.ts";
import { integrationKey, isOpenApi3, methodDefinitions } from "./paths.ts";
import { type RestBody, section } from "./rest-body.ts";

/** A parameter that a method takes, in API Gateway's spelling: `method.request.header.Name`. */
export interface RequestParameter {
  readonly name: string;
  readonly isRequired: Value;
  /** Whether it is part of the cache key. */
  readonly isCached: Value;
}

export function addModels(body: RestBody, models: ValueMap): void {
  const definitions = section(body, "definitions");
  for (const [name, schema] of Object.entries(models)) {
    if (!isGiven(get(schema, "type"))) throw invalidDocument("'Models' schema is missing 'type'.");
    definitions[name.toLowerCase()] = schema;
  }
}

/** The model that a method's request body must match. */
export function setRequestModel(
  body: RestBody,
  path: string,
  method: string,
  model: string,
  isRequired?: Value,
): void {
  const name = model.toLowerCase();
  for (const definition of methodDefinitions(body.paths, path, method)) {
    if (body.document["swagger"] !== undefined) {
      const parameter: ValueMap = { in: "body", name, schema: { $ref: `#/definitions/${name}` } };
      if (isRequired !== undefined && isRequired !== null) parameter["required"] = isRequired;
      definition["parameters"] = [...parametersOf(definition), parameter];
    } else if (isGiven(body.document["openapi"]) && isOpenApi3(body.document["openapi"])) {
      const schema = { $ref: `#/components/schemas/${name}` };
      const requestBody: ValueMap = { content: { "application/json": { schema } } };
      if (isRequired !== undefined && isRequired !== null) requestBody["required"] = isRequired;
      definition["requestBody"] = requestBody;
    }
  }
}

export function setRequestValidator(
  body: RestBody,
  path: string,
  method: string,
  validatesBody: boolean,
  validatesParameters: boolean,
): void {
  const name = validatorName(validatesBody, validatesParameters);
  const validators = section(body, "x-amazon-apigateway-request-validators");
  if (!isGiven(validators[name])) {
    validators[name] = { validateRequestBody: validatesBody, validateRequestParameters: validatesParameters };
  }
  for (const definition of methodDefinitions(body.paths, path, method)) {
    definition["x-amazon-apigateway-request-validator"] = name;
  }
}

export function addRequestParameters(
  body: RestBody,
  path: string,
  method: string,
  parameters: readonly RequestParameter[],
): void {
  for (const definition of methodDefinitions(body.paths, path, method)) {
    const all = [...parametersOf(definition)];
    for (const { name, isRequired, isCached } of parameters) {
      const [location = "", ...rest] = name.replace("method.request.", "").split(".");
      all.push({
        in: location === "querystring" ? "query" : location,
        name: rest.join("."),
        required: isRequired,
        type: "string",
      });
      const integration = definition[integrationKey];
      if (isGiven(isCached) && isMap(integration)) {
        const keys = integration["cacheKeyParameters"];
        integration["cacheKeyParameters"] = [...(Array.isArray(keys) ? keys : []), name];
      }
    }
    definition["parameters"] = all;
  }
}

function parametersOf(definition: ValueMap): Value[] {
  const parameters = definition["parameters"];
  return Array.isArray(parameters) ? parameters : [];
}

function validatorName(validatesBody: boolean, validatesParameters: boolean): string {
  if (validatesBody) return validatesParameters ? "body-and-params" : "body-only";
  return validatesParameters ? "params-only" : "no-validation";
}
