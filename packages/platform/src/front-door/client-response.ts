import type { ServerResponse } from "node:http";
import { isNamed } from "./http-request.ts";

/** Header names and values in the order in which they are sent. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/**
 * The answer to one HTTP client. Its owner begins it, writes, and ends it or breaks it off.
 *
 * A client that leaves is not an error here: what is written afterwards is discarded, since Lambda lets the function
 * run on. `onLeave` tells the owner.
 */
export class ClientResponse {
  readonly #response: ServerResponse;
  readonly #leaveListeners: (() => void)[] = [];
  readonly #answered = Promise.withResolvers<number>();
  #status = 0;
  #headers: HeaderList = [];
  #bodyBytes = 0;
  /** How long the body was said to be. */
  #promised: number | undefined;
  #firstContent: (() => void) | undefined;
  #isOver = false;
  #hasLeft = false;
  /** There while the client reads more slowly than is written. */
  #room: PromiseWithResolvers<void> | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    const closed = () => this.#closed();
    response.on("close", closed);
    // A broken connection shows as "close".
    response.on("error", () => {});
    // An answer that waits for an earlier one on the same connection isn't told that the connection closed.
    if (response.socket === null) {
      const { socket } = response.req;
      socket.setMaxListeners(0).on("close", closed);
      response.on("close", () => socket.off("close", closed));
    }
  }

  /** Whether status and headers were sent. */
  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  /** Whether the client was gone before the answer was over. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** The status that was sent; 0 before that. */
  get status(): number {
    return this.#status;
  }

  /** The headers that were sent; none before that. */
  get headers(): HeaderList {
    return this.#headers;
  }

  /** How much of the body was handed over. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** Calls back at the first byte of the body. */
  onFirstContent(listener: () => void): void {
    this.#firstContent = listener;
  }

  /** Resolves with the status once it was sent, or with 0 when the connection is gone before that. */
  get answered(): Promise<number> {
    return this.#answered.promise;
  }

  /** Calls back once if the client leaves before the answer is over, at once if it has left. */
  onLeave(listener: () => void): void {
    if (this.#hasLeft) listener();
    else this.#leaveListeners.push(listener);
  }

  /** Answers with a whole body. Does nothing if the answer has begun. */
  send(status: number, headers: HeaderList, body: string | Uint8Array): void {
    if (this.#isOver || this.hasBegun) return;
    this.#isOver = true;
    const bytes = asBuffer(body);
    const list = this.#framed(headers);
    if (status !== 204 && !hasHeader(list, "content-length")) {
      list.push(["Content-Length", String(bytes.length)]);
    }
    this.#response.writeHead(status, list.flat() as string[]);
    this.#status = status;
    this.#headers = list;
    this.#bodyBytes = bytes.length;
    // Node writes a head together with a text, but not with bytes.
    if (bytes.length <= shortBytes) this.#response.end(bytes.toString("latin1"), "latin1");
    else this.#response.end(bytes);
    this.#answered.resolve(status);
  }

  /**
   * Sends status and headers; the client sees them before there is a body.
   * @param length - of the body in bytes, where it is known: an answer that ends with less is broken off.
   */
  begin(status: number, headers: HeaderList, length?: number): void {
    if (this.#isOver || this.hasBegun) return;
    const response = this.#response;
    const list = this.#framed(headers);
    if (length !== undefined && !hasHeader(list, "content-length"))
      list.push(["Content-Length", String(length)]);
    this.#promised = length;
    response.writeHead(status, list.flat() as string[]);
    this.#status = status;
    this.#headers = list;
    this.#answered.resolve(status);
    // Node flushes headers as UTF-8, and sends them before bytes as it parses them, a byte for each character.
    if (response.req.method === "HEAD" || status === 204 || status === 304) response.flushHeaders();
    else response.write(Buffer.alloc(0));
  }

  /** Writes body bytes. @returns a promise while the client reads more slowly, and nothing while there is room. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (bytes.length === 0 || this.#isOver || this.#hasLeft) return undefined;
    if (this.#bodyBytes === 0) this.#firstContent?.();
    this.#bodyBytes += bytes.length;
    if (this.#response.write(bytes)) return undefined;
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers();
      this.#response.once("drain", () => this.#openRoom());
    }
    return this.#room.promise;
  }

  /** Ends the answer cleanly, perhaps with trailers, which its headers announced. */
  end(trailers: HeaderList = []): void {
    if (this.#isOver) return;
    if (this.#promised !== undefined && this.#bodyBytes < this.#promised) {
      this.breakOff();
      return;
    }
    this.#isOver = true;
    if (trailers.length > 0) this.#response.addTrailers(Object.fromEntries(trailers));
    this.#response.end();
  }

  /**
   * Breaks the answer off so that the client can tell: the connection ends before the last chunk, after what was
   * written has arrived. What AWS does on the wire here is not published; a clean end would hide the failure.
   */
  breakOff(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { socket, req } = this.#response;
    // Without a socket, earlier answers on the same connection come first.
    if (socket === null) this.#response.destroy();
    // For a client of HTTP/1.0 the end of the connection is the end of the body: a reset is all that says otherwise.
    else if (req.httpVersion === "1.0") socket.resetAndDestroy();
    else socket.destroySoon();
  }

  /**
   * The length of a body is what is written, whatever a function says: a wrong one would let the client wait for more,
   * or take the rest for the next answer. An answer to HEAD has no body that it could be wrong about.
   */
  #framed(headers: HeaderList): (readonly [string, string])[] {
    const isHead = this.#response.req.method === "HEAD";
    return headers.filter(([name]) => isHead || !isNamed(name, "content-length"));
  }

  #closed(): void {
    this.#openRoom();
    this.#answered.resolve(0);
    if (this.#isOver || this.#hasLeft) return;
    this.#hasLeft = true;
    for (const listener of this.#leaveListeners.splice(0)) listener();
  }

  #openRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

/** Up to here copying a body costs less than a second piece to write. */
const shortBytes = 16 * 1024;

/** Not copied, unless it is text. */
export function asBuffer(body: string | Uint8Array): Buffer {
  if (typeof body === "string") return Buffer.from(body);
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Whether the list has a header of that (lower-case) name. */
export function hasHeader(headers: HeaderList, name: string): boolean {
  return headers.some(([candidate]) => isNamed(candidate, name));
}

/** Headers of an error that the platform says in a JSON document. */
export function plainHeaders(errorType: string): HeaderList {
  return [
    ["Content-Type", "application/json"],
    ["x-amzn-ErrorType", errorType],
  ];
}
