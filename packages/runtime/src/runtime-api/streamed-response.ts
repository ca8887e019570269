import {
  errorBodyTrailer,
  errorTrailers,
  errorTypeTrailer,
  type FunctionErrorDocument,
} from "@sluice/protocol";
import type { ResponseSink } from "../invocation.ts";
import type { ChunkedBody } from "./chunked-body.ts";
import type { Connection } from "./connection.ts";
import type { HttpResponse } from "./response-parser.ts";

/**
 * A streamed response on the Runtime API: chunked, with the error trailers announced up front.
 *
 * The documentation asks to close the connection after the body. The official Go client does not and works, and a
 * connection that stays open saves a handshake for the next invocation, so it stays open here too.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
 */
export class StreamedResponse implements ResponseSink {
  readonly lost: Promise<never>;
  readonly #connection: Connection;
  readonly #requestLineAndHeaders: string;
  readonly #reportError: (error: FunctionErrorDocument) => Promise<void>;
  #open: { body: ChunkedBody; response: Promise<HttpResponse> } | undefined;
  #lose: (reason: Error) => void;

  constructor(
    connection: Connection,
    requestLineAndHeaders: string,
    reportError: (error: FunctionErrorDocument) => Promise<void>,
  ) {
    this.#connection = connection;
    this.#requestLineAndHeaders = requestLineAndHeaders;
    this.#reportError = reportError;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {
      // Whoever cares listens; nobody has to.
    });
    this.lost = promise;
    this.#lose = reject;
  }

  /** Whether bytes were sent and the end was not. */
  get isOpen(): boolean {
    return this.#open !== undefined && !this.#open.body.isEnded;
  }

  /** Whether the end was sent. */
  get isEnded(): boolean {
    return this.#open?.body.isEnded === true;
  }

  write(chunk: string | Uint8Array, contentType: string): Promise<void> | undefined {
    return this.#opened(contentType).body.write(chunk);
  }

  async finish(contentType: string): Promise<void> {
    const { body, response } = this.#opened(contentType);
    body.end();
    await this.#accepted(response);
  }

  async fail(error: FunctionErrorDocument): Promise<void> {
    if (this.#open === undefined) return this.#reportError(error);
    const { body, response } = this.#open;
    body.end(errorTrailers(error));
    await this.#accepted(response);
  }

  #opened(contentType: string): { body: ChunkedBody; response: Promise<HttpResponse> } {
    if (this.#open === undefined) {
      const head = `${this.#requestLineAndHeaders}Content-Type: ${contentType}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nTrailer: ${errorTypeTrailer}, ${errorBodyTrailer}\r\n\r\n`;
      const open = this.#connection.sendChunked(head);
      this.#open = open;
      open.response.then(
        (answer) => {
          if (!open.body.isEnded) this.#lose(this.#connection.refusal("an unfinished response", answer));
        },
        (error: Error) => this.#lose(error),
      );
    }
    return this.#open;
  }

  async #accepted(answer: Promise<HttpResponse>): Promise<void> {
    this.#connection.checkAccepted("response", await answer);
  }
}
