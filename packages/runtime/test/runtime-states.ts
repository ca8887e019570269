import type { DoubleInvocation } from "./double-invocation.ts";
import { type Answer, jsonAnswer } from "./http-connection.ts";

/** The two calls that answer an invocation. */
export type AnswerKind = "response" | "error";

/** Makes the answer with which the API refuses a call. */
export function refusal(status: number, errorType: string, errorMessage: string): Answer {
  return jsonAnswer(status, { errorMessage, errorType });
}

const invalidRequestId = refusal(400, "InvalidRequestID", "Invalid request ID");
/** AWS names the type; the text is ours, because none is published. */
const invalidInvocationId = refusal(400, "InvalidInvocationId", "Invalid invocation ID");

/** Which call is legal when. Refusals are answers; the rest moves the runtime to another state. */
export interface RuntimeStates {
  /**
   * `GET next`: an invocation to deliver again, the refusal, or `undefined` when the runtime has to wait.
   *
   * @param waiting - How many calls wait already.
   */
  next(waiting: number): DoubleInvocation | Answer | undefined;
  /** Whether a runtime that waits may be given an event. */
  canDeliver(): boolean;
  deliver(invocation: DoubleInvocation): void;
  /** `POST response` or `error`, once the head is there. */
  begin(kind: AnswerKind, requestId: string, invocationId: string | undefined): DoubleInvocation | Answer;
  /** The whole answer was taken. */
  finish(invocation: DoubleInvocation): void;
  /** `POST init/error`: the refusal, if it is one. */
  initError(): Answer | undefined;
  /** Whether no `next` was called yet, so that extensions can still register. */
  readonly isInitializing: boolean;
}

/**
 * The names as they stand in the message of an `InvalidStateTransition`.
 *
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator (`internal/lambda/core`)
 */
type StateName =
  | "Started"
  | "InitError"
  | "Ready"
  | "Running"
  | "InvocationResponse"
  | "InvocationErrorResponse"
  | "RuntimeResponseSentState";

function invalidTransition(from: StateName, to: StateName): Answer {
  const message = `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`;
  return refusal(403, "InvalidStateTransition", message);
}

/**
 * An execution environment with one invocation at a time.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class OneAtATime implements RuntimeStates {
  #state: StateName = "Started";
  /** Known to the API until the runtime calls `next` again: only then is an invocation over. */
  #current: DoubleInvocation | undefined;

  get isInitializing(): boolean {
    return this.#state === "Started";
  }

  next(): DoubleInvocation | Answer | undefined {
    switch (this.#state) {
      case "Running":
        return this.#current;
      case "Started":
      case "Ready":
      case "RuntimeResponseSentState":
        this.#state = "Ready";
        this.#current = undefined;
        return undefined;
      default:
        return invalidTransition(this.#state, "Ready");
    }
  }

  canDeliver(): boolean {
    return this.#state === "Ready";
  }

  deliver(invocation: DoubleInvocation): void {
    this.#state = "Running";
    this.#current = invocation;
  }

  begin(kind: AnswerKind, requestId: string, invocationId: string | undefined): DoubleInvocation | Answer {
    // The id is looked at before the state.
    const invocation = this.#current;
    if (invocation?.requestId !== requestId) return invalidRequestId;
    if (!invocation.acceptsInvocationId(invocationId)) return invalidInvocationId;
    const to = kind === "response" ? "InvocationResponse" : "InvocationErrorResponse";
    if (this.#state !== "Running") return invalidTransition(this.#state, to);
    this.#state = to;
    return invocation;
  }

  finish(): void {
    this.#state = "RuntimeResponseSentState";
  }

  initError(): Answer | undefined {
    if (this.#state !== "Started") return invalidTransition(this.#state, "InitError");
    this.#state = "InitError";
    return undefined;
  }
}

/**
 * A Lambda Managed Instances environment: up to `maxConcurrency` invocations at once, each with a state of its own.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html
 */
export class Concurrent implements RuntimeStates {
  readonly #maxConcurrency: number;
  readonly #running = new Map<string, { invocation: DoubleInvocation; isAnswering: boolean }>();
  #phase: "Started" | "Ready" | "InitError" = "Started";

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
  }

  get isInitializing(): boolean {
    return this.#phase === "Started";
  }

  next(waiting: number): Answer | undefined {
    if (this.#phase === "InitError") return invalidTransition("InitError", "Ready");
    this.#phase = "Ready";
    // Runtime.TooManyIdleRuntimes inside the platform; the runtime is told no more than this.
    if (waiting >= this.#maxConcurrency) return refusal(500, "InternalServerError", "Internal Server Error");
    return undefined;
  }

  canDeliver(): boolean {
    return this.#running.size < this.#maxConcurrency;
  }

  deliver(invocation: DoubleInvocation): void {
    this.#running.set(invocation.requestId, { invocation, isAnswering: false });
  }

  begin(_kind: AnswerKind, requestId: string, invocationId: string | undefined): DoubleInvocation | Answer {
    const running = this.#running.get(requestId);
    if (running === undefined || running.isAnswering) return invalidRequestId;
    if (!running.invocation.acceptsInvocationId(invocationId)) return invalidInvocationId;
    if (Date.now() > running.invocation.deadlineMs) {
      this.#running.delete(requestId);
      running.invocation.settleTimedOut();
      return refusal(410, "InvokeTimeout", "Invoke timeout");
    }
    running.isAnswering = true;
    return running.invocation;
  }

  finish(invocation: DoubleInvocation): void {
    this.#running.delete(invocation.requestId);
  }

  initError(): Answer | undefined {
    if (this.#phase !== "Started") return invalidTransition(this.#phase, "InitError");
    this.#phase = "InitError";
    return undefined;
  }
}
