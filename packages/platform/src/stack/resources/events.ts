import { EventsNotServedError, type GivenTarget, readRule, readTarget } from "../../events/index.ts";
import { AwsServiceError } from "../../service-error.ts";
import {
  type CreatedResource,
  type CreationContext,
  NotServedError,
  optionalText,
  ResourceError,
  requiredText,
} from "../resource-type.ts";

/** `AWS::Events::EventBus`. */
export function createEventBus(context: CreationContext): CreatedResource {
  const { properties, region, accountId, model } = context;
  const name = requiredText(context, "Name");
  const arn = `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
  model.eventBuses.set(name, {
    name,
    arn,
    description: optionalText(properties, "Description"),
    policies: [],
  });
  return { ref: name, attributes: { Arn: arn, Name: name } };
}

/** `AWS::Events::Rule` with an event pattern. */
export function createRule(context: CreationContext): CreatedResource {
  const { properties, node, model } = context;
  const text = (name: string) => optionalText(properties, name);
  const pattern = properties["EventPattern"];
  const targets = properties["Targets"];
  try {
    const rule = readRule(context, {
      Name: text("Name") ?? context.nameFor(node.logicalId, 64),
      EventBusName: text("EventBusName"),
      EventPattern: pattern ?? undefined,
      ScheduleExpression: text("ScheduleExpression"),
      State: text("State"),
      Description: text("Description"),
    });
    const read = (Array.isArray(targets) ? targets : []).map((target) =>
      readTarget(Object(target) as GivenTarget),
    );
    model.eventRules.set(rule.arn, { rule, targets: read });
    const ref = rule.busName === "default" ? rule.name : `${rule.busName}|${rule.name}`;
    return { ref, attributes: { Arn: rule.arn } };
  } catch (error) {
    if (error instanceof EventsNotServedError) throw new NotServedError(error.message);
    if (!(error instanceof AwsServiceError)) throw error;
    if (error.message.includes("is not served by this platform")) throw new NotServedError(error.message);
    throw new ResourceError(error.message);
  }
}
