import type * as client from "@aws-sdk/client-api-gateway";
import type { MethodSetting, Stage } from "@aws-sdk/client-api-gateway";
import type { Value, ValueMap } from "../../cloudformation/index.ts";
import { record } from "../../json-value.ts";
import { tagList, tagMap } from "../../lambda/control/tags.ts";
import type { ModelResource, StageResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { type ApiPlane, type ApiView, defined, type Properties, plain } from "./api-plane.ts";
import { badRequest, conflict, notFound, refusing } from "./refusals.ts";
import { requireDeployment } from "./require-deployment.ts";
import { changedStage } from "./stage-changes.ts";

/** Stages: where deployments are served. */
export function stageOperations(plane: ApiPlane) {
  return {
    GetStages: ({ restApiId, deploymentId }) => {
      const view = plane.require(restApiId);
      const stages = plane.model.stages.filter(
        (stage) =>
          stage.apiId === view.id && (deploymentId === undefined || stage.deploymentId === deploymentId),
      );
      return { item: stages.map((stage) => stageShape(plane, view, stage)) };
    },
    GetStage: ({ restApiId, stageName }) => {
      const view = plane.require(restApiId);
      return stageShape(plane, view, requireStage(plane, view, stageName).stage);
    },
    CreateStage: (input) => {
      const { restApiId, stageName = "", deploymentId } = input;
      const view = plane.require(restApiId);
      if (!/^[a-zA-Z0-9_-]+$/.test(stageName)) {
        throw badRequest("Stage name only allows a-zA-Z0-9_-");
      }
      if (input.canarySettings !== undefined) {
        throw badRequest(
          "Canary deployments are not served by this platform: all requests go to one deployment. Give what is to be tried a stage of its own.",
        );
      }
      requireDeployment(plane, view, deploymentId);
      if (stageOf(plane, view, stageName) !== undefined) throw conflict("Stage already exists");
      refusing(nameOfStage(view, stageName), () =>
        makeStage(plane, view, stageName, {
          DeploymentId: deploymentId,
          Description: input.description,
          Variables: input.variables && plain(input.variables),
          CacheClusterEnabled: input.cacheClusterEnabled,
          TracingEnabled: input.tracingEnabled,
          DocumentationVersion: input.documentationVersion,
          Tags: input.tags && tagList(input.tags),
        }),
      );
      return stageShape(plane, view, requireStage(plane, view, stageName).stage);
    },
    UpdateStage: ({ restApiId, stageName, patchOperations }) => {
      const view = plane.require(restApiId);
      const found = requireStage(plane, view, stageName);
      const changes = changedStage(found.properties, patchOperations, (id) =>
        requireDeployment(plane, view, id),
      );
      refusing(nameOfStage(view, stageName), () => found.change(changes));
      return stageShape(plane, view, requireStage(plane, view, stageName).stage);
    },
    DeleteStage: ({ restApiId, stageName }) => {
      const view = plane.require(restApiId);
      const found = requireStage(plane, view, stageName);
      refusing(nameOfStage(view, stageName), found.remove);
      return {};
    },
    FlushStageAuthorizersCache: ({ restApiId, stageName }) => {
      const view = plane.require(restApiId);
      const { stage } = requireStage(plane, view, stageName);
      plane.options.doors().flushAuthorizers(view.id, stage.name);
      return {};
    },
    // Nothing is kept of answers here, so that nothing is left to forget.
    FlushStageCache: ({ restApiId, stageName }) => {
      requireStage(plane, plane.require(restApiId), stageName);
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

/** A stage with the resource that it is, or that it came with. */
export interface FoundStage {
  readonly stage: StageResource;
  readonly resource: ModelResource;
  /** As those of `AWS::ApiGateway::Stage`. */
  readonly properties: ValueMap;
  readonly change: (changes: Properties) => void;
  readonly remove: () => void;
}

/** A stage of that name. */
export function stageOf(plane: ApiPlane, view: ApiView, name: string | undefined): FoundStage | undefined {
  const stage = plane.model.stages.find((each) => each.apiId === view.id && each.name === name);
  if (stage === undefined) return undefined;
  if (!stage.isOfDeployment) {
    const resource = plane.partsOf(view.id, "Stage").find(({ physicalId }) => physicalId === name);
    if (resource === undefined) return undefined;
    return {
      stage,
      resource,
      properties: resource.properties,
      change: (changes) => {
        plane.resources.change(resource, changes);
      },
      remove: () => plane.resources.remove([resource]),
    };
  }
  const resource = plane
    .partsOf(view.id, "Deployment")
    .find(({ physicalId }) => physicalId === stage.deploymentId);
  if (resource === undefined) return undefined;
  return {
    stage,
    resource,
    properties: record(resource.properties["StageDescription"]) as ValueMap,
    // Made by a deployment, it becomes a resource of its own when it is to be another.
    change: (changes) => {
      const description = record(resource.properties["StageDescription"]) as ValueMap;
      plane.resources.change(resource, { StageName: undefined });
      makeStage(plane, view, stage.name, { DeploymentId: stage.deploymentId, ...description, ...changes });
    },
    remove: () => {
      plane.resources.change(resource, { StageName: undefined });
    },
  };
}

/** Makes a stage. */
export function makeStage(plane: ApiPlane, view: ApiView, name: string, properties: Properties): void {
  plane.resources.check(view.resource);
  plane.resources.create({
    type: "AWS::ApiGateway::Stage",
    name,
    properties: { ...defined(properties), RestApiId: view.id, StageName: name } as ValueMap,
  });
}

function requireStage(plane: ApiPlane, view: ApiView, name: string | undefined): FoundStage {
  const found = stageOf(plane, view, name);
  if (found === undefined) throw notFound("Invalid stage identifier specified");
  return found;
}

function nameOfStage(view: ApiView, name: string | undefined): string {
  return `The stage ${name} of the REST API ${view.id} (${view.name})`;
}

/** @see https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html */
function stageShape(plane: ApiPlane, view: ApiView, stage: StageResource): Stage {
  const found = stageOf(plane, view, stage.name);
  const { properties = {}, resource = view.resource } = found ?? {};
  const { AccessLogSetting: log, Variables: variables } = properties;
  const arn = `arn:aws:apigateway:${plane.options.region}::/restapis/${view.id}/stages/${stage.name}`;
  const tags = tagMap(properties["Tags"]);
  const text = (name: string) =>
    typeof properties[name] === "string" ? String(properties[name]) : undefined;
  const isCached = String(properties["CacheClusterEnabled"]) === "true";
  return defined({
    deploymentId: stage.deploymentId,
    clientCertificateId: text("ClientCertificateId"),
    stageName: stage.name,
    description: text("Description"),
    cacheClusterEnabled: isCached,
    cacheClusterSize: isCached ? (text("CacheClusterSize") as Stage["cacheClusterSize"]) : undefined,
    cacheClusterStatus: isCached ? ("AVAILABLE" as const) : ("NOT_AVAILABLE" as const),
    methodSettings: methodSettings(properties["MethodSettings"]),
    variables:
      stage.variables && Object.keys(stage.variables).length > 0
        ? { ...stage.variables }
        : textMap(variables),
    documentationVersion: text("DocumentationVersion"),
    accessLogSettings:
      log === undefined || log === null
        ? undefined
        : defined({
            destinationArn: record(log)["DestinationArn"] as string | undefined,
            format: record(log)["Format"] as string | undefined,
          }),
    tracingEnabled: String(properties["TracingEnabled"]) === "true",
    webAclArn: plane.model.webAclAssociations.get(arn),
    tags: Object.keys(tags).length === 0 ? undefined : tags,
    createdDate: plane.createdDate(resource),
    lastUpdatedDate: plane.updatedDate(resource),
  });
}

function textMap(value: Value | undefined): Record<string, string> | undefined {
  const entries = Object.entries(record(value)).map(([name, each]) => [name, String(each)]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Settings by path and method, as the API has them: `~1items/GET`, or for all of them `*` and another one. */
function methodSettings(list: Value | undefined): Record<string, MethodSetting> {
  const settings = Array.isArray(list) ? list.map((each) => record(each)) : [];
  return Object.fromEntries(
    settings.map((setting) => {
      const path = String(setting["ResourcePath"] ?? "/*").replace(/^\//, "");
      const key = `${path === "" ? "~1" : path}/${String(setting["HttpMethod"] ?? "*").toUpperCase()}`;
      const number = (name: string, standard: number) => Number(setting[name] ?? standard);
      const flag = (name: string, standard: boolean) => String(setting[name] ?? standard) === "true";
      const { LoggingLevel: level, UnauthorizedCacheControlHeaderStrategy: strategy } = setting;
      return [
        key,
        defined({
          metricsEnabled: flag("MetricsEnabled", false),
          loggingLevel: level === undefined ? undefined : String(level),
          dataTraceEnabled: flag("DataTraceEnabled", false),
          throttlingBurstLimit: number("ThrottlingBurstLimit", 5000),
          throttlingRateLimit: number("ThrottlingRateLimit", 10_000),
          cachingEnabled: flag("CachingEnabled", false),
          cacheTtlInSeconds: number("CacheTtlInSeconds", 300),
          cacheDataEncrypted: flag("CacheDataEncrypted", false),
          requireAuthorizationForCacheControl: flag("RequireAuthorizationForCacheControl", true),
          unauthorizedCacheControlHeaderStrategy: String(
            strategy ?? "SUCCEED_WITH_RESPONSE_HEADER",
          ) as MethodSetting["unauthorizedCacheControlHeaderStrategy"],
        }),
      ];
    }),
  );
}
