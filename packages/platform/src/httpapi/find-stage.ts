import type { StackModel } from "../stack/stack-model.ts";
import { deployedRoutes } from "./deployed-routes.ts";
import type { HttpStage } from "./passage.ts";

/** A stage with what it serves; nothing if there is none, or if it was never deployed. */
export function findHttpStage(model: StackModel, apiId: string, name: string): HttpStage | undefined {
  const api = model.httpApis.get(apiId);
  const stage = model.httpStages.find((each) => each.apiId === apiId && each.name === name);
  if (api === undefined || stage === undefined) return undefined;
  const isDeployed =
    stage.isDeployed || model.httpDeployments.some((each) => each.apiId === apiId && each.stageName === name);
  if (!isDeployed) return undefined;
  const kept = deployedRoutes(model, apiId, name);
  return {
    apiId,
    name,
    variables: stage.variables,
    routes: kept?.routes ?? model.httpRoutes.filter((each) => each.apiId === apiId).map(({ route }) => route),
    cors: kept === undefined ? api.cors : kept.cors,
    throttling: (routeKey) => ({ ...stage.defaultThrottling, ...stage.throttling[routeKey] }),
    accessLog: stage.accessLog,
  };
}
