import type * as client from "@aws-sdk/client-api-gateway";
import type { ApiKey, UsagePlan, UsagePlanKey } from "@aws-sdk/client-api-gateway";
import type { ValueMap } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import { tagList, tagMap } from "../../lambda/control/tags.ts";
import type { ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { type ApiPlane, defined, plain } from "./api-plane.ts";
import { pageOf } from "./paging.ts";
import { patched, readChanges } from "./patch.ts";
import { badRequest, conflict, notFound, refusing } from "./refusals.ts";
import { changedPlan } from "./usage-plan-changes.ts";

/** API keys, and plans of what their holders may use. */
export function usageOperations(plane: ApiPlane) {
  return {
    GetApiKeys: ({ nameQuery, customerId, includeValues, ...page }) =>
      pageOf(
        plane
          .ofType("ApiKey")
          .map((key) => keyShape(plane, key, includeValues))
          .filter((key) => nameQuery === undefined || key.name?.startsWith(nameQuery))
          .filter((key) => customerId === undefined || key.customerId === customerId),
        page,
      ),
    GetApiKey: ({ apiKey, includeValue }) => keyShape(plane, requireKey(plane, apiKey), includeValue, {}),
    CreateApiKey: (input) => {
      const { name, description, enabled = false, value, stageKeys, customerId, tags } = input;
      if (stageKeys !== undefined && stageKeys.length > 0) {
        throw badRequest(
          "Keys of stages are of a time before usage plans. Put the key into a plan of the stage.",
        );
      }
      if (value !== undefined && plane.model.apiKeys.some((key) => key.value === value)) {
        throw conflict("API Key already exists");
      }
      if (value !== undefined && (value.length < 20 || value.length > 128)) {
        throw badRequest(
          `API Key value should be at ${value.length < 20 ? "least 20" : "most 128"} characters`,
        );
      }
      const made = refusing(`The API key ${name}`, () =>
        plane.resources.create({
          type: "AWS::ApiGateway::ApiKey",
          name: name ?? "API key",
          properties: plain({
            Name: name ?? "",
            Description: description,
            Enabled: enabled,
            Value: value,
            CustomerId: customerId,
            Tags: tags && tagList(tags),
          }) as ValueMap,
        }),
      );
      return keyShape(plane, made, true);
    },
    UpdateApiKey: ({ apiKey, patchOperations }) => {
      const key = requireKey(plane, apiKey);
      const { name, description, enabled, customerId } = patched(
        keyShape(plane, key, false),
        readChanges(patchOperations),
        { name: "text", description: "text", enabled: "flag", customerId: "text" },
      );
      const changed = refusing(nameOfKey(key), () =>
        plane.resources.change(key, {
          Name: name,
          Description: description,
          Enabled: enabled,
          CustomerId: customerId,
        }),
      );
      return keyShape(plane, changed, false, {});
    },
    DeleteApiKey: ({ apiKey }) => {
      const key = requireKey(plane, apiKey);
      const inPlans = plane
        .ofType("UsagePlanKey")
        .filter(({ properties }) => properties["KeyId"] === key.physicalId);
      refusing(nameOfKey(key), () => plane.resources.remove([...inPlans, key]));
      return {};
    },
    GetUsagePlans: ({ keyId, ...page }) => {
      const ids = plane.model.usagePlanKeys.flatMap((each) => (each.keyId === keyId ? [each.planId] : []));
      const plans = plane
        .ofType("UsagePlan")
        .filter(({ physicalId }) => keyId === undefined || ids.includes(physicalId));
      return pageOf(
        plans.map((plan) => planShape(plan)),
        page,
      );
    },
    GetUsagePlan: ({ usagePlanId }) => planShape(requirePlan(plane, usagePlanId), {}),
    CreateUsagePlan: ({ name = "", description, apiStages, throttle, quota, tags }) => {
      if (name === "") throw badRequest("Usage plan name cannot be empty");
      for (const { apiId, stage } of apiStages ?? []) checkStage(plane, apiId, stage, "");
      const made = refusing(`The usage plan ${name}`, () =>
        plane.resources.create({
          type: "AWS::ApiGateway::UsagePlan",
          name,
          properties: plain({
            UsagePlanName: name,
            Description: description,
            ApiStages: apiStages?.map((each) => ({
              ApiId: each.apiId,
              Stage: each.stage,
              Throttle: each.throttle && throttlesOf(each.throttle),
            })),
            Throttle: throttle && { RateLimit: throttle.rateLimit, BurstLimit: throttle.burstLimit },
            Quota: quota && { Limit: quota.limit, Offset: quota.offset, Period: quota.period },
            Tags: tags && tagList(tags),
          }) as ValueMap,
        }),
      );
      return planShape(made);
    },
    UpdateUsagePlan: ({ usagePlanId, patchOperations }) => {
      const plan = requirePlan(plane, usagePlanId);
      const changes = changedPlan(plan.properties, patchOperations, (apiId, stage) =>
        checkStage(plane, apiId, stage, plan.physicalId),
      );
      const changed = refusing(nameOfPlan(plan), () => plane.resources.change(plan, changes));
      return planShape(changed, {});
    },
    DeleteUsagePlan: ({ usagePlanId }) => {
      const plan = requirePlan(plane, usagePlanId);
      if (planShape(plan).apiStages?.length) {
        throw badRequest("Cannot delete Usage Plan. API Stages must be removed from Usage Plan.");
      }
      const keys = plane
        .ofType("UsagePlanKey")
        .filter(({ properties }) => properties["UsagePlanId"] === plan.physicalId);
      refusing(nameOfPlan(plan), () => plane.resources.remove([...keys, plan]));
      return {};
    },
    GetUsage: ({ usagePlanId, keyId, startDate = "", endDate = "" }) => {
      const plan = requirePlan(plane, usagePlanId);
      const [first, last] = [dayOf(startDate), dayOf(endDate)];
      const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
      const { quota } = planShape(plan);
      const keys = planKeys(plane, plan).map(({ properties }) => String(properties["KeyId"]));
      const items = keys
        .filter((each) => keyId === undefined || each === keyId)
        .map((each) => {
          const usage = plane.options.doors().usage(plan.physicalId, each);
          const rows = days.map((day) => {
            const { used = 0, remaining = quota?.limit ?? 0 } = usage.get(day) ?? {};
            return [used, remaining];
          });
          return [each, rows] as const;
        });
      return { usagePlanId: plan.physicalId, startDate, endDate, items: Object.fromEntries(items) };
    },
    GetUsagePlanKeys: ({ usagePlanId, nameQuery, ...page }) => {
      const plan = requirePlan(plane, usagePlanId);
      const keys = planKeys(plane, plan).map((key) => planKeyShape(plane, key));
      return pageOf(
        keys.filter(({ name }) => nameQuery === undefined || name?.startsWith(nameQuery)),
        page,
      );
    },
    GetUsagePlanKey: ({ usagePlanId, keyId }) =>
      planKeyShape(plane, requirePlanKey(plane, requirePlan(plane, usagePlanId), keyId)),
    CreateUsagePlanKey: ({ usagePlanId, keyId = "", keyType = "" }) => {
      const plan = requirePlan(plane, usagePlanId);
      if (keyType !== "API_KEY") throw badRequest("Invalid key type specified. Valid options are API_KEY");
      requireKey(plane, keyId);
      if (planKeys(plane, plan).some(({ properties }) => properties["KeyId"] === keyId)) {
        throw conflict(`Usage Plan already has the API key ${keyId}`);
      }
      const made = refusing(nameOfPlan(plan), () =>
        plane.resources.create({
          type: "AWS::ApiGateway::UsagePlanKey",
          name: keyId,
          properties: { UsagePlanId: plan.physicalId, KeyId: keyId, KeyType: keyType },
        }),
      );
      return planKeyShape(plane, made);
    },
    DeleteUsagePlanKey: ({ usagePlanId, keyId }) => {
      const plan = requirePlan(plane, usagePlanId);
      const key = requirePlanKey(plane, plan, keyId);
      refusing(nameOfPlan(plan), () => plane.resources.remove([key]));
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

/** @see https://docs.aws.amazon.com/apigateway/latest/api/API_ApiKey.html */
function keyShape(
  plane: ApiPlane,
  resource: ModelResource,
  hasValue: boolean | undefined,
  noTags?: Record<string, string>,
): ApiKey {
  const { properties, physicalId } = resource;
  const key = plane.model.apiKeys.find(({ id }) => id === physicalId);
  const { Description: description, CustomerId: customer } = properties;
  const tags = tagMap(properties["Tags"]);
  return defined({
    id: physicalId,
    value: hasValue === true ? key?.value : undefined,
    name: key?.name === "" ? undefined : key?.name,
    customerId: typeof customer === "string" ? customer : undefined,
    description: typeof description === "string" ? description : undefined,
    enabled: key?.isEnabled ?? false,
    createdDate: plane.createdDate(resource),
    lastUpdatedDate: plane.updatedDate(resource),
    stageKeys: [],
    tags: Object.keys(tags).length === 0 ? noTags : tags,
  });
}

/** @see https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html */
function planShape({ properties, physicalId }: ModelResource, noTags?: Record<string, string>): UsagePlan {
  const { ApiStages: stages, Description: description, UsagePlanName: name } = properties;
  const throttle = record(properties["Throttle"]);
  const quota = record(properties["Quota"]);
  const tags = tagMap(properties["Tags"]);
  return defined({
    id: physicalId,
    name: typeof name === "string" ? name : physicalId,
    description: typeof description === "string" ? description : undefined,
    apiStages: (Array.isArray(stages) ? stages : []).map((each) => {
      const throttles = Object.entries(record(record(each)["Throttle"]));
      return defined({
        apiId: String(record(each)["ApiId"]),
        stage: String(record(each)["Stage"]),
        throttle:
          throttles.length === 0
            ? undefined
            : Object.fromEntries(throttles.map(([place, limits]) => [place, limitsOf(record(limits))])),
      });
    }),
    throttle: Object.keys(throttle).length === 0 ? undefined : limitsOf(throttle),
    quota:
      quota["Limit"] === undefined
        ? undefined
        : {
            limit: Number(quota["Limit"]),
            offset: Number(quota["Offset"] ?? 0),
            period: String(quota["Period"]) as "DAY" | "WEEK" | "MONTH",
          },
    tags: Object.keys(tags).length === 0 ? noTags : tags,
  });
}

function limitsOf({ RateLimit: rate, BurstLimit: burst }: Readonly<Record<string, unknown>>) {
  return defined({
    burstLimit: burst === undefined ? undefined : Number(burst),
    rateLimit: rate === undefined ? undefined : Number(rate),
  });
}

function throttlesOf(throttles: Readonly<Record<string, client.ThrottleSettings>>) {
  return Object.fromEntries(
    Object.entries(throttles).map(([place, { rateLimit, burstLimit }]) => [
      place,
      { RateLimit: rateLimit, BurstLimit: burstLimit },
    ]),
  );
}

function planKeyShape(plane: ApiPlane, { properties }: ModelResource): UsagePlanKey {
  const { KeyId: id } = properties;
  const key = plane.model.apiKeys.find((each) => each.id === id);
  return defined({ id: String(id), type: "API_KEY", value: key?.value, name: key?.name });
}

function planKeys(plane: ApiPlane, { physicalId }: ModelResource): ModelResource[] {
  return plane.ofType("UsagePlanKey").filter(({ properties }) => properties["UsagePlanId"] === physicalId);
}

function requireKey(plane: ApiPlane, id: string | undefined): ModelResource {
  const found = plane.ofType("ApiKey").find(({ physicalId }) => physicalId === id);
  if (found === undefined) throw notFound("Invalid API Key identifier specified");
  return found;
}

function requirePlan(plane: ApiPlane, id: string | undefined): ModelResource {
  const found = plane.ofType("UsagePlan").find(({ physicalId }) => physicalId === id);
  if (found === undefined) throw notFound("Invalid Usage Plan ID specified");
  return found;
}

function requirePlanKey(plane: ApiPlane, plan: ModelResource, keyId: string | undefined): ModelResource {
  const found = planKeys(plane, plan).find(({ properties }) => properties["KeyId"] === keyId);
  if (found === undefined) throw notFound("Invalid API Key identifier specified");
  return found;
}

function checkStage(
  plane: ApiPlane,
  apiId: string | undefined,
  stage: string | undefined,
  planId: string,
): void {
  if (plane.model.stages.some((each) => each.apiId === apiId && each.name === stage)) return;
  throw notFound(
    planId === ""
      ? `Invalid API Stage {api: ${apiId}, stage: ${stage}} specified for usageplan`
      : `Invalid API Stage {api: ${apiId}, stage: ${stage}} specified for usageplan ${planId}`,
  );
}

/** Number of the day that a text names. */
function dayOf(text: string): number {
  const timeMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs)) throw badRequest(`Invalid date specified: ${text}. Write it as 2030-01-31.`);
  return timeMs / 86_400_000;
}

function nameOfKey({ physicalId }: ModelResource): string {
  return `The API key ${physicalId}`;
}

function nameOfPlan({ physicalId }: ModelResource): string {
  return `The usage plan ${physicalId}`;
}
