import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import {
  type GeneratedResource,
  generated,
  keptAttributes,
  passedOnAttributes,
} from "../generated-resource.ts";
import { allOf, conditional, getAtt, ifArguments, isIf, isNoValue, not, ref } from "../intrinsic-forms.ts";
import { hashedId } from "../logical-id.ts";
import { resolveParameterRefs } from "../parameter-refs.ts";
import { expectMap } from "../property-schema.ts";
import { destinationPolicy } from "../role-policies.ts";
import { shown } from "../text.ts";
import type { TransformContext } from "../types.ts";
import type { PublishedAlias } from "./version.ts";

const destinationTypes = ["SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"];

/** What `EventInvokeConfig` adds: the configuration, queues and topics made for it, and policies for the role. */
export interface EventInvoke {
  readonly resources: GeneratedResource[];
  readonly policies: ValueMap[];
}

/**
 * The configuration of asynchronous invocation. A destination of type SQS or SNS without an ARN is made.
 *
 * @throws {SamError} if a destination's type is unknown or its ARN missing.
 */
export function eventInvokeConfig(
  logicalId: string,
  source: ValueMap,
  config: ValueMap,
  alias: PublishedAlias | undefined,
  context: TransformContext,
): EventInvoke {
  const id = `${logicalId}EventInvokeConfig`;
  const resolved = resolveParameterRefs(config, context.parameters);
  const made: GeneratedResource[] = [];
  const policies: ValueMap[] = [];
  const destinations: ValueMap = {};
  const given = get(resolved, "DestinationConfig");
  if (isGiven(given)) {
    const subject = { id: logicalId };
    const map = expectMap(given, subject, "EventInvokeConfig.DestinationConfig");
    for (const name of ["OnSuccess", "OnFailure"]) {
      const destination = get(map, name) ?? undefined;
      if (destination === undefined) continue;
      const checked = expectMap(destination, subject, `EventInvokeConfig.DestinationConfig.${name}`);
      const result = resolveDestination(logicalId, id, name, source, checked, context);
      destinations[name] = { Destination: result.destination };
      if (result.resource !== undefined) made.push(result.resource);
      if (result.policy !== undefined) policies.push(result.policy);
    }
  }
  const configuration = generated(
    id,
    "AWS::Lambda::EventInvokeConfig",
    {
      FunctionName: ref(logicalId),
      Qualifier: alias?.name ?? "$LATEST",
      DestinationConfig: destinations,
      MaximumEventAgeInSeconds: get(resolved, "MaximumEventAgeInSeconds"),
      MaximumRetryAttempts: get(resolved, "MaximumRetryAttempts"),
    },
    keptAttributes(source),
    alias === undefined ? undefined : [alias.alias.logicalId],
  );
  return { resources: [...made, configuration], policies };
}

interface Destination {
  readonly destination: Value;
  readonly resource?: GeneratedResource | undefined;
  readonly policy?: ValueMap | undefined;
}

function resolveDestination(
  logicalId: string,
  configId: string,
  name: string,
  source: ValueMap,
  config: ValueMap,
  context: TransformContext,
): Destination {
  const type = get(config, "Type");
  if (typeof type !== "string" || !destinationTypes.includes(type)) {
    throw invalidResource(logicalId, `'Type: ${shown(type)}' must be one of ${shown(destinationTypes)}`);
  }
  const given = get(config, "Destination") ?? undefined;
  const optional = given === undefined ? undefined : optionalArn(configId, given, context);
  if (given !== undefined && optional === undefined) {
    return { destination: given, policy: destinationPolicy(type, given, configId + name) };
  }
  if (type !== "SQS" && type !== "SNS") {
    throw invalidResource(logicalId, "Destination is required if Type is not ['SQS', 'SNS']");
  }
  const attributes = passedOnAttributes(source);
  const condition = bothConditions(logicalId, get(attributes, "Condition"), optional?.missing, context);
  if (condition !== undefined) attributes["Condition"] = condition;
  const id = `${configId}${name}${type === "SQS" ? "Queue" : "Topic"}`;
  const resource = generated(id, type === "SQS" ? "AWS::SQS::Queue" : "AWS::SNS::Topic", {}, attributes);
  const arn = type === "SQS" ? getAtt(id, "Arn") : ref(id);
  const destination = optional === undefined ? arn : conditional(optional.missing, arn, optional.arn);
  return { resource, destination, policy: destinationPolicy(type, destination, configId + name) };
}

/** A destination that is an `Fn::If` with one empty branch: its ARN, and the condition under which it has none. */
function optionalArn(
  configId: string,
  destination: Value,
  context: TransformContext,
): { readonly missing: string; readonly arn: Value } | undefined {
  if (!isIf(destination)) return undefined;
  const items = ifArguments(destination);
  if (items === undefined) {
    throw invalidResource(configId, "Malformed 'Destination' property: Fn::If requires 3 arguments.");
  }
  const [condition, then, otherwise] = items;
  if (isNoValue(then) === isNoValue(otherwise)) return undefined;
  if (isNoValue(then)) return { missing: shown(condition), arn: otherwise };
  const missing = hashedId(`NOT${shown(condition)}`, configId);
  if (context.conditions !== undefined) context.conditions[missing] = not(condition);
  return { missing, arn: then };
}

function bothConditions(
  logicalId: string,
  ofFunction: Value | undefined,
  ofDestination: string | undefined,
  context: TransformContext,
): Value | undefined {
  if (!isGiven(ofFunction)) return ofDestination;
  if (ofDestination === undefined) return ofFunction;
  const name = hashedId(`${shown(ofFunction)}AND${ofDestination}`, logicalId);
  // The translator nests the references once more than Fn::And needs.
  const operands = [{ Condition: ofFunction }, { Condition: ofDestination }];
  if (isMap(context.conditions)) context.conditions[name] = allOf(operands);
  return name;
}
