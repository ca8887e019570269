import { type Answer, refusal } from "./answer.ts";

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

/** What may be known of an invocation to tell whether a call is about it. */
interface Identified {
  readonly requestId: string;
  readonly invocationId: string;
}

const invalidRequestId = refusal(400, "InvalidRequestID", "Invalid request ID");
/** AWS publishes the type; the text is ours. */
const invalidInvocationId = refusal(400, "InvalidInvocationId", "Invalid invocation ID");

/**
 * Which call of a runtime is legal when, with one invocation at a time. A refusal is the answer to send.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeStates<T extends Identified> {
  #state: StateName = "Started";
  /** Known until the runtime calls `next` again: only then is an invocation over. */
  #current: T | undefined;

  /** Whether the Init phase goes on: no call to `next` yet, and no init error. */
  get isInitializing(): boolean {
    return this.#state === "Started";
  }

  /** Whether an event may be delivered. */
  get isReady(): boolean {
    return this.#state === "Ready";
  }

  /** Whether a response or error is being taken. */
  get isReceiving(): boolean {
    return this.#state === "InvocationResponse" || this.#state === "InvocationErrorResponse";
  }

  /** `GET next`: an invocation to deliver again, `"wait"`, or the refusal. */
  next(): T | "wait" | Answer {
    if (this.#state === "Running" && this.#current !== undefined) return this.#current;
    if (this.#state === "Started" || this.#state === "Ready" || this.#state === "RuntimeResponseSentState") {
      this.#state = "Ready";
      this.#current = undefined;
      return "wait";
    }
    return this.#invalidTransition("Ready");
  }

  deliver(invocation: T): void {
    this.#state = "Running";
    this.#current = invocation;
  }

  /** `POST response` or `error`, once the head is there. The id is looked at before the state. */
  begin(call: "response" | "error", requestId: string, invocationId: string | undefined): T | Answer {
    const invocation = this.#current;
    if (invocation?.requestId !== requestId) return invalidRequestId;
    if (invocationId !== undefined && invocationId !== invocation.invocationId) return invalidInvocationId;
    const to = call === "response" ? "InvocationResponse" : "InvocationErrorResponse";
    if (this.#state !== "Running") return this.#invalidTransition(to);
    this.#state = to;
    return invocation;
  }

  /** The response or error was taken. */
  responseSent(): void {
    this.#state = "RuntimeResponseSentState";
  }

  /** `POST init/error`: the refusal, if it is one. */
  initError(): Answer | undefined {
    if (this.#state !== "Started") return this.#invalidTransition("InitError");
    this.#state = "InitError";
    return undefined;
  }

  #invalidTransition(to: StateName): Answer {
    const message = `State transition from ${this.#state} to ${to} failed for runtime. Error: State transition is not allowed`;
    return refusal(403, "InvalidStateTransition", message);
  }
}
