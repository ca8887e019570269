import { copy, get, isFilledMap, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidDocument } from "../errors.ts";
import { conditional, isIntrinsic, ref } from "../intrinsic-forms.ts";
import { shown, typeName } from "../text.ts";
import {
  addPath,
  alternatives,
  anyMethod,
  asMethodDefinition,
  hasIntegration,
  integrationKey,
  isOpenApi3,
  methodDefinitions,
  methodKey,
  pathItems,
  securityOf,
} from "./paths.ts";

/** The path whose route takes what no other route takes. */
export const defaultPath = "$default";
const defaultTitle = "AWS::StackName";

/** The OpenAPI document of an HTTP API, opened for editing. */
export interface HttpBody {
  readonly document: ValueMap;
  readonly paths: ValueMap;
}

/** Whether this is an OpenAPI 3 document with paths. */
export function isHttpBody(body: Value | undefined): body is ValueMap {
  return (
    isFilledMap(body) &&
    isMap(get(body, "paths")) &&
    isGiven(get(body, "openapi")) &&
    isOpenApi3(get(body, "openapi"))
  );
}

const invalidHttpBodyText =
  "Invalid OpenApi document. Invalid values or missing keys for 'openapi' or 'paths' in 'DefinitionBody'.";

/** Opens a copy of the document. @throws {SamDocumentError} if it is not one. */
export function openHttpBody(body: Value | undefined): HttpBody {
  if (!isHttpBody(body)) throw invalidDocument(invalidHttpBodyText);
  const document = copy(body);
  const components = get(document, "components");
  if (components !== undefined && components !== null && !isMap(components)) {
    throw invalidDocument("Invalid OpenApi document: The value of 'components' should be a map");
  }
  return { document, paths: document["paths"] as ValueMap };
}

export function emptyHttpBody(): ValueMap {
  return { openapi: "3.0.1", info: { version: "1.0", title: ref(defaultTitle) }, paths: {} };
}

/** Adds a Lambda proxy integration, unless the method has one already. */
export function addHttpIntegration(
  body: HttpBody,
  path: string,
  method: string,
  uri: ValueMap,
  condition: Value | undefined,
): void {
  const key = methodKey(method);
  if (hasIntegration(body.paths, path, method)) return;
  addPath(body.paths, path, method);
  for (const item of pathItems(body.paths, path)) {
    const existing = get(item, key);
    const definition: ValueMap = {
      responses: {},
      ...(isMap(existing) ? existing : {}),
      [integrationKey]: {
        type: "aws_proxy",
        httpMethod: "POST",
        payloadFormatVersion: "2.0",
        uri: condition === undefined ? uri : conditional(condition, uri),
      },
    };
    if (path === defaultPath && key === anyMethod) definition["isDefaultRoute"] = true;
    item[key] = condition === undefined ? definition : conditional(condition, definition);
  }
}

/** Whether the default route calls the function with this logical id. */
export function isDefaultRouteOf(body: HttpBody, logicalId: string): boolean {
  if (!hasIntegration(body.paths, defaultPath, anyMethod)) return false;
  return methodDefinitions(body.paths, defaultPath, anyMethod, true).every((definition) => {
    const integration = definition[integrationKey] ?? {};
    if (!isMap(integration)) {
      throw invalidDocument(`Value of '${integrationKey}' must be a dictionary according to Swagger spec.`);
    }
    const uri = get(integration, "uri");
    return (
      isMap(uri) && alternatives(uri).every((each) => calledFunction(get(each, "Fn::Sub")) === logicalId)
    );
  });
}

export function setPathParameters(
  body: HttpBody,
  path: string,
  method: string,
  names: readonly string[],
): void {
  for (const definition of methodDefinitions(body.paths, path, method)) {
    const existing = definition["parameters"];
    const parameters = Array.isArray(existing) ? existing : [];
    for (const name of names) {
      const parameter = parameters.find((each) => get(each, "name") === name);
      if (isMap(parameter)) Object.assign(parameter, { in: "path", required: true });
      else parameters.push({ name, in: "path", required: true });
    }
    definition["parameters"] = parameters;
  }
}

/** Sets a member of the integration of each alternative of a method. */
export function setIntegrationMember(
  paths: ValueMap,
  path: string,
  method: string,
  name: string,
  value: Value,
): void {
  for (const definition of methodDefinitions(paths, path, method)) {
    const integration = definition[integrationKey];
    if (isMap(integration)) integration[name] = value;
  }
}

export function addHttpSecuritySchemes(body: HttpBody, schemes: ReadonlyMap<string, ValueMap>): void {
  const existing = get(body.document, "components", "securitySchemes");
  const all = { ...(isMap(existing) ? existing : {}), ...Object.fromEntries(schemes) };
  if (!isGiven(all)) return;
  const components = body.document["components"];
  body.document["components"] = { ...(isMap(components) ? components : {}), securitySchemes: all };
}

/** Gives the default authorizer to each method with an integration that has no security of its own, except `options`. */
export function setHttpDefaultAuthorizer(
  body: HttpBody,
  path: string,
  authorizer: string,
  scopes: Value,
): void {
  for (const item of pathItems(body.paths, path)) {
    for (const [name, method] of Object.entries(item)) {
      const key = methodKey(name);
      if (key === "parameters" || key === "options") continue;
      if (get(item, key) === undefined) {
        throw invalidDocument(`Could not find ${key} in ${path} within DefinitionBody.`);
      }
      for (const each of alternatives(method)) {
        const definition = asMethodDefinition(each, path, name);
        if (!isGiven(definition[integrationKey]) || isGiven(definition["security"])) continue;
        definition["security"] = [{ [authorizer]: scopes }];
      }
    }
  }
}

/** An event's own authorizer. `NONE` and `AWS_IAM` need no entry among the API's authorizers. */
export function setHttpMethodAuthorizer(
  body: HttpBody,
  path: string,
  method: string,
  authorizer: string,
  authorizers: Value | undefined,
  ownScopes: Value | undefined,
): void {
  for (const definition of methodDefinitions(body.paths, path, method)) {
    let scopes: Value = [];
    if (authorizer !== "NONE" && authorizer !== "AWS_IAM") {
      const found = get(authorizers, authorizer) ?? {};
      if (!isMap(found)) throw invalidDocument(`Type of authorizer '${authorizer}' must be a dictionary`);
      const wanted = isGiven(ownScopes) ? ownScopes : get(found, "AuthorizationScopes");
      if (isGiven(found) && isGiven(wanted)) scopes = wanted;
    }
    definition["security"] = [...securityOf(definition, path, method), { [authorizer]: scopes }];
  }
}

export function addTags(body: HttpBody, tags: ValueMap): void {
  const existing = body.document["tags"];
  if (isGiven(existing) && !Array.isArray(existing)) {
    throw invalidDocument(
      `Tags in OpenApi DefinitionBody needs to be a list. ${shown(existing)} is a ${typeName(existing)} not a list.`,
    );
  }
  const all: Value[] = Array.isArray(existing) ? existing : [];
  for (const [name, value] of Object.entries(tags)) {
    const tag = all.find((each) => get(each, "name") === name);
    if (isMap(tag)) tag["x-amazon-apigateway-tag-value"] = value;
    else all.push({ name, "x-amazon-apigateway-tag-value": value });
  }
  if (all.length > 0) body.document["tags"] = all;
}

export function setHttpEndpointDisabled(body: HttpBody, isDisabled: Value): void {
  const servers = body.document["servers"] ?? [{}];
  for (const server of Array.isArray(servers) ? servers : []) {
    if (!isMap(server)) {
      throw invalidDocument("Value of 'servers' item must be a dictionary according to Swagger spec.");
    }
    const key = "x-amazon-apigateway-endpoint-configuration";
    const configuration = server[key];
    server[key] = { ...(isMap(configuration) ? configuration : {}), disableExecuteApiEndpoint: isDisabled };
  }
  body.document["servers"] = servers;
}

const corsNames = [
  "AllowOrigins",
  "AllowHeaders",
  "AllowMethods",
  "ExposeHeaders",
  "MaxAge",
  "AllowCredentials",
];

/** CORS of an HTTP API; `cors` has SAM's names. An intrinsic function under `AllowOrigins` stands for the whole. */
export function addHttpCors(body: HttpBody, cors: ValueMap): void {
  const key = "x-amazon-apigateway-cors";
  const existing = body.document[key] ?? {};
  if (!isMap(existing)) {
    throw invalidDocument(`Value of '${key}' must be a dictionary according to Swagger spec.`);
  }
  const origins = cors["AllowOrigins"];
  if (isIntrinsic(origins)) {
    // The names are rewritten wherever they stand, as AWS does: the value is only known when the stack is made.
    const text = corsNames.reduce(
      (all, name) => all.replaceAll(name, lowerFirst(name)),
      JSON.stringify(origins),
    );
    Object.assign(existing, JSON.parse(text));
  } else {
    for (const name of corsNames) {
      const value = cors[name];
      if (isCorsValueGiven(name, value)) existing[lowerFirst(name)] = value;
    }
  }
  body.document[key] = existing;
}

/** Sets the description, unless the document has one. */
export function addDescription(body: HttpBody, description: Value): void {
  if (!isGiven(get(body.document, "info", "description"))) setInfo(body, "description", description);
}

export function hasDefaultTitle(title: Value | undefined): boolean {
  return isMap(title) && Object.keys(title).length === 1 && get(title, "Ref") === defaultTitle;
}

export function setInfo(body: HttpBody, name: string, value: Value): void {
  const info = body.document["info"];
  body.document["info"] = { ...(isMap(info) ? info : {}), [name]: value };
}

function isCorsValueGiven(name: string, value: Value | undefined): value is Value {
  if (name === "MaxAge") return value !== undefined && value !== null;
  if (name === "AllowCredentials") return value === true;
  return isGiven(value);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function calledFunction(uri: Value | undefined): string | undefined {
  return typeof uri === "string" ? /([A-Za-z0-9]+)\.Arn/.exec(uri)?.[1] : undefined;
}
