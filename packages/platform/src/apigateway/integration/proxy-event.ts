import type { HttpRequest } from "../../front-door/http-request.ts";
import { percentDecoded } from "../../percent-decoding.ts";

/** What API Gateway knows about a request besides the request itself. */
export interface ProxyContext {
  readonly accountId: string;
  readonly apiId: string;
  readonly deploymentId: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>> | undefined;
  readonly resourceId: string;
  readonly resourcePath: string;
  readonly operationName: string | undefined;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly domainName: string;
  /** The path without the stage, as sent, but for slashes doubled at its beginning. */
  readonly path: string;
  /** The path with the stage, as sent. */
  readonly stagePath: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  readonly timeMs: number;
  readonly caller: CallerIdentity | undefined;
  /** What an authorizer gave. */
  readonly authorizer: Readonly<Record<string, unknown>> | undefined;
  /** The key that the method asked for. */
  readonly apiKey: { readonly id: string; readonly value: string } | undefined;
  readonly binaryMediaTypes: readonly string[];
}

/** Who signed the request. */
export interface CallerIdentity {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** Unique id of the user or role session. */
  readonly userId: string;
  readonly userArn: string;
}

/** Headers that API Gateway does not pass to Lambda. */
const droppedHeaders = new Set([
  "connection",
  "content-length",
  "content-md5",
  "expect",
  "max-forwards",
  "proxy-authenticate",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "www-authenticate",
  "x-http-method-override",
]);

/**
 * The event of a Lambda proxy integration, payload format 1.0.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function proxyEvent(
  request: HttpRequest,
  body: Buffer,
  context: ProxyContext,
): Record<string, unknown> {
  const headers = passedHeaders(request, context);
  const query = parseQuery(request.rawQuery);
  const isBase64Encoded = isBinary(headers, context.binaryMediaTypes) && body.length > 0;
  return {
    resource: context.resourcePath,
    path: context.path,
    httpMethod: request.method,
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    queryStringParameters: query.length === 0 ? null : lastValues(query),
    multiValueQueryStringParameters: query.length === 0 ? null : allValues(query),
    pathParameters: Object.keys(context.pathParameters).length === 0 ? null : context.pathParameters,
    stageVariables: context.stageVariables ?? null,
    requestContext: requestContext(request, context),
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? "base64" : "utf8"),
    isBase64Encoded,
  };
}

function requestContext(request: HttpRequest, context: ProxyContext): Record<string, unknown> {
  const { caller, apiKey } = context;
  return {
    resourceId: context.resourceId,
    resourcePath: context.resourcePath,
    ...(context.operationName === undefined ? {} : { operationName: context.operationName }),
    ...(context.authorizer === undefined ? {} : { authorizer: context.authorizer }),
    httpMethod: request.method,
    extendedRequestId: context.extendedRequestId,
    requestTime: commonLogTime(context.timeMs),
    path: context.stagePath,
    accountId: context.accountId,
    protocol: "HTTP/1.1",
    stage: context.stage,
    domainPrefix: context.domainName.split(".")[0],
    requestTimeEpoch: context.timeMs,
    requestId: context.requestId,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: caller?.accountId ?? null,
      cognitoIdentityId: null,
      caller: caller?.userId ?? null,
      sourceIp: request.sourceIp,
      principalOrgId: null,
      accessKey: caller?.accessKeyId ?? null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: caller?.userArn ?? null,
      userAgent: headerValue(request, "user-agent") ?? null,
      user: caller?.userId ?? null,
      ...(apiKey === undefined ? {} : { apiKey: apiKey.value, apiKeyId: apiKey.id }),
    },
    domainName: context.domainName,
    deploymentId: context.deploymentId,
    apiId: context.apiId,
  };
}

function passedHeaders(request: HttpRequest, context: ProxyContext): [string, string][] {
  const passed: [string, string][] = [];
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    if (droppedHeaders.has(key) || key.startsWith("x-forwarded-") || key === "x-amzn-trace-id") continue;
    // A signature was for API Gateway; the function has no use for it.
    if (key === "authorization" && value.startsWith("AWS4-")) continue;
    passed.push([key === "host" ? "Host" : name, key === "host" ? context.domainName : value]);
  }
  passed.push(["X-Amzn-Trace-Id", context.traceId], ...forwardedHeaders(request));
  return passed;
}

/** The headers that tell an integration who sent a request, and how. */
export function forwardedHeaders(request: HttpRequest): [string, string][] {
  const forwarded = headerValue(request, "x-forwarded-for");
  const port = /:(\d+)$/.exec(headerValue(request, "host") ?? "")?.[1] ?? "80";
  return [
    ["X-Forwarded-For", forwarded === undefined ? request.sourceIp : `${forwarded}, ${request.sourceIp}`],
    ["X-Forwarded-Port", port],
    ["X-Forwarded-Proto", "http"],
  ];
}

/** Decoded names and values, in order. `;` separates as `&` does. */
export function parseQuery(rawQuery: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of rawQuery.split(/[&;]/)) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = equals === -1 ? part : part.slice(0, equals);
    pairs.push([decodeForm(name), equals === -1 ? "" : decodeForm(part.slice(equals + 1))]);
  }
  return pairs;
}

function decodeForm(text: string): string {
  return percentDecoded(text.replaceAll("+", " "));
}

/** Values by name; the last one where a name comes again. */
export function lastValues(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  // No prototype: a parameter may be called "constructor".
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) values[name] = value;
  return values;
}

/** All values by name. */
export function allValues(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    const list = values[name];
    if (list === undefined) values[name] = [value];
    else list.push(value);
  }
  return values;
}

function isBinary(
  headers: readonly (readonly [string, string])[],
  binaryMediaTypes: readonly string[],
): boolean {
  const type = headers
    .find(([name]) => name.toLowerCase() === "content-type")?.[1]
    .split(";")[0]
    ?.trim();
  return binaryMediaTypes.some(
    (pattern) => pattern === "*/*" || pattern.toLowerCase() === type?.toLowerCase(),
  );
}

function headerValue(request: HttpRequest, name: string): string | undefined {
  return request.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `04/Mar/2020:19:15:17 +0000`. */
export function commonLogTime(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
