import { get, has, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource, SamError } from "../errors.ts";
import { isIntrinsic } from "../intrinsic-forms.ts";
import { toOpenApi3 } from "../openapi/openapi3.ts";
import {
  addBinaryMediaTypes,
  isRestBody,
  openRestBody,
  type RestBody,
  section,
  setExecuteApiEndpointDisabled,
} from "../openapi/rest-body.ts";
import { addPreflight, corsFromMap, type RestCors } from "../openapi/rest-cors.ts";
import { addModels } from "../openapi/rest-requests.ts";
import { gatewayResponse } from "./gateway-response.ts";
import type { RestApiSource } from "./rest-api.ts";

/** Puts into an API's body what its properties say. Each step sees what the one before made. */
export function editRestBody(
  api: RestApiSource,
  body: ValueMap | undefined,
  addAuth: (api: RestApiSource, body: ValueMap | undefined) => ValueMap | undefined,
): ValueMap | undefined {
  let current = addCors(api, body);
  current = addAuth(api, current);
  current = addGatewayResponses(api, current);
  current = withBinaryMediaTypes(api, current);
  current = withModels(api, current);
  return withEndpointSwitch(api, current);
}

/** Opens the body for a property that needs one. @throws {SamError} if the API has none of its own, or no valid one. */
export function openFor(
  api: RestApiSource,
  body: ValueMap | undefined,
  property: string,
  purpose: string,
): RestBody {
  if (body === undefined) {
    throw invalidResource(
      api.logicalId,
      `${property} works only with inline Swagger specified in 'DefinitionBody' property.`,
    );
  }
  if (!isRestBody(body)) {
    throw invalidResource(
      api.logicalId,
      `Unable to add ${purpose} because 'DefinitionBody' does not contain a valid Swagger definition.`,
    );
  }
  return openRestBody(body);
}

function addCors(api: RestApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const given = get(api.properties, "Cors");
  if (!isGiven(given)) return body;
  if (body === undefined) openFor(api, body, "Cors", "Cors configuration");
  const cors = corsOf(api, given);
  const opened = openFor(api, body, "Cors", "Cors configuration");
  if (cors.credentials === true && cors.origin === "'*'") {
    throw invalidResource(
      api.logicalId,
      `Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is "'*'" or not set`,
    );
  }
  const seen = new Set<string>();
  for (const path of Object.keys(opened.paths)) {
    const normalized = path === "/" ? path : path.replace(/\/+$/, "");
    if (seen.has(normalized)) continue;
    seen.add(normalized);
    try {
      addPreflight(opened, path, cors);
    } catch (error) {
      if (!(error instanceof SamError)) throw error;
      throw invalidResource(api.logicalId, error.message);
    }
  }
  return opened.document;
}

function corsOf(api: RestApiSource, given: Value): RestCors {
  if (!isMap(given) || isIntrinsic(given)) return { origin: given };
  const known = ["AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge", "AllowCredentials"];
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw invalidResource(api.logicalId, `Invalid key '${unknown}' for 'Cors' property.`);
  return corsFromMap(given);
}

function addGatewayResponses(api: RestApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const given = get(api.properties, "GatewayResponses");
  if (!isMap(given) || !isGiven(given)) return body;
  if (body === undefined) openFor(api, body, "GatewayResponses", "Auth configuration");
  const responses = Object.entries(given).map(([type, response]) => ({
    type,
    build: gatewayResponse(api.logicalId, type, response),
  }));
  const opened = openFor(api, body, "GatewayResponses", "Auth configuration");
  const target = section(opened, "x-amazon-apigateway-gateway-responses");
  for (const { type, build } of responses) target[type] = build();
  return opened.document;
}

function withBinaryMediaTypes(api: RestApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const types = get(api.properties, "BinaryMediaTypes");
  if (!isGiven(types) || body === undefined) return body;
  const opened = openRestBody(body);
  addBinaryMediaTypes(opened, types);
  return opened.document;
}

function withModels(api: RestApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const models = get(api.properties, "Models");
  if (!isMap(models) || !isGiven(models)) return body;
  const opened = openFor(api, body, "Models", "Models definitions");
  if (!Object.values(models).every(isMap)) {
    throw invalidResource(api.logicalId, "Invalid value for 'Models' property");
  }
  addModels(opened, models);
  return toOpenApi3(opened.document, get(api.properties, "OpenApiVersion"));
}

function withEndpointSwitch(api: RestApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const isDisabled = get(api.properties, "DisableExecuteApiEndpoint");
  if (!has(api.properties, "DisableExecuteApiEndpoint") || isDisabled === null || isDisabled === undefined)
    return body;
  if (body === undefined) {
    throw invalidResource(
      api.logicalId,
      "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.",
    );
  }
  const opened = openRestBody(body);
  setExecuteApiEndpointDisabled(opened, isDisabled);
  return opened.document;
}
