import { bufferedResponseBytes, type FunctionErrorDocument } from "@sluice/protocol";
import { RuntimeApiError } from "../errors.ts";
import type { Invocation, InvocationRequest, ResponseSink } from "../invocation.ts";
import type { LocalResponse } from "./local-response.ts";

/** An invocation that came over HTTP to the local server; it answers as the `Invoke` operation would. */
export class LocalInvocation implements Invocation {
  readonly request: InvocationRequest;
  readonly #response: LocalResponse;
  readonly #abandon = new AbortController();
  readonly #over = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;
  #isOver = false;

  /** @param timeoutSeconds - the invocation's time runs from now on. */
  constructor(request: InvocationRequest, response: LocalResponse, timeoutSeconds: number) {
    this.request = request;
    this.#response = response;
    this.#timer = setTimeout(() => this.#timeOut(timeoutSeconds), timeoutSeconds * 1000);
  }

  get abandoned(): AbortSignal {
    return this.#abandon.signal;
  }

  /** Resolves when the invocation has its answer, or was given up. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  async respond(body: string | Uint8Array, contentType: string): Promise<void> {
    this.#end("response");
    const bytes = Buffer.byteLength(body);
    if (bytes > bufferedResponseBytes) {
      const error = {
        errorMessage: `Response payload size exceeded maximum allowed payload size (${bufferedResponseBytes} bytes).`,
        errorType: "Function.ResponseSizeTooLarge",
      };
      this.#response.sendFunctionError(error, `response of ${bytes} bytes is too large`);
      const refusal = `Exceeded maximum allowed payload size (${bufferedResponseBytes} bytes).`;
      throw new RuntimeApiError("response", 413, refusal);
    }
    this.#response.send(200, { "Content-Type": contentType }, body);
  }

  async reportError(error: FunctionErrorDocument): Promise<void> {
    this.#end("error");
    this.#response.sendFunctionError(error, `function error: ${error.errorType}`);
  }

  stream(): ResponseSink {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {
      // Whoever cares listens; nobody has to.
    });
    this.#abandon.signal.addEventListener("abort", () => lost.reject(this.#abandon.signal.reason));
    return {
      lost: lost.promise,
      write: (chunk, contentType) => {
        if (this.#isOver) throw this.#refusal("response");
        return this.#response.write(chunk, contentType);
      },
      finish: async (contentType) => {
        this.#end("response");
        this.#response.finish(contentType);
      },
      fail: async (error) => {
        if (!this.#response.hasBegun) return this.reportError(error);
        this.#end("response");
        this.#response.breakOff(error, `the stream broke: ${error.errorType}`);
      },
    };
  }

  async abort(error: FunctionErrorDocument): Promise<void> {
    if (this.#isOver) return;
    await this.stream().fail(error);
  }

  #timeOut(timeoutSeconds: number): void {
    this.#end("timeout");
    const message = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
    if (this.#response.hasBegun) {
      this.#response.breakOff(undefined, message);
    } else {
      const errorMessage = `RequestId: ${this.request.requestId} Error: ${message}`;
      this.#response.sendFunctionError({ errorType: "Sandbox.Timedout", errorMessage }, message);
    }
    this.#abandon.abort(new DOMException(message, "TimeoutError"));
  }

  /** The first answer counts; a later one gets what the Runtime API says to it. */
  #end(call: string): void {
    if (this.#isOver) throw this.#refusal(call);
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#over.resolve();
  }

  #refusal(call: string): RuntimeApiError {
    return new RuntimeApiError(
      call,
      400,
      '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}',
    );
  }
}
