import type { HttpRequest } from "../../front-door/http-request.ts";
import {
  iamAuthorizer,
  joinedHeaders,
  payload2Event,
  portOf,
  type SignedBy,
} from "../../httpapi/integration/payload-format-2.ts";
import { percentDecoded } from "../../percent-decoding.ts";

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
  readonly caller: SignedBy | undefined;
}

/**
 * The event of a function URL, payload format 2.0.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function urlEvent(request: HttpRequest, body: Buffer, context: UrlContext): Record<string, unknown> {
  const { accountId, urlId, caller, rawPath, traceId } = context;
  const headers = joinedHeaders(request);
  const port = portOf(headers);
  headers["host"] = context.domainName;
  headers["x-amzn-trace-id"] = traceId;
  headers["x-forwarded-for"] = request.sourceIp;
  headers["x-forwarded-port"] = port;
  headers["x-forwarded-proto"] = "http";
  return payload2Event(request, headers, body, {
    ...context,
    accountId: caller === undefined ? "anonymous" : accountId,
    apiId: urlId,
    authorizer: caller === undefined ? undefined : iamAuthorizer(caller),
    path: percentDecoded(rawPath),
    routeKey: "$default",
    stage: "$default",
  });
}
