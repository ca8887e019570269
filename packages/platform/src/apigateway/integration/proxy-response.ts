import { type HttpPrelude, isHeaderName, isHeaderValue } from "@sluice/protocol";
import { asBuffer, type HeaderList } from "../../front-door/client-response.ts";

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

/** Whether API Gateway renames or drops a response header. */
export function isAlteredHeader(name: string): boolean {
  const key = name.toLowerCase();
  return remapped.has(key) || dropped.has(key);
}

/** A status with headers and a body, from a buffered proxy integration. */
export interface ProxyAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
  /** The function streams and the integration does not: its body is lost. */
  readonly isBodyLost?: true;
}

/** Lower-case name to the name as it is sent and its values. */
type MergedHeaders = Map<string, { readonly name: string; readonly values: string[] }>;

/**
 * Headers of a streamed answer: those of `multiValueHeaders`, then those of `headers`, then the cookies.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function streamHeaders(prelude: Partial<HttpPrelude>): HeaderList {
  const merged: MergedHeaders = new Map();
  for (const [name, values] of Object.entries(prelude.multiValueHeaders ?? {})) add(merged, name, values);
  for (const [name, value] of Object.entries(prelude.headers ?? {})) add(merged, name, [value]);
  add(merged, "Set-Cookie", prelude.cookies ?? []);
  return withContentType(mapHeaders(merged));
}

/** Joins values to a name, in its first spelling. A pair that is there already counts once. */
function add(merged: MergedHeaders, name: string, values: readonly string[]): void {
  const key = name.toLowerCase();
  const known = merged.get(key);
  if (known === undefined) merged.set(key, { name, values: [...values] });
  else known.values.push(...values.filter((value) => !known.values.includes(value)));
}

/** The keys of stream metadata; any other makes the output malformed. */
const preludeKeys = new Set(["statusCode", "headers", "multiValueHeaders", "cookies"]);

/** Whether API Gateway accepts the metadata of a stream. */
export function isAcceptablePrelude(prelude: object): boolean {
  return Object.keys(prelude).every((key) => preludeKeys.has(key));
}

const preludeDelimiter = Buffer.alloc(8);

const outputKeys = new Set(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]);

/**
 * Reads the output of a buffered Lambda proxy integration.
 *
 * @param decodesBase64 - whether the client's `Accept` header and the API's binary media types ask for bytes.
 * @returns the answer, or what makes the output malformed, which the caller gets as a bare 502.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function bufferedAnswer(
  payload: Uint8Array,
  decodesBase64: boolean,
): ProxyAnswer | { readonly problem: string } {
  const bytes = asBuffer(payload);
  const preludeEnd = bytes.indexOf(preludeDelimiter);
  if (preludeEnd >= 0) return preludeAnswer(bytes.subarray(0, preludeEnd));
  let output: unknown;
  try {
    output = JSON.parse(bytes.toString());
  } catch {
    return { problem: "It is not JSON." };
  }
  if (typeof output !== "object" || output === null || Array.isArray(output)) {
    return { problem: "It is no object. Return one with statusCode, headers and body." };
  }
  const unknown = Object.keys(output).find((key) => !outputKeys.has(key));
  if (unknown !== undefined) {
    return {
      problem: `It has the key ${JSON.stringify(unknown)}; the keys are ${[...outputKeys].join(", ")}.`,
    };
  }
  const {
    statusCode = 200,
    headers,
    multiValueHeaders,
    body,
    isBase64Encoded,
  } = output as Record<string, unknown>;
  const status = typeof statusCode === "string" && statusCode !== "" ? Number(statusCode) : statusCode;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
    return { problem: `statusCode is ${JSON.stringify(statusCode)}. Give an integer from 200 to 599.` };
  }
  const merged = mergeBuffered(headers, multiValueHeaders);
  if ("problem" in merged) return merged;
  if (body !== undefined && body !== null && typeof body !== "string") {
    return { problem: `body is of type ${typeof body}. Give a string, such as JSON.stringify(body).` };
  }
  return {
    status,
    headers: withContentType(mapHeaders(merged)),
    body: Buffer.from(body ?? "", isBase64Encoded === true && decodesBase64 ? "base64" : "utf8"),
  };
}

/** What a function that streams is worth to an integration that does not: its status and headers. */
function preludeAnswer(prelude: Buffer): ProxyAnswer | { readonly problem: string } {
  const answer = bufferedAnswer(prelude, false);
  return "problem" in answer ? answer : { ...answer, body: Buffer.alloc(0), isBodyLost: true };
}

/** Names in both maps are joined, the multi values first, in the multi map's spelling. */
function mergeBuffered(
  headers: unknown,
  multiValueHeaders: unknown,
): MergedHeaders | { readonly problem: string } {
  if (!isMap(headers)) return { problem: "headers is no object of names and values." };
  if (!isMap(multiValueHeaders)) return { problem: "multiValueHeaders is no object of names and lists." };
  const merged: MergedHeaders = new Map();
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    if (!Array.isArray(values)) return { problem: `multiValueHeaders[${JSON.stringify(name)}] is no list.` };
    const texts = values.map(String);
    if (!isHeaderName(name) || !texts.every(isHeaderValue)) return unsendable(name);
    add(merged, name, texts);
  }
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!isHeaderName(name) || typeof value === "object" || !isHeaderValue(String(value))) {
      return unsendable(name);
    }
    add(merged, name, [String(value)]);
  }
  return merged;
}

function unsendable(name: string): { readonly problem: string } {
  return { problem: `The header ${JSON.stringify(name)} has a name or a value that HTTP can't carry.` };
}

function isMap(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || (typeof value === "object" && !Array.isArray(value));
}

function mapHeaders(merged: MergedHeaders): HeaderList {
  return remappedHeaders(
    [...merged.values()].flatMap(({ name, values }) => values.map((value) => [name, value] as const)),
  );
}

/**
 * Headers of an integration as the client gets them: some renamed, some left out.
 * @param others - names in lower case that are renamed as well.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
export function remappedHeaders(headers: HeaderList, others: ReadonlySet<string> = new Set()): HeaderList {
  return headers.flatMap(([name, value]) => {
    const key = name.toLowerCase();
    if (dropped.has(key)) return [];
    return [[remapped.has(key) || others.has(key) ? `x-amzn-Remapped-${name}` : name, value] as const];
  });
}

export function withContentType(headers: HeaderList): HeaderList {
  if (headers.some(([name]) => name.toLowerCase() === "content-type")) return headers;
  return [["Content-Type", "application/json"], ...headers];
}
