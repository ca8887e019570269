import type { ModelResource, StackModel } from "../stack/stack-model.ts";
import type { CorsConfiguration, Route } from "./definition/http-api.ts";

/** What a deployment of an HTTP API kept. */
export interface DeployedRoutes {
  readonly routes: readonly Route[];
  readonly cors: CorsConfiguration | undefined;
}

/**
 * What the deployment of a stage kept; nothing where the stage serves the API as it is: since it deploys by itself, or its
 * deployment is a template's, and nothing has changed the API otherwise.
 */
export function deployedRoutes(
  model: StackModel,
  apiId: string,
  stageName: string,
): DeployedRoutes | undefined {
  let stages = known.get(model);
  if (stages === undefined) {
    stages = stagesOf(model);
    known.set(model, stages);
  }
  return stages.get(`${apiId}/${stageName}`);
}

const known = new WeakMap<StackModel, ReadonlyMap<string, DeployedRoutes>>();

function stagesOf({ resources }: StackModel): Map<string, DeployedRoutes> {
  const deployments = resources.filter(({ type }) => type === "AWS::ApiGatewayV2::Deployment");
  return new Map(
    resources.flatMap((stage) => {
      const { type, properties, physicalId } = stage;
      if (type !== "AWS::ApiGatewayV2::Stage" || String(properties["AutoDeploy"]) === "true") return [];
      const snapshot = deployments.findLast((each) => isOf(each, stage))?.content?.snapshot;
      if (snapshot === undefined) return [];
      const kept = snapshot as unknown as DeployedRoutes;
      return [[`${String(properties["ApiId"])}/${physicalId}`, kept] as const];
    }),
  );
}

function isOf(deployment: ModelResource, { properties, physicalId }: ModelResource): boolean {
  if (deployment.properties["ApiId"] !== properties["ApiId"]) return false;
  const { DeploymentId: id } = properties;
  return id === undefined ? deployment.properties["StageName"] === physicalId : deployment.physicalId === id;
}
