import type { HttpPrelude } from "@sluice/protocol";
import type { HeaderList } from "../front-door/client-response.ts";

/** Response headers that API Gateway renames. */
const remapped = new Set([
  "authorization",
  "connection",
  "content-md5",
  "date",
  "max-forwards",
  "server",
  "user-agent",
  "www-authenticate",
]);

/** Response headers that API Gateway drops. */
const dropped = new Set([
  "expect",
  "host",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/** A status with headers and a body, from a buffered proxy integration. */
export interface ProxyAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/**
 * Headers of a streamed answer: `headers` and `multiValueHeaders` merged, the latter counting for an identical name.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function streamHeaders(prelude: Partial<HttpPrelude>): HeaderList {
  const merged = new Map<string, [name: string, values: readonly string[]]>();
  for (const [name, value] of Object.entries(prelude.headers ?? {}))
    merged.set(name.toLowerCase(), [name, [value]]);
  for (const [name, values] of Object.entries(prelude.multiValueHeaders ?? {})) {
    merged.set(name.toLowerCase(), [name, values]);
  }
  if (prelude.cookies !== undefined) merged.set("set-cookie", ["Set-Cookie", prelude.cookies]);
  return withContentType(mapHeaders(merged));
}

/** The keys of stream metadata; any other makes the output malformed. */
const preludeKeys = new Set(["statusCode", "headers", "multiValueHeaders", "cookies"]);

/** Whether API Gateway accepts the metadata of a stream. */
export function isAcceptablePrelude(prelude: object): boolean {
  return Object.keys(prelude).every((key) => preludeKeys.has(key));
}

const outputKeys = new Set(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]);

/**
 * Reads the output of a buffered Lambda proxy integration.
 *
 * @param decodesBase64 - whether the client's `Accept` header and the API's binary media types ask for bytes.
 * @returns nothing if the output is malformed, which the caller gets as 502.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function bufferedAnswer(payload: Uint8Array, decodesBase64: boolean): ProxyAnswer | undefined {
  let output: unknown;
  try {
    output = JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
  if (typeof output !== "object" || output === null || Array.isArray(output)) return undefined;
  if (!Object.keys(output).every((key) => outputKeys.has(key))) return undefined;
  const {
    statusCode = 200,
    headers,
    multiValueHeaders,
    body,
    isBase64Encoded,
  } = output as Record<string, unknown>;
  const status = typeof statusCode === "string" && statusCode !== "" ? Number(statusCode) : statusCode;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 100 || status > 599)
    return undefined;
  const merged = mergeBuffered(headers, multiValueHeaders);
  if (merged === undefined) return undefined;
  if (body !== undefined && body !== null && typeof body !== "string") return undefined;
  return {
    status,
    headers: withContentType(mapHeaders(merged)),
    body: Buffer.from(body ?? "", isBase64Encoded === true && decodesBase64 ? "base64" : "utf8"),
  };
}

/** Names in both maps are joined, the multi values first, in the multi map's spelling. */
function mergeBuffered(
  headers: unknown,
  multiValueHeaders: unknown,
): Map<string, [name: string, values: string[]]> | undefined {
  if (!isMap(headers) || !isMap(multiValueHeaders)) return undefined;
  const merged = new Map<string, [string, string[]]>();
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    if (!Array.isArray(values)) return undefined;
    merged.set(name.toLowerCase(), [name, values.map(String)]);
  }
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === "object") return undefined;
    const multi = merged.get(name.toLowerCase());
    if (multi === undefined) merged.set(name.toLowerCase(), [name, [String(value)]]);
    else multi[1].push(String(value));
  }
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || (typeof value === "object" && !Array.isArray(value));
}

function mapHeaders(
  merged: ReadonlyMap<string, readonly [name: string, values: readonly string[]]>,
): HeaderList {
  const list: [string, string][] = [];
  for (const [key, [name, values]] of merged) {
    if (dropped.has(key)) continue;
    for (const value of values) list.push([remapped.has(key) ? `x-amzn-Remapped-${name}` : name, value]);
  }
  return list;
}

function withContentType(headers: HeaderList): HeaderList {
  if (headers.some(([name]) => name.toLowerCase() === "content-type")) return headers;
  return [["Content-Type", "application/json"], ...headers];
}
