import type { ThrottleLimits } from "../../throttling/token-bucket.ts";

/** A key that clients show. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** What clients send. */
  readonly value: string;
  readonly isEnabled: boolean;
}

/** What holders of its keys may use, and how much of it. */
export interface UsagePlan {
  readonly id: string;
  readonly throttle: ThrottleLimits | undefined;
  readonly quota: Quota | undefined;
  readonly stages: readonly PlannedStage[];
}

/** A stage that a plan opens. */
export interface PlannedStage {
  readonly apiId: string;
  readonly stage: string;
  /** By resource path and method, `/items/GET`: instead of the plan's own. */
  readonly throttles: ReadonlyMap<string, ThrottleLimits>;
}

/** How many requests a key may make. */
export interface Quota {
  readonly limit: number;
  /** Of the limit, what the first period lacks. */
  readonly offset: number;
  readonly period: "DAY" | "WEEK" | "MONTH";
}

/** That a key belongs to a plan. */
export interface UsagePlanKey {
  readonly keyId: string;
  readonly planId: string;
}

/** Keys and plans of an account. */
export interface UsagePlans {
  readonly keys: readonly ApiKey[];
  readonly plans: readonly UsagePlan[];
  readonly planKeys: readonly UsagePlanKey[];
}

/** Who a client is, by its key, and what it may use. */
export interface Client {
  readonly key: ApiKey;
  readonly plan: UsagePlan;
  readonly stage: PlannedStage;
}

/**
 * The client that a key stands for at a stage.
 * @returns a text for the developer if there is none.
 */
export function findClient(
  { keys, plans, planKeys }: UsagePlans,
  value: string,
  apiId: string,
  stageName: string,
): Client | string {
  const key = keys.find((each) => each.value === value);
  if (key === undefined) return "There is no API key of that value.";
  if (!key.isEnabled) return `The API key ${key.name} is disabled.`;
  const ids = new Set(planKeys.flatMap(({ keyId, planId }) => (keyId === key.id ? [planId] : [])));
  for (const plan of plans) {
    if (!ids.has(plan.id)) continue;
    const stage = plan.stages.find((each) => each.apiId === apiId && each.stage === stageName);
    if (stage !== undefined) return { key, plan, stage };
  }
  return `The API key ${key.name} is in no usage plan of the stage ${stageName}.`;
}
