import type { Clock } from "../lambda/environment/index.ts";
import { type ThrottleLimits, TokenBucket } from "../throttling/token-bucket.ts";
import { gatewayAnswers } from "./gateway-answer.ts";
import type { Passage } from "./passage.ts";

/**
 * Throttles the routes of stages: each has a bucket of its own, and all share that of the account.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export class RouteThrottling {
  readonly #clock: Clock;
  readonly #account: TokenBucket;
  readonly #accountLimits: ThrottleLimits;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock, account: TokenBucket, accountLimits: ThrottleLimits) {
    this.#clock = clock;
    this.#account = account;
    this.#accountLimits = accountLimits;
  }

  /** @throws {GatewayAnswer} if more comes than the route takes. */
  admit({ stage, route, note }: Passage): void {
    const own = stage.throttling(route.key);
    const limits = { ...this.#accountLimits, ...own };
    const isLimited = Object.keys(own).length > 0;
    if (isLimited && !this.#bucket(`${stage.apiId}/${stage.name}/${route.key}`).take(limits)) {
      note(
        `429: ${route.key} of ${stage.name} is throttled to ${limits.ratePerSecond} requests a second, with bursts of ${limits.burst}.`,
      );
      throw gatewayAnswers.tooManyRequests();
    }
    if (this.#account.take(this.#accountLimits)) return;
    note("429: more requests than all APIs of an account take.");
    throw gatewayAnswers.tooManyRequests();
  }

  #bucket(key: string): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#clock);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
