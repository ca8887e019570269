import type { InvocationEnd, InvocationReceiver, ResponseStart } from "./environment/invocation.ts";

/** What `Invoke` answers with. */
export interface BufferedResult {
  readonly payload: Uint8Array;
  readonly contentType: string | undefined;
  /** Whether the payload is an error document: `X-Amz-Function-Error: Unhandled`. */
  readonly isFunctionError: boolean;
  /** Whether the function streamed what was collected here. */
  readonly isStreaming: boolean;
}

/**
 * Collects a response, prelude and all, as a buffered invocation does. The execution environment lets no more than
 * 6,291,556 bytes through.
 */
export class BufferedReceiver implements InvocationReceiver {
  readonly #pieces: Uint8Array[] = [];
  readonly #result = Promise.withResolvers<BufferedResult>();
  #contentType: string | undefined;
  #isStreaming = false;

  /** Resolves with the end of the response. */
  get result(): Promise<BufferedResult> {
    return this.#result.promise;
  }

  start({ contentType, isStreaming }: ResponseStart): void {
    this.#contentType = contentType;
    this.#isStreaming = isStreaming;
  }

  chunk(bytes: Uint8Array): undefined {
    this.#pieces.push(bytes);
    return undefined;
  }

  end(end: InvocationEnd): void {
    this.#result.resolve(this.#resultOf(end));
  }

  #resultOf(end: InvocationEnd): BufferedResult {
    const error = (payload: Uint8Array) => ({
      payload,
      contentType: "application/json",
      isFunctionError: true,
      isStreaming: this.#isStreaming,
    });
    switch (end.kind) {
      case "complete":
        return {
          payload: Buffer.concat(this.#pieces),
          contentType: this.#contentType,
          isFunctionError: false,
          isStreaming: this.#isStreaming,
        };
      case "functionError":
      case "platformError":
        return error(end.payload);
      case "streamError":
        // What a caller sees of error trailers here is not documented; the error says more than half a body.
        return error(Buffer.from(end.errorBody || JSON.stringify({ errorType: end.errorType })));
    }
  }
}
