import { isHeaderName, isHeaderValue } from "./header-syntax.ts";
import * as limits from "./limits.ts";

/**
 * The content type that announces an HTTP prelude on the Runtime API.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html
 */
export const httpIntegrationContentType = "application/vnd.awslambda.http-integration-response";

/**
 * Status and headers of a streamed HTTP response: the JSON object before the eight NUL bytes.
 *
 * API Gateway merges `headers` and `multiValueHeaders`, and for a name that is in both the multi-value one wins.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export interface HttpPrelude {
  /** HTTP status of the response, 200 to 599. */
  readonly statusCode: number;
  /** Header names to single values. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Header names to lists of values. For REST APIs. What a Function URL does with it is undocumented: it is sent
   * as given, so for a Function URL use `headers` and `cookies`.
   */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Each becomes one `Set-Cookie` header. */
  readonly cookies?: readonly string[] | undefined;
}

/** Why a prelude can't be sent. */
export interface HttpPreludeProblem {
  readonly kind: "status" | "header" | "size";
  readonly message: string;
}

const delimiter = "\0\0\0\0\0\0\0\0";

/**
 * The bytes of a prelude, as text: JSON and eight NULs.
 *
 * @returns the text, or what is wrong with the prelude: a status outside 200 to 599, a header name or value that
 * HTTP can't carry, or more than 16,384 bytes with the NULs.
 */
export function encodeHttpPrelude(prelude: HttpPrelude): string | HttpPreludeProblem {
  const { statusCode, headers, multiValueHeaders, cookies } = prelude;
  // JSON would make an empty object of them, and functions of Headers are no headers.
  if (Symbol.iterator in Object(headers)) {
    return headerProblem("headers is not an object of names and values. Give Object.fromEntries(headers).");
  }
  const problem = findProblem(prelude);
  if (problem !== undefined) return problem;
  // Only the four documented keys: API Gateway answers 500 to any other.
  const text = JSON.stringify({ statusCode, headers, multiValueHeaders, cookies }) + delimiter;
  // Every UTF-16 unit takes at most three bytes, so short preludes need no counting.
  const bytes = text.length * 3 <= limits.httpPreludeBytes ? 0 : Buffer.byteLength(text);
  if (bytes > limits.httpPreludeBytes) {
    return {
      kind: "size",
      message: `The status and headers take ${bytes} bytes with their delimiter; at most ${limits.httpPreludeBytes} are allowed. Send fewer or shorter headers and cookies.`,
    };
  }
  return text;
}

function findProblem(prelude: HttpPrelude): HttpPreludeProblem | undefined {
  const { statusCode, headers, multiValueHeaders, cookies } = prelude;
  if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    return {
      kind: "status",
      message: `${String(statusCode)} is not a final HTTP status. Give an integer from 200 to 599.`,
    };
  }
  for (const name in headers) {
    const problem = findHeaderProblem(name, headers[name]);
    if (problem !== undefined) return problem;
  }
  for (const name in multiValueHeaders) {
    const values: unknown = multiValueHeaders[name];
    if (!Array.isArray(values)) {
      return headerProblem(`multiValueHeaders["${name}"] is not a list of strings.`);
    }
    // The name counts even if its list is empty.
    for (const value of values.length === 0 ? [""] : values) {
      const problem = findHeaderProblem(name, value);
      if (problem !== undefined) return problem;
    }
  }
  if (cookies !== undefined && !Array.isArray(cookies)) {
    return headerProblem("cookies is not a list of strings.");
  }
  for (const cookie of cookies ?? []) {
    const problem = findHeaderProblem("set-cookie", cookie);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findHeaderProblem(name: string, value: unknown): HttpPreludeProblem | undefined {
  if (!isHeaderName(name)) {
    return headerProblem(`${JSON.stringify(name)} is not a valid HTTP header name.`);
  }
  if (typeof value !== "string") {
    return headerProblem(`The value of header "${name}" is of type ${typeof value}; give a string.`);
  }
  if (!isHeaderValue(value)) {
    return headerProblem(
      `The value of header "${name}" holds a character that HTTP headers can't carry: ${JSON.stringify(value)}.`,
    );
  }
  return undefined;
}

function headerProblem(message: string): HttpPreludeProblem {
  return { kind: "header", message };
}

/** What a stream's beginning turned out to be. */
export type DecodedHttpPrelude =
  | { readonly kind: "incomplete" }
  | { readonly kind: "invalid"; readonly message: string }
  | { readonly kind: "complete"; readonly prelude: Partial<HttpPrelude>; readonly rest: Uint8Array };

/**
 * Finds the prelude at the beginning of a stream, however the stream was cut into pieces, and keeps at most 16,384
 * bytes while it looks.
 */
export class HttpPreludeDecoder {
  #held: Buffer = Buffer.alloc(0);

  /** Takes the next piece. After "complete" or "invalid" the decoder is done. */
  push(piece: Uint8Array): DecodedHttpPrelude {
    const searchFrom = Math.max(0, this.#held.length - (delimiter.length - 1));
    // A piece may be far larger than a prelude: what lies past the limit is never copied.
    const room = limits.httpPreludeBytes - this.#held.length;
    const head = Buffer.concat([this.#held, piece.subarray(0, Math.max(0, room))]);
    const end = head.indexOf(delimiter, searchFrom, "latin1");
    if (end === -1) {
      if (piece.length >= room) {
        return {
          kind: "invalid",
          message: `No prelude delimiter (eight NUL bytes) within the first ${limits.httpPreludeBytes} bytes.`,
        };
      }
      this.#held = head;
      return { kind: "incomplete" };
    }
    const bodyStart = end + delimiter.length - this.#held.length;
    this.#held = Buffer.alloc(0);
    return parsePrelude(head.toString("utf8", 0, end), piece.subarray(bodyStart));
  }
}

function parsePrelude(text: string, rest: Uint8Array): DecodedHttpPrelude {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: "invalid", message: `The prelude is not JSON: ${(error as Error).message}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { kind: "invalid", message: "The prelude is not a JSON object." };
  }
  const prelude = { statusCode: 200, ...value } as HttpPrelude;
  const problem = findProblem(prelude);
  if (problem !== undefined) return { kind: "invalid", message: problem.message };
  return { kind: "complete", prelude: value as Partial<HttpPrelude>, rest };
}
