import type { RestApi } from "../apigateway/definition/rest-api.ts";
import { snapshotApi } from "./rest-api-parts.ts";
import type { StackModel } from "./stack-model.ts";

/**
 * What a deployment serves: the API as it was then, where the deployment keeps that, else the API as it is. Those of
 * templates keep nothing until the API is changed otherwise.
 */
export function deployedApi(model: StackModel, apiId: string, deploymentId: string): RestApi | undefined {
  const api = model.apis.get(apiId);
  if (api === undefined) return undefined;
  let snapshots = known.get(model);
  if (snapshots === undefined) {
    snapshots = snapshotsOf(model);
    known.set(model, snapshots);
  }
  const snapshot = snapshots.get(`${apiId}/${deploymentId}`);
  return snapshot === undefined ? api.api : snapshot();
}

type Snapshots = ReadonlyMap<string, () => RestApi>;

const known = new WeakMap<StackModel, Snapshots>();
/** Models come and go while what deployments keep stays: it is put together once, with what authorizers answered. */
const assembled = new Map<string, { readonly json: string; readonly api: RestApi }>();

function snapshotsOf(model: StackModel): Snapshots {
  return new Map(
    model.resources.flatMap(({ type, physicalId, properties, content }) => {
      const { snapshot } = content ?? {};
      if (type !== "AWS::ApiGateway::Deployment" || snapshot === undefined) return [];
      const key = `${String(properties["RestApiId"])}/${physicalId}`;
      return [[key, once(() => assemble(key, snapshot))] as const];
    }),
  );
}

function assemble(key: string, snapshot: Readonly<Record<string, unknown>>): RestApi {
  const json = JSON.stringify(snapshot);
  const before = assembled.get(key);
  if (before?.json === json) return before.api;
  const api = snapshotApi(snapshot);
  if (assembled.size >= 1_000) assembled.clear();
  assembled.set(key, { json, api });
  return api;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
