import {
  encodeHttpPrelude,
  type HttpPrelude,
  httpIntegrationContentType,
  isHeaderValue,
} from "@sluice/protocol";
import {
  ContentTypeTooLateError,
  describeError,
  FinishAfterWriteAndFinishError,
  FinishTwiceError,
  InvalidHeaderError,
  InvalidStatusError,
  PreludeTooLargeError,
  ResponseClosedError,
  StatusAfterFirstByteError,
  StatusTwiceError,
  WriteAfterFinishError,
} from "./errors.ts";
import type { ResponseSink } from "./invocation.ts";

/**
 * How far a response has come. Each state is reached at most once, and in this order; `failed` can follow any of the
 * first three.
 */
type State = "waiting" | "prelude" | "body" | "finished" | "failed";

/**
 * Writes a streamed response: status and headers first if there are any, then bytes, then the end.
 *
 * Without `writeStatusAndHeaders` no HTTP prelude is sent: right for `InvokeWithResponseStream`, accepted by Function
 * URLs (status 200), refused by API Gateway.
 */
export class ResponseStreamWriter {
  readonly #sink: ResponseSink;
  #state: State = "waiting";
  #contentType = "application/octet-stream";
  #finishedByWrite = false;
  #failure: unknown;
  /** The failure, if it is that the way downstream is gone. */
  #closed: ResponseClosedError | undefined;
  /** The answer to the end of the response. */
  #ending: Promise<void> | undefined;
  #writable: WritableStream<string | Uint8Array> | undefined;
  #signal: AbortSignal | undefined;

  /** @param sink - where the bytes go; the writer is its one owner. */
  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** Whether the response was finished; it can't fail any more. */
  get isFinished(): boolean {
    return this.#state === "finished";
  }

  /** What the response failed with. @internal */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether the response has ended with an error: by `fail`, an aborted `writable`, or a lost connection. */
  get isFailed(): boolean {
    return this.#state === "failed";
  }

  /**
   * Writes body bytes; a string as UTF-8. Empty ones are fine and send nothing.
   *
   * Resolves when downstream has taken the bytes, so a loop that awaits it goes no faster than the client reads.
   * @throws {WriteAfterFinishError} after `finish` or `writeAndFinish`.
   * @throws {TypeError} if `chunk` is neither.
   * @throws {ResponseClosedError} when the response can't be delivered any more.
   */
  write(chunk: string | Uint8Array): Promise<void> {
    return this.#refuseWrite(chunk) ?? this.#write(chunk);
  }

  /**
   * Sends status, headers and cookies. They leave at once, so that a client sees them while the body is still being
   * made, or when there is no body.
   *
   * API Gateway sends `multiValueHeaders` too; what a Function URL does with them is undocumented. They are passed on
   * as given.
   * @throws {StatusTwiceError} the second time.
   * @throws {StatusAfterFirstByteError} after the first `write`.
   * @throws {InvalidStatusError} unless `statusCode` is an integer from 200 to 599.
   * @throws {InvalidHeaderError} if HTTP can't carry a header's name or value.
   * @throws {PreludeTooLargeError} over 16,384 bytes, the eight NUL bytes included.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
   */
  async writeStatusAndHeaders(prelude: HttpPrelude): Promise<void> {
    if (this.#state === "finished") throw new WriteAfterFinishError();
    if (this.#state === "failed") return this.#refuse();
    if (this.#state === "prelude") throw new StatusTwiceError();
    if (this.#state === "body") {
      throw this.#contentType === httpIntegrationContentType
        ? new StatusTwiceError()
        : new StatusAfterFirstByteError();
    }
    const encoded = encodeHttpPrelude(prelude);
    if (typeof encoded !== "string") {
      const { kind, message } = encoded;
      if (kind === "status") throw new InvalidStatusError(message);
      throw kind === "size" ? new PreludeTooLargeError(message) : new InvalidHeaderError(message);
    }
    this.#contentType = httpIntegrationContentType;
    this.#state = "prelude";
    await this.#send(encoded);
  }

  /**
   * Sets the content type of a response without status and headers; `application/octet-stream` unless set. A Function
   * URL passes it on to the client.
   * @throws {ContentTypeTooLateError} once bytes have been sent, those of status and headers included.
   * @throws {InvalidHeaderError} if HTTP can't carry the value.
   */
  setContentType(value: string): void {
    if (this.#state !== "waiting") throw new ContentTypeTooLateError();
    if (value === "" || !isHeaderValue(value)) {
      throw new InvalidHeaderError(`${JSON.stringify(value)} is not a valid content type.`);
    }
    this.#contentType = value;
  }

  /**
   * Ends the response. Resolves when Lambda has accepted it whole; the handler may work on afterwards.
   * @throws {FinishTwiceError} the second time.
   * @throws {FinishAfterWriteAndFinishError} after `writeAndFinish`.
   * @throws {ResponseClosedError} when the response can't be delivered any more.
   */
  finish(): Promise<void> {
    if (this.#state === "finished") {
      return Promise.reject(
        this.#finishedByWrite ? new FinishAfterWriteAndFinishError() : new FinishTwiceError(),
      );
    }
    if (this.#state === "failed") return this.#refuse();
    this.#state = "finished";
    const ending = this.#sink.finish(this.#contentType);
    this.#ending = ending;
    return this.#guard(ending);
  }

  /** `write` and `finish` in one. Throws what they throw. */
  writeAndFinish(chunk: string | Uint8Array): Promise<void> {
    const refused = this.#refuseWrite(chunk);
    if (refused !== undefined) return refused;
    // No need to wait for room in between: the end is accepted after everything before it.
    void this.#write(chunk);
    this.#finishedByWrite = true;
    return this.finish();
  }

  /**
   * Ends the response with an error, as if the handler had thrown it: an invocation error before the first byte, error
   * trailers after it. Does nothing to a response that has ended.
   */
  async fail(reason: unknown): Promise<void> {
    if (this.#state === "finished" || this.#state === "failed") return;
    this.#state = "failed";
    this.#failure = reason;
    this.#ending = this.#sink.fail(describeError(reason));
    await this.#ending;
  }

  /**
   * Waits until the end of the response has been accepted.
   * @throws what kept the response from being delivered.
   * @internal
   */
  async settled(): Promise<void> {
    await this.#ending;
    if (this.#closed !== undefined) throw this.#closed.cause;
  }

  /**
   * The response as a stream to pipe into. Closing it finishes the response; aborting it fails the response with the
   * reason.
   */
  get writable(): WritableStream<string | Uint8Array> {
    this.#writable ??= new WritableStream({
      write: (chunk) => this.write(chunk),
      close: () => this.finish(),
      abort: (reason) => this.fail(reason),
    });
    return this.#writable;
  }

  /**
   * Aborts when the response can't be delivered any more: the Runtime API refused it or its connection broke. A client
   * that leaves is not such a case: Lambda lets the function run on and discards what it writes.
   */
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      this.#signal = controller.signal;
      this.#sink.lost.catch((reason) => controller.abort(reason));
    }
    return this.#signal;
  }

  #refuseWrite(chunk: unknown): Promise<never> | undefined {
    if (this.#state === "finished") return Promise.reject(new WriteAfterFinishError());
    if (this.#state === "failed") return this.#refuse();
    if (typeof chunk === "string" || chunk instanceof Uint8Array) return undefined;
    return Promise.reject(
      new TypeError(`write() takes a string or a Uint8Array, nothing of type ${typeof chunk}.`),
    );
  }

  #write(chunk: string | Uint8Array): Promise<void> {
    if (chunk.length === 0) return done;
    this.#state = "body";
    return this.#send(chunk);
  }

  #send(bytes: string | Uint8Array): Promise<void> {
    try {
      const room = this.#sink.write(bytes, this.#contentType);
      return room === undefined ? done : this.#guard(room);
    } catch (error) {
      return handled(Promise.reject(this.#close(error)));
    }
  }

  #guard(delivery: Promise<void>): Promise<void> {
    return handled(
      delivery.catch((error) => {
        throw this.#close(error);
      }),
    );
  }

  /** The way downstream is gone. */
  #close(cause: unknown): ResponseClosedError {
    this.#state = "failed";
    const error = closedBecause(cause);
    this.#failure = error;
    this.#closed = error;
    return error;
  }

  #refuse(): Promise<never> {
    if (this.#closed !== undefined) return handled(Promise.reject(this.#closed));
    const error = new ResponseClosedError(
      "The response has ended with an error; nothing more can be written.",
      { cause: this.#failure },
    );
    return Promise.reject(error);
  }
}

/** The error for what is done with a response that can't be delivered any more. */
export function closedBecause(cause: unknown): ResponseClosedError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ResponseClosedError(`The response can't be delivered any more. ${detail}`, { cause });
}

const done = Promise.resolve();

/** A lost connection is reported by the runtime, so a write that nobody awaits must not end the process. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {
    // The rejection still reaches whoever awaits the promise.
  });
  return promise;
}
