import type { Clock } from "../lambda/environment/clock.ts";

/** How many requests a bucket lets through. */
export interface ThrottleLimits {
  /** Tokens that are added in a second; none for 0. */
  readonly ratePerSecond: number;
  /** Tokens that the bucket holds at most, and has at first. */
  readonly burst: number;
}

/** Level of the bucket that is worth one token: milliseconds times rate stay whole numbers, so that nothing is rounded. */
const token = 1_000;

/**
 * A token bucket: each request takes a token, and finds none once more came than rate and burst allow. A bucket is full
 * at first. Limits may differ from one request to the next; a bucket that shrinks loses what it no longer holds.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export class TokenBucket {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #level = Number.POSITIVE_INFINITY;
  #sinceMs: number;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Takes a token. @returns whether there was one. */
  take({ ratePerSecond, burst }: ThrottleLimits): boolean {
    const nowMs = this.#clock.monotonicMs();
    // Without this a rate that is unlimited would be multiplied with no time.
    const added = nowMs === this.#sinceMs ? 0 : (nowMs - this.#sinceMs) * ratePerSecond;
    this.#level = Math.min(burst * token, this.#level + added);
    this.#sinceMs = nowMs;
    if (this.#level < token) return false;
    this.#level -= token;
    return true;
  }
}
