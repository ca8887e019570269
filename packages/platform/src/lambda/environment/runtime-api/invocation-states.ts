import type { Answer } from "./answer.ts";

/** What may be known of an invocation to tell whether a call is about it. */
export interface Identified {
  readonly requestId: string;
  readonly invocationId: string;
}

/** Which call of a runtime is legal when. A refusal is the answer to send. */
export interface InvocationStates<T extends Identified> {
  /** Whether the Init phase goes on: no call to `next` yet, and no init error. */
  readonly isInitializing: boolean;
  /** Whether an event may be delivered. */
  readonly isReady: boolean;
  /** Whether a response or error is being taken. */
  readonly isReceiving: boolean;
  /** How many invocations the runtime has, or may still work on. */
  readonly outstanding: number;
  /**
   * `GET next`: an invocation to deliver again, `"wait"`, or the refusal.
   * @param waiting - how many calls wait already.
   */
  next(waiting: number): T | "wait" | Answer;
  deliver(invocation: T): void;
  /** `POST response` or `error`, once the head is there. The id is looked at before the state. */
  begin(call: "response" | "error", requestId: string, invocationId: string | undefined): T | Answer;
  /**
   * The response or error was taken.
   * @returns what to answer, if it came in vain.
   */
  answered(invocation: T): Answer | undefined;
  /** The invocation's time is up, and the environment goes on. */
  expire(invocation: T): void;
  /** `POST init/error`: the refusal, if it is one. */
  initError(): Answer | undefined;
}
