import { deployedApi } from "../stack/deployed-api.ts";
import type { StackModel } from "../stack/stack-model.ts";
import type { Stage } from "./passage.ts";

/** A stage with what it serves; nothing if there is none. */
export function findStage(
  model: StackModel,
  { accountId, region }: { readonly accountId: string; readonly region: string },
  apiId: string,
  name: string,
): Stage | undefined {
  const stage = model.stages.find((each) => each.apiId === apiId && each.name === name);
  if (stage === undefined) return undefined;
  const api = deployedApi(model, apiId, stage.deploymentId);
  if (api === undefined) return undefined;
  const apiArn = `arn:aws:execute-api:${region}:${accountId}:${apiId}`;
  const stageArn = `arn:aws:apigateway:${region}::/restapis/${apiId}/stages/${name}`;
  const webAcl = model.webAcls.get(model.webAclAssociations.get(stageArn) ?? "");
  return { ...stage, apiArn, api, webAcl };
}
