import { isUtf8 } from "node:buffer";
import { commonLogTime } from "../../apigateway/integration/proxy-event.ts";
import type { HttpRequest } from "../../front-door/http-request.ts";

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
  const isBase64Encoded = body.length > 0 && !isText(headers["content-type"], body);
  return {
    ...bodilessEvent2(request, headers, context),
    ...(body.length === 0 ? {} : { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
}

/** The event without the members that the body has. */
export function bodilessEvent2(
  request: HttpRequest,
  headers: Record<string, string>,
  context: RequestContext2,
): BodilessEvent2 {
  const cookies = cookiesOf(request);
  const query = joinedQuery(request.rawQuery);
  const { authorizer, stageVariables, pathParameters = {}, timeMs } = context;
  return {
    version: "2.0",
    routeKey: context.routeKey,
    rawPath: context.rawPath,
    rawQueryString: request.rawQuery,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: context.accountId,
      apiId: context.apiId,
      ...(authorizer === undefined ? {} : { authorizer }),
      domainName: context.domainName,
      domainPrefix: context.domainName.split(".")[0],
      http: {
        method: request.method,
        path: context.path,
        protocol: "HTTP/1.1",
        sourceIp: request.sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: context.requestId,
      routeKey: context.routeKey,
      stage: context.stage,
      time: commonLogTime(timeMs),
      timeEpoch: timeMs,
    },
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...(stageVariables === undefined ? {} : { stageVariables }),
  };
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
  // No prototype: a header may be called "constructor".
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    if (key === "connection" || key === "transfer-encoding") continue;
    // A signature was for the door; the function has no use for it.
    if (key === "authorization" && value.startsWith("AWS4-")) continue;
    const earlier = headers[key];
    headers[key] = earlier === undefined ? value : `${earlier},${value}`;
  }
  return headers;
}

/** The port that the client sent its request to. */
export function portOf(headers: Readonly<Record<string, string>>): string {
  return /:(\d+)$/.exec(headers["host"] ?? "")?.[1] ?? "80";
}

/** Cookies of all `Cookie` headers. */
function cookiesOf(request: HttpRequest): string[] {
  return request.headers.flatMap(([name, value]) =>
    name.toLowerCase() === "cookie" ? value.split(/;\s*/).filter((cookie) => cookie !== "") : [],
  );
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
