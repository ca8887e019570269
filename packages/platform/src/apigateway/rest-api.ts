import type { PolicyDocument } from "../iam/policy.ts";
import { type MockIntegration, readMockIntegration } from "./integration/mock-integration.ts";
import { parseResource, type Resource } from "./resource-matcher.ts";
import { RestApiError, UnservedMethodError } from "./rest-api-error.ts";

/** A REST API, ready to serve. */
export interface RestApi {
  readonly resources: readonly ApiResource[];
  readonly binaryMediaTypes: readonly string[];
  readonly policy: PolicyDocument | undefined;
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
  readonly authorization: "NONE" | "AWS_IAM";
  readonly operationName: string | undefined;
  readonly integration: LambdaIntegration | MockIntegration;
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

/** What PutIntegration stores when nothing is given, in milliseconds. */
const defaultTimeoutMs = 29_000;

const methodKeys = new Map([
  ...["get", "put", "post", "delete", "options", "head", "patch"].map(
    (key) => [key, key.toUpperCase()] as const,
  ),
  ["x-amazon-apigateway-any-method", "ANY"] as const,
]);

/**
 * Reads a resolved OpenAPI 3.0 or Swagger 2.0 body with API Gateway's extensions.
 * @throws {RestApiError} at the first thing that is wrong.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
export function readRestApi(body: Readonly<Record<string, unknown>>): RestApi {
  const schemes = record(body["securityDefinitions"] ?? record(body["components"])["securitySchemes"]);
  const resources: ApiResource[] = [];
  for (const [path, item] of Object.entries(record(body["paths"]))) {
    const methods = new Map<string, ApiMethod>();
    const unserved = new Map<string, string>();
    for (const [key, operation] of Object.entries(record(item))) {
      const name = methodKeys.get(key);
      if (name === undefined) continue;
      const place = `paths.${path}.${key}`;
      try {
        methods.set(name, readMethod(record(operation), body, schemes, place));
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
  body: Readonly<Record<string, unknown>>,
  schemes: Record<string, unknown>,
  place: string,
): ApiMethod {
  const { operationId } = operation;
  return {
    authorization: readAuthorization(operation, body, schemes, place),
    operationName: typeof operationId === "string" ? operationId : undefined,
    integration: readIntegration(record(operation["x-amazon-apigateway-integration"]), place),
  };
}

function readAuthorization(
  operation: Record<string, unknown>,
  body: Readonly<Record<string, unknown>>,
  schemes: Record<string, unknown>,
  place: string,
): ApiMethod["authorization"] {
  const declared = record(operation["x-amazon-apigateway-auth"] ?? body["x-amazon-apigateway-auth"])["type"];
  if (typeof declared === "string" && /^(?:none|aws_iam)$/i.test(declared)) {
    return declared.toUpperCase() as ApiMethod["authorization"];
  }
  const security = operation["security"] ?? body["security"];
  const names = (Array.isArray(security) ? security : []).flatMap((requirement) =>
    Object.keys(record(requirement)),
  );
  for (const name of names) {
    const scheme = record(schemes[name]);
    if (scheme["x-amazon-apigateway-authtype"] === "awsSigv4") return "AWS_IAM";
    // SAM writes NONE for a method that opts out.
    if (name === "NONE") return "NONE";
    throw new UnservedMethodError(
      place,
      `The authorizer "${name}" is not served here yet. Use AWS_IAM or NONE, or try this method on AWS.`,
    );
  }
  return "NONE";
}

const invokeUri =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/(2015-03-31|2021-11-15)\/functions\/(.+?)\/(invocations|response-streaming-invocations)$/;

function readIntegration(integration: Record<string, unknown>, place: string): ApiMethod["integration"] {
  const { type, uri, credentials, responseTransferMode = "BUFFERED", timeoutInMillis } = integration;
  if (typeof type !== "string") {
    throw new RestApiError(
      place,
      "The method has no x-amazon-apigateway-integration, so it could not be deployed.",
    );
  }
  if (type.toLowerCase() === "mock") return readMockIntegration(integration, place);
  if (type.toLowerCase() !== "aws_proxy") {
    throw new UnservedMethodError(
      place,
      `Integrations of type ${type} are not served here yet. Use aws_proxy, or try this method on AWS.`,
    );
  }
  if (responseTransferMode !== "BUFFERED" && responseTransferMode !== "STREAM") {
    throw new RestApiError(
      place,
      `responseTransferMode is "${String(responseTransferMode)}"; API Gateway takes BUFFERED or STREAM.`,
    );
  }
  const match = invokeUri.exec(typeof uri === "string" ? uri : "");
  if (match?.[2] === undefined) {
    throw new RestApiError(place, `"${String(uri)}" is not the invocation URI of a Lambda function.`);
  }
  const isStreamUri = match[3] === "response-streaming-invocations";
  if (isStreamUri !== (responseTransferMode === "STREAM")) {
    throw new RestApiError(
      place,
      isStreamUri
        ? "The URI is that of streaming invocations, and responseTransferMode is not STREAM: API Gateway does not support that. Add responseTransferMode: STREAM."
        : "responseTransferMode is STREAM, and the URI is that of buffered invocations: API Gateway does not support that. End the URI with /2021-11-15/functions/…/response-streaming-invocations.",
    );
  }
  return {
    type: "aws_proxy",
    functionArn: match[2],
    transferMode: responseTransferMode,
    timeoutMs: readTimeout(timeoutInMillis, responseTransferMode, place),
    credentials: typeof credentials === "string" && credentials !== "" ? credentials : undefined,
  };
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html for the 15 minutes. */
function readTimeout(value: unknown, transferMode: LambdaIntegration["transferMode"], place: string): number {
  if (value === undefined || value === null) return defaultTimeoutMs;
  const milliseconds = Number(value);
  const most = transferMode === "STREAM" ? 900_000 : 300_000;
  if (Number.isInteger(milliseconds) && milliseconds >= 50 && milliseconds <= most) return milliseconds;
  throw new RestApiError(place, `timeoutInMillis is ${String(value)}; API Gateway takes 50 to ${most} here.`);
}

/** Stable, and of the form that AWS gives. */
function resourceId(path: string): string {
  let hash = 5381;
  for (const character of path) hash = (hash * 33 + character.charCodeAt(0)) % 2_176_782_336;
  return hash.toString(36).padStart(6, "0");
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
