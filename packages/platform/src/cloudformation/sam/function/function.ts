import { get, isFilledMap, isGiven, isMap, type ValueMap } from "../../value.ts";
import { passedOnAttributes } from "../generated-resource.ts";
import { getAtt, ref } from "../intrinsic-forms.ts";
import { checkedProperties } from "../property-schema.ts";
import { propagatedTags, propagateTags } from "../tags.ts";
import { type Expansion, functionType, type TransformContext } from "../types.ts";
import { addDeploymentPreference } from "./deployment-preference.ts";
import { eventInvokeConfig } from "./event-invoke.ts";
import type { EventTarget } from "./events/event-source.ts";
import { expandEvents, linkEvents } from "./events/expand-events.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { expandTemplates } from "./policies.ts";
import { checkTogether, functionSchema } from "./properties.ts";
import { assignRole, executionRole } from "./role.ts";
import { functionUrl } from "./url.ts";
import { publishAlias } from "./version.ts";

/** Names of properties that references may use, and the types of the generated resources that they stand for. */
const referable = {
  Alias: "AWS::Lambda::Alias",
  Version: "AWS::Lambda::Version",
  DestinationTopic: "AWS::SNS::Topic",
  DestinationQueue: "AWS::SQS::Queue",
};

/**
 * What an `AWS::Serverless::Function` becomes: the function, its role, and what its properties and events ask for.
 *
 * @throws {SamError} for the first mistake in it.
 */
export function expandFunction(logicalId: string, source: ValueMap, context: TransformContext): Expansion {
  const policies = expandTemplates(logicalId, get(source, "Properties", "Policies"));
  const properties = checkedProperties(logicalId, functionType, get(source, "Properties"), functionSchema);
  const events = linkEvents(logicalId, properties, context);
  checkTogether(logicalId, properties);

  const lambda = lambdaFunction(logicalId, source, properties, context);
  const resources = [lambda];
  const published = publishAlias(logicalId, source, properties, lambda, context);
  if (published !== undefined) resources.push(published.version, published.alias);

  const target: EventTarget = {
    logicalId: published?.alias.logicalId ?? logicalId,
    arn: published === undefined ? getAtt(logicalId, "Arn") : ref(published.alias.logicalId),
    reference: ref(published?.alias.logicalId ?? logicalId),
    attributes: passedOnAttributes(source),
    propagatedTags: propagatedTags(get(properties, "Tags"), get(properties, "PropagateTags")),
  };
  const urlConfig = get(properties, "FunctionUrlConfig");
  if (isFilledMap(urlConfig)) resources.push(...functionUrl(logicalId, source, urlConfig, target.reference));
  addDeploymentPreference(logicalId, source, properties, published?.alias, context);

  const invokeConfig = get(properties, "EventInvokeConfig");
  const invoke =
    isMap(invokeConfig) && isGiven(invokeConfig)
      ? eventInvokeConfig(logicalId, source, invokeConfig, published, context)
      : { resources: [], policies: [] };
  resources.push(...invoke.resources);

  const role = executionRole(logicalId, source, properties, policies, invoke.policies, context);
  const usedRole = assignRole(logicalId, lambda, role, context);
  if (usedRole !== undefined) resources.push(usedRole);
  resources.push(...expandEvents(logicalId, events, target, role, context));
  propagateTags(resources, get(properties, "Tags"), get(properties, "PropagateTags"));
  return { resources, referable };
}
