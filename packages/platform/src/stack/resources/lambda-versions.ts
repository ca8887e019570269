import { limits } from "@sluice/protocol";
import type { Value, ValueMap } from "../../cloudformation/index.ts";
import { qualifiedArn, splitFunctionReference } from "../../lambda/function-name.ts";
import type { FunctionAlias } from "../../lambda/lambda-function.ts";
import {
  type CreatedResource,
  type CreationContext,
  optionalText,
  ResourceError,
  requiredText,
} from "../resource-type.ts";
import type { FunctionResource, StackModel } from "../stack-model.ts";

/**
 * `AWS::Lambda::Version`: the function as it is when the version first appears in the template. One that SAM makes for
 * `AutoPublishAlias` is another at each deployment, so that its alias follows what is being developed.
 */
export function createVersion(context: CreationContext): CreatedResource {
  const { node, properties, model, versions } = context;
  const latest = functionOf(context);
  const { configuration } = latest;
  const provisionedConcurrency = provisioned(context, configuration);
  // What CloudFormation replaces a version for.
  const key = JSON.stringify([node.logicalId, properties["Description"], properties["CodeSha256"]]);
  const number = versions.numberOf({
    functionName: configuration.name,
    key,
    isAutomatic: node.origin !== node.logicalId,
  });
  const published = versions.published?.(latest);
  model.versions.push({ functionName: configuration.name, number, provisionedConcurrency, published });
  const arn = qualifiedArn(configuration.arn, number);
  return { ref: arn, attributes: { FunctionArn: arn, Version: number } };
}

/** `AWS::Lambda::Alias`. */
export function createAlias(context: CreationContext): CreatedResource {
  const { model } = context;
  const { configuration } = functionOf(context);
  const name = requiredText(context, "Name");
  const arn = qualifiedArn(configuration.arn, name);
  if (/^\d+$/.test(name) || !/^[a-zA-Z0-9-_]+$/.test(name)) {
    throw refusal(
      `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)`,
    );
  }
  if (model.aliases.some((alias) => alias.functionName === configuration.name && alias.name === name)) {
    throw refusal(`Alias already exists: ${arn}`);
  }
  const version = existingVersion(context, configuration, requiredText(context, "FunctionVersion"));
  const provisionedConcurrency = provisioned(context, configuration);
  if (provisionedConcurrency !== undefined && version === "$LATEST") {
    throw refusal("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  }
  const additional = additionalVersion(context, configuration, version);
  model.aliases.push({
    logicalId: context.node.origin,
    functionName: configuration.name,
    name,
    version,
    ...(additional === undefined ? {} : { additional }),
    provisionedConcurrency,
  });
  return { ref: arn, attributes: { AliasArn: arn } };
}

type Configuration = FunctionResource["configuration"];

function functionOf(context: CreationContext): FunctionResource {
  const reference = requiredText(context, "FunctionName");
  const { name } = splitFunctionReference(reference);
  const found = context.model.functions.get(name);
  if (found !== undefined) return found;
  throw refusal(`Function not found: arn:aws:lambda:${context.region}:${context.accountId}:function:${name}`);
}

function existingVersion(
  { versions }: CreationContext,
  { name, arn }: Configuration,
  version: string,
): string {
  if (version === "$LATEST" || versions.has(name, version)) return version;
  throw refusal(`Function not found: ${qualifiedArn(arn, version)}`);
}

/** The second version of `RoutingConfig`. */
function additionalVersion(
  context: CreationContext,
  configuration: Configuration,
  version: string,
): FunctionAlias["additional"] {
  const weights = map(context.properties["RoutingConfig"])["AdditionalVersionWeights"];
  if (!Array.isArray(weights) || weights.length === 0) return undefined;
  if (weights.length > 1) {
    throw refusal("Number of items in AdditionalVersionWeights cannot be greater than 1");
  }
  const entry = map(weights[0]);
  const other = optionalText(entry, "FunctionVersion") ?? "";
  const weight = Number(optionalText(entry, "FunctionWeight"));
  const at = "at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map";
  const written = `1 validation error detected: Value '{${other}=${double(weight)}}' ${at}`;
  if (!/^\d+$/.test(other)) {
    throw refusal(
      `${written} keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]`,
    );
  }
  if (!(weight >= 0 && weight <= 1)) {
    throw refusal(
      `${written} value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]`,
    );
  }
  if (version === "$LATEST") {
    throw refusal("$LATEST is not supported for an alias pointing to more than 1 version");
  }
  if (other === version) {
    throw refusal(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    );
  }
  return { version: existingVersion(context, configuration, other), weight };
}

/** `ProvisionedConcurrencyConfig`, whose sum must be within what the function reserves. */
function provisioned(
  { properties, model }: CreationContext,
  { name, reservedConcurrency }: Configuration,
): number | undefined {
  const text = optionalText(
    map(properties["ProvisionedConcurrencyConfig"]),
    "ProvisionedConcurrentExecutions",
  );
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) {
    throw refusal(
      `1 validation error detected: Value '${text}' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1`,
    );
  }
  let sum = count;
  for (const { functionName, provisionedConcurrency } of [...model.versions, ...model.aliases]) {
    if (functionName === name) sum += provisionedConcurrency ?? 0;
  }
  if (reservedConcurrency === undefined) checkUnreserved(model, count);
  else if (sum > reservedConcurrency) {
    throw refusal(
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    );
  }
  return count;
}

/** What is provisioned without being reserved is the account's. */
function checkUnreserved({ functions, versions, aliases }: StackModel, count: number): void {
  let unreserved = limits.accountConcurrency;
  for (const { configuration } of functions.values()) unreserved -= configuration.reservedConcurrency ?? 0;
  for (const { functionName, provisionedConcurrency } of [...versions, ...aliases]) {
    const isReserved = functions.get(functionName)?.configuration.reservedConcurrency !== undefined;
    if (!isReserved) unreserved -= provisionedConcurrency ?? 0;
  }
  if (count > unreserved) {
    throw refusal(
      `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${unreserved}].`,
    );
  }
  if (count > unreserved - limits.unreservedConcurrency) {
    throw refusal(
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${limits.unreservedConcurrency}].`,
    );
  }
}

/** As the service writes it. */
function double(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function refusal(answer: string): ResourceError {
  return new ResourceError(`Lambda answers \`${answer}\``);
}

function map(value: Value | undefined): ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
