import { encodeInvokeComplete, framePayloadChunk, type InvokeComplete } from "@sluice/protocol";
import type { ClientResponse } from "../front-door/client-response.ts";
import type { InvocationEnd, InvocationReceiver } from "./environment/invocation.ts";

/**
 * Passes a response on as the events of `InvokeWithResponseStream`: each piece of the function's output is a
 * `PayloadChunk` of its own, and leaves at once. The end is written by `complete`, since it can carry the log.
 */
export class EventStreamReceiver implements InvocationReceiver {
  readonly #client: ClientResponse;
  #error: Pick<InvokeComplete, "ErrorCode" | "ErrorDetails"> = {};

  constructor(client: ClientResponse) {
    this.#client = client;
  }

  start(): void {
    // The HTTP head was sent before: it does not depend on the function.
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    if (bytes.length === 0) return undefined;
    const { head, tail } = framePayloadChunk(bytes);
    this.#client.write(head);
    this.#client.write(bytes);
    return this.#client.write(tail);
  }

  end(end: InvocationEnd): void {
    this.#error = errorOf(end);
  }

  /** Ends the stream. @param logResult - base64 of the log's tail, if it was asked for. */
  complete(logResult: string | undefined): void {
    this.#client.write(encodeInvokeComplete({ ...this.#error, LogResult: logResult }));
    this.#client.end();
  }
}

function errorOf(end: InvocationEnd): Pick<InvokeComplete, "ErrorCode" | "ErrorDetails"> {
  switch (end.kind) {
    case "complete":
      return {};
    case "streamError":
      return { ErrorCode: end.errorType, ErrorDetails: end.errorBody };
    case "functionError":
      // What AWS makes of an error reported before the first byte is not published; clients test for this value.
      return { ErrorCode: "Unhandled", ErrorDetails: Buffer.from(end.payload).toString() };
    case "platformError":
      return { ErrorCode: end.errorType, ErrorDetails: Buffer.from(end.payload).toString() };
  }
}
