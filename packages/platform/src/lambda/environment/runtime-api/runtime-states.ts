import { type Answer, refusal } from "./answer.ts";
import type { Identified, InvocationStates } from "./invocation-states.ts";

/**
 * The names as they stand in the text of an `InvalidStateTransition`.
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator/tree/main/internal/lambda/core
 */
type StateName =
  | "Started"
  | "InitError"
  | "Ready"
  | "Running"
  | "InvocationResponse"
  | "InvocationErrorResponse"
  | "RuntimeResponseSentState";

export const invalidRequestId = refusal(400, "InvalidRequestID", "Invalid request ID");
/** AWS publishes the type; the text is ours. */
export const invalidInvocationId = refusal(400, "InvalidInvocationId", "Invalid invocation ID");

/**
 * Which call of a runtime is legal when, with one invocation at a time. A refusal is the answer to send.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeStates<T extends Identified> implements InvocationStates<T> {
  #state: StateName = "Started";
  /** Known until the runtime calls `next` again: only then is an invocation over. */
  #current: T | undefined;

  get isInitializing(): boolean {
    return this.#state === "Started";
  }

  get isReady(): boolean {
    return this.#state === "Ready";
  }

  get isReceiving(): boolean {
    return this.#state === "InvocationResponse" || this.#state === "InvocationErrorResponse";
  }

  get outstanding(): number {
    return this.#current === undefined ? 0 : 1;
  }

  next(): T | "wait" | Answer {
    if (this.#state === "Running" && this.#current !== undefined) return this.#current;
    if (this.#state === "Started" || this.#state === "Ready" || this.#state === "RuntimeResponseSentState") {
      this.#state = "Ready";
      this.#current = undefined;
      return "wait";
    }
    return invalidTransition(this.#state, "Ready");
  }

  deliver(invocation: T): void {
    this.#state = "Running";
    this.#current = invocation;
  }

  begin(call: "response" | "error", requestId: string, invocationId: string | undefined): T | Answer {
    const invocation = this.#current;
    if (invocation?.requestId !== requestId) return invalidRequestId;
    if (invocationId !== undefined && invocationId !== invocation.invocationId) return invalidInvocationId;
    const to = call === "response" ? "InvocationResponse" : "InvocationErrorResponse";
    if (this.#state !== "Running") return invalidTransition(this.#state, to);
    this.#state = to;
    return invocation;
  }

  answered(): undefined {
    this.#state = "RuntimeResponseSentState";
    return undefined;
  }

  /** The environment does not go on: it is reset. */
  expire(): void {}

  initError(): Answer | undefined {
    if (this.#state !== "Started") return invalidTransition(this.#state, "InitError");
    this.#state = "InitError";
    return undefined;
  }
}

export function invalidTransition(from: StateName, to: StateName): Answer {
  const message = `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`;
  return refusal(403, "InvalidStateTransition", message);
}
