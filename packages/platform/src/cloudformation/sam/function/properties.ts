import { get, getMap, has, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import {
  anything,
  boolean,
  either,
  listOfStringsOrMaps,
  literalBoolean,
  map,
  mapOfMaps,
  type PropertySchema,
  string,
  stringOrMap,
} from "../property-schema.ts";
import { shown } from "../text.ts";

/**
 * The properties of `AWS::Serverless::Function`.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
 */
export const functionSchema: PropertySchema = {
  FunctionName: stringOrMap,
  Handler: anything,
  Runtime: anything,
  CodeUri: anything,
  ImageUri: anything,
  PackageType: anything,
  InlineCode: anything,
  DeadLetterQueue: map,
  Description: anything,
  MemorySize: anything,
  Timeout: anything,
  VpcConfig: anything,
  Role: string,
  AssumeRolePolicyDocument: map,
  Policies: {
    intrinsic: true,
    test: (value) => typeof value === "string" || isMap(value) || listOfStringsOrMaps.test(value),
  },
  RolePath: anything,
  PermissionsBoundary: string,
  Environment: mapOfMaps,
  Events: mapOfMaps,
  Tags: map,
  PropagateTags: boolean,
  Tracing: stringOrMap,
  KmsKeyArn: anything,
  DeploymentPreference: map,
  ReservedConcurrentExecutions: anything,
  Layers: listOfStringsOrMaps,
  EventInvokeConfig: map,
  EphemeralStorage: anything,
  AutoPublishAlias: { intrinsic: true, test: (value) => typeof value === "string" },
  AutoPublishCodeSha256: { intrinsic: true, test: (value) => typeof value === "string" },
  AutoPublishAliasAllProperties: literalBoolean,
  VersionDescription: anything,
  ProvisionedConcurrencyConfig: anything,
  FileSystemConfigs: anything,
  ImageConfig: anything,
  CodeSigningConfigArn: anything,
  Architectures: anything,
  SnapStart: map,
  FunctionUrlConfig: map,
  RuntimeManagementConfig: anything,
  LoggingConfig: anything,
  RecursiveLoop: anything,
  SourceKMSKeyArn: anything,
  CapacityProviderConfig: map,
  FunctionScalingConfig: map,
  VersionDeletionPolicy: either("Delete", "Retain"),
  PublishToLatestPublished: anything,
  TenancyConfig: anything,
  DurableConfig: map,
};

/** Checks what depends on more than one property. @throws {SamError} */
export function checkTogether(logicalId: string, properties: ValueMap): void {
  const isSet = (name: string): boolean => (get(properties, name) ?? null) !== null;
  const messages: string[] = [];
  for (const other of ["ProvisionedConcurrencyConfig", "VpcConfig"]) {
    if (isSet("CapacityProviderConfig") && isSet(other)) {
      messages.push(`Cannot specify 'CapacityProviderConfig' and '${other}' together.`);
    }
  }
  for (const [name, needed] of [
    ["FunctionScalingConfig", "CapacityProviderConfig"],
    ["VersionDeletionPolicy", "AutoPublishAlias"],
  ] as const) {
    if (isSet(name) && !isSet(needed)) messages.push(`'${name}' requires '${needed}'.`);
  }
  if (messages.length > 0) throw invalidResource(logicalId, messages.join("\n"));
  checkDeadLetterQueue(logicalId, get(properties, "DeadLetterQueue"));
  checkTenancy(logicalId, properties);
}

function checkDeadLetterQueue(logicalId: string, queue: Value | undefined): void {
  if (!isGiven(queue)) return;
  const type = get(queue, "Type");
  if (!isGiven(type) || !isGiven(get(queue, "TargetArn"))) {
    throw invalidResource(
      logicalId,
      "'DeadLetterQueue' requires Type and TargetArn properties to be specified.",
    );
  }
  if (typeof type !== "string") {
    throw invalidResource(logicalId, "Property 'DeadLetterQueue.Type' should be a string.");
  }
  if (type !== "SQS" && type !== "SNS") {
    throw invalidResource(logicalId, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
  }
}

function checkTenancy(logicalId: string, properties: ValueMap): void {
  if (!isGiven(get(properties, "TenancyConfig"))) return;
  const refuse = (what: string): Error =>
    invalidResource(logicalId, `${what} is not supported for functions enabled with tenancy configuration.`);
  if (isGiven(get(properties, "ProvisionedConcurrencyConfig"))) throw refuse("Provisioned concurrency");
  if (isGiven(get(properties, "FunctionUrlConfig"))) throw refuse("Function URL");
  if (isGiven(get(properties, "SnapStart"))) throw refuse("SnapStart");
  for (const event of Object.values(getMap(properties, "Events") ?? {})) {
    const type = get(event, "Type");
    if (type === "Api" || type === "HttpApi") continue;
    throw invalidResource(
      logicalId,
      `Event source '${shown(type)}' is not supported for functions enabled with tenancy configuration. Only Api and HttpApi event sources are supported.`,
    );
  }
}

const capacityProviderMembers: Readonly<Record<string, string>> = {
  Arn: "CapacityProviderArn",
  PerExecutionEnvironmentMaxConcurrency: "PerExecutionEnvironmentMaxConcurrency",
  ExecutionEnvironmentMemoryGiBPerVCpu: "ExecutionEnvironmentMemoryGiBPerVCpu",
};

/** `CapacityProviderConfig` in CloudFormation's form. @throws {SamError} for a member that is missing or unknown. */
export function capacityProviderConfig(logicalId: string, config: ValueMap): ValueMap {
  const problems = Object.keys(config)
    .filter((name) => !Object.hasOwn(capacityProviderMembers, name))
    .map((name) => `${name}\n  extra fields not permitted (type=value_error.extra)`);
  if (!has(config, "Arn")) problems.unshift("Arn\n  field required (type=value_error.missing)");
  if (problems.length > 0) {
    const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"}`;
    throw invalidResource(
      logicalId,
      `Invalid CapacityProviderConfig: ${[`${count} for CapacityProviderConfig`, ...problems].join("\n")}`,
    );
  }
  const result: ValueMap = {};
  for (const [name, target] of Object.entries(capacityProviderMembers)) {
    const value = get(config, name);
    if (value !== undefined && value !== null) result[target] = value;
  }
  return { LambdaManagedInstancesCapacityProviderConfig: result };
}
