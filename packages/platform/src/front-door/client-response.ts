import type { ServerResponse } from "node:http";

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
  #isOver = false;
  #hasLeft = false;
  #bytes = 0;
  #firstByteAt: number | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on("close", () => {
      if (!this.#isOver) this.#hasLeft = true;
    });
    // A broken connection shows as "close".
    response.on("error", () => {});
  }

  /** Whether status and headers were sent. */
  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  /** Whether the client was gone before the answer was over. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Whether the answer was ended or broken off. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Body bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the first body byte was written, on the clock of `performance.now()`. */
  get firstByteAt(): number | undefined {
    return this.#firstByteAt;
  }

  /** Status as sent; 0 before that. */
  get status(): number {
    return this.hasBegun ? this.#response.statusCode : 0;
  }

  /** Calls back once if the client leaves before the answer is over. */
  onLeave(listener: () => void): void {
    this.#response.once("close", () => {
      if (this.#hasLeft) listener();
    });
  }

  /** Answers with a whole body. Does nothing if the answer has begun. */
  send(status: number, headers: HeaderList, body: string | Uint8Array): void {
    if (this.#isOver || this.hasBegun) return;
    this.#isOver = true;
    this.#count(Buffer.byteLength(body));
    const length = hasHeader(headers, "content-length")
      ? []
      : [["Content-Length", String(Buffer.byteLength(body))]];
    this.#response.writeHead(status, [...headers, ...length].flat());
    this.#response.end(body);
  }

  /** Sends status and headers; the client sees them before there is a body. */
  begin(status: number, headers: HeaderList): void {
    if (this.#isOver || this.hasBegun) return;
    this.#response.writeHead(status, headers.flat() as string[]);
    this.#response.flushHeaders();
  }

  /** Writes body bytes. @returns a promise while the client reads more slowly, and nothing while there is room. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    const response = this.#response;
    if (bytes.length === 0) return undefined;
    this.#count(bytes.length);
    if (this.#isOver || response.destroyed || response.write(bytes)) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        response.off("drain", done);
        response.off("close", done);
        resolve();
      };
      response.on("drain", done);
      response.on("close", done);
    });
  }

  /** Ends the answer cleanly. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#response.end();
  }

  /**
   * Breaks the answer off so that the client can tell: the connection ends before the last chunk, after what was
   * written has arrived. What AWS does on the wire here is not published; a clean end would hide the failure.
   */
  breakOff(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#response.socket?.destroySoon();
  }

  #count(bytes: number): void {
    this.#firstByteAt ??= performance.now();
    this.#bytes += bytes;
  }
}

/** Whether the list has a header of that (lower-case) name. */
function hasHeader(headers: HeaderList, name: string): boolean {
  return headers.some(([candidate]) => candidate.toLowerCase() === name);
}
