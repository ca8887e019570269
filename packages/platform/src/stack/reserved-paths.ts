import type { ResourceNode } from "../cloudformation/index.ts";
import type { StackModel } from "./stack-model.ts";

const reserved = ["/ping", "/sping"];

/** What gives an API a path of a custom domain, and the property that says which path. */
const mappings: Readonly<Record<string, string>> = {
  "AWS::ApiGateway::BasePathMapping": "BasePath",
  "AWS::ApiGateway::BasePathMappingV2": "BasePath",
  "AWS::ApiGatewayV2::ApiMapping": "ApiMappingKey",
};

/**
 * Paths that API Gateway answers itself, for health checks of its own, where a custom domain leads to an API without a path
 * of its own. There are no custom domains here, so that nothing else would tell.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
export function findReservedPaths(
  { apis, httpApis, httpRoutes }: Pick<StackModel, "apis" | "httpApis" | "httpRoutes">,
  nodes: Iterable<Pick<ResourceNode, "type" | "properties" | "dependencies">>,
): { readonly logicalId: string; readonly message: string }[] {
  const mapped = new Set<string>();
  for (const { type, properties, dependencies } of nodes) {
    const property = mappings[type];
    if (property === undefined || !isRoot(properties[property])) continue;
    for (const id of dependencies) mapped.add(id);
  }
  const paths = [
    ...[...apis.values()].map(({ logicalId, api }) => ({
      logicalId,
      paths: api.resources.map(({ path }) => path),
    })),
    ...[...httpApis.values()].map(({ id, logicalId }) => ({
      logicalId,
      paths: httpRoutes
        .filter(({ apiId }) => apiId === id)
        .map(({ route }) => route.key.replace(/^[A-Z]+ /, "")),
    })),
  ];
  return paths.flatMap(({ logicalId, paths: own }) =>
    reserved
      .filter((path) => mapped.has(logicalId) && own.includes(path))
      .map((path) => ({
        logicalId,
        message: `API Gateway keeps ${path} of a custom domain for health checks of its own: there ${path} does not reach ${logicalId}. Call it something else, or give the mapping a base path.`,
      })),
  );
}

function isRoot(path: unknown): boolean {
  return path === undefined || path === null || path === "" || path === "(none)";
}
