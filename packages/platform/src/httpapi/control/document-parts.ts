import type { Authorizer, Integration, Route } from "@aws-sdk/client-apigatewayv2";
import { defined, namedId } from "../../apigateway/control/api-plane.ts";
import { record } from "../../json-value.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import { defaultRouteKey } from "../definition/route-key.ts";
import { documentOf, textOf } from "./http-api-plane.ts";

/** What an API has that is no resource of its own: what its document makes, and what it was quickly created with. */
export interface DocumentParts {
  readonly routes: readonly Route[];
  readonly integrations: readonly Integration[];
  readonly authorizers: readonly Authorizer[];
}

const anyMethod = "x-amazon-apigateway-any-method";
const methodKeys = ["get", "put", "post", "delete", "options", "head", "patch", anyMethod];

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html */
export function documentParts(api: ModelResource): DocumentParts {
  const document = documentOf(api) ?? {};
  const quick = quickParts(api);
  const routes: Route[] = [...quick.routes];
  const integrations: Integration[] = [...quick.integrations];
  for (const [path, item] of Object.entries(record(document["paths"]))) {
    const isDefault = /^\/?\$default$/.test(path);
    for (const [key, each] of Object.entries(record(item))) {
      if (!isDefault && !methodKeys.includes(key)) continue;
      const operation = record(each);
      const routeKey = isDefault
        ? defaultRouteKey
        : `${key === anyMethod ? "ANY" : key.toUpperCase()} ${path}`;
      const settings = integrationSettings(document, operation);
      const id = namedId(`integration/${routeKey}`);
      if (settings !== undefined) integrations.push(integrationShape(id, settings));
      routes.push(
        defined({
          RouteId: namedId(`route/${routeKey}`),
          RouteKey: routeKey,
          ApiKeyRequired: false,
          ...security(document, operation),
          OperationName: typeof operation["operationId"] === "string" ? operation["operationId"] : undefined,
          Target: settings === undefined ? undefined : `integrations/${id}`,
        }) as Route,
      );
    }
  }
  const schemes = record(record(document["components"])["securitySchemes"]);
  const authorizers = Object.entries(schemes).flatMap(([name, scheme]) =>
    "x-amazon-apigateway-authorizer" in record(scheme) ? [authorizerShape(name, record(scheme))] : [],
  );
  return { routes, integrations, authorizers };
}

/** What `Target` makes. */
function quickParts(api: ModelResource): Pick<DocumentParts, "routes" | "integrations"> {
  const target = textOf(api, "Target");
  if (target === undefined) return { routes: [], integrations: [] };
  const isUrl = /^https?:/.test(target);
  const id = namedId("integration/quick");
  const route: Route = {
    RouteId: namedId("route/quick"),
    RouteKey: textOf(api, "RouteKey") ?? defaultRouteKey,
    ApiKeyRequired: false,
    AuthorizationType: "NONE",
    Target: `integrations/${id}`,
    ApiGatewayManaged: true,
  };
  const integration = integrationShape(id, {
    type: isUrl ? "HTTP_PROXY" : "AWS_PROXY",
    uri: target,
    httpMethod: isUrl ? "ANY" : "POST",
    payloadFormatVersion: isUrl ? "1.0" : "2.0",
    credentials: textOf(api, "CredentialsArn"),
  });
  return { routes: [route], integrations: [{ ...integration, ApiGatewayManaged: true }] };
}

function integrationSettings(
  document: Record<string, unknown>,
  operation: Record<string, unknown>,
): Record<string, unknown> | undefined {
  const written = operation["x-amazon-apigateway-integration"];
  if (written === undefined) return undefined;
  const reference = String(record(written)["$ref"] ?? "");
  const name = /^#\/components\/x-amazon-apigateway-integrations\/(.+)$/.exec(reference)?.[1];
  if (name === undefined) return record(written);
  return record(record(record(document["components"])["x-amazon-apigateway-integrations"])[name]);
}

function integrationShape(id: string, settings: Record<string, unknown>): Integration {
  const type = String(settings["type"] ?? "").toUpperCase();
  const method = settings["httpMethod"];
  return defined({
    IntegrationId: id,
    IntegrationType: type,
    IntegrationSubtype: settings["integrationSubtype"] ?? settings["subtype"],
    IntegrationUri: settings["uri"],
    IntegrationMethod: method === undefined ? undefined : String(method).toUpperCase(),
    ConnectionType: String(settings["connectionType"] ?? "INTERNET").toUpperCase(),
    ConnectionId: settings["connectionId"],
    CredentialsArn: settings["credentials"],
    PayloadFormatVersion: String(settings["payloadFormatVersion"] ?? "1.0"),
    TimeoutInMillis: Number(settings["timeoutInMillis"] ?? 30_000),
    RequestParameters: settings["requestParameters"],
    ResponseParameters: settings["responseParameters"],
  }) as Integration;
}

function security(document: Record<string, unknown>, operation: Record<string, unknown>): Partial<Route> {
  const declared = String(record(operation["x-amazon-apigateway-auth"])["type"] ?? "").toUpperCase();
  if (declared === "AWS_IAM") return { AuthorizationType: "AWS_IAM" };
  const list = operation["security"] ?? document["security"];
  const [first] = (Array.isArray(list) ? list : []).flatMap((each) => Object.entries(record(each)));
  if (first === undefined || first[0] === "NONE") return { AuthorizationType: "NONE" };
  const [name, scopes] = first;
  const scheme = record(record(record(document["components"])["securitySchemes"])[name]);
  const settings = scheme["x-amazon-apigateway-authorizer"];
  if (settings === undefined) return { AuthorizationType: "AWS_IAM" };
  const isJwt = String(record(settings)["type"]).toLowerCase() === "jwt";
  return defined({
    AuthorizationType: isJwt ? ("JWT" as const) : ("CUSTOM" as const),
    AuthorizerId: namedId(`authorizer/${name}`),
    AuthorizationScopes: Array.isArray(scopes) && scopes.length > 0 ? scopes.map(String) : undefined,
  });
}

function authorizerShape(name: string, scheme: Record<string, unknown>): Authorizer {
  const settings = record(scheme["x-amazon-apigateway-authorizer"]);
  const jwt = record(settings["jwtConfiguration"]);
  const isJwt = String(settings["type"]).toLowerCase() === "jwt";
  const sources = settings["identitySource"];
  const ttl = settings["authorizerResultTtlInSeconds"];
  return defined({
    AuthorizerId: namedId(`authorizer/${name}`),
    Name: name,
    AuthorizerType: isJwt ? "JWT" : "REQUEST",
    IdentitySource:
      typeof sources === "string"
        ? sources.split(",").map((each) => each.trim())
        : isJwt
          ? ["$request.header.Authorization"]
          : [],
    JwtConfiguration: isJwt ? defined({ Issuer: jwt["issuer"], Audience: jwt["audience"] }) : undefined,
    AuthorizerUri: settings["authorizerUri"],
    AuthorizerCredentialsArn: settings["authorizerCredentials"],
    AuthorizerPayloadFormatVersion: settings["authorizerPayloadFormatVersion"],
    AuthorizerResultTtlInSeconds: ttl === undefined ? undefined : Number(ttl),
    EnableSimpleResponses: settings["enableSimpleResponses"],
  }) as Authorizer;
}
