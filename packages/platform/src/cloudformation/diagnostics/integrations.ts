import { managedBodyKey } from "../sam/globals.ts";
import { apiIdOf } from "../sam/implicit-api.ts";
import { alternatives, integrationKey } from "../sam/openapi/paths.ts";
import { functionType, httpApiType, restApiType } from "../sam/types.ts";
import type { Path } from "../template/positions.ts";
import { get, getMap, getString, isMap, type Value, type ValueMap } from "../value.ts";
import type { Check, Located } from "./check.ts";

/** How a method of an API calls something, wherever the template says so. */
export interface Integration {
  readonly kind: "openapi" | "method" | "event";
  /** The API, the method resource, or the function whose event it is. */
  readonly logicalId: string;
  /** `GET /path`, for people. */
  readonly label: string;
  readonly isHttpApi: boolean;
  /** Where the integration or the event stands. */
  readonly path: Path;
  readonly transferMode: Located | undefined;
  readonly timeoutMillis: Located | undefined;
  readonly credentials: Located | undefined;
  readonly type: Located | undefined;
  readonly httpMethod: Located | undefined;
  /** The integration URI as text, with `${Name.Attribute}` for what is not known yet. */
  readonly uri: { readonly text: string; readonly path: Path } | undefined;
  /** The function that is called, when it is one of the template's. */
  readonly functionId: string | undefined;
}

/** Names of an integration's members in an OpenAPI body, in a method resource, and on an event. */
const openApiNames = {
  transferMode: "responseTransferMode",
  timeoutMillis: "timeoutInMillis",
  credentials: "credentials",
  type: "type",
  httpMethod: "httpMethod",
  uri: "uri",
};
const methodNames = {
  transferMode: "ResponseTransferMode",
  timeoutMillis: "TimeoutInMillis",
  credentials: "Credentials",
  type: "Type",
  httpMethod: "IntegrationHttpMethod",
  uri: "Uri",
};

const httpApiNames = {
  transferMode: "ResponseTransferMode",
  timeoutMillis: "TimeoutInMillis",
  credentials: "CredentialsArn",
  type: "IntegrationType",
  httpMethod: "IntegrationMethod",
  uri: "IntegrationUri",
};

/** All integrations of a template. */
export function integrationsOf(check: Check): Integration[] {
  return [
    ...bodyIntegrations(check),
    ...methodIntegrations(check),
    ...httpApiIntegrations(check),
    ...eventIntegrations(check),
  ];
}

/** Whether a method streams, by its own words. Events and integrations spell it differently. */
export function isStreaming(integration: Integration): boolean {
  const mode = integration.transferMode?.value;
  return integration.kind === "event" ? mode === "RESPONSE_STREAM" : mode === "STREAM";
}

/** Whether an integration URI calls the streaming operation of Lambda. */
export function isStreamingUri(uri: string): boolean {
  return uri.includes("/response-streaming-invocations");
}

/** The body of an API and where it stands. */
export function bodyOf(logicalId: string, resource: ValueMap): { body: ValueMap; path: Path } | undefined {
  for (const name of ["DefinitionBody", "Body"]) {
    const body = get(resource, "Properties", name);
    if (isMap(body)) return { body, path: ["Resources", logicalId, "Properties", name] };
  }
  return undefined;
}

function bodyIntegrations(check: Check): Integration[] {
  const types = [restApiType, httpApiType, "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"];
  return check.resources(...types).flatMap(([logicalId, resource]) => {
    const found = bodyOf(logicalId, resource);
    if (found === undefined) return [];
    const type = getString(resource, "Type");
    const isHttpApi = type === httpApiType || type === "AWS::ApiGatewayV2::Api";
    return methodsOf(found.body, found.path).flatMap(({ definition, path, label }) => {
      const settings = getMap(definition, integrationKey);
      if (settings === undefined) return [];
      const at = [...path, integrationKey];
      return [{ ...read(settings, at, openApiNames), kind: "openapi" as const, logicalId, label, isHttpApi }];
    });
  });
}

/** A method of an OpenAPI body. */
export interface BodyMethod {
  readonly definition: ValueMap;
  readonly path: Path;
  readonly route: string;
  readonly method: string;
  /** `GET /path`. */
  readonly label: string;
}

/** The methods of an OpenAPI body, in both branches of an `Fn::If`. */
export function methodsOf(body: ValueMap, bodyPath: Path): BodyMethod[] {
  const paths = getMap(body, "paths") ?? {};
  return Object.entries(paths).flatMap(([route, item]) =>
    branches(item).flatMap((branch) =>
      Object.entries(isMap(branch) ? branch : {}).flatMap(([method, definition]) =>
        branches(definition)
          .filter(isMap)
          .map((each) => ({
            definition: each,
            path: [...bodyPath, "paths", route, method],
            route,
            method,
            label: `${methodName(method)} ${route}`,
          })),
      ),
    ),
  );
}

function branches(item: Value): (Value | undefined)[] {
  return Array.isArray(get(item, "Fn::If")) ? alternatives(item) : [item];
}

function methodName(key: string): string {
  return key === "x-amazon-apigateway-any-method" ? "ANY" : key.toUpperCase();
}

function methodIntegrations(check: Check): Integration[] {
  return check.resources("AWS::ApiGateway::Method").flatMap(([logicalId, resource]) => {
    const settings = getMap(resource, "Properties", "Integration");
    if (settings === undefined) return [];
    const path = ["Resources", logicalId, "Properties", "Integration"];
    const label = `${getString(resource, "Properties", "HttpMethod") ?? "ANY"} of ${logicalId}`;
    return [
      { ...read(settings, path, methodNames), kind: "method" as const, logicalId, label, isHttpApi: false },
    ];
  });
}

function httpApiIntegrations(check: Check): Integration[] {
  return check.resources("AWS::ApiGatewayV2::Integration").flatMap(([logicalId, resource]) => {
    const settings = getMap(resource, "Properties");
    if (settings === undefined) return [];
    const found = read(settings, ["Resources", logicalId, "Properties"], httpApiNames);
    // A function's ARN does as a URI.
    const arn = pieceText(get(settings, "IntegrationUri") ?? "");
    const functionId = found.functionId ?? /^\$\{([A-Za-z0-9]+)\.Arn\}$/.exec(arn)?.[1];
    const label = `\`${logicalId}\``;
    return [{ ...found, functionId, kind: "method" as const, logicalId, label, isHttpApi: true }];
  });
}

/** Events whose method the transform writes; where an API has its own body, the event writes nothing into it. */
function eventIntegrations(check: Check): Integration[] {
  return check.resources(functionType).flatMap(([logicalId, resource]) =>
    Object.entries(getMap(resource, "Properties", "Events") ?? {}).flatMap(
      ([eventId, event]): Integration[] => {
        const type = getString(event, "Type");
        const properties = getMap(event, "Properties") ?? {};
        if (type !== "Api" && type !== "HttpApi") return [];
        if (!isWrittenByEvent(check, type, properties)) return [];
        const path = ["Resources", logicalId, "Properties", "Events", eventId, "Properties"];
        const method = getString(properties, "Method") ?? "ANY";
        return [
          {
            kind: "event",
            logicalId,
            label: `${method.toUpperCase()} ${getString(properties, "Path") ?? "$default"}`,
            isHttpApi: type === "HttpApi",
            path,
            transferMode: located(properties, path, "ResponseTransferMode"),
            timeoutMillis: located(properties, path, "TimeoutInMillis"),
            credentials: undefined,
            type: undefined,
            httpMethod: undefined,
            uri: undefined,
            functionId: logicalId,
          },
        ];
      },
    ),
  );
}

/** Whether an event's method comes from the event, and not from a body that the template gives the API. */
export function isWrittenByEvent(check: Check, type: string, event: ValueMap): boolean {
  const id = apiIdOf(get(event, type === "Api" ? "RestApiId" : "ApiId"));
  if (typeof id !== "string") return true;
  const api = get(check.template, "Resources", id, "Properties");
  if (get(api, "MergeDefinitions") === true || get(api, managedBodyKey) === true) return true;
  return get(api, "DefinitionBody") === undefined && get(api, "DefinitionUri") === undefined;
}

function read(
  settings: ValueMap,
  path: Path,
  names: typeof openApiNames,
): Omit<Integration, "kind" | "logicalId" | "label" | "isHttpApi"> {
  const uri = located(settings, path, names.uri);
  const text = uri === undefined ? undefined : uriText(uri.value);
  return {
    path,
    transferMode: located(settings, path, names.transferMode),
    timeoutMillis: located(settings, path, names.timeoutMillis),
    credentials: located(settings, path, names.credentials),
    type: located(settings, path, names.type),
    httpMethod: located(settings, path, names.httpMethod),
    uri: uri === undefined || text === undefined ? undefined : { text, path: uri.path },
    functionId: text === undefined ? undefined : calledFunction(text),
  };
}

function located(settings: ValueMap, path: Path, name: string): Located | undefined {
  const value = get(settings, name);
  return value === undefined ? undefined : { value, path: [...path, name] };
}

/** The text of a URI that is written with `Fn::Sub` or `Fn::Join`; unknown parts as `${…}`. */
function uriText(value: Value): string | undefined {
  if (typeof value === "string") return value;
  const sub = get(value, "Fn::Sub");
  if (typeof sub === "string") return sub;
  if (Array.isArray(sub)) return subText(sub);
  const join = get(value, "Fn::Join");
  if (Array.isArray(join) && typeof join[0] === "string" && Array.isArray(join[1])) {
    return join[1].map(pieceText).join(join[0]);
  }
  return undefined;
}

function subText(sub: readonly Value[]): string | undefined {
  const [text, variables] = sub;
  if (typeof text !== "string") return undefined;
  return Object.entries(isMap(variables) ? variables : {}).reduce(
    (all, [name, value]) => all.replaceAll(`\${${name}}`, pieceText(value)),
    text,
  );
}

function pieceText(piece: Value): string {
  if (typeof piece === "string") return piece;
  const name = get(piece, "Ref");
  if (typeof name === "string") return `\${${name}}`;
  const attribute = get(piece, "Fn::GetAtt");
  if (Array.isArray(attribute)) return `\${${attribute.join(".")}}`;
  return typeof attribute === "string" ? `\${${attribute}}` : (uriText(piece) ?? "");
}

/** The function of the template in an integration URI: after `functions/`, by ARN, alias or name. */
function calledFunction(uri: string): string | undefined {
  return /functions\/(?:arn:[^/]*:function:)?\$\{([A-Za-z0-9]+)(?:\.[A-Za-z]+)?\}/.exec(uri)?.[1];
}
