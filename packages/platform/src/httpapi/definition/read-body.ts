import { RestApiError, UnservedMethodError } from "../../apigateway/definition/rest-api-error.ts";
import { record } from "../../json-value.ts";
import type { Authorizer, HttpApi, Route } from "./http-api.ts";
import { readAuthorizer } from "./read-authorizer.ts";
import { readCors } from "./read-cors.ts";
import { readIntegration } from "./read-integration.ts";
import { defaultRouteKey, parseRouteKey } from "./route-key.ts";

const methodKeys = ["get", "put", "post", "delete", "options", "head", "patch"];
const anyMethod = "x-amazon-apigateway-any-method";

/**
 * Reads a resolved OpenAPI 3.0 body with API Gateway's extensions.
 * @param authorizerId - the id of an authorizer by its name.
 * @throws {RestApiError} at the first thing that is wrong.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
 */
export function readHttpApiBody(
  body: Readonly<Record<string, unknown>>,
  authorizerId: (name: string) => string,
): HttpApi {
  if (!/^3\./.test(String(body["openapi"]))) {
    throw new RestApiError("openapi", "HTTP APIs are imported from OpenAPI 3 only.");
  }
  const routes: Route[] = [];
  const authorizers = new BodyAuthorizers(body, authorizerId);
  for (const [path, item] of Object.entries(record(body["paths"]))) {
    for (const [key, operation] of Object.entries(record(item))) {
      if (key !== anyMethod && !methodKeys.includes(key)) continue;
      const place = `paths.${path}.${key}`;
      routes.push(readRoute(path, key, record(operation), body, place, authorizers));
    }
  }
  const cors = body["x-amazon-apigateway-cors"];
  return { routes, cors: cors === undefined ? undefined : readCors(record(cors)) };
}

function readRoute(
  path: string,
  methodKey: string,
  operation: Record<string, unknown>,
  body: Readonly<Record<string, unknown>>,
  place: string,
  authorizers: BodyAuthorizers,
): Route {
  const isDefault = /^\/?\$default$/.test(path);
  const method = methodKey === anyMethod ? "ANY" : methodKey.toUpperCase();
  const pattern = parseRouteKey(isDefault ? defaultRouteKey : `${method} ${path}`);
  if ("problem" in pattern) throw new RestApiError(place, pattern.problem);
  const { operationId } = operation;
  const common = { ...pattern, operationName: typeof operationId === "string" ? operationId : undefined };
  try {
    return {
      ...common,
      ...readSecurity(operation, body, place, authorizers),
      integration: readBodyIntegration(operation, body, place),
    };
  } catch (error) {
    if (!(error instanceof UnservedMethodError)) throw error;
    return { ...common, authorizer: { kind: "NONE" }, scopes: [], integration: { unserved: error.message } };
  }
}

function readBodyIntegration(
  operation: Record<string, unknown>,
  body: Readonly<Record<string, unknown>>,
  place: string,
): Route["integration"] {
  const given = operation["x-amazon-apigateway-integration"];
  if (given === undefined) return undefined;
  const reference = record(given)["$ref"];
  const name = /^#\/components\/x-amazon-apigateway-integrations\/(.+)$/.exec(String(reference))?.[1];
  const shared = record(record(body["components"])["x-amazon-apigateway-integrations"]);
  const settings = record(reference === undefined ? given : shared[name ?? ""]);
  return readIntegration(
    {
      type: settings["type"],
      subtype: settings["integrationSubtype"] ?? settings["subtype"],
      uri: settings["uri"],
      method: settings["httpMethod"],
      payloadFormatVersion: settings["payloadFormatVersion"],
      timeoutMs: settings["timeoutInMillis"],
      credentials: settings["credentials"],
      connectionType: settings["connectionType"],
      requestParameters: settings["requestParameters"],
      responseParameters: settings["responseParameters"],
      transferMode: settings["responseTransferMode"],
    },
    place,
  );
}

function readSecurity(
  operation: Record<string, unknown>,
  body: Readonly<Record<string, unknown>>,
  place: string,
  authorizers: BodyAuthorizers,
): { readonly authorizer: Authorizer; readonly scopes: readonly string[] } {
  const security = operation["security"] ?? body["security"];
  const [first] = (Array.isArray(security) ? security : []).flatMap((each) => Object.entries(record(each)));
  const declared = String(record(operation["x-amazon-apigateway-auth"])["type"] ?? "").toUpperCase();
  if (declared === "AWS_IAM") return { authorizer: { kind: "AWS_IAM" }, scopes: [] };
  // SAM writes NONE for a route that opts out.
  if (first === undefined || first[0] === "NONE") return { authorizer: { kind: "NONE" }, scopes: [] };
  const [name, scopes] = first;
  return {
    authorizer: authorizers.find(name, place),
    scopes: Array.isArray(scopes) ? scopes.map(String) : [],
  };
}

/** The authorizers of a body, each one and the same for all of its routes. */
class BodyAuthorizers {
  readonly #schemes: Record<string, unknown>;
  readonly #idOf: (name: string) => string;
  readonly #known = new Map<string, Authorizer>();

  constructor(body: Readonly<Record<string, unknown>>, idOf: (name: string) => string) {
    this.#schemes = record(record(body["components"])["securitySchemes"]);
    this.#idOf = idOf;
  }

  find(name: string, place: string): Authorizer {
    const authorizer = this.#known.get(name) ?? this.#read(name, record(this.#schemes[name]), place);
    this.#known.set(name, authorizer);
    return authorizer;
  }

  #read(name: string, scheme: Record<string, unknown>, place: string): Authorizer {
    if (scheme["x-amazon-apigateway-authtype"] === "awsSigv4" || name === "AWS_IAM")
      return { kind: "AWS_IAM" };
    const settings = record(scheme["x-amazon-apigateway-authorizer"]);
    const jwt = record(settings["jwtConfiguration"]);
    const discovery = String(scheme["openIdConnectUrl"] ?? "").replace(/\/\.well-known\/.*$/, "");
    return readAuthorizer(
      {
        id: this.#idOf(name),
        name,
        type: settings["type"],
        identitySource: settings["identitySource"],
        issuer: jwt["issuer"] ?? discovery,
        audience: jwt["audience"],
        uri: settings["authorizerUri"],
        credentials: settings["authorizerCredentials"],
        payloadFormatVersion: settings["authorizerPayloadFormatVersion"],
        simpleResponses: settings["enableSimpleResponses"],
        ttlSeconds: settings["authorizerResultTtlInSeconds"],
      },
      place,
    );
  }
}
