import type { IncomingMessage } from "node:http";
import type { HeaderList } from "../front-door/client-response.ts";
import { requestSecurely, request as sendHttp } from "../http-of-node.ts";

/** A request to the backend of an integration. */
export interface BackendRequest {
  readonly url: URL;
  readonly method: string;
  /** All but `Host`. */
  readonly headers: HeaderList;
  readonly body: Buffer;
  /** Takes any certificate. */
  readonly isUnverified?: boolean;
}

/**
 * Sends a request over a connection of its own.
 * @param signal - ends request and answer, whatever they have come to.
 * @returns the answer once its headers are there; its body is still to be read.
 * @throws if the backend can't be reached, or ends the connection first.
 */
export function exchange(request: BackendRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, method, headers, body, isUnverified = false } = request;
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestSecurely : sendHttp;
    const sending = send(url, {
      method,
      // Headers as a list don't get one of their own from the URL.
      headers: ["Host", url.host, ...headers.flat()],
      agent: false,
      signal,
      ...(isUnverified ? { rejectUnauthorized: false } : {}),
    });
    sending.on("response", resolve);
    sending.on("error", reject);
    sending.end(body);
  });
}

/**
 * Reads an answer's body.
 * @param most - in bytes.
 * @throws if it is longer, or ends too early, or the signal says so.
 */
export async function collect(answer: IncomingMessage, most: number, signal: AbortSignal): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of answer) {
    signal.throwIfAborted();
    length += (piece as Buffer).length;
    if (length > most) throw new AnswerTooLargeError(`Its answer has more than ${most} bytes.`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

/** An answer is larger than the integration takes. */
export class AnswerTooLargeError extends Error {}

/** Names and values as they were sent. */
export function headersOf({ rawHeaders }: IncomingMessage): HeaderList {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return headers;
}
