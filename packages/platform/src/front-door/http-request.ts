import type { IncomingMessage } from "node:http";

/** A request as it came, nothing decoded: what a signature covers. */
export interface HttpRequest {
  readonly method: string;
  /** As sent, up to the question mark; `/` at least. */
  readonly rawPath: string;
  /** As sent, without the question mark; empty if there is none. */
  readonly rawQuery: string;
  /** In the order and spelling of the client, repeated ones included. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
}

/** Reads what can be known before the body. */
export function readRequestHead(message: IncomingMessage): HttpRequest {
  const target = message.url ?? "/";
  const question = target.indexOf("?");
  const rawPath = question === -1 ? target : target.slice(0, question);
  const headers: [string, string][] = [];
  const { rawHeaders } = message;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return {
    method: message.method ?? "GET",
    // An absolute-form target names the host a second time.
    rawPath: rawPath.startsWith("/") ? rawPath : rawPath.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "") || "/",
    rawQuery: question === -1 ? "" : target.slice(question + 1),
    headers,
    sourceIp: (message.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, ""),
  };
}

/** The first value of a header; names are compared without regard to case. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  for (const [candidate, value] of request.headers) {
    if (isNamed(candidate, name)) return value;
  }
  return undefined;
}

/** Whether a header that came has that (lower-case) name. */
export function isNamed(candidate: string, name: string): boolean {
  return candidate.length === name.length && candidate.toLowerCase() === name;
}

/**
 * Reads a request's body.
 * @param limit - in bytes.
 * @returns the body, or nothing if it is longer: what is left of it will be read and discarded, since a client that is
 * still sending would not see an answer otherwise.
 * @throws if the client broke off.
 */
export function readBody(message: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (!hasBody(message)) return Promise.resolve(Buffer.alloc(0));
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const pieces: Buffer[] = [];
  let length = 0;
  const tooLong = () => {
    message.off("data", take);
    message.resume();
    resolve(undefined);
  };
  const take = (piece: Buffer) => {
    length += piece.length;
    if (length > limit) tooLong();
    else pieces.push(piece);
  };
  message.on("error", reject);
  if (Number(message.headers["content-length"] ?? 0) > limit) {
    tooLong();
    return promise;
  }
  message.on("data", take);
  message.on("end", () => {
    resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces));
  });
  return promise;
}

/**
 * Whether a body follows the head.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || headers["content-length"] !== undefined;
}

/**
 * Reads a request's body when it is first asked for, once for all who ask.
 * @param limit - in bytes.
 * @param tooLong - makes the error that everybody gets if it is longer.
 */
export function bodyReader(
  message: IncomingMessage,
  limit: number,
  tooLong: () => Error,
): () => Promise<Buffer> {
  let reading: Promise<Buffer> | undefined;
  const read = async (): Promise<Buffer> => {
    const body = await readBody(message, limit);
    if (body === undefined) throw tooLong();
    return body;
  };
  return () => {
    reading ??= read();
    return reading;
  };
}
