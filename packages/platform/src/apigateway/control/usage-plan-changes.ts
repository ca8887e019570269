import type { PatchOperation } from "@aws-sdk/client-api-gateway";
import type { ValueMap } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import type { Properties } from "./api-plane.ts";
import { type Change, readChanges } from "./patch.ts";
import { badRequest } from "./refusals.ts";

const numbers: Readonly<Record<string, readonly [property: string, member: string]>> = {
  "throttle/rateLimit": ["Throttle", "RateLimit"],
  "throttle/burstLimit": ["Throttle", "BurstLimit"],
  "quota/limit": ["Quota", "Limit"],
  "quota/offset": ["Quota", "Offset"],
};

/**
 * The properties of a usage plan that changes give other values.
 *
 * @param before - properties of `AWS::ApiGateway::UsagePlan`.
 * @param checkStage - throws if there is no such stage.
 * @see https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateUsagePlan-Patch
 */
export function changedPlan(
  before: ValueMap,
  operations: readonly PatchOperation[] | undefined,
  checkStage: (apiId: string, stage: string) => void,
): Properties {
  const after: Record<string, ValueMap[string] | undefined> = {};
  const current = (name: string) => (name in after ? after[name] : before[name]);
  for (const change of readChanges(operations)) {
    const { op, path, steps, value = "" } = change;
    const place = steps.join("/");
    const number = numbers[place];
    if (place === "name") after["UsagePlanName"] = value;
    else if (place === "description") after["Description"] = op === "remove" ? undefined : value;
    else if (place === "throttle" && op === "remove") after["Throttle"] = undefined;
    else if (place === "quota" && op === "remove") after["Quota"] = undefined;
    else if (place === "quota/period") after["Quota"] = { ...mapOf(current("Quota")), Period: value };
    else if (number !== undefined) {
      const [property, member] = number;
      after[property] = withNumber(mapOf(current(property)), member, change);
    } else if (steps[0] === "apiStages") {
      after["ApiStages"] = changedStages(current("ApiStages"), change, checkStage);
    } else throw badRequest(`Invalid patch path ${path}`);
  }
  return after;
}

function changedStages(
  list: ValueMap[string] | undefined,
  { op, steps, value = "", path }: Change,
  checkStage: (apiId: string, stage: string) => void,
): ValueMap[] {
  const stages = (Array.isArray(list) ? list : []).map((each) => mapOf(each));
  const [, named, throttle, resourcePath, method, member] = steps;
  const { apiId, stage } = reference(named ?? value);
  const isMeant = (each: ValueMap) => each["ApiId"] === apiId && each["Stage"] === stage;
  if (named === undefined) {
    if (op === "remove") return stages.filter((each) => !isMeant(each));
    checkStage(apiId, stage);
    return [...stages.filter((each) => !isMeant(each)), { ApiId: apiId, Stage: stage }];
  }
  if (throttle !== "throttle" || !stages.some(isMeant)) throw badRequest(`Invalid patch path ${path}`);
  return stages.map((each) => {
    if (!isMeant(each)) return each;
    const throttles = { ...mapOf(each["Throttle"]) };
    if (resourcePath === undefined || method === undefined) {
      if (op === "remove") return { ApiId: apiId, Stage: stage };
      throw badRequest(`Invalid patch path ${path}`);
    }
    const key = `${resourcePath}/${method}`;
    const limits = { ...mapOf(throttles[key]) };
    if (op === "remove" && member === undefined) delete throttles[key];
    else if (member === "rateLimit" || member === "burstLimit") {
      const name = member === "rateLimit" ? "RateLimit" : "BurstLimit";
      throttles[key] = withNumber(limits, name, { op, steps, value, path });
    } else throw badRequest(`Invalid patch path ${path}`);
    return { ...each, Throttle: throttles };
  });
}

/** `{api id}:{stage}`. */
function reference(text: string): { readonly apiId: string; readonly stage: string } {
  const [, apiId, stage] = /^([^:]+):([^:]+)$/.exec(text) ?? [];
  if (apiId === undefined || stage === undefined) throw badRequest("Invalid API Stage specified");
  return { apiId, stage };
}

function withNumber(map: ValueMap, member: string, { op, value = "", path }: Change): ValueMap {
  const { [member]: _, ...others } = map;
  if (op === "remove") return others;
  const number = Number(value);
  if (value === "" || !Number.isFinite(number)) throw badRequest(`Invalid value for ${path}: ${value}`);
  return { ...others, [member]: number };
}

function mapOf(value: unknown): ValueMap {
  return record(value) as ValueMap;
}
