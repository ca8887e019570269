import { get, isGiven, isMap, type Value, type ValueMap } from "../../../value.ts";
import { invalidEvent, invalidResource } from "../../errors.ts";
import { addCustomStatements, addResourcePolicy } from "../../openapi/resource-policy.ts";
import type { RestBody } from "../../openapi/rest-body.ts";
import { setMethodSecurity } from "../../openapi/rest-security.ts";
import { resolveParameterRefs } from "../../parameter-refs.ts";
import { expectList, expectMap } from "../../property-schema.ts";
import { shown } from "../../text.ts";
import type { TransformContext } from "../../types.ts";
import type { LinkedApi } from "./api.ts";

/** A method of an API that an event describes. */
export interface ApiMethod {
  readonly api: LinkedApi;
  readonly eventId: string;
  readonly path: string;
  /** In lower case, `any` included. */
  readonly method: string;
}

/**
 * Gives an event's method its authorizer, API key and resource policy.
 *
 * @throws {SamError} if the API does not define what the event names.
 */
export function addEventAuth(
  body: RestBody,
  method: ApiMethod,
  auth: ValueMap,
  context: TransformContext,
): void {
  const { api, eventId } = method;
  const apiAuth = resolveParameterRefs(get(api.properties, "Auth") ?? null, context.parameters);
  const on = `on API method [${method.method}] for path [${method.path}]`;
  const authorizer = get(auth, "Authorizer");
  if (isGiven(authorizer)) checkAuthorizer(method, authorizer, apiAuth);
  const scopes = get(auth, "AuthorizationScopes");
  if (isGiven(scopes)) {
    expectList(scopes, { id: eventId, isEvent: true }, "Auth.AuthorizationScopes");
    if (!isGiven(authorizer))
      throw invalidEvent(eventId, "AuthorizationScopes works only when Authorizer is set");
  }
  const apiKey = get(auth, "ApiKeyRequired") ?? undefined;
  if (apiKey !== undefined && !isGiven(apiKey) && !isGiven(get(apiAuth, "ApiKeyRequired"))) {
    throw invalidEvent(
      eventId,
      `Unable to set ApiKeyRequired [False] ${on} because the related API does not specify any ApiKeyRequired.`,
    );
  }
  if (isGiven(authorizer) || apiKey !== undefined) {
    const authorizers = get(api.properties, "Auth", "Authorizers");
    setMethodSecurity(body, method.path, method.method, auth, authorizers);
  }
  const policy = get(auth, "ResourcePolicy");
  if (!isGiven(policy)) return;
  // The translator blames a resource with the event's id here.
  const checked = expectMap(policy, { id: eventId }, "Auth.ResourcePolicy");
  addResourcePolicy(body, method.path, checked, api.stage);
  const custom = get(checked, "CustomStatements");
  if (isGiven(custom)) addCustomStatements(body, custom);
}

function checkAuthorizer(method: ApiMethod, authorizer: Value, apiAuth: Value | undefined): void {
  const { api, eventId } = method;
  const authorizers = get(apiAuth, "Authorizers");
  if (isGiven(authorizers) && !isMap(authorizers)) {
    throw invalidResource(api.id ?? "", "Property 'Auth.Authorizers' should be a map.");
  }
  if (authorizer === "AWS_IAM") return;
  const at = `on API method [${method.method}] for path [${method.path}]`;
  if (authorizer === "NONE") {
    if (isGiven(get(apiAuth, "DefaultAuthorizer"))) return;
    throw invalidEvent(
      eventId,
      `Unable to set Authorizer ${at} because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.`,
    );
  }
  const unable = `Unable to set Authorizer [${shown(authorizer)}] ${at}`;
  if (!isGiven(authorizers)) {
    throw invalidEvent(eventId, `${unable} because the related API does not define any Authorizers.`);
  }
  if (typeof authorizer !== "string") throw invalidEvent(eventId, `${unable}. ${mustBeStringText}`);
  if (!isGiven(get(authorizers, authorizer))) {
    throw invalidEvent(eventId, `${unable} because it wasn't defined in the API's Authorizers.`);
  }
}

export const mustBeStringText =
  "The method authorizer must be a string with a corresponding dict entry in the api authorizer.";
