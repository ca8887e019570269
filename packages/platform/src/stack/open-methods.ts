import type { StackModel } from "./stack-model.ts";

/** What everyone can call of an API. */
export interface OpenMethods {
  readonly logicalId: string;
  readonly message: string;
  /** How it can be closed. */
  readonly hint: string;
}

/**
 * Names the methods and routes that are open to everyone, however the API came about: not a mistake, but something that
 * one should have meant. Preflight requests have to be.
 */
export function findOpenMethods({ apis, httpApis, httpRoutes }: StackModel): OpenMethods[] {
  const rest = [...apis.values()].flatMap(({ logicalId, api }): OpenMethods[] => {
    if (api.policy !== undefined) return [];
    const open = api.resources.flatMap(({ path, methods }) =>
      [...methods]
        .filter(
          ([name, { authorization, isApiKeyRequired }]) =>
            name !== "OPTIONS" && authorization === "NONE" && !isApiKeyRequired,
        )
        .map(([name]) => `${name} ${path}`),
    );
    if (open.length === 0) return [];
    const message = `Everyone can call ${open.join(", ")} of the API \`${logicalId}\`: there is no authorizer, key or resource policy.`;
    const hint =
      "Write `AuthorizationType: AWS_IAM` for the method or, in a document, `security` and a scheme with `x-amazon-apigateway-authtype: awsSigv4`.";
    return [{ logicalId, message, hint }];
  });
  const http = [...httpApis.values()].flatMap(({ id, logicalId }): OpenMethods[] => {
    const open = httpRoutes
      .filter(
        ({ apiId, route }) => apiId === id && route.method !== "OPTIONS" && route.authorizer.kind === "NONE",
      )
      .map(({ route }) => (route.method === undefined ? `ANY ${route.key}` : route.key));
    if (open.length === 0) return [];
    const message = `Everyone can call ${open.join(", ")} of the API \`${logicalId}\`: there is no authorizer.`;
    const hint =
      "Write `AuthorizationType: AWS_IAM` or `JWT` for the route or, in a document, `security` and its scheme.";
    return [{ logicalId, message, hint }];
  });
  return [...rest, ...http];
}
