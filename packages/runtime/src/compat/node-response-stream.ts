import type { Writable } from "node:stream";
import { InvalidStreamingOperationError, ResponseStreamNotEndedError } from "../errors.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";

/**
 * The response stream of the managed Node.js runtimes: a Node.js `Writable`.
 *
 * Strings, Buffers and Uint8Arrays are sent as they are, anything else as JSON. `end()` finishes the response, `finish`
 * comes when Lambda has accepted it whole, and `destroy(error)` fails it.
 *
 * Where AWS's own client loses something, this stream does not:
 * - The prelude of `HttpResponseStream.from` is sent before an empty body and before `end(chunk)`, too.
 * - `finished()`, which AWS's tutorial awaits, exists.
 * - `destroy(error)` ends the response with error trailers; there it cuts the connection.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
 */
export interface NodeResponseStream extends Writable {
  /**
   * Sets the content type; `application/octet-stream` unless set.
   * @throws {InvalidStreamingOperationError} after the first write.
   * @throws {InvalidHeaderError} if HTTP can't carry the value.
   */
  setContentType(value: string): void;
  /**
   * Resolves when Lambda has accepted the response whole.
   * @throws what kept it from it.
   */
  finished(): Promise<void>;
  /**
   * Called once, before the first bytes of the body or its end, with a function that writes what is to come before
   * them. `HttpResponseStream.from` sets it, and so do libraries that bring their own.
   */
  _onBeforeFirstWrite?: ((write: (chunk: string | Uint8Array) => void) => void) | undefined;
}

type NodeResponseStreamClass = new (
  writer: ResponseStreamWriter,
  highWaterMark: number | undefined,
) => NodeResponseStream;
type Callback = (error?: Error | null) => void;

let loaded: NodeResponseStreamClass | undefined;

/**
 * The class of the response stream. The first call loads `node:stream`, which functions without such a stream never
 * pay for.
 */
export function nodeResponseStreamClass(): NodeResponseStreamClass {
  loaded ??= defineNodeResponseStream();
  return loaded;
}

function defineNodeResponseStream(): NodeResponseStreamClass {
  const { Writable, promises } = process.getBuiltinModule("node:stream");

  return class LambdaResponseStream extends Writable implements NodeResponseStream {
    _onBeforeFirstWrite: NodeResponseStream["_onBeforeFirstWrite"];
    readonly #writer: ResponseStreamWriter;
    #isContentTypeFixed = false;
    #hasBegun = false;

    constructor(writer: ResponseStreamWriter, highWaterMark: number | undefined) {
      super(highWaterMark === undefined ? {} : { highWaterMark });
      this.#writer = writer;
      // The runtime reports what a response fails with, so a function that listens to nothing must not bring it down.
      this.on("error", () => {});
      const { signal } = writer;
      signal.addEventListener("abort", () => this.destroy(signal.reason), { once: true });
    }

    setContentType(value: string): void {
      if (this.#isContentTypeFixed)
        throw new InvalidStreamingOperationError("Cannot set content-type, too late.");
      this.#writer.setContentType(value);
    }

    finished(): Promise<void> {
      return promises.finished(this);
    }

    override write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
      const bytes = encodeChunk(chunk);
      this.#isContentTypeFixed = true;
      return typeof encoding === "function"
        ? super.write(bytes, encoding)
        : super.write(bytes, encoding ?? "utf8", callback);
    }

    override end(chunk?: unknown, encoding?: BufferEncoding | (() => void), callback?: () => void): this {
      this.#isContentTypeFixed = true;
      if (typeof chunk === "function") return super.end(chunk as () => void);
      if (chunk === undefined || chunk === null) {
        return super.end(typeof encoding === "function" ? encoding : callback);
      }
      const bytes = encodeChunk(chunk);
      return typeof encoding === "function"
        ? super.end(bytes, encoding)
        : super.end(bytes, encoding ?? "utf8", callback);
    }

    override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
      const prelude = this.#takePrelude();
      const written =
        prelude === undefined
          ? this.#writer.write(chunk)
          : Promise.all([this.#writer.write(prelude), this.#writer.write(chunk)]);
      written.then(() => callback(), callback);
    }

    override _final(callback: Callback): void {
      const prelude = this.#takePrelude();
      const finished = prelude === undefined ? this.#writer.finish() : this.#writer.writeAndFinish(prelude);
      finished.then(() => callback(), callback);
    }

    override _destroy(error: Error | null, callback: Callback): void {
      const reason =
        error ?? new ResponseStreamNotEndedError("The response stream was destroyed before its end.");
      // Does nothing to a response that has ended.
      this.#writer.fail(reason).catch(() => {
        // The writer's settled() says the same.
      });
      callback(error);
    }

    #takePrelude(): Buffer | undefined {
      if (this.#hasBegun) return undefined;
      this.#hasBegun = true;
      if (typeof this._onBeforeFirstWrite !== "function") return undefined;
      const pieces: Buffer[] = [];
      this._onBeforeFirstWrite((piece) => pieces.push(Buffer.from(piece as string)));
      return Buffer.concat(pieces);
    }
  };
}

/** What can't be JSON either is left to the stream, which refuses it. */
function encodeChunk(chunk: unknown): unknown {
  if (typeof chunk === "string" || chunk instanceof Uint8Array || chunk === null) return chunk;
  return JSON.stringify(chunk);
}
