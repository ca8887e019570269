import { isUtf8 } from "node:buffer";
import { commonLogTime } from "../../apigateway/integration/proxy-event.ts";
import type { HttpRequest } from "../../front-door/http-request.ts";

/** What a function URL knows about a request besides the request itself. */
export interface UrlContext {
  readonly accountId: string;
  readonly urlId: string;
  readonly domainName: string;
  /** Path as sent, escapes kept. */
  readonly rawPath: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly timeMs: number;
  /** Who signed the request; nothing for auth type NONE. */
  readonly caller:
    | {
        readonly accessKeyId: string;
        readonly accountId: string;
        readonly userId: string;
        readonly userArn: string;
      }
    | undefined;
}

/** Anything else reaches the function as base64: forms do, and bodies without a type. */
const textTypes = /^(?:text\/|application\/(?:json|javascript|xml)\b|[^;]*\+(?:json|xml)\b)/i;

/**
 * The event of a function URL, payload format 2.0.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function urlEvent(request: HttpRequest, body: Buffer, context: UrlContext): Record<string, unknown> {
  const { headers, cookies } = joinHeaders(request, context);
  const query = queryParameters(request.rawQuery);
  // As text, bytes that are no UTF-8 would be lost.
  const isText = textTypes.test(headers["content-type"] ?? "") && isUtf8(body);
  const isBase64Encoded = body.length > 0 && !isText;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: context.rawPath,
    rawQueryString: request.rawQuery,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: context.caller === undefined ? "anonymous" : context.accountId,
      apiId: context.urlId,
      ...(context.caller === undefined ? {} : { authorizer: { iam: iamAuthorizer(context.caller) } }),
      domainName: context.domainName,
      domainPrefix: context.domainName.split(".")[0],
      http: {
        method: request.method,
        path: decodePath(context.rawPath),
        protocol: "HTTP/1.1",
        sourceIp: request.sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: context.requestId,
      routeKey: "$default",
      stage: "$default",
      time: commonLogTime(context.timeMs),
      timeEpoch: context.timeMs,
    },
    ...(body.length === 0 ? {} : { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
}

function iamAuthorizer(caller: NonNullable<UrlContext["caller"]>): Record<string, unknown> {
  return {
    accessKey: caller.accessKeyId,
    accountId: caller.accountId,
    callerId: caller.userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: caller.userArn,
    userId: caller.userId,
  };
}

function joinHeaders(
  request: HttpRequest,
  context: UrlContext,
): { headers: Record<string, string>; cookies: string[] } {
  // No prototype: a header may be called "constructor".
  const headers: Record<string, string> = Object.create(null);
  const cookies: string[] = [];
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    if (key === "connection" || key === "transfer-encoding") continue;
    // A signature was for the URL; the function has no use for it.
    if (key === "authorization" && value.startsWith("AWS4-")) continue;
    if (key === "cookie") cookies.push(...value.split(/;\s*/).filter((cookie) => cookie !== ""));
    const earlier = headers[key];
    headers[key] = earlier === undefined ? value : `${earlier},${value}`;
  }
  const port = /:(\d+)$/.exec(headers["host"] ?? "")?.[1] ?? "80";
  headers["host"] = context.domainName;
  headers["x-amzn-trace-id"] = context.traceId;
  headers["x-forwarded-for"] = request.sourceIp;
  headers["x-forwarded-port"] = port;
  headers["x-forwarded-proto"] = "http";
  return { headers, cookies };
}

/** Decoded; repeated names are joined with commas. */
function queryParameters(rawQuery: string): Record<string, string> | undefined {
  if (rawQuery === "") return undefined;
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    values[name] = name in values ? `${values[name]},${value}` : value;
  }
  return values;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
