import type { EventInvokeConfig } from "./event-invoke-config.ts";

/** What counts of an event's past. */
export interface EventHistory {
  readonly acceptedMs: number;
  /** Attempts that ended in an error of the function. */
  readonly functionErrors: number;
  /** Attempts in a row that Lambda refused or could not make. */
  readonly refusals: number;
}

/** How an attempt ended: `refused` means that the function did not run. */
export type AttemptOutcome = "succeeded" | "failed" | "refused" | "turned off";

/** Why an event is given up. */
export type FailureCondition = "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency";

/** What becomes of an event. */
export type Verdict =
  | { readonly kind: "complete" }
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "discard"; readonly condition: FailureCondition };

/** One minute before the first retry, two before the second. */
const minuteMs = 60_000;
const firstBackoffMs = 1000;
const longestBackoffMs = 5 * minuteMs;

/**
 * Decides what becomes of an event after an attempt: errors of the function are tried again after one and two minutes,
 * throttles and errors of the system after 1 second and then twice as long each time, up to 5 minutes. A retry that would come
 * after the event's maximum age is not waited for: AWS was measured to give the event up at once.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export function judge(
  event: EventHistory,
  outcome: AttemptOutcome,
  config: EventInvokeConfig,
  nowMs: number,
): Verdict {
  if (outcome === "succeeded") return { kind: "complete" };
  if (outcome === "turned off") return { kind: "discard", condition: "ZeroReservedConcurrency" };
  if (outcome === "failed" && event.functionErrors >= config.maximumRetryAttempts) {
    return { kind: "discard", condition: "RetriesExhausted" };
  }
  const delayMs =
    outcome === "failed"
      ? (event.functionErrors + 1) * minuteMs
      : Math.min(firstBackoffMs * 2 ** event.refusals, longestBackoffMs);
  return isTooOld(event, config, nowMs + delayMs)
    ? { kind: "discard", condition: "EventAgeExceeded" }
    : { kind: "retry", delayMs };
}

/** Whether an event has reached its maximum age at some time. */
export function isTooOld(
  { acceptedMs }: EventHistory,
  { maximumEventAgeSeconds }: EventInvokeConfig,
  timeMs: number,
): boolean {
  return timeMs - acceptedMs >= maximumEventAgeSeconds * 1000;
}
