import { isUtf8 } from "node:buffer";
import { commonLogTime } from "../../apigateway/integration/proxy-event.ts";
import { type HttpRequest, isNamed } from "../../front-door/http-request.ts";

/** What is known about a request besides the request itself. */
export interface RequestContext2 {
  /** Who pays: the API's account, or `anonymous`. */
  readonly accountId: string;
  readonly apiId: string;
  readonly domainName: string;
  /** With the stage, where its name is part of the address. */
  readonly rawPath: string;
  /** With percent escapes resolved. */
  readonly path: string;
  readonly routeKey: string;
  readonly stage: string;
  readonly stageVariables?: Readonly<Record<string, string>> | undefined;
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  readonly requestId: string;
  readonly traceId: string;
  readonly timeMs: number;
  /** Member of the request context, if there is an authorizer. */
  readonly authorizer?: Readonly<Record<string, unknown>> | undefined;
}

/** Who signed a request. */
export interface SignedBy {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly userId: string;
  readonly userArn: string;
}

/** What of an event does not depend on the body: an authorizer gets no more. */
export type BodilessEvent2 = Readonly<Record<string, unknown>> & { readonly headers: Record<string, string> };

/**
 * The event of payload format 2.0, of HTTP APIs and function URLs.
 * @param headers - lower-case names; repeated ones joined with a comma.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function payload2Event(
  request: HttpRequest,
  headers: Record<string, string>,
  body: Buffer,
  context: RequestContext2,
): Record<string, unknown> {
  const event: Record<string, unknown> = bodilessEvent2(request, headers, context);
  const isBase64Encoded = body.length > 0 && !isText(headers["content-type"], body);
  if (body.length > 0) event["body"] = body.toString(isBase64Encoded ? "base64" : "utf8");
  event["isBase64Encoded"] = isBase64Encoded;
  return event;
}

/**
 * The event without the members that the body has. Member by member, since each request has one: what is put together of
 * spread objects takes several times as long.
 */
export function bodilessEvent2(
  request: HttpRequest,
  headers: Record<string, string>,
  context: RequestContext2,
): BodilessEvent2 {
  const { authorizer, stageVariables, pathParameters, timeMs, domainName } = context;
  const cookies = cookiesOf(request);
  const query = joinedQuery(request.rawQuery);
  const requestContext: Record<string, unknown> = { accountId: context.accountId, apiId: context.apiId };
  if (authorizer !== undefined) requestContext["authorizer"] = authorizer;
  requestContext["domainName"] = domainName;
  requestContext["domainPrefix"] = domainName.slice(0, domainName.indexOf("."));
  requestContext["http"] = {
    method: request.method,
    path: context.path,
    protocol: "HTTP/1.1",
    sourceIp: request.sourceIp,
    userAgent: headers["user-agent"] ?? "",
  };
  requestContext["requestId"] = context.requestId;
  requestContext["routeKey"] = context.routeKey;
  requestContext["stage"] = context.stage;
  requestContext["time"] = commonLogTime(timeMs);
  requestContext["timeEpoch"] = timeMs;
  const event: Record<string, unknown> & { headers: Record<string, string> } = {
    version: "2.0",
    routeKey: context.routeKey,
    rawPath: context.rawPath,
    rawQueryString: request.rawQuery,
    headers,
  };
  if (cookies.length > 0) event["cookies"] = cookies;
  if (query !== undefined) event["queryStringParameters"] = query;
  event["requestContext"] = requestContext;
  if (pathParameters !== undefined && Object.keys(pathParameters).length > 0) {
    event["pathParameters"] = pathParameters;
  }
  if (stageVariables !== undefined) event["stageVariables"] = stageVariables;
  return event;
}

/** The `authorizer` of a request that was signed. */
export function iamAuthorizer(caller: SignedBy): Record<string, unknown> {
  return {
    iam: {
      accessKey: caller.accessKeyId,
      accountId: caller.accountId,
      callerId: caller.userId,
      cognitoIdentity: null,
      principalOrgId: null,
      userArn: caller.userArn,
      userId: caller.userId,
    },
  };
}

/** Headers as these events have them. */
export function joinedHeaders(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    if (key === "connection" || key === "transfer-encoding") continue;
    // A signature was for the door; the function has no use for it.
    if (key === "authorization" && value.startsWith("AWS4-")) continue;
    // A header may be called "constructor", and "__proto__" too.
    const joined = Object.hasOwn(headers, key) ? `${headers[key]},${value}` : value;
    if (key === "__proto__") defineMember(headers, key, joined);
    else headers[key] = joined;
  }
  return headers;
}

function defineMember(headers: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The port that the client sent its request to. */
export function portOf(headers: Readonly<Record<string, string>>): string {
  return /:(\d+)$/.exec(headers["host"] ?? "")?.[1] ?? "80";
}

/** Cookies of all `Cookie` headers. */
function cookiesOf(request: HttpRequest): string[] {
  const cookies: string[] = [];
  for (const [name, value] of request.headers) {
    if (!isNamed(name, "cookie")) continue;
    for (const cookie of value.split(/;\s*/)) if (cookie !== "") cookies.push(cookie);
  }
  return cookies;
}

/** Anything else reaches the function as base64: forms do, and bodies without a type. */
const textTypes = /^(?:text\/|application\/(?:json|javascript|xml)\b|[^;]*\+(?:json|xml)\b)/i;

/** Whether a body is text to a function. As text, bytes that are no UTF-8 would be lost. */
export function isText(contentType: string | undefined, body: Buffer): boolean {
  return textTypes.test(contentType ?? "") && isUtf8(body);
}

/** Decoded; repeated names are joined with commas. */
function joinedQuery(rawQuery: string): Record<string, string> | undefined {
  if (rawQuery === "") return undefined;
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    values[name] = name in values ? `${values[name]},${value}` : value;
  }
  return values;
}
