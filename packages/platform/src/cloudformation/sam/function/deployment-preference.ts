import { get, has, isFilledMap, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { combinedConditions } from "../combined-conditions.ts";
import { invalidResource, type SamCause, SamError } from "../errors.ts";
import { type GeneratedResource, generated, tagList } from "../generated-resource.ts";
import { getAtt, ifArguments, isIf, isIntrinsic, isNoValue, ref, sub } from "../intrinsic-forms.ts";
import { awsPolicyArn } from "../managed-policies.ts";
import { resolveWithMappings } from "../parameter-refs.ts";
import { trustPolicy } from "../role-policies.ts";
import type { TransformContext } from "../types.ts";

const applicationId = "ServerlessDeploymentApplication";
const roleId = "CodeDeployServiceRole";
const conditionName = "ServerlessCodeDeployCondition";

/** How CodeDeploy is to move a function's alias to a new version. */
interface DeploymentPreference {
  readonly settings: ValueMap;
  readonly condition?: Value | undefined;
  readonly tags?: ValueMap | undefined;
}

/** The enabled deployment preferences of a document, by the function's logical id. */
export type DeploymentPreferences = Map<string, DeploymentPreference>;

const predefinedTypes = [
  "AllAtOnce",
  ...["5Minutes", "10Minutes", "15Minutes", "30Minutes"].map((time) => `Canary10Percent${time}`),
  ...["1Minute", "2Minutes", "3Minutes", "10Minutes"].map((time) => `Linear10PercentEvery${time}`),
];

/**
 * Notes a function's `DeploymentPreference` and lets its alias be updated by CodeDeploy.
 *
 * @throws {SamError} if the type, the alias or what it needs is missing.
 */
export function addDeploymentPreference(
  logicalId: string,
  source: ValueMap,
  properties: ValueMap,
  alias: GeneratedResource | undefined,
  context: TransformContext,
): void {
  const given = get(properties, "DeploymentPreference");
  if (!isFilledMap(given)) return;
  const resolved = (name: string): Value =>
    resolveWithMappings(given[name] ?? null, context.parameters, context.mappings);
  const settings = { ...given };
  for (const name of ["Enabled", "Type"]) {
    if (has(given, name)) settings[name] = resolved(name);
  }
  const passesCondition = has(given, "PassthroughCondition")
    ? asBoolean(logicalId, resolved("PassthroughCondition"))
    : false;
  const enabled = get(settings, "Enabled") ?? (has(settings, "Enabled") ? null : true);
  if (!isGiven(enabled) || enabled === "false" || enabled === "False") return;
  if (!has(settings, "Type")) {
    throw invalidResource(logicalId, "'DeploymentPreference' is missing required Property 'Type'");
  }
  if (has(settings, "Hooks") && !isMap(settings["Hooks"])) {
    throw invalidResource(logicalId, "'Hooks' property of 'DeploymentPreference' must be a dictionary");
  }
  const tags = get(properties, "Tags");
  const preference = {
    settings,
    condition: passesCondition ? get(source, "Condition") : undefined,
    tags: isGiven(get(properties, "PropagateTags")) && isFilledMap(tags) ? tags : undefined,
  };
  context.deploymentPreferences.set(logicalId, preference);
  if (alias === undefined) {
    throw invalidResource(
      logicalId,
      "'DeploymentPreference' requires AutoPublishAlias property to be specified.",
    );
  }
  alias.attributes["UpdatePolicy"] = updatePolicy(deploymentGroup(logicalId, preference).logicalId, settings);
}

/** The CodeDeploy resources of all functions that have a deployment preference, the conditions they need, and mistakes. */
export function deploymentResources(
  preferences: DeploymentPreferences,
  partition: string,
): {
  readonly resources: GeneratedResource[];
  readonly conditions: ValueMap;
  readonly causes: readonly SamCause[];
} {
  if (preferences.size === 0) return { resources: [], conditions: {}, causes: [] };
  const all = [...preferences.values()];
  const tags = Object.assign({}, ...all.map((preference) => preference.tags)) as ValueMap;
  const { attributes, conditions } = sharedCondition(all);
  const application = generated(
    applicationId,
    "AWS::CodeDeploy::Application",
    { ComputePlatform: "Lambda", Tags: isGiven(tags) ? tagList(tags) : undefined },
    attributes,
  );
  const resources = [application];
  if (!all.every(({ settings }) => isGiven(get(settings, "Role")))) {
    const isLimited = partition === "aws-iso" || partition === "aws-iso-b";
    const policy = `service-role/AWSCodeDeployRoleForLambda${isLimited ? "Limited" : ""}`;
    const role = {
      AssumeRolePolicyDocument: trustPolicy("codedeploy.amazonaws.com"),
      ManagedPolicyArns: [awsPolicyArn(policy, partition)],
      Tags: isGiven(tags) ? tagList(tags) : undefined,
    };
    resources.push(generated(roleId, "AWS::IAM::Role", role, attributes));
  }
  const causes: SamCause[] = [];
  for (const [logicalId, preference] of preferences) {
    try {
      resources.push(deploymentGroup(logicalId, preference));
    } catch (error) {
      if (!(error instanceof SamError)) throw error;
      causes.push(error.cause);
    }
  }
  return { resources, conditions, causes };
}

/** What is shared is made only if one of the functions is, when all of them have conditions. */
function sharedCondition(preferences: readonly DeploymentPreference[]): {
  attributes: ValueMap;
  conditions: ValueMap;
} {
  const names = preferences.map(({ condition }) => condition).filter((name) => typeof name === "string");
  if (names.length < preferences.length) return { attributes: {}, conditions: {} };
  const distinct = [...new Set(names)].sort();
  const [first] = distinct;
  if (distinct.length === 1 && first !== undefined)
    return { attributes: { Condition: first }, conditions: {} };
  return {
    attributes: { Condition: conditionName },
    conditions: combinedConditions(distinct, conditionName),
  };
}

function deploymentGroup(
  logicalId: string,
  { settings, condition, tags }: DeploymentPreference,
): GeneratedResource {
  const role = get(settings, "Role");
  const triggers = get(settings, "TriggerConfigurations");
  return generated(
    `${logicalId}DeploymentGroup`,
    "AWS::CodeDeploy::DeploymentGroup",
    {
      AlarmConfiguration: alarmConfiguration(logicalId, get(settings, "Alarms")),
      ApplicationName: ref(applicationId),
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
      },
      DeploymentConfigName: deploymentConfig(get(settings, "Type") ?? null),
      DeploymentStyle: { DeploymentType: "BLUE_GREEN", DeploymentOption: "WITH_TRAFFIC_CONTROL" },
      ServiceRoleArn: isGiven(role) ? role : getAtt(roleId, "Arn"),
      TriggerConfigurations: isGiven(triggers) ? triggers : undefined,
      Tags: tags === undefined ? undefined : tagList(tags),
    },
    isGiven(condition) ? { Condition: condition } : {},
  );
}

function updatePolicy(groupId: string, settings: ValueMap): ValueMap {
  const update: ValueMap = { ApplicationName: ref(applicationId), DeploymentGroupName: ref(groupId) };
  const before = get(settings, "Hooks", "PreTraffic") ?? null;
  const after = get(settings, "Hooks", "PostTraffic") ?? null;
  if (before !== null) update["BeforeAllowTrafficHook"] = before;
  if (after !== null) update["AfterAllowTrafficHook"] = after;
  return { CodeDeployLambdaAliasUpdate: update };
}

function alarmConfiguration(logicalId: string, alarms: Value | undefined): Value | undefined {
  if (!isGiven(alarms) || isNoValue(alarms)) return undefined;
  const listed = (list: Value): ValueMap => {
    if (!Array.isArray(list)) throw invalidResource(logicalId, "Alarms must be a list");
    if (list.length === 0 || isNoValue(list[0])) return {};
    return { Enabled: true, Alarms: list.map((name) => ({ Name: name })) };
  };
  if (!isIf(alarms)) return listed(alarms);
  const items = ifArguments(alarms);
  if (items === undefined) throw invalidResource(logicalId, "Fn::If requires 3 arguments");
  return { "Fn::If": [items[0], listed(items[1]), listed(items[2])] };
}

/** The name of a predefined deployment configuration in full, also inside intrinsic functions. */
function deploymentConfig(value: Value, key?: string): Value {
  if (Array.isArray(value)) return value.map((item) => deploymentConfig(item));
  if (isIntrinsic(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, deploymentConfig(inner, name)]),
    );
  }
  if (typeof value !== "string" || !predefinedTypes.includes(value)) return value;
  const full = sub(`CodeDeployDefault.Lambda\${ConfigName}`, { ConfigName: value });
  return key === "Fn::Sub" ? (full["Fn::Sub"] ?? null) : full;
}

function asBoolean(logicalId: string, value: Value): boolean {
  if (value === true || value === "true" || value === "True" || value === 1) return true;
  if (value === false || value === "false" || value === "False" || value === 0) return false;
  if (isIntrinsic(value)) {
    throw invalidResource(
      logicalId,
      "Unsupported intrinsic: the only intrinsic functions supported for property PassthroughCondition are FindInMap and parameter Refs.",
    );
  }
  throw invalidResource(logicalId, "Invalid value for property PassthroughCondition.");
}
