import type { CreateFunctionRequest, UpdateFunctionConfigurationRequest } from "@aws-sdk/client-lambda";
import { limits } from "@sluice/protocol";
import type { Value, ValueMap } from "../../cloudformation/index.ts";
import { decide } from "../../iam/evaluate.ts";
import { AwsServiceError } from "../../service-error.ts";
import { readVpcConfig } from "../../stack/resources/vpc-config.ts";
import type { StackModel } from "../../stack/stack-model.ts";
import type { Constraint } from "../../wire/constraint.ts";
import { functionRefusal } from "../function-rights.ts";
import type { FunctionAccount } from "../role-rights.ts";
import { mapOf, textOf } from "./control-plane.ts";
import { constraintBroken, invalidParameter } from "./refusals.ts";
import { canBeCreated, deprecatedRuntimes } from "./runtime-names.ts";

type ConfigurationInput = Partial<CreateFunctionRequest> | UpdateFunctionConfigurationRequest;

/** What the model asks of members of functions. */
export const functionConstraints = {
  Description: { length: [0, 256] },
  Handler: { length: [0, 128], pattern: String.raw`[^\s]+` },
  KMSKeyArn: { pattern: "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()" },
  MemorySize: { range: [limits.functionMemoryMb.minimum, limits.functionMemoryMb.maximum] },
  Role: { pattern: String.raw`arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+` },
  Timeout: { range: [limits.functionTimeoutSeconds.minimum, limits.functionTimeoutSeconds.maximum] },
} as const satisfies Record<string, Constraint>;

/**
 * Properties of CloudFormation from members of a request: only those that the request has; undefined takes one away.
 * @param before - the properties that the function has, if it exists.
 * @throws {AwsServiceError} if they can't be used.
 */
export function functionProperties(
  input: ConfigurationInput,
  before: ValueMap,
  model: StackModel,
  region: string,
): Record<string, Value | undefined> {
  const properties: Record<string, Value | undefined> = {};
  const take = (name: string, value: unknown) => {
    if (value !== undefined && value !== null) properties[name] = plain(value);
  };
  for (const name of sameNames) take(name, input[name]);
  take("KmsKeyArn", input.KMSKeyArn);
  if (input.Runtime !== undefined) checkRuntime(input.Runtime);
  if (input.EphemeralStorage !== undefined) checkStorage(input.EphemeralStorage.Size);
  if (input.Environment !== undefined) checkEnvironment(input.Environment.Variables ?? {});
  if (input.SnapStart?.ApplyOn !== undefined) {
    checkEnum(input.SnapStart.ApplyOn, "snapStart.applyOn", ["PublishedVersions", "None"]);
  }
  if (input.TracingConfig?.Mode !== undefined) {
    checkEnum(input.TracingConfig.Mode, "tracingConfig.mode", ["Active", "PassThrough"]);
  }
  if (input.Layers !== undefined) {
    checkLayers(input.Layers, model, region);
    if (input.Layers.length === 0) properties["Layers"] = undefined;
  }
  if (input.DeadLetterConfig !== undefined && !input.DeadLetterConfig.TargetArn) {
    properties["DeadLetterConfig"] = undefined;
  }
  if (input.LoggingConfig !== undefined) {
    properties["LoggingConfig"] = logging(mapOf(before["LoggingConfig"]), mapOf(plain(input.LoggingConfig)));
  }
  return properties;
}

/** @throws {AwsServiceError} for what takes effect on AWS in ways that callers rely on, and can't here. */
export function checkServed(input: Partial<CreateFunctionRequest>): void {
  if (
    input.PackageType === "Image" ||
    input.Code?.ImageUri !== undefined ||
    input.ImageConfig !== undefined
  ) {
    throw invalidParameter(
      "Container images are not run by this platform. Give the function a Runtime and its code as a ZIP.",
    );
  }
  if (input.DurableConfig !== undefined) {
    throw invalidParameter("Durable functions are not served by this platform. Leave out DurableConfig.");
  }
  if (input.CapacityProviderConfig !== undefined) {
    throw invalidParameter(
      "Capacity providers are not served by this platform. Leave out CapacityProviderConfig.",
    );
  }
}

/**
 * Holds a function to a role that lets Lambda in. Roles that nobody here has made are not judged.
 * @param note - takes what should be known of such a role.
 * @throws {AwsServiceError} `InvalidParameterValueException`.
 */
export function checkRole(
  roleArn: string,
  { roles }: StackModel,
  accountId: string,
  note: (message: string) => void,
): void {
  if (roleArn.split(":")[4] !== accountId) {
    throw new AwsServiceError("AccessDeniedException", 403, "Cross-account pass role is not allowed.");
  }
  const role = roles.get(roleArn);
  if (role === undefined) {
    note(
      `${roleArn} is not known to this platform, so that the function may do what the platform's own credentials may. AWS takes roles that exist.`,
    );
    return;
  }
  const trust = role.trustPolicy === undefined ? [] : [role.trustPolicy];
  const { effect } = decide(
    {
      action: "sts:AssumeRole",
      resource: roleArn,
      context: {},
      principal: { kind: "Service", name: "lambda.amazonaws.com", accountId: undefined },
    },
    { identity: [], resource: trust, resourceAccountId: accountId },
  );
  if (effect === "allow") return;
  throw invalidParameter("The role defined for the function cannot be assumed by Lambda.");
}

/**
 * Holds a function to a role that can connect it to its VPC and send to its dead-letter queue.
 * @param properties - as they are to be.
 * @throws {AwsServiceError} `InvalidParameterValueException`.
 */
export function checkRights(
  roleArn: string | undefined,
  properties: Readonly<Record<string, Value | undefined>>,
  { roles }: StackModel,
  account: FunctionAccount,
): void {
  const role = roles.get(roleArn ?? "");
  const deadLetterArn = textOf(mapOf(properties["DeadLetterConfig"])["TargetArn"]);
  const refusal = functionRefusal(role, readVpcConfig(properties["VpcConfig"]), deadLetterArn, account);
  if (refusal !== undefined) throw invalidParameter(refusal.message);
}

/** @throws {AwsServiceError} if a function can't have these architectures. */
export function checkArchitectures(architectures: readonly string[] | undefined): void {
  if (architectures === undefined) return;
  const shown = `[${architectures.join(", ")}]`;
  if (architectures.length !== 1) {
    const rule = architectures.length > 1 ? "less than or equal to 1" : "greater than or equal to 1";
    throw constraintBroken(shown, "architectures", `Member must have length ${rule}`);
  }
  if (architectures.every((each) => each === "x86_64" || each === "arm64")) return;
  throw constraintBroken(
    shown,
    "architectures",
    "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
  );
}

/** Members with the names of properties. */
const sameNames = [
  "DeadLetterConfig",
  "Description",
  "Environment",
  "EphemeralStorage",
  "FileSystemConfigs",
  "Handler",
  "Layers",
  "MemorySize",
  "Role",
  "Runtime",
  "SnapStart",
  "Timeout",
  "TracingConfig",
  "VpcConfig",
] as const;

function checkRuntime(runtime: string): void {
  if (canBeCreated.includes(runtime)) return;
  if (deprecatedRuntimes.has(runtime)) {
    throw invalidParameter(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  throw invalidParameter(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${canBeCreated.join(", ")}] or be a valid ARN`,
  );
}

function checkStorage(size: number | undefined): void {
  const [least, most] = [512, 10_240];
  if (size === undefined || (size >= least && size <= most)) return;
  const rule = size < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
  throw constraintBroken(String(size), "ephemeralStorage.size", `Member must have value ${rule}`);
}

function checkEnum(value: string, member: string, values: readonly string[]): void {
  if (values.includes(value)) return;
  throw constraintBroken(value, member, `Member must satisfy enum value set: [${values.join(", ")}]`);
}

/**
 * Names that functions can't set.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const reservedVariables: ReadonlySet<string> = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_MAX_CONCURRENCY",
  "AWS_LAMBDA_RUNTIME_API",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const environmentBytes = 4096;

function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const unable =
    "Lambda was unable to configure your environment variables because the environment variables";
  const reserved = Object.keys(variables).filter((name) => reservedVariables.has(name));
  if (reserved.length > 0) {
    throw invalidParameter(
      `${unable} you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  for (const name of Object.keys(variables)) {
    if (/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name)) continue;
    throw constraintBroken(
      `{${Object.entries(variables)
        .map((entry) => entry.join("="))
        .join(", ")}}`,
      "environment.variables",
      "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    );
  }
  const text = JSON.stringify(variables);
  if (Buffer.byteLength(text) <= environmentBytes) return;
  throw invalidParameter(`${unable} you have provided exceeded the 4KB limit. String measured: ${text}`);
}

const layerArn = /^arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+$/;
const layerPattern = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)`;

function checkLayers(layers: readonly string[], { layers: known }: StackModel, region: string): void {
  const most = 5;
  if (layers.length > most) throw invalidParameter(`Cannot reference more than ${most} layers.`);
  const byLayer = new Map<string, string>();
  for (const arn of layers) {
    const match = layerArn.exec(arn);
    if (match === null) {
      throw constraintBroken(
        `[${layers.join(", ")}]`,
        "layers",
        `Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${layerPattern}, Member must not be null]`,
      );
    }
    if (match[1] !== region) {
      throw invalidParameter(
        `Layers are not in the same region as the function. Layers are expected to be in region ${region}.`,
      );
    }
    if (!known.has(arn)) throw invalidParameter(`Layer version ${arn} does not exist.`);
    const layer = arn.slice(0, arn.lastIndexOf(":"));
    const other = byLayer.get(layer);
    if (other !== undefined) {
      throw invalidParameter(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    }
    byLayer.set(layer, arn);
  }
}

/** What is not said stays; lines of text have no levels. */
function logging(before: ValueMap, changes: ValueMap): ValueMap {
  const { ApplicationLogLevel: application, SystemLogLevel: system, ...common } = { ...before, ...changes };
  if (common["LogFormat"] !== "JSON") {
    if (changes["ApplicationLogLevel"] === undefined && changes["SystemLogLevel"] === undefined)
      return common;
    throw invalidParameter("To set log levels, LogFormat must be JSON.");
  }
  return { ...common, ApplicationLogLevel: application ?? "INFO", SystemLogLevel: system ?? "INFO" };
}

/** Plain data, as it is kept. */
function plain(value: unknown): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
