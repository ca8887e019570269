import { resourcePathOf } from "../../apigateway/method-settings.ts";
import type { Quota } from "../../apigateway/usage/usage-plans.ts";
import type { ValueMap } from "../../cloudformation/index.ts";
import type { ThrottleLimits } from "../../throttling/token-bucket.ts";
import {
  type CreatedResource,
  type CreationContext,
  optionalText,
  propertyMap,
  ResourceError,
  requiredText,
} from "../resource-type.ts";

/** `AWS::ApiGateway::ApiKey`; its value is made up unless the template gives one. */
export function createApiKey(context: CreationContext): CreatedResource {
  const { properties, model } = context;
  const id = context.id("api-key", 10);
  const given = optionalText(properties, "Value");
  if (given !== undefined && (given.length < 20 || given.length > 128)) {
    throw new ResourceError(`Value is ${given.length} characters long; API Gateway takes 20 to 128.`);
  }
  model.apiKeys.push({
    id,
    name: optionalText(properties, "Name") ?? `${context.stackName}-${context.node.logicalId}`,
    value: given ?? context.id("api-key-value", 40),
    // CloudFormation's own default.
    isEnabled: flag(properties, "Enabled", false),
  });
  return { ref: id, attributes: { APIKeyId: id } };
}

/** `AWS::ApiGateway::UsagePlan`. */
export function createUsagePlan(context: CreationContext): CreatedResource {
  const { properties, model } = context;
  const id = context.id("usage-plan", 6);
  const stages = listOfMaps(properties["ApiStages"]).map((stage) => ({
    apiId: text(stage, "ApiId"),
    stage: text(stage, "Stage"),
    throttles: new Map(
      Object.entries(propertyMap(stage["Throttle"])).map(([place, limits]) => [
        resourcePathOf(place),
        throttleOf(propertyMap(limits), place),
      ]),
    ),
  }));
  const throttle = properties["Throttle"];
  model.usagePlans.push({
    id,
    throttle: throttle === undefined ? undefined : throttleOf(propertyMap(throttle), "Throttle"),
    quota: quotaOf(properties["Quota"]),
    stages,
  });
  return { ref: id, attributes: { Id: id } };
}

/** `AWS::ApiGateway::UsagePlanKey`. */
export function createUsagePlanKey(context: CreationContext): CreatedResource {
  const keyId = requiredText(context, "KeyId");
  const planId = requiredText(context, "UsagePlanId");
  const type = requiredText(context, "KeyType");
  if (type !== "API_KEY") throw new ResourceError(`KeyType is ${type}; API Gateway takes API_KEY.`);
  context.model.usagePlanKeys.push({ keyId, planId });
  const id = `${keyId}:${planId}`;
  return { ref: id, attributes: { Id: id } };
}

/** @throws {ResourceError} if a rate or burst is none. */
function throttleOf(limits: ValueMap, place: string): ThrottleLimits {
  const rate = numberOf(limits, "RateLimit", place) ?? Number.POSITIVE_INFINITY;
  const burst = numberOf(limits, "BurstLimit", place) ?? Number.POSITIVE_INFINITY;
  return { ratePerSecond: rate, burst };
}

function quotaOf(value: unknown): Quota | undefined {
  if (value === undefined) return undefined;
  const quota = propertyMap(value);
  const limit = numberOf(quota, "Limit", "Quota");
  if (limit === undefined) return undefined;
  const period = optionalText(quota, "Period");
  if (period !== "DAY" && period !== "WEEK" && period !== "MONTH") {
    throw new ResourceError(`Quota is without a Period of DAY, WEEK or MONTH${period ? `: ${period}` : ""}.`);
  }
  return { limit, offset: numberOf(quota, "Offset", "Quota") ?? 0, period };
}

function numberOf(map: ValueMap, name: string, place: string): number | undefined {
  const written = optionalText(map, name);
  if (written === undefined) return undefined;
  const value = Number(written);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new ResourceError(`${place} is without a usable ${name}: ${written} is no number from 0 on.`);
}

function flag(map: ValueMap, name: string, standard: boolean): boolean {
  const value = optionalText(map, name);
  return value === undefined ? standard : value === "true";
}

function text(map: ValueMap, name: string): string {
  const value = optionalText(map, name);
  if (value === undefined) throw new ResourceError(`ApiStages is without ${name}.`);
  return value;
}

function listOfMaps(value: unknown): ValueMap[] {
  return Array.isArray(value) ? value.map(propertyMap) : [];
}
