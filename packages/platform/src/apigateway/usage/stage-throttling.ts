import type { Clock } from "../../lambda/environment/index.ts";
import { type ThrottleLimits, TokenBucket } from "../../throttling/token-bucket.ts";
import { gatewayResponses } from "../gateway-response/gateway-response.ts";
import type { Passage } from "../passage.ts";
import { QuotaCounter, type UsageByDay } from "./quota-counter.ts";
import type { Client } from "./usage-plans.ts";

/**
 * Holds requests to what plans, stages and the account allow: in AWS's order the client's own limits, then the
 * method's, then the account's. AWS's limit of a whole region is its own affair.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export class StageThrottling {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** Wall clock, for quotas. */
  readonly #now: () => number;
  readonly #account: (() => boolean) | undefined;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #quotas = new QuotaCounter();

  /** @param account - takes a token of the account's, and tells whether there was one. */
  constructor(clock: Pick<Clock, "monotonicMs">, now: () => number, account?: () => boolean) {
    this.#clock = clock;
    this.#now = now;
    this.#account = account;
  }

  /** @throws {GatewayResponse} with status 429 if there were too many. */
  admit(passage: Passage, client: Client | undefined): void {
    const { stage, resource, method } = passage;
    const name = `${resource.path}/${method.httpMethod}`;
    const place = `${stage.apiId}/${stage.name}${name}`;
    if (client !== undefined) this.#admitClient(passage, client, name, place);
    const { throttle } = passage.settings;
    if (throttle !== undefined && !this.#take(place, throttle)) {
      passage.note(`429: the stage lets ${rateOf(throttle)} through to ${name}.`);
      throw gatewayResponses.throttled();
    }
    if (this.#account?.() === false) {
      passage.note("429: the account has had more requests than API Gateway lets through in a region.");
      throw gatewayResponses.throttled();
    }
  }

  /** How much of a plan's quota a key has used, by day. */
  usage(planId: string, keyId: string): UsageByDay {
    return this.#quotas.usage(`${planId}/${keyId}`);
  }

  #admitClient(passage: Passage, { key, plan, stage }: Client, name: string, place: string): void {
    const ownThrottle = stage.throttles.get(name);
    const throttle = ownThrottle ?? plan.throttle;
    // What a plan sets for a method is counted there, and what it sets for all, at all of them.
    const bucket = `${plan.id}/${key.id}/${ownThrottle === undefined ? "" : place}`;
    if (throttle !== undefined && !this.#take(bucket, throttle)) {
      passage.note(`429: the usage plan lets ${rateOf(throttle)} of the API key ${key.name} through.`);
      throw gatewayResponses.throttled();
    }
    if (plan.quota === undefined) return;
    if (this.#quotas.take(`${plan.id}/${key.id}`, plan.quota, this.#now())) return;
    const { limit, period } = plan.quota;
    passage.note(
      `429: the API key ${key.name} has had the ${limit} requests of its ${period.toLowerCase()}.`,
    );
    throw gatewayResponses.quotaExceeded();
  }

  #take(name: string, throttle: ThrottleLimits): boolean {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#clock);
      this.#buckets.set(name, bucket);
    }
    return bucket.take(throttle);
  }
}

function rateOf({ ratePerSecond, burst }: ThrottleLimits): string {
  return `${ratePerSecond} requests a second and ${burst} at once`;
}
