import { type Answer, refusal } from "./answer.ts";
import type { Identified, InvocationStates } from "./invocation-states.ts";
import { invalidInvocationId, invalidRequestId, invalidTransition } from "./runtime-states.ts";

const invokeTimeout = refusal(410, "InvokeTimeout", "Invoke timeout");
const tooManyIdle = refusal(500, "InternalServerError", "Internal Server Error");

/**
 * The states of a runtime that has several invocations at once. An invocation is over with its response, not with the
 * next call to `next`; one that has used up its time occupies the runtime until that answers, which is in vain.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator/tree/main/internal/lambda-managed-instances/invoke
 */
export class ConcurrentStates<T extends Identified> implements InvocationStates<T> {
  readonly #maxConcurrency: number;
  #state: "Started" | "InitError" | "Ready" = "Started";
  /** Delivered, and not answered, by request id. */
  readonly #running = new Map<string, T>();
  readonly #answering = new Set<T>();
  /** Those whose time is up. */
  readonly #expired = new Set<T>();

  constructor(maxConcurrency: number) {
    this.#maxConcurrency = maxConcurrency;
  }

  get isInitializing(): boolean {
    return this.#state === "Started";
  }

  get isReady(): boolean {
    return this.#state === "Ready";
  }

  get isReceiving(): boolean {
    return this.#answering.size > 0;
  }

  get outstanding(): number {
    return this.#running.size;
  }

  next(waiting: number): "wait" | Answer {
    if (this.#state === "InitError") return invalidTransition("InitError", "Ready");
    if (waiting >= this.#maxConcurrency) return tooManyIdle;
    this.#state = "Ready";
    return "wait";
  }

  deliver(invocation: T): void {
    this.#running.set(invocation.requestId, invocation);
  }

  begin(_call: "response" | "error", requestId: string, invocationId: string | undefined): T | Answer {
    const invocation = this.#running.get(requestId);
    if (invocation === undefined || this.#answering.has(invocation)) return invalidRequestId;
    if (invocationId !== undefined && invocationId !== invocation.invocationId) return invalidInvocationId;
    if (this.#expired.has(invocation)) return this.answered(invocation) ?? invokeTimeout;
    this.#answering.add(invocation);
    return invocation;
  }

  answered(invocation: T): Answer | undefined {
    // An attempt of the same event may have taken its place.
    if (this.#running.get(invocation.requestId) === invocation) this.#running.delete(invocation.requestId);
    this.#answering.delete(invocation);
    return this.#expired.delete(invocation) ? invokeTimeout : undefined;
  }

  expire(invocation: T): void {
    if (this.#running.get(invocation.requestId) === invocation) this.#expired.add(invocation);
  }

  initError(): Answer | undefined {
    if (this.#state !== "Started") return invalidTransition(this.#state, "InitError");
    this.#state = "InitError";
    return undefined;
  }
}
