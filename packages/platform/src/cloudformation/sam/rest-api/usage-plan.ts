import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource, invalidTemplate } from "../errors.ts";
import { type GeneratedResource, generated } from "../generated-resource.ts";
import { anyOf, ref } from "../intrinsic-forms.ts";
import type { RestApiSource } from "./rest-api.ts";

const conditionName = "SharedUsagePlanCondition";
const planKeys = ["CreateUsagePlan", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"];

/** What the APIs of a document that share one usage plan have put into it so far. */
export interface SharedUsagePlan {
  readonly apiIds: string[];
  /** Stages by their logical ids, with the API that each belongs to. */
  readonly stages: Map<string, string>;
  readonly conditions: Set<string>;
  hasUnconditional: boolean;
  deletionPolicy: Value | undefined;
  updateReplacePolicy: Value | undefined;
}

export function emptySharedUsagePlan(): SharedUsagePlan {
  return {
    apiIds: [],
    stages: new Map(),
    conditions: new Set(),
    hasUnconditional: false,
    deletionPolicy: undefined,
    updateReplacePolicy: undefined,
  };
}

/** The usage plan, API key and their link that `Auth.UsagePlan` asks for. @throws {SamError} for a wrong setting. */
export function usagePlan(api: RestApiSource, stageId: string): GeneratedResource[] {
  const auth = get(api.properties, "Auth");
  const config = isGiven(auth) ? (get(auth, "UsagePlan") ?? undefined) : undefined;
  if (config === undefined) return [];
  if (!isMap(config)) throw invalidResource(api.logicalId, "'UsagePlan' must be a dictionary");
  if (!Object.keys(config).every((key) => planKeys.includes(key))) {
    throw invalidResource(api.logicalId, "Invalid property for 'UsagePlan'");
  }
  const kind = get(config, "CreateUsagePlan") ?? undefined;
  if (kind === undefined) {
    throw invalidResource(api.logicalId, "'CreateUsagePlan' is a required field for UsagePlan.");
  }
  switch (kind) {
    case "NONE":
      return [];
    case "PER_API":
      return planResources(config, {
        prefix: api.logicalId,
        apiIds: [api.logicalId],
        stages: new Map([[stageId, api.logicalId]]),
        attributes: api.attributes,
      });
    case "SHARED":
      return planResources(config, share(api, stageId));
    default:
      throw invalidResource(api.logicalId, "'CreateUsagePlan' accepts one of ['SHARED', 'PER_API', 'NONE'].");
  }
}

interface Plan {
  /** Begins the logical ids. */
  readonly prefix: string;
  readonly apiIds: readonly string[];
  readonly stages: ReadonlyMap<string, string>;
  readonly attributes: ValueMap;
}

function planResources(config: ValueMap, plan: Plan): GeneratedResource[] {
  const [planId, keyId] = [`${plan.prefix}UsagePlan`, `${plan.prefix}ApiKey`];
  const stages = [...plan.stages];
  const details: ValueMap = {};
  for (const name of ["UsagePlanName", "Description", "Quota", "Tags", "Throttle"]) {
    const value = get(config, name);
    if (isGiven(value)) details[name] = value;
  }
  return [
    generated(
      planId,
      "AWS::ApiGateway::UsagePlan",
      { ApiStages: stages.map(([stage, api]) => ({ ApiId: ref(api), Stage: ref(stage) })), ...details },
      plan.attributes,
      [...plan.apiIds],
    ),
    generated(
      keyId,
      "AWS::ApiGateway::ApiKey",
      {
        Enabled: true,
        StageKeys: stages.map(([stage, api]) => ({ RestApiId: ref(api), StageName: ref(stage) })),
      },
      plan.attributes,
      [planId],
    ),
    generated(
      `${plan.prefix}UsagePlanKey`,
      "AWS::ApiGateway::UsagePlanKey",
      { KeyId: ref(keyId), KeyType: "API_KEY", UsagePlanId: ref(planId) },
      plan.attributes,
      [keyId],
    ),
  ];
}

/** Adds an API to the shared plan; what the plan becomes replaces what it was after the API before. */
function share(api: RestApiSource, stageId: string): Plan {
  const shared = api.context.sharedUsagePlan;
  if (!shared.apiIds.includes(api.logicalId)) shared.apiIds.push(api.logicalId);
  shared.stages.set(stageId, api.logicalId);
  notePolicies(shared, api.attributes);
  noteCondition(shared, get(api.attributes, "Condition"), api.context.conditions);
  const attributes: ValueMap = {};
  if (isGiven(shared.deletionPolicy)) attributes["DeletionPolicy"] = shared.deletionPolicy;
  if (isGiven(shared.updateReplacePolicy)) attributes["UpdateReplacePolicy"] = shared.updateReplacePolicy;
  if (shared.conditions.size > 0 && !shared.hasUnconditional) attributes["Condition"] = conditionName;
  return { prefix: "Serverless", apiIds: shared.apiIds, stages: shared.stages, attributes };
}

function notePolicies(shared: SharedUsagePlan, attributes: ValueMap): void {
  const deletion = get(attributes, "DeletionPolicy");
  if (isGiven(deletion) && (!isGiven(shared.deletionPolicy) || deletion === "Retain")) {
    shared.deletionPolicy = deletion;
  }
  const replace = get(attributes, "UpdateReplacePolicy");
  const isStronger =
    replace === "Retain" || (replace === "Snapshot" && shared.updateReplacePolicy === "Delete");
  if (isGiven(replace) && (!isGiven(shared.updateReplacePolicy) || isStronger)) {
    shared.updateReplacePolicy = replace;
  }
}

/** The shared plan exists if any of its APIs does. */
function noteCondition(
  shared: SharedUsagePlan,
  condition: Value | undefined,
  conditions: ValueMap | undefined,
): void {
  if (shared.hasUnconditional) return;
  if (condition === undefined) {
    shared.hasUnconditional = true;
    if (conditions !== undefined) delete conditions[conditionName];
    return;
  }
  if (typeof condition !== "string" || condition === "" || shared.conditions.has(condition)) return;
  if (conditions === undefined) {
    throw invalidTemplate("Can't have condition without having 'Conditions' section in the template");
  }
  shared.conditions.add(condition);
  conditions[conditionName] = shared.conditions.size === 1 ? condition : anyOf([...shared.conditions]);
}
