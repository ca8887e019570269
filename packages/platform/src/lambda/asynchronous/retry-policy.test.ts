import { describe, expect, test } from "vitest";
import { standardEventInvokeConfig } from "./event-invoke-config.ts";
import { type AttemptOutcome, judge, type Verdict } from "./retry-policy.ts";

interface Case {
  readonly outcome: AttemptOutcome;
  readonly functionErrors?: number;
  readonly refusals?: number;
  readonly ageSeconds?: number;
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
}

function verdictOf({ outcome, functionErrors = 0, refusals = 0, ageSeconds = 1, ...config }: Case): Verdict {
  const history = { acceptedMs: 0, functionErrors, refusals };
  return judge(history, outcome, { ...standardEventInvokeConfig, ...config }, ageSeconds * 1000);
}

describe("after an attempt", () => {
  test.each<Case & { readonly is: string | number }>([
    { outcome: "succeeded", is: "complete" },
    { outcome: "succeeded", ageSeconds: 30_000, is: "complete" },
    { outcome: "failed", is: 60 },
    { outcome: "failed", functionErrors: 1, is: 120 },
    { outcome: "failed", functionErrors: 2, is: "RetriesExhausted" },
    { outcome: "failed", maximumRetryAttempts: 0, is: "RetriesExhausted" },
    { outcome: "failed", functionErrors: 1, maximumRetryAttempts: 1, is: "RetriesExhausted" },
    // Measured on AWS: a retry that would come too late is not waited for.
    { outcome: "failed", maximumEventAgeSeconds: 60, is: "EventAgeExceeded" },
    { outcome: "failed", functionErrors: 1, maximumEventAgeSeconds: 121, is: "EventAgeExceeded" },
    { outcome: "failed", functionErrors: 1, maximumEventAgeSeconds: 122, is: 120 },
    { outcome: "refused", is: 1 },
    { outcome: "refused", refusals: 1, is: 2 },
    { outcome: "refused", refusals: 8, is: 256 },
    { outcome: "refused", refusals: 9, is: 300 },
    { outcome: "refused", refusals: 5000, is: 300 },
    { outcome: "refused", functionErrors: 2, maximumRetryAttempts: 0, is: 1 },
    { outcome: "refused", refusals: 20, ageSeconds: 21_400, is: "EventAgeExceeded" },
    { outcome: "turned off", is: "ZeroReservedConcurrency" },
  ])("that $outcome, after $functionErrors errors and $refusals refusals: $is", ({ is, ...given }) => {
    const verdict = verdictOf(given);
    expect(verdict).toEqual(
      typeof is === "number"
        ? { kind: "retry", delayMs: is * 1000 }
        : is === "complete"
          ? { kind: "complete" }
          : { kind: "discard", condition: is },
    );
  });
});
