import type {
  ApiGatewayHttpEvent,
  FunctionUrlEvent,
  HttpEvent,
  NamedValueLists,
  NamedValues,
} from "./events.ts";

type PayloadV2Event = ApiGatewayHttpEvent | FunctionUrlEvent;
type PayloadV1Event = Exclude<HttpEvent, PayloadV2Event>;

/** The status, headers and cookies of an HTTP response, in the keys the event's source understands. */
export interface HttpPrelude {
  /** 200 to 599. */
  statusCode: number;
  /** Single values; repeated headers other than `set-cookie` are joined with commas. */
  headers: { [name: string]: string };
  /** Only for REST APIs and payload format 1.0, and only when cookies are set. */
  multiValueHeaders?: { [name: string]: string[] };
  /** Only for function URLs and payload format 2.0, and only when cookies are set. */
  cookies?: string[];
}

/** A whole HTTP response as a Lambda proxy integration or a function URL takes it. */
export interface HttpResult extends HttpPrelude {
  body: string;
  isBase64Encoded: boolean;
}

/**
 * The event's HTTP method cannot be carried by a `Request`, the only way {@link toRequest} fails: 405 for
 * CONNECT, TRACE and TRACK, which the Fetch standard forbids, 400 for text that is no method at all.
 *
 * Source: {@link https://fetch.spec.whatwg.org/#methods}
 */
export class RequestMethodError extends Error {
  override readonly name = "RequestMethodError";
  /** The status to answer the client with. */
  readonly statusCode: 400 | 405;

  constructor(method: string, statusCode: 400 | 405) {
    super(
      `A web handler cannot take a request with the method ${JSON.stringify(method)}: ${
        statusCode === 405
          ? "the Fetch standard forbids it. Answer 405, or use streaming() or buffered() to see the event itself."
          : "it is not a valid HTTP method."
      }`,
    );
    this.statusCode = statusCode;
  }
}

/**
 * Tells whether an event is an HTTP request from a function URL, a REST API or an HTTP API. Only what
 * {@link toRequest} needs is looked at, so short hand-written test events count too.
 *
 * Events that look similar do not count, because the answer they need has another form: those of Application
 * Load Balancers, VPC Lattice, WebSocket APIs, and of Lambda authorizers.
 */
export function isHttpEvent(event: unknown): event is HttpEvent {
  if (!isRecord(event) || !isRecord(event["requestContext"])) return false;
  const context = event["requestContext"];
  // Authorizer events have the whole request beside the ARN of what is asked for. Source:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
  if ("routeArn" in event || "methodArn" in event) return false;
  if (event["version"] === "2.0") {
    return (
      typeof event["rawPath"] === "string" && isRecord(context["http"]) && isText(context["http"], "method")
    );
  }
  if (event["version"] !== undefined && event["version"] !== "1.0") return false;
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
  return isText(event, "httpMethod") && isText(event, "path") && !("elb" in context);
}

/**
 * Chooses how to answer an event when the response mode is "auto". Function URLs and REST APIs get a stream.
 * HTTP APIs get a buffered result, as they cannot stream
 * ({@link https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html}).
 *
 * The event does not say whether streaming is switched on. A REST API method with `responseTransferMode`
 * `BUFFERED` loses the body of a streamed answer, and what a function URL with invoke mode `BUFFERED` makes
 * of one is not documented: functions behind either should set the response mode "buffered".
 */
export function responseFormat(event: HttpEvent): "stream" | "buffered" {
  if (!isPayloadV2(event)) return event.version === undefined ? "stream" : "buffered";
  // Hand-written events often have no domain name. The buffered answer is then the one that always arrives.
  return (event.requestContext.domainName ?? "").includes(".lambda-url.") ? "stream" : "buffered";
}

/**
 * Makes a standard `Request` of an HTTP event.
 *
 * - **URL**: the scheme is `x-forwarded-proto` if that is http or https, else https; the host is the `host`
 *   header, else the event's domain name, else localhost. The path is the event's `path` or `rawPath`. For REST
 *   APIs that is the path without the stage (`requestContext.path` has it with the stage), so that routes are
 *   the same on every stage; for HTTP APIs it includes a named stage. As in every URL, `.` and `..` segments
 *   are resolved.
 * - **Query**: `rawQueryString` as it is. REST APIs and payload format 1.0 give decoded parameters only: they
 *   are encoded again, so the order between different names and the client's own escapes are lost.
 * - **Headers**: all values. How AWS passes on bytes outside ASCII is not documented. A value with characters
 *   beyond U+00FF must have been decoded from UTF-8; it is turned back into its bytes, one character each, as
 *   every HTTP server for Node.js gives them (`Buffer.from(value, "latin1").toString()` decodes it). A name or a
 *   value that HTTP does not allow at all is left out; the event still has it.
 * - **Body**: the exact bytes; none for GET and HEAD, whatever the event has, since a `Request` allows none.
 *
 * @param event The event, as {@link isHttpEvent} recognises it.
 * @param signal Becomes the request's signal: aborted when nobody waits for the answer any more.
 * @throws {@link RequestMethodError}, and nothing else for an event that is what its type says.
 */
export function toRequest(event: HttpEvent, signal: AbortSignal): Request {
  const v2 = isPayloadV2(event);
  const method = checkedMethod(v2 ? event.requestContext.http.method : event.httpMethod);
  const headers = v2 ? headersOfV2(event) : headersOfV1(event);
  const url = originOf(event, headers) + pathOf(v2 ? event.rawPath : event.path);
  const query = v2 ? (event.rawQueryString ?? "") : queryOfV1(event);
  const init: RequestInit = { method, headers, signal };
  // Bytes and not text: for text the Request would add a content type the client did not send.
  if (!/^(?:GET|HEAD)$/i.test(method) && typeof event.body === "string") {
    init.body = Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8");
  }
  return new Request(
    query === "" ? url : `${url}?${query.replace(/[#\s\p{Cc}]/gu, encodeURIComponent)}`,
    init,
  );
}

/**
 * Takes status, headers and cookies from a response, as the prelude of a stream or the head of a buffered
 * result. Each cookie stays a value of its own: in `cookies` for function URLs and payload format 2.0, in
 * `multiValueHeaders` for REST APIs and payload format 1.0, whose buffered form refuses a key `cookies`
 * ({@link https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html}).
 *
 * Headers that API Gateway drops or renames, such as `connection`, are passed on; so is every status. What AWS
 * does with a body after 204, 304 or a HEAD request is not documented, so it is left to the handler.
 */
export function toHttpPrelude(response: Response, event: HttpEvent): HttpPrelude {
  const prelude: HttpPrelude = {
    // Response.error() has the status 0, which AWS would take for malformed output and answer with 502.
    statusCode: response.status === 0 ? 502 : response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => name !== "set-cookie")),
  };
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) {
    if (isPayloadV2(event)) prelude.cookies = cookies;
    else prelude.multiValueHeaders = { "set-cookie": cookies };
  }
  return prelude;
}

/**
 * Reads a response to its end and makes a buffered result of it.
 *
 * The body goes as text if the content type is text/*, JSON, XML, JavaScript, YAML, GraphQL or a URL-encoded
 * form (also as a suffix, as in `image/svg+xml`), or if there is no content type, provided that the response
 * has no content encoding and that its bytes are valid UTF-8; so text in other character sets is safe too.
 * Everything else goes as base64. Note that REST APIs decode base64 only for clients whose `Accept` header
 * matches one of the API's binary media types
 * ({@link https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html}).
 *
 * @throws What the response's body stream fails with, or a `TypeError` if the body was already read.
 */
export async function toBufferedResult(response: Response, event: HttpEvent): Promise<HttpResult> {
  const prelude = toHttpPrelude(response, event);
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = mayBeText(response.headers) ? decodeUtf8(bytes) : undefined;
  return { ...prelude, body: text ?? bytes.toString("base64"), isBase64Encoded: text === undefined };
}

const textType =
  /^(?:text\/.*|application\/(?:json|jsonl|x-ndjson|xml|javascript|x-javascript|ecmascript|yaml|graphql|x-www-form-urlencoded)|.*\+(?:json|xml|yaml))$/;

function mayBeText(headers: Headers): boolean {
  if (!/^(?:identity)?$/i.test(headers.get("content-encoding") ?? "")) return false;
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  return type === "" || textType.test(type.trim().toLowerCase());
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark is part of the body.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function checkedMethod(method: string): string {
  if (/^(?:CONNECT|TRACE|TRACK)$/i.test(method)) throw new RequestMethodError(method, 405);
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(method)) throw new RequestMethodError(method, 400);
  return method;
}

function originOf(event: HttpEvent, headers: Headers): string {
  // Several hops may have added their own: the first is the client's.
  const [proto = ""] = (headers.get("x-forwarded-proto") ?? "").split(",");
  const scheme = proto.trim().toLowerCase() === "http" ? "http" : "https";
  for (const host of [headers.get("host"), event.requestContext.domainName]) {
    // Clients choose the host header, so nothing may reach the URL that would end its host part early.
    if (host && /^(?:[\w.~-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host) && URL.canParse(`${scheme}://${host}`)) {
      return `${scheme}://${host}`;
    }
  }
  return `${scheme}://localhost`;
}

/** Escapes what would end the path early, be cut off its end, or be taken for a slash. */
function pathOf(path: string): string {
  const escaped = path.replace(/[?#\\\s\p{Cc}]/gu, encodeURIComponent);
  return escaped.startsWith("/") ? escaped : `/${escaped}`;
}

function headersOfV2(event: PayloadV2Event): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    if (value !== undefined) appendIfValid(headers, name, value);
  }
  if (event.cookies?.length) {
    headers.delete("cookie");
    // Appended cookies are joined with "; ".
    for (const cookie of event.cookies) appendIfValid(headers, "cookie", cookie);
  }
  return headers;
}

function headersOfV1(event: PayloadV1Event): Headers {
  const headers = new Headers();
  const lowerCase = (name: string) => name.toLowerCase();
  for (const [name, value] of valuesOfV1(event.multiValueHeaders, event.headers, lowerCase)) {
    appendIfValid(headers, name, value);
  }
  return headers;
}

function appendIfValid(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, /[^\0-\xff]/.test(value) ? Buffer.from(value).toString("latin1") : value);
  } catch {
    // See toRequest: a header that HTTP does not allow is left out.
  }
}

function queryOfV1(event: PayloadV1Event): string {
  const query = new URLSearchParams();
  const { multiValueQueryStringParameters: lists, queryStringParameters: singles } = event;
  for (const [name, value] of valuesOfV1(lists, singles)) query.append(name, value);
  return query.toString();
}

/**
 * Every value of a map that payload format 1.0 has twice. AWS sends all values in the one with lists;
 * hand-written events often have the single values only.
 */
function* valuesOfV1(
  lists: NamedValueLists | null,
  singles: NamedValues | null,
  keyOf = (name: string) => name,
): Generator<[name: string, value: string]> {
  const seen = new Set<string>();
  for (const [name, values] of Object.entries(lists ?? {})) {
    seen.add(keyOf(name));
    for (const value of values ?? []) yield [name, value];
  }
  for (const [name, value] of Object.entries(singles ?? {})) {
    if (value !== undefined && !seen.has(keyOf(name))) yield [name, value];
  }
}

function isPayloadV2(event: HttpEvent): event is PayloadV2Event {
  return event.version === "2.0";
}

function isRecord(value: unknown): value is { [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}

function isText(record: { [key: string]: unknown }, key: string): boolean {
  return typeof record[key] === "string";
}
