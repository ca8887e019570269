import { lookup } from "node:dns/promises";
import { defaultStage } from "./httpapi/passage.ts";
import { qualifiedArn } from "./lambda/function-name.ts";
import type { StackModel } from "./stack/stack-model.ts";

/** An address at which a template can be reached. */
export interface Endpoint {
  readonly kind: "rest-api" | "http-api" | "function-url" | "invoke";
  /** Name of what answers. */
  readonly name: string;
  readonly url: string;
  /** Signing name of the service, where requests must be signed. */
  readonly signingName: "execute-api" | "lambda" | undefined;
  readonly method: string;
  /** Why it is there, if the template does not ask for it: a whole stage. */
  readonly remark?: string;
}

/** What addresses are made from. */
export interface AddressBook {
  readonly port: number;
  readonly region: string;
  /** Whether this machine's resolver knows names under `localhost`. */
  readonly usesHostNames: boolean;
}

/** Whether a name under `localhost` can be resolved; many Linux machines can't. */
export async function resolvesLocalhostNames(): Promise<boolean> {
  try {
    const { address } = await lookup("sluice.execute-api.localhost");
    return address === "127.0.0.1" || address === "::1";
  } catch {
    return false;
  }
}

/** The local address of a stage, with a slash at its end. */
export function stageUrl(apiId: string, stage: string, { port, usesHostNames }: AddressBook): string {
  return usesHostNames
    ? `http://${apiId}.execute-api.localhost:${port}/${stage}/`
    : `http://127.0.0.1:${port}/_aws/execute-api/${apiId}/${stage}/`;
}

/** The local address of an HTTP API's stage, with a slash at its end; that of the default stage has no name in it. */
export function httpStageUrl(apiId: string, stage: string, book: AddressBook): string {
  const url = stageUrl(apiId, stage, book);
  return stage === defaultStage ? url.slice(0, -`${stage}/`.length) : url;
}

/** The local address of a function URL, with a slash at its end. */
export function functionUrl(urlId: string, { port, region, usesHostNames }: AddressBook): string {
  return usesHostNames
    ? `http://${urlId}.lambda-url.${region}.localhost:${port}/`
    : `http://127.0.0.1:${port}/_lambda-url/${urlId}/`;
}

const extraStage =
  "SAM makes this stage besides the one that the template names; an API with an OpenApiVersion has none.";

/** Every address of a stack: REST and HTTP APIs, function URLs, calls of the functions themselves, and what is there by accident. */
export function endpointsOf(model: StackModel, book: AddressBook): Endpoint[] {
  const endpoints: Endpoint[] = [];
  const extra: Endpoint[] = [];
  for (const stage of model.stages) {
    const resource = model.apis.get(stage.apiId);
    const isExtra =
      stage.isOfDeployment &&
      model.stages.some(({ apiId, isOfDeployment }) => apiId === stage.apiId && !isOfDeployment);
    if (isExtra) {
      extra.push({
        kind: "rest-api",
        name: resource?.logicalId ?? stage.apiId,
        url: stageUrl(stage.apiId, stage.name, book),
        signingName: undefined,
        method: "GET",
        remark: extraStage,
      });
      continue;
    }
    for (const { path, methods } of resource?.api.resources ?? []) {
      for (const [method, { authorization, integration }] of methods) {
        // Preflights are for browsers to find.
        if (method === "OPTIONS" && integration.type === "mock") continue;
        endpoints.push({
          kind: "rest-api",
          name: `${resource?.logicalId ?? stage.apiId} ${method} ${path}`,
          url: stageUrl(stage.apiId, stage.name, book) + path.replace(/^\//, ""),
          signingName: authorization === "AWS_IAM" ? "execute-api" : undefined,
          method: method === "ANY" ? "GET" : method,
        });
      }
    }
  }
  for (const { apiId, name } of model.httpStages) {
    const api = model.httpApis.get(apiId);
    for (const { route } of model.httpRoutes.filter((each) => each.apiId === apiId)) {
      const { key, method = "ANY", authorizer } = route;
      endpoints.push({
        kind: "http-api",
        name: `${api?.logicalId ?? apiId} ${key}`,
        url: httpStageUrl(apiId, name, book) + key.replace(/^[A-Z]+ \/|^\$default$/, ""),
        signingName: authorizer.kind === "AWS_IAM" ? "execute-api" : undefined,
        method: method === "ANY" ? "GET" : method,
      });
    }
  }
  for (const { id, functionName, qualifier, authType } of model.urls) {
    endpoints.push({
      kind: "function-url",
      name: qualifiedArn(functionName, qualifier),
      url: functionUrl(id, book),
      signingName: authType === "AWS_IAM" ? "lambda" : undefined,
      method: "GET",
    });
  }
  for (const [index, name] of [...model.functions.keys()].entries()) {
    endpoints.push({
      kind: "invoke",
      name,
      url: `http://127.0.0.1:${book.port}/invoke${index === 0 ? "" : `/${name}`}`,
      signingName: undefined,
      method: "POST",
    });
  }
  return [...endpoints, ...extra];
}
