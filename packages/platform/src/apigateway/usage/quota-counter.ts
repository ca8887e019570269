import type { Quota } from "./usage-plans.ts";

const dayMs = 86_400_000;

/** Days without a request are missing. The key is the number of days since 1970, in UTC. */
export type UsageByDay = ReadonlyMap<number, DayOfUsage>;

/** The use of one day, and what it left of the quota. */
export interface DayOfUsage {
  readonly used: number;
  readonly remaining: number;
}

/**
 * Counts the requests of keys against the quotas of their plans. Days, weeks and months are those of UTC; a week begins
 * on Sunday. AWS begins a new period with the plan in some cases that it does not document.
 */
export class QuotaCounter {
  readonly #days = new Map<string, Map<number, DayOfUsage>>();
  readonly #counts = new Map<string, { period: number; used: number; isFirst: boolean }>();

  /** Counts one request. @returns whether the quota has it. */
  take(clientId: string, quota: Quota, nowMs: number): boolean {
    const period = periodOf(quota, nowMs);
    let count = this.#counts.get(clientId);
    if (count === undefined || count.period !== period) {
      count = { period, used: 0, isFirst: count === undefined };
      this.#counts.set(clientId, count);
    }
    const limit = quota.limit - (count.isFirst ? quota.offset : 0);
    if (count.used >= limit) return false;
    count.used += 1;
    const day = Math.floor(nowMs / dayMs);
    const days = this.#days.get(clientId) ?? new Map<number, DayOfUsage>();
    this.#days.set(clientId, days);
    days.set(day, { used: (days.get(day)?.used ?? 0) + 1, remaining: limit - count.used });
    return true;
  }

  /** What was used since the platform began, by day. */
  usage(clientId: string): UsageByDay {
    return this.#days.get(clientId) ?? new Map();
  }
}

/** Number of the period that a time is in. */
function periodOf({ period }: Quota, timeMs: number): number {
  const day = Math.floor(timeMs / dayMs);
  if (period === "DAY") return day;
  // The first of January 1970 was a Thursday.
  if (period === "WEEK") return Math.floor((day + 4) / 7);
  const date = new Date(timeMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
