import { type HttpPrelude, httpIntegrationContentType, isHeaderName, isHeaderValue } from "@sluice/protocol";
import { asBuffer, type HeaderList, hasHeader } from "../../front-door/client-response.ts";
import type { StreamDoor } from "../http-stream-receiver.ts";

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
 * How a stream begins as an HTTP answer, at a function URL and at `/invoke`.
 * @param extra - headers of ours.
 */
export function streamHeads(extra: HeaderList): Omit<StreamDoor, "refuse"> {
  return {
    expectsPrelude: (contentType) => contentType === httpIntegrationContentType,
    head: (prelude) => ({
      status: prelude.statusCode ?? 200,
      headers: [...streamHeaders(prelude), ...extra],
    }),
    bareHead: (contentType) => ({
      status: 200,
      headers: [["Content-Type", contentType ?? "application/octet-stream"], ...extra],
    }),
    emptyHead: () => ({ status: 200, headers: [...streamHeaders({}), ...extra] }),
  };
}

/**
 * What a buffered payload means as an HTTP answer: the response that it describes if it is an object with a status, and
 * the payload itself as JSON otherwise.
 *
 * A status below 200 is documented as possible, but no client could take it for an answer.
 *
 * @returns the answer, or what is wrong with the payload, for the developer: the client gets 502.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
 */
export function bufferedAnswer(payload: Uint8Array): HttpAnswer | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(asBuffer(payload).toString());
  } catch (error) {
    const hint = payload.includes(0) ? " A function that streams needs InvokeMode: RESPONSE_STREAM." : "";
    return { problem: `The function's answer is not JSON: ${(error as Error).message}.${hint}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || !("statusCode" in value)) {
    return inferred(value);
  }
  const { statusCode, headers, body, cookies, isBase64Encoded } = value as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    return { problem: `${JSON.stringify(statusCode)} is not a final HTTP status, 200 to 599.` };
  }
  const list = answerHeaders(headers, cookies);
  const unfit = list.find(([name, text]) => !isHeaderName(name) || !isHeaderValue(text));
  if (unfit !== undefined) {
    return {
      problem: `HTTP can't carry the header ${JSON.stringify(unfit[0])}: ${JSON.stringify(unfit[1])}.`,
    };
  }
  const text =
    typeof body === "string" ? body : body === undefined || body === null ? "" : JSON.stringify(body);
  return { status, headers: list, body: Buffer.from(text, isBase64Encoded === true ? "base64" : "utf8") };
}

function answerHeaders(headers: unknown, cookies: unknown): (readonly [string, string])[] {
  const list: [string, string][] = [];
  if (typeof headers === "object" && headers !== null) {
    for (const [name, value] of Object.entries(headers)) {
      if (!connectionHeaders.has(name.toLowerCase())) list.push([name, String(value)]);
    }
  }
  if (!hasHeader(list, "content-type")) list.push(["Content-Type", "application/json"]);
  if (Array.isArray(cookies)) for (const cookie of cookies) list.push(["Set-Cookie", String(cookie)]);
  return list;
}

/** The recordings show a string without its quotes, where the documentation's example has them. */
function inferred(value: unknown): HttpAnswer {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  return { status: 200, headers: [["Content-Type", "application/json"]], body: Buffer.from(body) };
}
