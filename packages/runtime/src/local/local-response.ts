import type { ServerResponse } from "node:http";
import {
  errorBodyTrailer,
  errorTrailers,
  errorTypeTrailer,
  type FunctionErrorDocument,
  type HttpPrelude,
  HttpPreludeDecoder,
  httpIntegrationContentType,
} from "@sluice/protocol";

/** What the client asked to see. */
export type ResponseView = "http" | "raw";

/** What a response came to, for the line that is printed about it. */
export interface ResponseSummary {
  status: number;
  firstByteAtMs: number | undefined;
  writes: number;
  bytes: number;
  outcome: string | undefined;
}

const connectionHeaders = new Set(["connection", "keep-alive", "transfer-encoding", "trailer", "upgrade"]);

/**
 * One answer to a client of the local server, streamed or not.
 *
 * A client that leaves changes nothing for the function: it runs on, and what it writes is discarded, as on Lambda.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
export class LocalResponse {
  readonly summary: ResponseSummary = {
    status: 0,
    firstByteAtMs: undefined,
    writes: 0,
    bytes: 0,
    outcome: undefined,
  };
  readonly #response: ServerResponse;
  readonly #view: ResponseView;
  #decoder: HttpPreludeDecoder | undefined;
  #isStreaming = false;
  #isOver = false;

  constructor(response: ServerResponse, view: ResponseView) {
    this.#response = response;
    this.#view = view;
    response.on("close", () => {
      if (!this.#isOver)
        this.summary.outcome = "the client left; the function ran on and its output was discarded";
    });
  }

  /** Whether status and headers were sent. */
  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  /** Calls back when the answer has left whole, or the client has. */
  whenClosed(callback: () => void): void {
    if (this.#response.closed) callback();
    else this.#response.once("close", callback);
  }

  /** Breaks the connection. */
  destroy(): void {
    this.#isOver = true;
    this.#response.destroy();
  }

  /** Answers with a whole body, as `Invoke` does. */
  send(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#count(body);
    this.#writeHead(status, { ...headers, "Content-Length": String(Buffer.byteLength(body)) });
    this.#response.end(body);
  }

  /** Answers as `Invoke` answers when the function failed: status 200 and the error as the body. */
  sendFunctionError(error: object, outcome: string): void {
    this.summary.outcome = outcome;
    const headers = { "Content-Type": "application/json", "X-Amz-Function-Error": "Unhandled" };
    this.send(200, headers, JSON.stringify(error));
  }

  /** Writes bytes of a streamed response, and takes the prelude out unless the client asked for the raw stream. */
  write(chunk: string | Uint8Array, contentType: string): Promise<void> | undefined {
    if (!this.#isStreaming) this.#start(contentType);
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (this.#decoder === undefined) return this.#writeBody(bytes);
    const decoded = this.#decoder.push(bytes);
    switch (decoded.kind) {
      case "incomplete":
        return undefined;
      case "invalid":
        this.#sendBadGateway(decoded.message);
        return undefined;
      case "complete":
        this.#decoder = undefined;
        this.#writePrelude(decoded.prelude);
        return decoded.rest.length > 0 ? this.#writeBody(decoded.rest) : undefined;
    }
  }

  /** Ends a streamed response. */
  finish(contentType: string): void {
    // Where nothing was written, AWS answers 200 with the default content type, even if a prelude was announced.
    if (!this.#isStreaming)
      this.#start(contentType === httpIntegrationContentType ? defaultContentType : contentType);
    if (this.#decoder !== undefined)
      this.#sendBadGateway("The response ended before the prelude was complete.");
    if (this.#isOver) return;
    this.#isOver = true;
    this.#response.end();
  }

  /**
   * Breaks a streamed response off: an HTTP client sees the connection end before the last chunk, never a clean end,
   * and whoever looks at the raw stream sees the error trailers.
   */
  breakOff(error: FunctionErrorDocument | undefined, outcome: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.summary.outcome = outcome;
    if (this.#view === "raw" && error !== undefined) {
      this.#response.addTrailers(errorTrailers(error));
      this.#response.end();
    } else {
      // What was written before still arrives.
      this.#response.socket?.destroySoon();
    }
  }

  #start(contentType: string): void {
    this.#isStreaming = true;
    if (this.#view === "raw") {
      this.#writeHead(200, {
        "Content-Type": contentType,
        Trailer: `${errorTypeTrailer}, ${errorBodyTrailer}`,
      });
    } else if (contentType === httpIntegrationContentType) {
      this.#decoder = new HttpPreludeDecoder();
    } else {
      this.#writeHead(200, { "Content-Type": contentType });
    }
  }

  #writePrelude({
    statusCode = 200,
    headers = {},
    multiValueHeaders = {},
    cookies,
  }: Partial<HttpPrelude>): void {
    // Names keep the spelling that the function gave them; for one that is in both maps, the multi-value one counts.
    const merged = new Map<string, [name: string, value: string | string[]]>();
    merged.set("content-type", ["Content-Type", defaultContentType]);
    for (const [name, value] of Object.entries(headers)) merged.set(name.toLowerCase(), [name, value]);
    for (const [name, values] of Object.entries(multiValueHeaders)) {
      merged.set(name.toLowerCase(), [name, [...values]]);
    }
    if (cookies !== undefined) merged.set("set-cookie", ["Set-Cookie", [...cookies]]);
    for (const name of connectionHeaders) merged.delete(name);
    this.#writeHead(statusCode, Object.fromEntries(merged.values()));
    // Sends the head, each character as a byte as everywhere in Node.js; flushHeaders() would send UTF-8.
    this.#response.write(new Uint8Array(0));
  }

  #writeHead(status: number, headers: Record<string, string | string[]>): void {
    this.summary.status = status;
    this.#response.writeHead(status, headers);
  }

  #sendBadGateway(reason: string): void {
    if (this.#isOver) return;
    this.#decoder = undefined;
    this.summary.outcome = `malformed prelude: ${reason}`;
    this.send(502, { "Content-Type": "text/plain" }, "Internal Server Error");
  }

  #writeBody(bytes: Uint8Array): Promise<void> | undefined {
    const response = this.#response;
    this.#count(bytes);
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

  #count(body: string | Uint8Array): void {
    this.summary.firstByteAtMs ??= performance.now();
    this.summary.writes += 1;
    this.summary.bytes += Buffer.byteLength(body);
  }
}

const defaultContentType = "application/octet-stream";
