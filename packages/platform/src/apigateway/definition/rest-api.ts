import type { PolicyDocument } from "../../iam/policy.ts";
import { record } from "../../json-value.ts";
import { type GatewayResponseShapes, readGatewayResponses } from "../gateway-response/customisation.ts";
import type { MockIntegration } from "../integration/mock-integration.ts";
import type { RequestValidation } from "../request-validation/request-validation.ts";
import type { Authorizer } from "./authorizer.ts";
import { pathsProblem } from "./path-part.ts";
import { readAuthorization, type SecurityScope } from "./read-authorization.ts";
import { readIntegration } from "./read-integration.ts";
import { ValidationReader } from "./read-validation.ts";
import { parseResource, type Resource } from "./resource-matcher.ts";
import { RestApiError, UnservedMethodError } from "./rest-api-error.ts";

/** Where an API is reached: through CloudFront, in its Region, or from networks of the account's own. */
export type EndpointType = "EDGE" | "REGIONAL" | "PRIVATE";

/** A REST API, ready to serve. */
export interface RestApi {
  readonly resources: readonly ApiResource[];
  readonly binaryMediaTypes: readonly string[];
  readonly policy: PolicyDocument | undefined;
  readonly endpointType: EndpointType;
  /** Where API keys come from. */
  readonly apiKeySource: "HEADER" | "AUTHORIZER";
  readonly gatewayResponses: GatewayResponseShapes;
}

/** A path with its methods. */
export interface ApiResource extends Resource {
  readonly id: string;
  /** By upper-case method; `ANY` takes what has no method of its own. */
  readonly methods: ReadonlyMap<string, ApiMethod>;
  /** Why methods are not served here, by upper-case method. */
  readonly unserved: ReadonlyMap<string, string>;
}

/** What happens to a request of one method. */
export interface ApiMethod {
  /** In capitals; `ANY` for what has none of its own. */
  readonly httpMethod: string;
  readonly authorization: "NONE" | "AWS_IAM" | Authorizer;
  /** Any of which a token of a user pool must have, if there are some. */
  readonly scopes: readonly string[];
  readonly isApiKeyRequired: boolean;
  readonly operationName: string | undefined;
  /** What requests must have; nothing if the method has no validator. */
  readonly validation: RequestValidation | undefined;
  readonly integration: LambdaIntegration | HttpProxyIntegration | MockIntegration;
}

/** A Lambda proxy integration. */
export interface LambdaIntegration {
  readonly type: "aws_proxy";
  readonly functionArn: string;
  readonly transferMode: "BUFFERED" | "STREAM";
  readonly timeoutMs: number;
  /** ARN of the role that API Gateway assumes; `arn:aws:iam::*:user/*` stands for the caller's own credentials. */
  readonly credentials: string | undefined;
}

/** An HTTP proxy integration. */
export interface HttpProxyIntegration {
  readonly type: "http_proxy";
  /** May have stage variables and, in braces, parameters of its path in it. */
  readonly uri: string;
  /** In capitals; `ANY` stands for that of the request. */
  readonly httpMethod: string;
  readonly transferMode: "BUFFERED" | "STREAM";
  readonly timeoutMs: number;
  /** What the backend gets besides what the client sent, or instead of it. */
  readonly parameters: readonly ParameterMapping[];
  /** Whether any certificate of the backend will do. */
  readonly isUnverified: boolean;
}

/** A parameter of an integration's request, and where its value comes from. */
export interface ParameterMapping {
  readonly location: "header" | "path" | "querystring";
  readonly name: string;
  /** `method.request.…`, `context.…`, `stageVariables.…` or constant text in single quotes. */
  readonly value: string;
}

/** The mark of a method that was made by hand and has no integration yet: it is no part of what is served. */
export const unfinished = "x-sluice-unfinished";

const methodKeys = new Map([
  ...["get", "put", "post", "delete", "options", "head", "patch"].map(
    (key) => [key, key.toUpperCase()] as const,
  ),
  ["x-amazon-apigateway-any-method", "ANY"] as const,
]);

/** Where a document comes from. */
export interface RestApiOrigin {
  /** Whether API Gateway would import it, as it does unless its parts are resources of their own; it would unless set. */
  readonly isImported?: boolean;
  /** Authorizers that are resources of their own, by the name of their security scheme. */
  readonly authorizers?: ReadonlyMap<string, Authorizer>;
}

/**
 * Reads a resolved OpenAPI 3.0 or Swagger 2.0 body with API Gateway's extensions.
 * @throws {RestApiError} at the first thing that is wrong.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
export function readRestApi(
  body: Readonly<Record<string, unknown>>,
  { isImported = true, authorizers = new Map() }: RestApiOrigin = {},
): RestApi {
  const schemes = record(body["securityDefinitions"] ?? record(body["components"])["securitySchemes"]);
  const security = { body, schemes, authorizers: new Map(authorizers) };
  const validations = new ValidationReader(body, isImported);
  const resources: ApiResource[] = [];
  const problem = pathsProblem(Object.keys(record(body["paths"])));
  if (problem !== undefined) {
    const { path, reason } = problem;
    throw new RestApiError(`paths.${path}`, `Unable to create resource at path '${path}': ${reason}`);
  }
  for (const [path, item] of Object.entries(record(body["paths"]))) {
    const methods = new Map<string, ApiMethod>();
    const unserved = new Map<string, string>();
    for (const [key, operation] of Object.entries(record(item))) {
      const name = methodKeys.get(key);
      if (name === undefined || record(operation)[unfinished] === true) continue;
      const place = `paths.${path}.${key}`;
      try {
        const method = readMethod(record(operation), security, place);
        const validation = validations.read(record(operation), record(item), place);
        methods.set(name, { httpMethod: name, ...method, validation });
      } catch (error) {
        if (!(error instanceof UnservedMethodError)) throw error;
        unserved.set(name, error.message);
      }
    }
    if (methods.size + unserved.size === 0) continue;
    resources.push({ ...parseResource(path), id: resourceId(path), methods, unserved });
  }
  const binary = body["x-amazon-apigateway-binary-media-types"];
  return {
    resources,
    binaryMediaTypes: Array.isArray(binary) ? binary.map(String) : [],
    policy: body["x-amazon-apigateway-policy"] as PolicyDocument | undefined,
    endpointType: "EDGE",
    apiKeySource: body["x-amazon-apigateway-api-key-source"] === "AUTHORIZER" ? "AUTHORIZER" : "HEADER",
    gatewayResponses: readGatewayResponses(record(body["x-amazon-apigateway-gateway-responses"])),
  };
}

/**
 * What a resource does with requests of a method: what it has for the method itself, before what it has for any.
 * @returns the method, why there is one that isn't served here, or nothing.
 */
export function findMethod({ methods, unserved }: ApiResource, name: string): ApiMethod | string | undefined {
  return methods.get(name) ?? unserved.get(name) ?? methods.get("ANY") ?? unserved.get("ANY");
}

function readMethod(
  operation: Record<string, unknown>,
  security: Omit<SecurityScope, "operation">,
  place: string,
): Omit<ApiMethod, "httpMethod" | "validation"> {
  const { operationId } = operation;
  return {
    ...readAuthorization({ operation, ...security }, place),
    operationName: typeof operationId === "string" ? operationId : undefined,
    integration: readIntegration(record(operation["x-amazon-apigateway-integration"]), place),
  };
}

/** Of a path; stable, and of the form that AWS gives. */
export function resourceId(path: string): string {
  let hash = 5381;
  for (const character of path) hash = (hash * 33 + character.charCodeAt(0)) % 2_176_782_336;
  return hash.toString(36).padStart(6, "0");
}
