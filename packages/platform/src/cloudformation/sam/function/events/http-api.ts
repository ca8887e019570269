import { get, getMap, has, isGiven, isMap, type Value, type ValueMap } from "../../../value.ts";
import { invalidEvent, invalidResource, SamDocumentError } from "../../errors.ts";
import type { GeneratedResource } from "../../generated-resource.ts";
import { managedBodyKey } from "../../globals.ts";
import { apiIdOf } from "../../implicit-api.ts";
import { sub } from "../../intrinsic-forms.ts";
import {
  addHttpIntegration,
  defaultPath,
  type HttpBody,
  isDefaultRouteOf,
  openHttpBody,
  setHttpMethodAuthorizer,
  setIntegrationMember,
  setPathParameters,
} from "../../openapi/http-body.ts";
import { anyMethod, hasIntegration } from "../../openapi/paths.ts";
import { expectMap, integer, map, type PropertySchema, string } from "../../property-schema.ts";
import { shown } from "../../text.ts";
import { mustBeStringText } from "./api-auth.ts";
import { type EventSource, invokePermission } from "./event-source.ts";
import { integrationUri } from "./integration-uri.ts";

/**
 * The properties of an `HttpApi` event. HTTP APIs cannot stream, so there is no transfer mode.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html
 */
export const httpApiEventSchema: PropertySchema = {
  Path: string,
  Method: string,
  ApiId: string,
  Stage: string,
  Auth: map,
  TimeoutInMillis: integer,
  RouteSettings: map,
  PayloadFormatVersion: string,
};

/** The HTTP API that an event belongs to. */
export interface LinkedHttpApi {
  readonly id: string;
  readonly properties: ValueMap;
}

export function linkHttpApi(event: ValueMap, resources: ValueMap): LinkedHttpApi {
  const id = shown(apiIdOf(get(event, "ApiId")));
  return { id, properties: getMap(resources, id, "Properties") ?? {} };
}

/** The permission that an `HttpApi` event needs; its route and integration go into the API's body. */
export function expandHttpApiEvent(source: EventSource, api: LinkedHttpApi): GeneratedResource[] {
  const path = String(source.properties["Path"]);
  const method = String(source.properties["Method"]).toLowerCase();
  const permission = httpPermission(source, api, path, method);
  addIntegration(source, api, path, method);
  return permission === undefined ? [] : [permission];
}

function httpPermission(
  source: EventSource,
  api: LinkedHttpApi,
  path: string,
  method: string,
): GeneratedResource | undefined {
  const existing = get(api.properties, "DefinitionBody");
  const body = isGiven(existing) ? openOrBlame(existing, api.id) : undefined;
  let pattern = path.replace(/^(.+)\/$/, "$1");
  if (pattern === defaultPath) pattern = "";
  // The permission for the default route covers the function's other routes.
  else if (body !== undefined && isDefaultRouteOf(body, source.target.logicalId)) return undefined;
  pattern = pattern.replace(/\{([a-zA-Z0-9._-]+|proxy\+)\}/g, "*");
  const verb = method === "any" || method === anyMethod ? "*" : method.toUpperCase();
  const route = method === "any" && pattern === `/${defaultPath}` ? pattern : `/${verb}${pattern}`;
  const arn = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}`;
  const sourceArn = sub(`${arn}:\${__ApiId__}/\${__Stage__}${route}`, {
    __ApiId__: get(source.properties, "ApiId") ?? null,
    __Stage__: "*",
  });
  return invokePermission(source, "apigateway.amazonaws.com", { sourceArn });
}

function openOrBlame(body: Value, apiId: string): HttpBody {
  try {
    return openHttpBody(body);
  } catch (error) {
    if (!(error instanceof SamDocumentError)) throw error;
    throw invalidResource(apiId, error.causes.map((cause) => cause.message).join(" "));
  }
}

function addIntegration(source: EventSource, api: LinkedHttpApi, path: string, method: string): void {
  const { properties, target, eventId } = source;
  const existing = get(api.properties, "DefinitionBody");
  if (existing === undefined || existing === null) return;
  const body = openHttpBody(existing);
  if (isGiven(get(api.properties, managedBodyKey)) && hasIntegration(body.paths, path, method)) {
    throw invalidEvent(eventId, `API method '${method}' defined multiple times for path '${path}'.`);
  }
  const uri = integrationUri(target.arn, `\${AWS::Partition}`, false);
  addHttpIntegration(body, path, method, uri, get(target.attributes, "Condition"));
  const auth = get(properties, "Auth");
  if (isMap(auth) && isGiven(auth)) addAuth(body, source, api, path, method, auth);
  const timeout = get(properties, "TimeoutInMillis");
  if (isGiven(timeout)) setIntegrationMember(body.paths, path, method, "timeoutInMillis", timeout);
  const parameters = [...path.matchAll(/\{(.*?)\}/g)].map((match) => match[1] ?? "");
  if (parameters.length > 0) setPathParameters(body, path, method, parameters);
  const version = get(properties, "PayloadFormatVersion");
  if (isGiven(version)) setIntegrationMember(body.paths, path, method, "payloadFormatVersion", version);
  api.properties["DefinitionBody"] = body.document;
}

function addAuth(
  body: HttpBody,
  { eventId }: EventSource,
  api: LinkedHttpApi,
  path: string,
  method: string,
  auth: ValueMap,
): void {
  const given = has(api.properties, "Auth") ? get(api.properties, "Auth") : {};
  const apiAuth = expectMap(given, { id: api.id }, "Auth");
  const own = get(auth, "Authorizer");
  const authorizer = isGiven(own) ? own : get(apiAuth, "DefaultAuthorizer");
  if (!isGiven(authorizer)) {
    throw invalidEvent(
      eventId,
      "'Auth' section requires either an explicit 'Authorizer' set or a 'DefaultAuthorizer' configured on the HttpApi.",
    );
  }
  auth["Authorizer"] = authorizer;
  const scopes = get(auth, "AuthorizationScopes");
  checkAuthorizer(eventId, `on API method [${method}] for path [${path}]`, authorizer, apiAuth);
  if (isGiven(scopes) && !Array.isArray(scopes)) {
    throw invalidEvent(
      eventId,
      `Unable to set Authorizer on API method [${method}] for path [${path}] because 'AuthorizationScopes' must be a list of strings.`,
    );
  }
  setHttpMethodAuthorizer(body, path, method, shown(authorizer), get(apiAuth, "Authorizers"), scopes);
}

function checkAuthorizer(eventId: string, at: string, authorizer: Value, apiAuth: ValueMap): void {
  if (authorizer === "NONE") {
    if (isGiven(get(apiAuth, "DefaultAuthorizer"))) return;
    throw invalidEvent(
      eventId,
      `Unable to set Authorizer ${at} because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.`,
    );
  }
  if (authorizer === "AWS_IAM" && get(apiAuth, "EnableIamAuthorizer") === true) return;
  const authorizers = isGiven(apiAuth) ? get(apiAuth, "Authorizers") : {};
  const unable = `Unable to set Authorizer [${shown(authorizer)}] ${at}`;
  if (typeof authorizer !== "string" || !isMap(authorizers)) {
    throw invalidEvent(eventId, `${unable}. ${mustBeStringText}`);
  }
  if (!isGiven(authorizers)) {
    throw invalidEvent(eventId, `${unable} because the related API does not define any Authorizers.`);
  }
  if (!isGiven(get(authorizers, authorizer))) {
    throw invalidEvent(eventId, `${unable} because it wasn't defined in the API's Authorizers.`);
  }
}
