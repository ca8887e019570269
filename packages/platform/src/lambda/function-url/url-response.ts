import type { HttpPrelude } from "@sluice/protocol";
import type { HeaderList } from "../../front-door/client-response.ts";

/** Status, headers and body of an HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** What a function URL answers when the function fails or its output can't be used. */
export const badGateway: HttpAnswer = {
  status: 502,
  headers: [["Content-Type", "application/json"]],
  body: Buffer.from("Internal Server Error"),
};

const connectionHeaders = new Set(["connection", "keep-alive", "transfer-encoding", "trailer", "upgrade"]);

/**
 * Headers of a streamed answer. What AWS does with `multiValueHeaders` here is not documented; they are merged as API
 * Gateway merges them.
 */
export function streamHeaders(prelude: Partial<HttpPrelude>): HeaderList {
  const merged = new Map<string, [name: string, values: readonly string[]]>();
  merged.set("content-type", ["Content-Type", ["application/octet-stream"]]);
  for (const [name, value] of Object.entries(prelude.headers ?? {}))
    merged.set(name.toLowerCase(), [name, [value]]);
  for (const [name, values] of Object.entries(prelude.multiValueHeaders ?? {})) {
    merged.set(name.toLowerCase(), [name, values]);
  }
  for (const name of connectionHeaders) merged.delete(name);
  const headers = [...merged.values()].flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  return [...headers, ...(prelude.cookies ?? []).map((cookie) => ["Set-Cookie", cookie] as const)];
}

/**
 * What a buffered payload means as an HTTP answer: the response that it describes if it is an object with a status, and
 * the payload itself as JSON otherwise.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
 */
export function bufferedAnswer(payload: Uint8Array): HttpAnswer {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString());
  } catch {
    return badGateway;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || !("statusCode" in value)) {
    return inferred(value);
  }
  const { statusCode, headers, body, cookies, isBase64Encoded } = value as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return badGateway;
  const list: [string, string][] = [];
  for (const [name, headerValue] of Object.entries(
    typeof headers === "object" && headers !== null ? headers : {},
  )) {
    if (!connectionHeaders.has(name.toLowerCase())) list.push([name, String(headerValue)]);
  }
  if (!list.some(([name]) => name.toLowerCase() === "content-type"))
    list.push(["Content-Type", "application/json"]);
  if (Array.isArray(cookies)) for (const cookie of cookies) list.push(["Set-Cookie", String(cookie)]);
  const text =
    typeof body === "string" ? body : body === undefined || body === null ? "" : JSON.stringify(body);
  return { status, headers: list, body: Buffer.from(text, isBase64Encoded === true ? "base64" : "utf8") };
}

/** The recordings show a string without its quotes, where the documentation's example has them. */
function inferred(value: unknown): HttpAnswer {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  return { status: 200, headers: [["Content-Type", "application/json"]], body: Buffer.from(body) };
}
