import { get, getMap, isFilledMap, isGiven, isMap, type Value, type ValueMap } from "../../../value.ts";
import { invalidEvent, invalidResource } from "../../errors.ts";
import type { GeneratedResource } from "../../generated-resource.ts";
import { managedBodyKey } from "../../globals.ts";
import { apiIdOf } from "../../implicit-api.ts";
import { sub } from "../../intrinsic-forms.ts";
import { setIntegrationMember } from "../../openapi/http-body.ts";
import { hasIntegration, methodKey } from "../../openapi/paths.ts";
import { addLambdaIntegration, emptyRestBody, openRestBody, type RestBody } from "../../openapi/rest-body.ts";
import {
  expectMap,
  integer,
  list,
  map,
  type PropertySchema,
  required,
  string,
} from "../../property-schema.ts";
import { type ApiMethod, addEventAuth } from "./api-auth.ts";
import { addEventRequest } from "./api-request.ts";
import { type EventSource, invokePermission } from "./event-source.ts";
import { integrationUri } from "./integration-uri.ts";

/**
 * The properties of an `Api` event.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html
 */
export const apiEventSchema: PropertySchema = {
  Path: required(string),
  Method: required(string),
  RestApiId: required(string),
  Stage: string,
  Auth: map,
  RequestModel: map,
  RequestParameters: list,
  TimeoutInMillis: integer,
  ResponseTransferMode: string,
};

/** The API that an event belongs to. */
export interface LinkedApi {
  readonly id: string | undefined;
  /** Its properties; events change its body. */
  readonly properties: ValueMap;
  /** Ends the logical id of the event's permission. */
  readonly stage: string;
}

/** Finds the API of an `Api` event. @throws {SamError} if it is not in the template, or its stage has no name. */
export function linkRestApi(event: ValueMap, eventId: string, resources: ValueMap): LinkedApi {
  const id = apiIdOf(get(event, "RestApiId"));
  if (typeof id !== "string") return { id: undefined, properties: {}, stage: "AllStages" };
  const api = expectMap(
    get(resources, id),
    { id: eventId, isEvent: true },
    "RestApiId",
    "RestApiId property of Api event must reference a valid resource in the same template.",
  );
  const properties = get(api, "Properties") ?? {};
  if (!isMap(properties)) throw invalidResource(id, "Attribute 'Properties' should be a map.");
  const stage = get(properties, "StageName");
  if (stage === "") throw invalidResource(id, "StageName cannot be empty.");
  return { id, properties, stage: typeof stage === "string" ? stage : "Stage" };
}

/** The permission that an `Api` event needs; its method and integration go into the API's body. */
export function expandApiEvent(source: EventSource, api: LinkedApi): GeneratedResource[] {
  const { properties, eventId } = source;
  const method: ApiMethod = {
    api,
    eventId,
    path: String(properties["Path"]),
    method: String(properties["Method"]).toLowerCase(),
  };
  const permission = restPermission(source, method);
  if (isGiven(get(api.properties, managedBodyKey)) || isGiven(get(api.properties, "MergeDefinitions"))) {
    addIntegration(source, method);
  }
  overrideAuth(source, method);
  return [permission];
}

function restPermission(source: EventSource, { api, path, method }: ApiMethod): GeneratedResource {
  const pattern = path
    .replace(/^(.+)\/$/, "$1")
    .replace(/\{([a-zA-Z0-9._-]+|[a-zA-Z0-9._-]+\+|proxy\+)\}/g, "*");
  const verb = method === "any" ? "*" : method.toUpperCase();
  const arn = `arn:${source.context.partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}`;
  const sourceArn = sub(`${arn}:\${__ApiId__}/\${__Stage__}/${verb}${pattern}`, {
    __ApiId__: get(source.properties, "RestApiId") ?? null,
    __Stage__: "*",
  });
  return invokePermission(source, "apigateway.amazonaws.com", { sourceArn, suffix: api.stage });
}

function addIntegration(source: EventSource, method: ApiMethod): void {
  const { properties, target, context, eventId } = source;
  const { api } = method;
  const existing = get(api.properties, "DefinitionBody");
  if (existing === undefined || existing === null) return;
  const merges = isGiven(get(api.properties, "MergeDefinitions"));
  const body = openRestBody(merges ? emptyRestBody() : existing);
  if (hasIntegration(body.paths, method.path, method.method)) {
    throw invalidEvent(
      eventId,
      `API method "${method.method}" defined multiple times for path "${method.path}".`,
    );
  }
  const auth = expectMap(given(properties, "Auth") ?? {}, { id: eventId, isEvent: true }, "Auth");
  const apiAuth = expectMap(given(api.properties, "Auth") ?? {}, { id: api.id ?? "" }, "Auth");
  // Only this one word streams; whatever else stands there is taken for "buffered", also STREAM and intrinsic functions.
  const streams = get(properties, "ResponseTransferMode") === "RESPONSE_STREAM";
  addLambdaIntegration(body, method.path, method.method, {
    uri: integrationUri(target.arn, context.partition, streams),
    credentials: integrationCredentials(auth, apiAuth, context.partition),
    streams,
    condition: get(target.attributes, "Condition"),
  });
  if (isGiven(auth)) addEventAuth(body, method, auth, context);
  const timeout = get(properties, "TimeoutInMillis");
  if (isGiven(timeout))
    setIntegrationMember(body.paths, method.path, method.method, "timeoutInMillis", timeout);
  addEventRequest(body, method, properties);
  api.properties["DefinitionBody"] = merges ? mergedBody(existing, body, method) : body.document;
}

/** With whose permissions API Gateway calls the function: under IAM authorization, the caller's unless told otherwise. */
function integrationCredentials(auth: ValueMap, apiAuth: ValueMap, partition: string): Value | undefined {
  const isIam =
    get(auth, "Authorizer") === "AWS_IAM" ||
    (get(apiAuth, "DefaultAuthorizer") === "AWS_IAM" && !isGiven(auth));
  if (!isIam) return undefined;
  const role = invokeRole(auth) ?? invokeRole(apiAuth);
  if (role === "NONE") return undefined;
  return role === undefined || role === "CALLER_CREDENTIALS" ? `arn:${partition}:iam::*:user/*` : role;
}

/** An empty `InvokeRole` says "none". */
function invokeRole(auth: ValueMap): Value | undefined {
  const role = get(auth, "InvokeRole");
  if (role === undefined) return undefined;
  return isGiven(role) ? role : "NONE";
}

/** The method that the event makes, laid over what the API's own body says about it. */
function mergedBody(existing: Value, made: RestBody, { api, path, method }: ApiMethod): Value {
  if (!isMap(existing)) return made.document;
  const own = getMap(existing, "paths");
  const paths = isFilledMap(own) ? own : {};
  const item = get(paths, path);
  if (isGiven(item) && !isMap(item)) {
    throw invalidResource(
      api.id ?? "",
      `Property 'DefinitionBody' is invalid: The value of '${path}' should be a map`,
    );
  }
  const stated = expectMap(
    given(item, method) ?? {},
    { id: api.id ?? "" },
    `DefinitionBody.paths.${path}.${method}`,
  );
  const generatedMethod = get(made.paths, path, methodKey(method));
  const merged = { ...stated, ...(isMap(generatedMethod) ? generatedMethod : {}) };
  paths[path] = { ...(isMap(item) ? item : {}), [method]: merged };
  return { ...existing };
}

function overrideAuth(source: EventSource, method: ApiMethod): void {
  const auth = get(source.properties, "Auth");
  const body = get(method.api.properties, "DefinitionBody");
  if (!isGiven(body) || !isMap(auth) || !isGiven(get(auth, "OverrideApiAuth"))) return;
  const names = ["Authorizer", "ApiKeyRequired", "ResourcePolicy"];
  if (!names.some((name) => isGiven(get(auth, name)))) {
    throw invalidEvent(
      source.eventId,
      "Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.",
    );
  }
  const opened = openRestBody(body);
  addEventAuth(opened, method, auth, source.context);
  method.api.properties["DefinitionBody"] = opened.document;
}

function given(holder: Value | undefined, name: string): Value | undefined {
  const value = get(holder, name);
  return isGiven(value) ? value : undefined;
}
