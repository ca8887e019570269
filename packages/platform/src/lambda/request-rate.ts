import type { Clock } from "./environment/clock.ts";

/**
 * How many invocations begin in a second: a bucket that holds those of one second, is full at first and fills up steadily.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class RequestRate {
  readonly #clock: Clock;
  /** What may still begin; all of it before the first. */
  #left = Number.POSITIVE_INFINITY;
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Counts one more. @returns whether it may begin. */
  take(perSecond: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#left = Math.min(perSecond, this.#left + ((nowMs - this.#sinceMs) * perSecond) / 1_000);
    this.#sinceMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
