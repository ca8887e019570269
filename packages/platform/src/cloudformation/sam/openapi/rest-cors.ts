import { get, has, isGiven, type Value, type ValueMap } from "../../value.ts";
import { invalidTemplate } from "../errors.ts";
import { anyMethod, integrationKey, pathItems } from "./paths.ts";
import type { RestBody } from "./rest-body.ts";

/** CORS of a REST API. Strings are quoted twice in a template: `"'*'"`, as API Gateway's static values are. */
export interface RestCors {
  readonly origin: Value | undefined;
  readonly headers?: Value | undefined;
  readonly methods?: Value | undefined;
  readonly maxAge?: Value | undefined;
  readonly credentials?: Value | undefined;
}

const everyMethod = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"];

/**
 * Adds to each alternative of the path an `options` method that answers preflight requests, unless it has one.
 *
 * @throws {SamError} if no origin is given.
 */
export function addPreflight(body: RestBody, path: string, cors: RestCors): void {
  let methods = cors.methods;
  for (const item of pathItems(body.paths, path)) {
    if (has(item, "options")) continue;
    if (!isGiven(cors.origin)) throw invalidTemplate("Invalid input. Value for AllowedOrigins is required");
    // What the first alternative allows holds for the others too.
    if (!isGiven(methods)) methods = `'${allowedMethods(item)}'`;
    item["options"] = preflightMethod({ ...cors, methods });
  }
}

function allowedMethods(item: ValueMap): string {
  const methods = Object.keys(item);
  const allowed = methods.includes(anyMethod) ? everyMethod : [...methods, "options"];
  return [...new Set(allowed.map((method) => method.toUpperCase()))].sort().join(",");
}

function preflightMethod(cors: RestCors): ValueMap {
  const parameters: ValueMap = {};
  const headers: ValueMap = {};
  const answer = (name: string, value: Value | undefined, type = "string"): void => {
    parameters[`method.response.header.Access-Control-${name}`] = value ?? null;
    headers[`Access-Control-${name}`] = { type };
  };
  answer("Allow-Origin", cors.origin);
  if (isGiven(cors.headers)) answer("Allow-Headers", cors.headers);
  answer("Allow-Methods", cors.methods);
  if (cors.maxAge !== undefined && cors.maxAge !== null) answer("Max-Age", cors.maxAge, "integer");
  if (cors.credentials === true) answer("Allow-Credentials", "'true'");
  return {
    summary: "CORS support",
    consumes: ["application/json"],
    produces: ["application/json"],
    [integrationKey]: {
      type: "mock",
      requestTemplates: { "application/json": '{\n  "statusCode" : 200\n}\n' },
      responses: {
        default: {
          statusCode: "200",
          responseParameters: parameters,
          responseTemplates: { "application/json": "{}\n" },
        },
      },
    },
    responses: { "200": { description: "Default response for CORS method", headers } },
  };
}

/** The properties of a `Cors` map, by the names that SAM gives them. */
export function corsFromMap(map: ValueMap): RestCors {
  return {
    origin: has(map, "AllowOrigin") ? get(map, "AllowOrigin") : "'*'",
    headers: get(map, "AllowHeaders"),
    methods: get(map, "AllowMethods"),
    maxAge: get(map, "MaxAge"),
    credentials: get(map, "AllowCredentials"),
  };
}
