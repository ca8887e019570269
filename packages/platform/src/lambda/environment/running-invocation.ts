import { type EnvironmentFailure, failureEnd, platformError } from "./environment-failure.ts";
import { environmentLimits } from "./environment-limits.ts";
import type {
  Invocation,
  InvocationEnd,
  InvocationReceiver,
  InvocationReport,
  InvocationRequest,
} from "./invocation.ts";
import { parseTracing, type Span, type Tracing } from "./log-lines.ts";
import type { Answer } from "./runtime-api/answer.ts";
import {
  type Delivery,
  encodeNextAnswer,
  type ResponseHead,
  type ResponseOutcome,
} from "./runtime-api/delivery.ts";

/** Takes what nobody wants. */
const discard: InvocationReceiver = {
  start: () => {},
  chunk: () => undefined,
  end: () => {},
};

/** When something happened, on the clock that never jumps; undefined until it has. */
interface Moments {
  began: number;
  delivered: number | undefined;
  responseBegan: number | undefined;
  responseEnded: number | undefined;
  /** Unix time that goes with `began`. */
  beganAtMs: number;
}

/** An invocation between its caller and the Runtime API: it tells each what the other does. */
export class RunningInvocation implements Invocation, Delivery {
  readonly request: InvocationRequest;
  readonly invocationId: string;
  readonly tracing: Tracing | undefined;
  readonly done: Promise<InvocationReport>;
  readonly released: Promise<void>;
  /** The environment has taken up its end; nothing more may begin. */
  isFinishing = false;
  /** It was logged that the runtime is done with it. */
  isRuntimeDone = false;
  /** Called when the runtime has answered, however. */
  onAnswered: () => void = () => {};
  /** Stops the timer of its timeout. */
  cancelTimeout: () => void = () => {};
  readonly #done = Promise.withResolvers<InvocationReport>();
  readonly #released = Promise.withResolvers<void>();
  readonly #monotonicMs: () => number;
  #receiver: InvocationReceiver;
  #isDetached = false;
  #hasEnded = false;
  /** A buffered response broke off, and it is not known yet whether because the runtime died. */
  #isTruncated = false;
  /** Breaks the runtime's response off; there while it is under way. */
  #breakOff: (() => void) | undefined;
  #isAbandoned = false;
  /** Lets the runtime write on; there while the caller can take no more. */
  #openGate: (() => void) | undefined;
  #producedBytes = 0;
  #deadlineMs = 0;
  readonly #moments: Moments = {
    began: 0,
    delivered: undefined,
    responseBegan: undefined,
    responseEnded: undefined,
    beganAtMs: 0,
  };

  constructor(
    request: InvocationRequest,
    receiver: InvocationReceiver,
    invocationId: string,
    monotonicMs: () => number,
  ) {
    this.request = request;
    this.invocationId = invocationId;
    this.tracing = parseTracing(request.traceId);
    this.#receiver = receiver;
    this.#monotonicMs = monotonicMs;
    this.done = this.#done.promise;
    this.released = this.#released.promise;
  }

  get requestId(): string {
    return this.request.requestId;
  }

  get invokedFunctionArn(): string {
    return this.request.invokedFunctionArn;
  }

  get traceId(): string | undefined {
    return this.request.traceId;
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  get isDetached(): boolean {
    return this.#isDetached;
  }

  get responseLimitBytes(): number {
    const { invokeMode, responseLimitBytes } = this.request;
    if (responseLimitBytes !== undefined) return responseLimitBytes;
    return invokeMode === "BUFFERED"
      ? environmentLimits.bufferedResponseBytes
      : environmentLimits.streamedResponseBytes;
  }

  get producedBytes(): number {
    return this.#producedBytes;
  }

  get answer(): Answer {
    const { request, invocationId, deadlineMs } = this;
    return encodeNextAnswer(
      {
        requestId: request.requestId,
        invocationId,
        deadlineMs,
        invokedFunctionArn: request.invokedFunctionArn,
        traceId: request.traceId,
        clientContext: request.clientContext,
        cognitoIdentity: request.cognitoIdentity,
        tenantId: request.tenantId,
        contentType: request.contentType ?? "application/json",
      },
      request.event,
    );
  }

  detach(onlooker: InvocationReceiver = discard): void {
    this.#isDetached = true;
    this.#receiver = onlooker;
    this.#openGate?.();
  }

  abandon(onlooker?: InvocationReceiver): void {
    this.#isAbandoned = true;
    this.detach(onlooker);
    this.#breakOff?.();
  }

  /** The timeout runs from here. */
  startTime(nowMs: number, timeoutMs: number): void {
    this.#moments.began = this.#monotonicMs();
    this.#moments.beganAtMs = nowMs;
    this.#deadlineMs = Math.round(nowMs + timeoutMs);
  }

  get isDelivered(): boolean {
    return this.#moments.delivered !== undefined;
  }

  /** Whether the runtime has answered it, however. */
  get isAnswered(): boolean {
    return this.#moments.responseEnded !== undefined;
  }

  markDelivered(): void {
    this.#moments.delivered = this.#monotonicMs();
  }

  /** Since the timeout runs. */
  elapsedMs(): number {
    return this.#monotonicMs() - this.#moments.began;
  }

  begin({ contentType, isStreaming }: ResponseHead, breakOff: () => void): void {
    this.#breakOff = breakOff;
    if (this.#isAbandoned) breakOff();
    this.#moments.responseBegan = this.#monotonicMs();
    if (!this.#hasEnded) this.#receiver.start({ contentType, isStreaming });
  }

  data(bytes: Buffer): Promise<void> | undefined {
    this.#producedBytes += bytes.length;
    if (this.#hasEnded) return undefined;
    const wait = this.#receiver.chunk(bytes);
    if (wait === undefined) return undefined;
    const gate = Promise.withResolvers<void>();
    this.#openGate = gate.resolve;
    wait.then(gate.resolve, () => this.detach());
    return gate.promise;
  }

  end(outcome: ResponseOutcome): void {
    this.#breakOff = undefined;
    this.#moments.responseEnded = this.#monotonicMs();
    const end = this.#endOf(outcome);
    if (end === undefined) this.#isTruncated = true;
    else this.#finish(end);
    this.onAnswered();
  }

  /** Ends the response for the caller, unless it has ended: the environment can't go on. */
  fail(failure: EnvironmentFailure): void {
    const isStreamed = this.request.invokeMode === "RESPONSE_STREAM";
    if (isStreamed && this.#moments.responseBegan !== undefined) {
      this.#finish({ kind: "streamError", errorType: failure.streamErrorType, errorBody: "" });
    } else this.#finish(failureEnd(failure, this.requestId));
  }

  /** The environment goes on to its next invocation. */
  settle(): void {
    if (this.#isTruncated) this.#finish(this.#truncated());
  }

  finish(report: InvocationReport): void {
    this.#done.resolve(report);
  }

  release(): void {
    this.#released.resolve();
  }

  /** From the delivery to the beginning of the response, in milliseconds. */
  get responseLatencyMs(): number | undefined {
    const { delivered, responseBegan } = this.#moments;
    return delivered === undefined || responseBegan === undefined ? undefined : responseBegan - delivered;
  }

  /** From the beginning of the response to its end, in milliseconds. */
  get responseDurationMs(): number | undefined {
    const { responseBegan, responseEnded } = this.#moments;
    return responseBegan === undefined || responseEnded === undefined
      ? undefined
      : responseEnded - responseBegan;
  }

  /** How the time was spent, `durationMs` of it. */
  spans(durationMs: number): readonly Span[] {
    const { began, beganAtMs, delivered, responseBegan, responseEnded } = this.#moments;
    if (delivered === undefined || responseBegan === undefined || responseEnded === undefined) return [];
    const span = (name: Span["name"], from: number, to: number): Span => {
      return { name, startMs: beganAtMs + from - began, durationMs: Math.max(0, to - from) };
    };
    return [
      span("responseLatency", delivered, responseBegan),
      span("responseDuration", responseBegan, responseEnded),
      span("runtimeOverhead", responseEnded, began + durationMs),
    ];
  }

  #finish(end: InvocationEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    // A chunk that the caller still thinks about holds up nothing any more.
    this.#openGate?.();
    this.#receiver.end(end);
  }

  /** Nothing while it must be seen what becomes of the runtime. */
  #endOf(outcome: ResponseOutcome): InvocationEnd | undefined {
    const isStreamed = this.request.invokeMode === "RESPONSE_STREAM";
    switch (outcome.kind) {
      case "complete":
        return outcome.error === undefined ? { kind: "complete" } : { kind: "streamError", ...outcome.error };
      case "error":
        return {
          kind: "functionError",
          errorType: outcome.errorType,
          payload: outcome.payload,
          contentType: outcome.contentType,
        };
      case "too-large":
        return isStreamed
          ? { kind: "streamError", errorType: sizeErrorType, errorBody: "" }
          : this.#tooLarge();
      case "invalid-mode":
        return {
          kind: "platformError",
          errorType: "Runtime.InvalidResponseModeHeader",
          errorMessage: "Invalid function response mode",
          payload: Buffer.alloc(0),
        };
      case "truncated":
        return isStreamed && this.#moments.responseBegan !== undefined ? this.#truncated() : undefined;
    }
  }

  #truncated(): InvocationEnd {
    const errorType = "Runtime.TruncatedResponse";
    if (this.request.invokeMode === "RESPONSE_STREAM" && this.#moments.responseBegan !== undefined) {
      return { kind: "streamError", errorType, errorBody: "" };
    }
    return platformError(
      errorType,
      `RequestId: ${this.requestId} Error: The response of the runtime was truncated`,
    );
  }

  #tooLarge(): InvocationEnd {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${this.responseLimitBytes} bytes).`;
    const payload = Buffer.from(JSON.stringify({ errorMessage, errorType: sizeErrorType }));
    return { kind: "platformError", errorType: sizeErrorType, errorMessage, payload };
  }
}

const sizeErrorType = "Function.ResponseSizeTooLarge";
