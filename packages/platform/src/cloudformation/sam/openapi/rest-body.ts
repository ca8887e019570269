import { copy, get, isFilledMap, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidDocument } from "../errors.ts";
import { conditional, ref } from "../intrinsic-forms.ts";
import {
  addPath,
  alternatives,
  asPathItem,
  hasIntegration,
  integrationKey,
  isOpenApi3,
  methodKey,
  pathItems,
} from "./paths.ts";

/** The OpenAPI document of a REST API, opened for editing. */
export interface RestBody {
  readonly document: ValueMap;
  readonly paths: ValueMap;
}

/** Whether this is a Swagger 2 or OpenAPI 3 document with paths. */
export function isRestBody(body: Value | undefined): body is ValueMap {
  if (!isFilledMap(body) || !isMap(get(body, "paths"))) return false;
  if (isGiven(get(body, "swagger"))) return true;
  return isGiven(get(body, "openapi")) && isOpenApi3(get(body, "openapi"));
}

/** Opens a copy of the document. @throws {SamDocumentError} if it is not one, or if a path item is no map. */
export function openRestBody(body: Value | undefined): RestBody {
  if (!isRestBody(body)) {
    throw invalidDocument(
      "Invalid Swagger document or the Swagger document is not explicitly defined in 'DefinitionBody'.",
    );
  }
  const document = copy(body);
  const paths = document["paths"] as ValueMap;
  for (const path of Object.keys(paths)) pathItems(paths, path);
  return { document, paths };
}

/** The document of an API for which the template gives none; API Gateway takes the API's name from the title. */
export function emptyRestBody(): ValueMap {
  return { swagger: "2.0", info: { version: "1.0", title: ref("AWS::StackName") }, paths: {} };
}

/** A map of the document, made when it is not there. */
export function section(body: RestBody, name: string): ValueMap {
  const existing = body.document[name];
  if (isFilledMap(existing)) return existing;
  const made: ValueMap = {};
  body.document[name] = made;
  return made;
}

/** How an event's method calls its function. */
export interface LambdaIntegration {
  readonly uri: ValueMap;
  /** The role, or caller credentials, with which API Gateway calls; by default the function's resource policy decides. */
  readonly credentials?: Value | undefined;
  readonly streams: boolean;
  /** The function's condition, under which alone the method exists. */
  readonly condition?: Value | undefined;
}

/**
 * Adds a Lambda proxy integration.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html
 */
export function addLambdaIntegration(
  body: RestBody,
  path: string,
  method: string,
  lambda: LambdaIntegration,
): void {
  const key = methodKey(method);
  if (hasIntegration(body.paths, path, method)) {
    throw invalidDocument(`Lambda integration already exists on Path=${path}, Method=${key}`);
  }
  addPath(body.paths, path, method);
  const { condition, uri, credentials } = lambda;
  for (const item of alternatives(get(body.paths, path)).map((each) => asPathItem(each, path))) {
    const integration: ValueMap = {
      type: "aws_proxy",
      httpMethod: "POST",
      uri: condition === undefined ? uri : conditional(condition, uri),
    };
    if (lambda.streams) integration["responseTransferMode"] = "STREAM";
    if (credentials !== undefined) integration["credentials"] = credentials;
    const existing = get(item, key);
    const definition: ValueMap = {
      responses: {},
      ...(isMap(existing) ? existing : {}),
      [integrationKey]: integration,
    };
    item[key] = condition === undefined ? definition : conditional(condition, definition);
  }
}

/** Binary media types; `~1` stands for `/` as in JSON Pointer. */
export function addBinaryMediaTypes(body: RestBody, types: Value): void {
  body.document["x-amazon-apigateway-binary-media-types"] = withSlashes(types);
}

/** @throws {SamDocumentError} if what is there already is no map. */
export function setExecuteApiEndpointDisabled(body: RestBody, isDisabled: Value): void {
  const { document } = body;
  if (!isGiven(document["openapi"]) || !isOpenApi3(document["openapi"])) {
    setEndpointConfiguration(document, isDisabled, "Invalid OpenAPI definition");
    return;
  }
  const servers = document["servers"] ?? [{}];
  if (Array.isArray(servers)) {
    for (const [index, server] of servers.entries()) {
      setEndpointConfiguration(server, isDisabled, `Invalid OpenAPI definition of 'servers[${index}]'`);
    }
  }
  document["servers"] = servers;
}

function setEndpointConfiguration(holder: Value, isDisabled: Value, blame: string): void {
  if (!isMap(holder)) throw invalidDocument(`${blame}: It should be a map.`);
  const key = "x-amazon-apigateway-endpoint-configuration";
  const configuration = holder[key] ?? {};
  if (!isMap(configuration)) throw invalidDocument(`${blame}: The value of '${key}' should be a map.`);
  configuration["disableExecuteApiEndpoint"] = isDisabled;
  holder[key] = configuration;
}

function withSlashes(value: Value): Value {
  if (typeof value === "string") return value.replaceAll("~1", "/");
  if (Array.isArray(value)) return value.map(withSlashes);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.replaceAll("~1", "/"), withSlashes(inner)]),
  );
}
