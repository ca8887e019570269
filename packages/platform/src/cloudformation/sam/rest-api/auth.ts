import { get, has, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { authorizerConfigs } from "../authorizer-configs.ts";
import { generateAuthorizerPermissions } from "../authorizer-permissions.ts";
import { invalidResource } from "../errors.ts";
import type { GeneratedResource } from "../generated-resource.ts";
import { toOpenApi3 } from "../openapi/openapi3.ts";
import { asDocumentMap } from "../openapi/paths.ts";
import { addCustomStatements, addResourcePolicy } from "../openapi/resource-policy.ts";
import type { RestBody } from "../openapi/rest-body.ts";
import {
  addApiKeyScheme,
  addSecuritySchemes,
  setDefaultApiKeyRequired,
  setDefaultAuthorizer,
} from "../openapi/rest-security.ts";
import { iamAuthorizer, type RestAuthorizer, restAuthorizer } from "./authorizer.ts";
import { openFor } from "./body.ts";
import type { RestApiSource } from "./rest-api.ts";

const authKeys = [
  "Authorizers",
  "DefaultAuthorizer",
  "InvokeRole",
  "AddDefaultAuthorizerToCorsPreflight",
  "AddApiKeyRequiredToCorsPreflight",
  "ApiKeyRequired",
  "ResourcePolicy",
  "UsagePlan",
];

/**
 * Puts an API's `Auth` into its body: authorizers, API keys, resource policy.
 *
 * A default authorizer counts only together with authorizers, or as `AWS_IAM`; any other name without authorizers is
 * ignored, as on AWS, and the methods are open.
 */
export function addRestAuth(api: RestApiSource, body: ValueMap | undefined): ValueMap | undefined {
  const auth = get(api.properties, "Auth");
  if (!isMap(auth) || !isGiven(auth)) return body;
  if (body === undefined) openFor(api, body, "Auth", "Auth configuration");
  if (!Object.keys(auth).every((key) => authKeys.includes(key))) {
    throw invalidResource(api.logicalId, "Invalid value for 'Auth' property");
  }
  const opened = openFor(api, body, "Auth", "Auth configuration");
  const authorizers = readAuthorizers(api, auth, get(auth, "DefaultAuthorizer"));
  if (authorizers.length > 0) {
    addSecuritySchemes(opened, new Map(authorizers.map(({ name, scheme }) => [name, scheme])));
    applyDefaultAuthorizer(api, opened, auth, authorizers);
  }
  if (isGiven(get(auth, "ApiKeyRequired"))) {
    addApiKeyScheme(opened);
    const toPreflight = flag(auth, "AddApiKeyRequiredToCorsPreflight");
    for (const path of Object.keys(opened.paths)) setDefaultApiKeyRequired(opened, path, toPreflight);
  }
  const policy = get(auth, "ResourcePolicy");
  if (isGiven(policy)) applyResourcePolicy(api, opened, policy);
  return toOpenApi3(opened.document, get(api.properties, "OpenApiVersion"));
}

/** The permissions for API Gateway to call the functions of the API's Lambda authorizers. */
export function authorizerPermissions(api: RestApiSource): GeneratedResource[] {
  const auth = get(api.properties, "Auth");
  if (!isMap(auth) || !isGiven(auth)) return [];
  return generateAuthorizerPermissions(api, api.context.partition, readAuthorizers(api, auth, undefined));
}

function readAuthorizers(api: RestApiSource, auth: ValueMap, byDefault: Value | undefined): RestAuthorizer[] {
  const authorizers = byDefault === "AWS_IAM" ? [iamAuthorizer()] : [];
  for (const [name, config] of authorizerConfigs(api.logicalId, auth))
    authorizers.push(restAuthorizer(api.logicalId, name, config, api.context.partition));
  return authorizers;
}

function applyDefaultAuthorizer(
  api: RestApiSource,
  body: RestBody,
  auth: ValueMap,
  authorizers: readonly RestAuthorizer[],
): void {
  const name = get(auth, "DefaultAuthorizer");
  if (!isGiven(name)) return;
  if (typeof name !== "string") throw invalidResource(api.logicalId, "DefaultAuthorizer is not a string.");
  const chosen = authorizers.find((authorizer) => authorizer.name === name);
  if (chosen === undefined) {
    throw invalidResource(
      api.logicalId,
      `Unable to set DefaultAuthorizer because '${name}' was not defined in 'Authorizers'.`,
    );
  }
  const names = authorizers.map((authorizer) => authorizer.name);
  const toPreflight = flag(auth, "AddDefaultAuthorizerToCorsPreflight");
  for (const path of Object.keys(body.paths)) {
    setDefaultAuthorizer(body, path, name, chosen.scopes, names, toPreflight);
  }
}

function applyResourcePolicy(api: RestApiSource, body: RestBody, policy: Value): void {
  const checked = asDocumentMap(policy, "ResourcePolicy must be a map (ResourcePolicyStatement).");
  const stage = get(api.properties, "StageName") ?? null;
  for (const path of Object.keys(body.paths)) addResourcePolicy(body, path, checked, stage);
  const custom = get(checked, "CustomStatements");
  if (isGiven(custom)) addCustomStatements(body, custom);
}

/** A setting that is on unless it is set to something empty. */
function flag(auth: ValueMap, name: string): boolean {
  return !has(auth, name) || isGiven(get(auth, name));
}
