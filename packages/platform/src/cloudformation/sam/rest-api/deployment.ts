import { get, isGiven, type Value, type ValueMap } from "../../value.ts";
import { type GeneratedResource, generated, tagList } from "../generated-resource.ts";
import { ref } from "../intrinsic-forms.ts";
import { canonicalJson, hashedId, sha1 } from "../logical-id.ts";
import { isAlphanumeric } from "../text.ts";
import type { RestApiSource } from "./rest-api.ts";

/**
 * The deployment and the stage of a REST API.
 *
 * A deployment is a snapshot of the API, so its logical id carries a hash of the body: a change makes a new deployment
 * and moves the stage to it. AWS hashes a Python rendering of the body; only equality matters, so here it is our own.
 */
export function deployment(
  api: RestApiSource,
  restApi: GeneratedResource,
): { readonly deployment: GeneratedResource; readonly stage: GeneratedResource } {
  const { logicalId, properties, attributes } = api;
  const hash = deploymentHash(api, restApi.properties["Body"] ?? restApi.properties["BodyS3Location"]);
  const id = hash === undefined ? `${logicalId}Deployment` : `${logicalId}Deployment${hash.slice(0, 10)}`;
  const version = get(properties, "OpenApiVersion");
  const result = generated(
    id,
    "AWS::ApiGateway::Deployment",
    {
      RestApiId: ref(logicalId),
      Description: hash === undefined ? undefined : `RestApi deployment id: ${hash}`,
      // Without a version, API Gateway makes a second stage of this very name. So it does on AWS.
      StageName: isGiven(version) ? undefined : "Stage",
    },
    attributes,
  );
  return { deployment: result, stage: stageResource(api, id) };
}

function stageResource(
  { logicalId, properties, attributes }: RestApiSource,
  deploymentId: string,
): GeneratedResource {
  const name = get(properties, "StageName");
  const prefix = typeof name === "string" ? name : "";
  const id = isAlphanumeric(prefix) ? `${logicalId}${prefix}Stage` : hashedId(`${logicalId}Stage`, prefix);
  const tags = get(properties, "Tags") ?? undefined;
  const same = [
    "StageName",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "Variables",
    "MethodSettings",
    "AccessLogSetting",
    "CanarySetting",
    "TracingEnabled",
  ];
  return generated(
    id,
    "AWS::ApiGateway::Stage",
    {
      RestApiId: ref(logicalId),
      DeploymentId: ref(deploymentId),
      Tags: tags === undefined ? undefined : tagList(tags),
      ...Object.fromEntries(same.map((each) => [each, get(properties, each)])),
    },
    attributes,
  );
}

function deploymentHash(
  { logicalId, properties, context }: RestApiSource,
  body: Value | undefined,
): string | undefined {
  if (!isGiven(body)) return undefined;
  if (isGiven(get(properties, "AlwaysDeploy"))) return sha1(String(Math.floor(context.nowMs / 1000)));
  const inputs: ValueMap = { body };
  for (const name of ["OpenApiVersion", "Domain"]) {
    const value = get(properties, name);
    if (isGiven(value)) inputs[name] = value;
  }
  const names = context.functionNames.get(logicalId);
  if (names !== undefined) inputs["functionNames"] = names;
  return sha1(canonicalJson(inputs));
}
