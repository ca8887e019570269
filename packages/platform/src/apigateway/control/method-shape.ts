import type { Integration, IntegrationResponse, Method, MethodResponse } from "@aws-sdk/client-api-gateway";
import { record } from "../../json-value.ts";
import { readAuthorization } from "../definition/read-authorization.ts";
import { RestApiError } from "../definition/rest-api-error.ts";
import { type ApiView, defined, type Json, namedId, type Place } from "./api-plane.ts";

/** OpenAPI's keys of methods, by their names. */
export const methodKeys: ReadonlyMap<string, string> = new Map([
  ...["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD"].map(
    (name) => [name, name.toLowerCase()] as const,
  ),
  ["ANY", "x-amazon-apigateway-any-method"],
]);

export const integrationKey = "x-amazon-apigateway-integration";
export const validatorKey = "x-amazon-apigateway-request-validator";

/** The methods of a path, as the document has them. */
export function operationsOf({ document }: ApiView, { path }: Place): Map<string, Json> {
  const item = record(record(document["paths"])[path]);
  return new Map(
    [...methodKeys].flatMap(([name, key]) => (key in item ? [[name, record(item[key])] as const] : [])),
  );
}

/**
 * A method as the API tells it, from what the document has of it.
 * @see https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html
 */
export function methodShape(view: ApiView, place: Place, httpMethod: string, operation: Json): Method {
  const { document } = view;
  const item = record(record(document["paths"])[place.path]);
  const integration = operation[integrationKey];
  const validator = operation[validatorKey] ?? document[validatorKey];
  const { operationId } = operation;
  return defined({
    httpMethod,
    ...authorizationShape(view, operation),
    requestValidatorId: typeof validator === "string" ? validatorId(view, validator) : undefined,
    operationName: typeof operationId === "string" ? operationId : undefined,
    requestParameters: requestParameters(view, item, operation),
    requestModels: requestModels(view, operation),
    methodResponses: methodResponses(operation),
    methodIntegration:
      integration === undefined ? undefined : integrationShape(place, httpMethod, record(integration)),
  });
}

/** The id of a validator that the document names. */
export function validatorId({ api }: ApiView, name: string): string {
  return api.parts.validators.has(name) ? name : namedId(name);
}

/** The id of an authorizer that the document names. */
export function authorizerId({ api }: ApiView, name: string): string {
  return api.parts.authorizers.has(name) ? name : namedId(name);
}

function authorizationShape(view: ApiView, operation: Json): Partial<Method> {
  const { document } = view;
  const schemes = record(
    document["securityDefinitions"] ?? record(document["components"])["securitySchemes"],
  );
  try {
    const scope = { operation, body: document, schemes, authorizers: new Map() };
    const { authorization, scopes, isApiKeyRequired } = readAuthorization(scope, "");
    if (typeof authorization === "string") {
      return { authorizationType: authorization, apiKeyRequired: isApiKeyRequired };
    }
    return defined({
      authorizationType: authorization.kind === "COGNITO_USER_POOLS" ? authorization.kind : "CUSTOM",
      authorizerId: authorizerId(view, authorization.name),
      apiKeyRequired: isApiKeyRequired,
      authorizationScopes: scopes.length === 0 ? undefined : [...scopes],
    });
  } catch (error) {
    if (!(error instanceof RestApiError)) throw error;
    return { authorizationType: "NONE", apiKeyRequired: false };
  }
}

function requestParameters({ document }: ApiView, item: Json, operation: Json): Method["requestParameters"] {
  const all = [item["parameters"], operation["parameters"]].flatMap((list) =>
    Array.isArray(list) ? list.map((each) => referred(document, each)) : [],
  );
  const entries = all.flatMap(({ in: place, name, required }) => {
    const location = place === "query" ? "querystring" : place;
    return location === "querystring" || location === "header" || location === "path"
      ? [[`method.request.${location}.${String(name)}`, String(required) === "true"] as const]
      : [];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function requestModels({ document }: ApiView, operation: Json): Method["requestModels"] {
  const content = record(referred(document, operation["requestBody"])["content"]);
  const models = modelsIn(content);
  const parameters = Array.isArray(operation["parameters"]) ? operation["parameters"] : [];
  const body = parameters.map((each) => referred(document, each)).find((each) => each["in"] === "body");
  const name = modelName(record(body?.["schema"]));
  if (name !== undefined) {
    const consumes = operation["consumes"] ?? document["consumes"];
    const types =
      Array.isArray(consumes) && consumes.length > 0 ? consumes.map(String) : ["application/json"];
    for (const type of types) models[type] = name;
  }
  return Object.keys(models).length === 0 ? undefined : models;
}

function methodResponses(operation: Json): Method["methodResponses"] {
  const entries = Object.entries(record(operation["responses"])).flatMap(([code, response]) =>
    /^\d{3}$/.test(code) ? [[code, methodResponse(code, record(response))] as const] : [],
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** What a method answers with one status. */
export function methodResponse(statusCode: string, response: Json): MethodResponse {
  const parameters = Object.entries(record(response["headers"])).map(
    ([name, header]) =>
      [`method.response.header.${name}`, String(record(header)["required"]) === "true"] as const,
  );
  const models = modelsIn(record(response["content"]));
  const name = modelName(record(response["schema"]));
  if (name !== undefined) models["application/json"] = name;
  return defined({
    statusCode,
    responseParameters: response["headers"] === undefined ? undefined : Object.fromEntries(parameters),
    responseModels: name === undefined && response["content"] === undefined ? undefined : models,
  });
}

/** The same, as the document has it. */
export function responseOf({ responseParameters, responseModels }: MethodResponse, isSwagger: boolean): Json {
  const headers = Object.entries(responseParameters ?? {}).map(([name, required]) => [
    name.replace(/^method\.response\.header\./, ""),
    { schema: { type: "string" }, ...(required ? { required } : {}) },
  ]);
  const models = Object.entries(responseModels ?? {});
  return {
    description: "",
    ...(responseParameters === undefined ? {} : { headers: Object.fromEntries(headers) }),
    ...(responseModels === undefined ? {} : isSwagger ? schemaOf(models) : contentOf(models)),
  };
}

function schemaOf([first]: readonly (readonly [string, string])[]): Json {
  return first === undefined ? {} : { schema: modelReference(first[1], true) };
}

function contentOf(models: readonly (readonly [string, string])[]): Json {
  return {
    content: Object.fromEntries(
      models.map(([type, name]) => [type, { schema: modelReference(name, false) }]),
    ),
  };
}

/** Where a document has a model. */
export function modelReference(name: string | undefined, isSwagger: boolean): Json {
  return { $ref: `#/${isSwagger ? "definitions" : "components/schemas"}/${name ?? "Empty"}` };
}

/**
 * An integration as the API tells it.
 * @see https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html
 */
export function integrationShape({ id }: Place, httpMethod: string, settings: Json): Integration {
  const type = String(settings["type"] ?? "").toUpperCase();
  const responses = Object.entries(record(settings["responses"])).map(([pattern, response]) =>
    integrationResponse(pattern, record(response)),
  );
  const isHttp = type === "HTTP" || type === "HTTP_PROXY";
  const { httpMethod: written } = settings;
  return defined({
    type,
    httpMethod: written === undefined ? undefined : String(written) || httpMethod,
    uri: settings["uri"],
    connectionType: settings["connectionType"] ?? (isHttp ? "INTERNET" : undefined),
    connectionId: settings["connectionId"],
    credentials: settings["credentials"],
    requestParameters: someOf(settings["requestParameters"]),
    requestTemplates: someOf(settings["requestTemplates"]),
    passthroughBehavior: String(settings["passthroughBehavior"] ?? "WHEN_NO_MATCH").toUpperCase(),
    contentHandling: settings["contentHandling"],
    timeoutInMillis: Number(settings["timeoutInMillis"] ?? 29_000),
    cacheNamespace: settings["cacheNamespace"] ?? id,
    cacheKeyParameters: Array.isArray(settings["cacheKeyParameters"]) ? settings["cacheKeyParameters"] : [],
    tlsConfig: settings["tlsConfig"],
    responseTransferMode:
      settings["responseTransferMode"] === undefined
        ? undefined
        : String(settings["responseTransferMode"]).toUpperCase(),
    integrationResponses:
      responses.length === 0
        ? undefined
        : Object.fromEntries(responses.map((each) => [each.statusCode ?? "", each])),
  }) as Integration;
}

/** What an integration answers where its own answer matches a pattern; `default` for all others. */
function integrationResponse(pattern: string, response: Json): IntegrationResponse {
  const { selectionPattern = pattern === "default" ? undefined : pattern } = response;
  return defined({
    statusCode: String(response["statusCode"] ?? "200"),
    selectionPattern,
    responseParameters: someOf(response["responseParameters"]),
    responseTemplates: response["responseTemplates"],
    contentHandling: response["contentHandling"],
  }) as IntegrationResponse;
}

function modelsIn(content: Json): Record<string, string> {
  return Object.fromEntries(
    Object.entries(content).flatMap(([type, each]) => {
      const name = modelName(record(record(each)["schema"]));
      return name === undefined ? [] : [[type, name]];
    }),
  );
}

function modelName({ $ref }: Json): string | undefined {
  return typeof $ref === "string" ? $ref.slice($ref.lastIndexOf("/") + 1) : undefined;
}

function referred(document: Readonly<Json>, value: unknown): Json {
  const { $ref } = record(value);
  if (typeof $ref !== "string" || !$ref.startsWith("#/")) return record(value);
  const steps = $ref.slice(2).split("/");
  return record(steps.reduce<unknown>((at, step) => record(at)[step], document));
}

/** A map, unless it is empty. */
function someOf(map: unknown): unknown {
  return map !== undefined && Object.keys(record(map)).length > 0 ? map : undefined;
}
