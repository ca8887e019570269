import type * as client from "@aws-sdk/client-apigatewayv2";
import type { Deployment, Stage } from "@aws-sdk/client-apigatewayv2";
import { defined, namedId } from "../../apigateway/control/api-plane.ts";
import { badRequest, conflict, notFound, refusing } from "../../apigateway/control/refusals.ts";
import { record } from "../../json-value.ts";
import type { HttpStageResource, ModelResource } from "../../stack/stack-model.ts";
import type { OperationsOf } from "../../wire/service-api.ts";
import { tagsOf } from "./api-operations.ts";
import { given, type HttpApiPlane, pageOf, textOf } from "./http-api-plane.ts";

/** Stages, and deployments that they serve. */
export function stageOperations(plane: HttpApiPlane) {
  return {
    GetStages: ({ ApiId, ...page }) => {
      const api = plane.require(ApiId);
      return pageOf(
        stagesOf(plane, api).map((stage) => stageShape(plane, api, stage)),
        page,
      );
    },
    GetStage: ({ ApiId, StageName }) => {
      const api = plane.require(ApiId);
      const stage = stagesOf(plane, api).find(({ name }) => name === StageName);
      if (stage === undefined) throw noStage();
      return stageShape(plane, api, stage);
    },
    CreateStage: (input) => {
      const { ApiId: apiId = "", StageName: name = "" } = input;
      const api = plane.require(apiId);
      if (!/^(?:\$default|[a-zA-Z0-9_-]{1,128})$/.test(name)) {
        throw badRequest("Stage name only allows a-zA-Z0-9_- and $default");
      }
      if (stagesOf(plane, api).some((stage) => stage.name === name)) throw conflict("Stage already exists");
      if (input.DeploymentId !== undefined) requireDeployment(plane, apiId, input.DeploymentId);
      plane.create(apiId, "Stage", given(input, "ApiId"));
      return stageNamed(plane, apiId, name);
    },
    UpdateStage: (input) => {
      const { ApiId: apiId = "", StageName: name } = input;
      const stage = requireStage(plane, apiId, name);
      if (input.DeploymentId !== undefined) requireDeployment(plane, apiId, input.DeploymentId);
      const { RouteSettings: settings, StageVariables: variables } = stage.properties;
      const changes = given(input, "ApiId", "StageName");
      plane.change(stage, {
        ...changes,
        ...(input.RouteSettings === undefined
          ? {}
          : { RouteSettings: { ...values(settings), ...values(changes["RouteSettings"]) } }),
        ...(input.StageVariables === undefined
          ? {}
          : { StageVariables: { ...values(variables), ...values(changes["StageVariables"]) } }),
      });
      return stageNamed(plane, apiId, name);
    },
    DeleteStage: ({ ApiId, StageName }) => {
      plane.remove([requireStage(plane, ApiId ?? "", StageName)]);
      return {};
    },
    DeleteAccessLogSettings: ({ ApiId, StageName }) => {
      plane.change(requireStage(plane, ApiId ?? "", StageName), { AccessLogSettings: undefined });
      return {};
    },
    DeleteRouteSettings: ({ ApiId, StageName, RouteKey }) => {
      const stage = requireStage(plane, ApiId ?? "", StageName);
      const { [RouteKey ?? ""]: _, ...others } = values(stage.properties["RouteSettings"]);
      plane.change(stage, { RouteSettings: others });
      return {};
    },
    GetDeployments: ({ ApiId, ...page }) => {
      const api = plane.require(ApiId);
      return pageOf(deploymentsOf(plane, api), page);
    },
    GetDeployment: ({ ApiId, DeploymentId }) => {
      const all = deploymentsOf(plane, plane.require(ApiId));
      const found = all.find((each) => each.DeploymentId === DeploymentId);
      if (found === undefined) throw notFound("Invalid deployment identifier specified");
      return found;
    },
    CreateDeployment: ({ ApiId: apiId = "", StageName: name, Description }) => {
      const api = plane.require(apiId);
      const stage = name === undefined ? undefined : requireStage(plane, apiId, name);
      if (stage !== undefined && textOf(stage, "AutoDeploy") === "true") {
        throw badRequest("Deployment on a stage with autoDeploy enabled is not allowed");
      }
      const made = refusing(`The HTTP API ${apiId}`, () => {
        plane.resources.check(api);
        plane.keepDeployments(apiId);
        return plane.resources.create({
          type: "AWS::ApiGatewayV2::Deployment",
          name: `deployment of ${apiId}`,
          properties: { ApiId: apiId, ...(Description === undefined ? {} : { Description }) },
          content: { snapshot: plane.snapshotOf(apiId) },
        });
      });
      if (stage !== undefined) plane.change(stage, { DeploymentId: made.physicalId });
      return deploymentShape(plane, made);
    },
    DeleteDeployment: ({ ApiId, DeploymentId }) => {
      const deployment = requireDeployment(plane, ApiId ?? "", DeploymentId);
      if (plane.partsOf(ApiId, "Stage").some((stage) => textOf(stage, "DeploymentId") === DeploymentId)) {
        throw badRequest("Active stages pointing to this deployment must be moved or deleted");
      }
      plane.remove([deployment]);
      return {};
    },
  } satisfies OperationsOf<typeof client>;
}

function stagesOf(plane: HttpApiPlane, { physicalId }: ModelResource): HttpStageResource[] {
  return plane.model.httpStages.filter(({ apiId }) => apiId === physicalId);
}

function stageNamed(plane: HttpApiPlane, apiId: string, name: string | undefined): Stage {
  const api = plane.require(apiId);
  const stage = stagesOf(plane, api).find((each) => each.name === name);
  if (stage === undefined) throw noStage();
  return stageShape(plane, api, stage);
}

function requireStage(plane: HttpApiPlane, apiId: string, name: string | undefined): ModelResource {
  const api = plane.require(apiId);
  const found = plane.partsOf(apiId, "Stage").find(({ physicalId }) => physicalId === name);
  if (found !== undefined) return found;
  if (stagesOf(plane, api).some((stage) => stage.name === name)) {
    throw badRequest(
      `The stage ${name} was made with the API (quick create) and serves it as it is. Create another stage, which can be changed.`,
    );
  }
  throw noStage();
}

function noStage() {
  return notFound("Unable to find Stage by name within the API: Invalid stage identifier specified");
}

/** @see https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html */
function stageShape(plane: HttpApiPlane, api: ModelResource, { name }: HttpStageResource): Stage {
  const found = plane.partsOf(api.physicalId, "Stage").find(({ physicalId }) => physicalId === name);
  const resource = found ?? { ...api, properties: { AutoDeploy: true } };
  const { properties } = resource;
  const isAutomatic = textOf(resource, "AutoDeploy") === "true";
  const log = record(properties["AccessLogSettings"]);
  const variables = Object.entries(record(properties["StageVariables"]));
  const settings = properties["DefaultRouteSettings"];
  return defined({
    StageName: name,
    AutoDeploy: isAutomatic ? true : undefined,
    ApiGatewayManaged: found === undefined ? true : undefined,
    AccessLogSettings: Object.keys(log).length === 0 ? undefined : log,
    CreatedDate: plane.createdDate(resource),
    LastUpdatedDate: plane.updatedDate(resource),
    DefaultRouteSettings:
      settings === undefined ? { DetailedMetricsEnabled: false } : numbered(record(settings)),
    DeploymentId: isAutomatic
      ? automaticId(name)
      : (textOf(resource, "DeploymentId") ?? namedDeployment(plane, api, name)),
    Description: textOf(resource, "Description"),
    RouteSettings: Object.fromEntries(
      Object.entries(record(properties["RouteSettings"])).map(([key, each]) => [key, numbered(record(each))]),
    ),
    StageVariables: Object.fromEntries(variables.map(([key, value]) => [key, String(value)])),
    Tags: tagsOf(resource),
  }) as Stage;
}

/** Templates may have numbers and flags as text. */
function numbered(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      /^Throttling/.test(name) ? Number(value) : /Enabled$/.test(name) ? String(value) === "true" : value,
    ]),
  );
}

function namedDeployment(
  plane: HttpApiPlane,
  { physicalId }: ModelResource,
  stage: string,
): string | undefined {
  const named = plane.partsOf(physicalId, "Deployment").filter((each) => textOf(each, "StageName") === stage);
  return named.at(-1)?.physicalId;
}

/** Of what a stage serves that deploys by itself. */
function automaticId(stage: string): string {
  return namedId(`deployment/${stage}`);
}

function deploymentsOf(plane: HttpApiPlane, api: ModelResource): Deployment[] {
  const automatic = stagesOf(plane, api)
    .map((stage) => stageShape(plane, api, stage))
    .flatMap((stage): Deployment[] =>
      stage.AutoDeploy === true
        ? [
            {
              DeploymentId: stage.DeploymentId,
              AutoDeployed: true,
              CreatedDate: plane.updatedDate(api),
              DeploymentStatus: "DEPLOYED",
              Description: "Automatic deployment triggered by changes to the Api configuration",
            },
          ]
        : [],
    );
  const made = plane.partsOf(api.physicalId, "Deployment").map((each) => deploymentShape(plane, each));
  return [...made, ...automatic];
}

function deploymentShape(plane: HttpApiPlane, deployment: ModelResource): Deployment {
  return defined({
    DeploymentId: deployment.physicalId,
    AutoDeployed: false,
    CreatedDate: plane.createdDate(deployment),
    DeploymentStatus: "DEPLOYED" as const,
    Description: textOf(deployment, "Description"),
  });
}

function requireDeployment(plane: HttpApiPlane, apiId: string, id: string | undefined): ModelResource {
  const found = plane.partsOf(apiId, "Deployment").find(({ physicalId }) => physicalId === id);
  if (found === undefined) throw notFound("Invalid deployment identifier specified");
  return found;
}

function values(value: unknown) {
  return record(value) as Record<string, ModelResource["properties"][string]>;
}
