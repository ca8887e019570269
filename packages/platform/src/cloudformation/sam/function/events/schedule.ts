import { get } from "../../../value.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { getAtt } from "../../intrinsic-forms.ts";
import { boolean, map, type PropertySchema, required, string } from "../../property-schema.ts";
import { type EventSource, invokePermission } from "./event-source.ts";
import { ruleDeadLetter, ruleState, ruleTarget } from "./rule.ts";

/**
 * The properties of a `Schedule` event.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedule.html
 */
export const scheduleSchema: PropertySchema = {
  Schedule: required(string),
  RuleName: string,
  Input: string,
  Enabled: boolean,
  State: string,
  Name: string,
  Description: string,
  DeadLetterConfig: map,
  RetryPolicy: map,
};

/** An EventBridge rule with a schedule, the permission for it, and the dead-letter queue if one is to be made. */
export function expandScheduleEvent(source: EventSource): GeneratedResource[] {
  const { logicalId, properties, target } = source;
  const state = ruleState(source);
  const deadLetter = ruleDeadLetter(source);
  const rule = generated(
    logicalId,
    "AWS::Events::Rule",
    {
      ScheduleExpression: get(properties, "Schedule"),
      State: state,
      Name: get(properties, "Name"),
      Description: get(properties, "Description"),
      Targets: [ruleTarget(source, deadLetter.arn, ["Input", "RetryPolicy"])],
    },
    target.attributes,
  );
  const permission = invokePermission(source, "events.amazonaws.com", {
    sourceArn: getAtt(logicalId, "Arn"),
  });
  return [rule, ...deadLetter.resources, permission];
}
