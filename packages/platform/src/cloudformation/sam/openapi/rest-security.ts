import { get, has, isEqual, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidDocument, invalidTemplate } from "../errors.ts";
import { shown } from "../text.ts";
import {
  alternatives,
  asMethodDefinition,
  asSecurityEntry,
  integrationKey,
  methodDefinitions,
  methodKey,
  pathItems,
  securityOf,
} from "./paths.ts";
import { type RestBody, section } from "./rest-body.ts";

/** Fields of a path item that are no methods. */
const otherFields = new Set(["summary", "description", "parameters"]);

/** A security scheme by the name that methods use for it. */
export type SecuritySchemes = ReadonlyMap<string, ValueMap>;

export function addSecuritySchemes(body: RestBody, schemes: SecuritySchemes): void {
  const existing = body.document["securityDefinitions"];
  if (isGiven(existing) && !isMap(existing))
    throw invalidTemplate("securityDefinitions must be a dictionary.");
  const definitions = section(body, "securityDefinitions");
  for (const [name, scheme] of schemes) definitions[name] = scheme;
}

/** Requires an API key: the scheme that methods then name. */
export function addApiKeyScheme(body: RestBody): void {
  const existing = body.document["securityDefinitions"];
  if (has(existing, "api_key")) return;
  addSecuritySchemes(body, new Map([["api_key", { type: "apiKey", name: "x-api-key", in: "header" }]]));
}

/**
 * Gives the API's default authorizer to each method with an integration that has no authorizer of its own; `NONE` on a
 * method opts out, and is then removed.
 *
 * @param scopes - The default authorizer's scopes.
 * @param authorizers - The names of all authorizers of the API.
 */
export function setDefaultAuthorizer(
  body: RestBody,
  path: string,
  authorizer: string,
  scopes: Value,
  authorizers: readonly string[],
  includePreflight: boolean,
): void {
  const names = new Set(["AWS_IAM", ...authorizers]);
  for (const [method, definition] of integratedMethods(body, path)) {
    if (method === "options" && !includePreflight) continue;
    const entries = securityOf(definition, path, method).map((entry) => asSecurityEntry(entry, path, method));
    const own = entries.filter((entry) => Object.keys(entry).some((name) => names.has(name)));
    const others = entries.filter((entry) => !own.includes(entry));
    const optedOut = others.findIndex((entry) => has(entry, "NONE"));
    if (optedOut >= 0) others.splice(optedOut, 1);
    else others.push(...(own.length > 0 ? own : [{ [authorizer]: scopes }]));
    setSecurity(body, definition, others);
  }
}

/** Requires an API key of each method with an integration, except where the method says otherwise. */
export function setDefaultApiKeyRequired(body: RestBody, path: string, includePreflight: boolean): void {
  for (const [method, definition] of integratedMethods(body, path)) {
    const existing = securityOf(definition, path, method).map((entry) =>
      asSecurityEntry(entry, path, method),
    );
    const isKeyEntry = (entry: ValueMap): boolean => has(entry, "api_key") || has(entry, "api_key_false");
    const others: Value[] = existing.filter((entry) => !isKeyEntry(entry));
    const isOptedOut = existing.some((entry) => has(entry, "api_key_false"));
    const skips = isOptedOut || (method === "options" && !includePreflight);
    const security = skips ? others : [...others, { api_key: [] }];
    if (!isEqual(security, existing)) definition["security"] = security;
  }
}

/** An event's own authorizer, and whether it needs an API key. */
export function setMethodSecurity(
  body: RestBody,
  path: string,
  method: string,
  auth: ValueMap,
  authorizers: Value | undefined,
): void {
  const authorizer = get(auth, "Authorizer");
  if (isGiven(authorizer)) {
    const name = shown(authorizer);
    for (const definition of methodDefinitions(body.paths, path, method)) {
      const entry = { [name]: scopesOf(name, authorizers, get(auth, "AuthorizationScopes")) };
      setSecurity(body, definition, [...securityOf(definition, path, method), entry]);
    }
  }
  const apiKeyRequired = get(auth, "ApiKeyRequired");
  if (apiKeyRequired === undefined || apiKeyRequired === null) return;
  for (const definition of methodDefinitions(body.paths, path, method)) {
    // The second name is no scheme; it marks the method for setDefaultApiKeyRequired.
    const entry = isGiven(apiKeyRequired) ? { api_key: [] } : { api_key_false: [] };
    if (isGiven(apiKeyRequired)) addApiKeyScheme(body);
    definition["security"] = [...securityOf(definition, path, method), entry];
  }
}

function scopesOf(name: string, authorizers: Value | undefined, ownScopes: Value | undefined): Value {
  if (name === "NONE" || !isGiven(authorizers)) return [];
  const authorizer = get(authorizers, name) ?? {};
  if (!isMap(authorizer)) throw invalidDocument(`Type of authorizer '${name}' must be a dictionary`);
  if (get(authorizers, name) === undefined) return [];
  return ownScopes ?? get(authorizer, "AuthorizationScopes") ?? [];
}

function setSecurity(body: RestBody, definition: ValueMap, security: Value[]): void {
  if (security.length === 0) return;
  definition["security"] = security;
  if (!has(security[0], "AWS_IAM") || has(body.document["securityDefinitions"], "AWS_IAM")) return;
  section(body, "securityDefinitions")["AWS_IAM"] = {
    "x-amazon-apigateway-authtype": "awsSigv4",
    type: "apiKey",
    name: "Authorization",
    in: "header",
  };
}

function integratedMethods(body: RestBody, path: string): [string, ValueMap][] {
  return pathItems(body.paths, path).flatMap((item) =>
    Object.entries(item)
      .filter(([name]) => !otherFields.has(name))
      .flatMap(([name, method]) =>
        alternatives(method)
          .map((definition) => asMethodDefinition(definition, path, name))
          .filter((definition) => isGiven(definition[integrationKey]))
          .map((definition): [string, ValueMap] => [methodKey(name), definition]),
      ),
  );
}
