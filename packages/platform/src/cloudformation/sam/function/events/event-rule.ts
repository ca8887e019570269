import { get } from "../../../value.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { getAtt } from "../../intrinsic-forms.ts";
import { boolean, map, type PropertySchema, string } from "../../property-schema.ts";
import { type EventSource, invokePermission } from "./event-source.ts";
import { ruleDeadLetter, ruleState, ruleTarget } from "./rule.ts";

/**
 * The properties of an `EventBridgeRule` event, and of `CloudWatchEvent`, as it was called before.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventbridgerule.html
 */
export const eventRuleSchema: PropertySchema = {
  EventBusName: string,
  RuleName: string,
  Pattern: map,
  DeadLetterConfig: map,
  RetryPolicy: map,
  Input: string,
  InputPath: string,
  Target: map,
  Enabled: boolean,
  State: string,
  InputTransformer: map,
};

/** An EventBridge rule with a pattern, the permission for it, and the dead-letter queue if one is to be made. */
export function expandEventRule(source: EventSource): GeneratedResource[] {
  const { logicalId, properties, target } = source;
  const deadLetter = ruleDeadLetter(source);
  const state = ruleState(source);
  const ruleCalls = ruleTarget(source, deadLetter.arn, [
    "Input",
    "InputPath",
    "RetryPolicy",
    "InputTransformer",
  ]);
  const id = get(properties, "Target", "Id");
  if (id !== undefined) ruleCalls["Id"] = id;
  const rule = generated(
    logicalId,
    "AWS::Events::Rule",
    {
      EventBusName: get(properties, "EventBusName"),
      EventPattern: get(properties, "Pattern"),
      Name: get(properties, "RuleName"),
      State: state,
      Targets: [ruleCalls],
    },
    target.attributes,
  );
  const permission = invokePermission(source, "events.amazonaws.com", {
    sourceArn: getAtt(logicalId, "Arn"),
  });
  return [rule, ...deadLetter.resources, permission];
}
