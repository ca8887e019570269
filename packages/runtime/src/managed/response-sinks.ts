import { type FunctionErrorDocument, fitIntoTrailers } from "@sluice/protocol";
import { OutputNotSerializableError } from "../errors.ts";
import type { ResponseSink } from "../invocation.ts";

/** What is used of a managed runtime's response stream, which offers little more. */
export interface ManagedResponseStream {
  setContentType(value: string): void;
  write(chunk: string | Uint8Array): boolean;
  end(callback: () => void): unknown;
  on(event: "drain" | "error" | "close", listener: (error?: unknown) => void): unknown;
}

/** A way for a response that remembers what it failed with: a managed runtime learns that from what its handler throws. */
export interface ManagedSink extends ResponseSink {
  readonly failure: FunctionErrorDocument | undefined;
  /** What the managed runtime's handler returns once the response is finished. */
  output(): unknown;
}

/**
 * Writes to the response stream of a managed runtime. Does not own it: on failure the runtime ends it, with trailers.
 *
 * `finish` resolves when the bytes have left: a managed runtime does not tell when Lambda has accepted them.
 */
export class StreamSink implements ManagedSink {
  readonly lost: Promise<never>;
  failure: FunctionErrorDocument | undefined;
  readonly #stream: ManagedResponseStream;
  #hasBegun = false;
  #isFinished = false;
  #loss: { readonly reason: unknown } | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(stream: ManagedResponseStream) {
    this.#stream = stream;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {
      // Whoever cares listens; nobody has to.
    });
    this.lost = promise;
    stream.on("drain", () => {
      this.#room?.resolve();
      this.#room = undefined;
    });
    const lose = (error?: unknown) => {
      if (this.#isFinished) return;
      const reason = error ?? new Error("The managed runtime closed the response stream.");
      this.#loss ??= { reason };
      this.#room?.reject(reason);
      reject(reason);
    };
    stream.on("error", lose);
    stream.on("close", () => lose());
  }

  write(chunk: string | Uint8Array, contentType: string): Promise<void> | undefined {
    // Its stream takes no notice of writes then, and never drains.
    if (this.#loss !== undefined) throw this.#loss.reason;
    this.#begin(contentType);
    if (this.#stream.write(chunk)) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  async finish(contentType: string): Promise<void> {
    this.#begin(contentType);
    const ended = new Promise<void>((resolve) => {
      this.#stream.end(() => {
        this.#isFinished = true;
        resolve();
      });
    });
    await Promise.race([ended, this.lost]);
  }

  async fail(error: FunctionErrorDocument): Promise<void> {
    // The managed runtime puts it into trailers, however long it is.
    this.failure = fitIntoTrailers(error);
  }

  /** Everything went through the stream. */
  output(): undefined {}

  #begin(contentType: string): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#stream.setContentType(contentType);
  }
}

/** Collects a response that a managed runtime wants as a return value. */
export class OutputSink implements ManagedSink {
  /** Nothing gets lost on the way into memory. */
  readonly lost = new Promise<never>(() => {});
  failure: FunctionErrorDocument | undefined;
  readonly #pieces: Buffer[] = [];

  write(chunk: string | Uint8Array): undefined {
    this.#pieces.push(Buffer.from(chunk as string));
  }

  async finish(): Promise<void> {}

  async fail(error: FunctionErrorDocument): Promise<void> {
    this.failure = error;
  }

  /**
   * The response as a value, which the managed runtime writes as JSON again.
   * @throws {OutputNotSerializableError} if it is bytes that aren't JSON.
   */
  output(): unknown {
    try {
      return JSON.parse(Buffer.concat(this.#pieces).toString());
    } catch (cause) {
      throw new OutputNotSerializableError(
        "The managed Node.js runtimes return JSON only, and the handler returned bytes that are not JSON. Return text or an object, or use streaming().",
        { cause },
      );
    }
  }
}
