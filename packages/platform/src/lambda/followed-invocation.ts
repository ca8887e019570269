import { errorOf, type InvocationRecorder } from "../trace/invocation-recorder.ts";
import type { InvocationRecords } from "../trace/invocation-records.ts";
import type { InvocationReceiver, InvocationReport, LogEntry } from "./environment/index.ts";
import type { InvocationCall } from "./invocation-call.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import { LogTail } from "./log-tail.ts";

/** What happened in one invocation, for whoever watches. */
export interface InvocationTrace {
  readonly functionName: string;
  /** The version that ran: `$LATEST` or a number. */
  readonly version: string;
  readonly report: InvocationReport;
  /** Pieces that the function wrote. */
  readonly chunks: number;
  /** From the call to the first byte of the response, in milliseconds. */
  readonly firstByteMs: number | undefined;
  /** Error type, whoever found the error. What has none of AWS's form is named as the function named it. */
  readonly errorType: string | undefined;
  /** HTTP status that the caller was answered with. */
  readonly status: number | undefined;
}

/** Who is told of invocations besides their callers. */
export interface InvocationWatch {
  readonly trace: (trace: InvocationTrace) => void;
  /** Remembers what happens in each invocation. Nothing is remembered where this is left out. */
  readonly records?: InvocationRecords | undefined;
}

/** An invocation as it is followed from its call to its end: what it sends and logs, and what is told of it then. */
export class FollowedInvocation {
  /** Writes down what passes, where that is remembered. */
  readonly recorder: InvocationRecorder | undefined;
  readonly #target: LambdaFunction;
  readonly #call: InvocationCall;
  readonly #watch: InvocationWatch;
  readonly #counter: CountingReceiver;
  readonly #tail = new LogTail();

  constructor(
    target: LambdaFunction,
    call: InvocationCall,
    receiver: InvocationReceiver,
    watch: InvocationWatch,
  ) {
    this.#target = target;
    this.#call = call;
    this.#watch = watch;
    this.#counter = new CountingReceiver(receiver);
    this.recorder = watch.records?.recorder(target.name, call, this.#counter);
  }

  /** What is to stand in the receiver's place. */
  get receiver(): InvocationReceiver {
    return this.recorder ?? this.#counter;
  }

  /** Resolves when the receiver has been told the end of the response, or the caller has left. */
  get ended(): Promise<void> {
    return this.#counter.ended;
  }

  begin(): void {
    if (this.recorder !== undefined) this.#watch.records?.begin(this.recorder);
  }

  log({ source, message }: LogEntry): void {
    this.#tail.add(message);
    if (source !== "platform") this.recorder?.log(message);
  }

  /** Nobody is told the end any more. */
  leave(): void {
    this.#counter.leave();
  }

  /** The invocation is over and its log is complete. */
  finish(report: InvocationReport): LogTail {
    const tell = (answered: number | undefined): void => {
      const status = answered || undefined;
      const { name: functionName, version } = this.#target;
      this.#watch.trace({ functionName, version, report, status, ...this.#counter.summary() });
      this.recorder?.finish(report, status);
    };
    const answered = this.#call.answeredStatus?.();
    // Not waited for here: a caller that wants the log is answered after it.
    if (answered instanceof Promise) void answered.then(tell);
    else tell(answered);
    return this.#tail;
  }
}

/** Counts what goes through to a receiver. */
class CountingReceiver implements InvocationReceiver {
  readonly #receiver: InvocationReceiver;
  readonly #startedMs = performance.now();
  readonly #ended = Promise.withResolvers<void>();
  #firstByteMs: number | undefined;
  #chunks = 0;
  #errorType: string | undefined;

  constructor(receiver: InvocationReceiver) {
    this.#receiver = receiver;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  start(start: Parameters<InvocationReceiver["start"]>[0]): void {
    this.#receiver.start(start);
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    this.#firstByteMs ??= performance.now() - this.#startedMs;
    this.#chunks += 1;
    return this.#receiver.chunk(bytes);
  }

  end(end: Parameters<InvocationReceiver["end"]>[0]): void {
    if (end.kind !== "complete") {
      // The service knows types of its own form only; the function's document says what it was.
      this.#errorType = end.errorType.endsWith(".Unknown") ? errorOf(end).errorType : end.errorType;
    }
    this.#receiver.end(end);
    this.#ended.resolve();
  }

  /** Nobody is told the end any more. */
  leave(): void {
    this.#ended.resolve();
  }

  summary(): Pick<InvocationTrace, "chunks" | "firstByteMs" | "errorType"> {
    return { chunks: this.#chunks, firstByteMs: this.#firstByteMs, errorType: this.#errorType };
  }
}
