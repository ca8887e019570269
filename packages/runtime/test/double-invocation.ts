import { randomUUID } from "node:crypto";
import { Condition } from "./condition.ts";
import type { Answer, HttpConnection } from "./http-connection.ts";
import type { Fields, IncomingRequest } from "./http-request.ts";
import type { AnswerKind } from "./runtime-states.ts";
import type { TimedBytes } from "./socket-reader.ts";

/** What one invocation brings along. Whatever is left out gets a harmless value, or is not sent. */
export interface InvokeOptions {
  readonly requestId?: string;
  /** Unix time in milliseconds; default: in 30 seconds. */
  readonly deadlineMs?: number;
  readonly traceId?: string;
  /** Sent as JSON text; a string is sent as it is. */
  readonly clientContext?: string | object;
  /** Sent as JSON text; a string is sent as it is. */
  readonly cognitoIdentity?: string | object;
  readonly tenantId?: string;
  readonly invokedFunctionArn?: string;
  /** Default: `application/json`. */
  readonly contentType?: string;
  /** Further headers of the `next` answer; these win over the ones made from the other options. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers, in any letter case, that the `next` answer is to lack. */
  readonly omitHeaders?: readonly string[];
  /** Sends the event in two chunks, as Lambda has been seen to do, instead of with a `Content-Length`. */
  readonly chunked?: boolean;
  /**
   * How the invoker waits for the response: `BUFFERED` ones are limited in size. Default: what the runtime says with
   * `Lambda-Runtime-Function-Response-Mode`.
   */
  readonly invokeMode?: "BUFFERED" | "RESPONSE_STREAM";
}

/** What became of an invocation. */
interface InvocationResult {
  /** `error` for `POST error`, and where the platform reports an error in place of the runtime's response. */
  readonly kind: AnswerKind;
  /** Of the runtime's request, names in lower case. */
  readonly headers: Fields;
  readonly body: Buffer;
  readonly chunks: readonly TimedBytes[];
  /** The announced ones, names in lower case. */
  readonly trailers: Fields;
  /** Whether the runtime's body came to its end: `false` when it was cut off, or refused half-way. */
  readonly complete: boolean;
  /** The error type the platform would show the invoker, whether the runtime's or its own. */
  readonly errorType: string | undefined;
}

/** One event on its way through the double, and the runtime's answer to it. */
export class DoubleInvocation implements AsyncIterable<TimedBytes> {
  readonly requestId: string;
  /** Unique for each attempt; the runtime may send it back. */
  readonly invocationId = randomUUID();
  /** Unix time in milliseconds. */
  readonly deadlineMs: number;
  readonly invokedFunctionArn: string;
  readonly options: InvokeOptions;
  /** Resolves to the runtime's request as soon as the head of its response or error is there. */
  readonly responseStarted: Promise<IncomingRequest>;
  readonly result: Promise<InvocationResult>;
  readonly #event: Buffer;
  readonly #onChange: () => void;
  readonly #condition = new Condition();
  #received: { kind: AnswerKind; request: IncomingRequest; connection: HttpConnection } | undefined;
  #result: InvocationResult | undefined;
  #isPaused = false;

  /** Use `RuntimeApiDouble.invoke` instead. */
  constructor(event: string | Uint8Array | object, options: InvokeOptions, onChange: () => void) {
    this.requestId = options.requestId ?? randomUUID();
    this.deadlineMs = options.deadlineMs ?? Date.now() + 30_000;
    this.invokedFunctionArn =
      options.invokedFunctionArn ?? "arn:aws:lambda:us-east-1:123456789012:function:test-function";
    this.options = options;
    this.#event = event instanceof Uint8Array ? Buffer.from(event) : Buffer.from(asJsonText(event));
    this.#onChange = onChange;
    this.responseStarted = this.#condition.until(() => this.#received?.request);
    this.result = this.#condition.until(() => this.#result);
  }

  /**
   * Waits for a chunk of the response, while the response may still be open.
   *
   * @param index - From 0.
   * @throws {RangeError} if the response ends without it.
   */
  async chunk(index: number): Promise<TimedBytes> {
    const chunk = await this.#chunkOrEnd(index);
    if (chunk === "end") throw new RangeError(`the response ended without a chunk ${index}`);
    return chunk;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TimedBytes, void> {
    for (let index = 0; ; index += 1) {
      const chunk = await this.#chunkOrEnd(index);
      if (chunk === "end") return;
      yield chunk;
    }
  }

  /**
   * Stops reading the response, now or as soon as it starts. The runtime can still write until the buffers of both
   * sockets are full, which takes some megabytes.
   */
  pause(): void {
    this.#isPaused = true;
    this.#received?.connection.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#received?.connection.resume();
  }

  /** Breaks the connection on which the response comes in. */
  disconnect(): void {
    if (!this.#received) throw new Error("there is no response to break: wait for responseStarted first");
    this.#received.connection.destroy();
  }

  /** Whether the API takes an answer with this `Lambda-Runtime-Invocation-Id`: it may be left out. */
  acceptsInvocationId(invocationId: string | undefined): boolean {
    return invocationId === undefined || invocationId === this.invocationId;
  }

  /**
   * The answer to `next` that delivers this event.
   *
   * @param sendEmpty - Managed Instances send the headers that have no value, too.
   */
  nextAnswer(sendEmpty: boolean): Answer {
    const { options } = this;
    const all: Record<string, string> = {
      "Content-Type": options.contentType ?? "application/json",
      "Lambda-Runtime-Aws-Request-Id": this.requestId,
      "Lambda-Runtime-Deadline-Ms": String(this.deadlineMs),
      "Lambda-Runtime-Invoked-Function-Arn": this.invokedFunctionArn,
      "Lambda-Runtime-Trace-Id": options.traceId ?? "",
      "Lambda-Runtime-Client-Context": asJsonText(options.clientContext ?? ""),
      "Lambda-Runtime-Cognito-Identity": asJsonText(options.cognitoIdentity ?? ""),
      "Lambda-Runtime-Aws-Tenant-Id": options.tenantId ?? "",
      "Lambda-Runtime-Invocation-Id": this.invocationId,
    };
    const omitted = new Set(options.omitHeaders?.map((name) => name.toLowerCase()));
    const overridden = new Set(Object.keys(options.headers ?? {}).map((name) => name.toLowerCase()));
    const sent = Object.entries(all).filter(
      ([name, value]) => (value !== "" || sendEmpty) && !overridden.has(name.toLowerCase()),
    );
    const headers = [...sent, ...Object.entries(options.headers ?? {})].filter(
      ([name]) => !omitted.has(name.toLowerCase()),
    );
    const answer = { status: 200, headers: Object.fromEntries(headers), body: this.#event };
    return options.chunked ? { ...answer, chunked: true } : answer;
  }

  /** The runtime began to answer on this connection. */
  receive(kind: AnswerKind, request: IncomingRequest, connection: HttpConnection): void {
    this.#received = { kind, request, connection };
    if (this.#isPaused) connection.pause();
    this.progress();
  }

  /** More of the answer has arrived. */
  progress(): void {
    this.#condition.notify();
    this.#onChange();
  }

  /** The runtime's answer stands as it came. */
  settle(errorType: string | undefined): void {
    this.#finish({ errorType });
  }

  /** The platform reports its own error in place of, or after, what the runtime sent. */
  settleRefused(errorType: string, errorMessage?: string): void {
    const body = errorMessage === undefined ? "" : JSON.stringify({ errorMessage, errorType });
    this.#finish({ kind: "error", errorType, body: Buffer.from(body) });
  }

  /** The answer came after the deadline; its invoker has been told so. */
  settleTimedOut(): void {
    this.settleRefused("Sandbox.Timedout");
  }

  /** Rejects whatever a test still waits for. */
  close(reason: Error): void {
    this.#condition.close(reason);
  }

  #finish(platform: Pick<InvocationResult, "errorType"> & Partial<InvocationResult>): void {
    const body = this.#received?.request.body;
    this.#result = {
      kind: this.#received?.kind ?? "error",
      headers: this.#received?.request.headers ?? {},
      body: body?.bytes ?? Buffer.alloc(0),
      chunks: [...(body?.chunks ?? [])],
      trailers: body?.trailers ?? {},
      complete: body?.state === "complete",
      ...platform,
    };
    this.progress();
  }

  #chunkOrEnd(index: number): Promise<TimedBytes | "end"> {
    return this.#condition.until(() => {
      const body = this.#received?.request.body;
      const isOver = this.#result !== undefined || (body !== undefined && body.state !== "open");
      return body?.chunks[index] ?? (isOver ? "end" : undefined);
    });
  }
}

function asJsonText(value: string | object): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
