import { get, isGiven, isMap, type Value } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { getAtt, ref } from "../../intrinsic-forms.ts";
import { boolean, map, type PropertySchema, required, string } from "../../property-schema.ts";
import { readDeadLetterConfig } from "./dead-letter-queue.ts";
import { type EventSource, invokePermission } from "./event-source.ts";

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

const mostTargetIdCharacters = 64;

/** An EventBridge rule with a schedule, the permission for it, and the dead-letter queue if one is to be made. */
export function expandScheduleEvent(source: EventSource): GeneratedResource[] {
  const { logicalId, properties, target } = source;
  const ruleArn = getAtt(logicalId, "Arn");
  const deadLetter = get(properties, "DeadLetterConfig");
  const state = scheduleState(source);
  const queue = isMap(deadLetter) ? readDeadLetterConfig(logicalId, deadLetter) : undefined;
  const queueArn = queue && ("arn" in queue ? queue.arn : getAtt(queue.queueId, "Arn"));
  const ruleTarget: Record<string, Value> = { Arn: target.arn, Id: targetId(logicalId) };
  const input = get(properties, "Input") ?? undefined;
  if (input !== undefined) ruleTarget["Input"] = input;
  if (queueArn !== undefined) ruleTarget["DeadLetterConfig"] = { Arn: queueArn };
  const retryPolicy = get(properties, "RetryPolicy") ?? undefined;
  if (retryPolicy !== undefined) ruleTarget["RetryPolicy"] = retryPolicy;
  const rule = generated(
    logicalId,
    "AWS::Events::Rule",
    {
      ScheduleExpression: get(properties, "Schedule"),
      State: state,
      Name: get(properties, "Name"),
      Description: get(properties, "Description"),
      Targets: [ruleTarget],
    },
    target.attributes,
  );
  const queues = queue && "queueId" in queue ? deadLetterResources(source, queue.queueId, ruleArn) : [];
  return [rule, ...queues, invokePermission(source, "events.amazonaws.com", ruleArn)];
}

function scheduleState({ eventId, properties }: EventSource): Value | undefined {
  const state = get(properties, "State");
  const enabled = get(properties, "Enabled") ?? undefined;
  if (enabled === undefined) return isGiven(state) ? state : undefined;
  if (isGiven(state)) throw invalidEvent(eventId, "State and Enabled Properties cannot both be specified.");
  return isGiven(enabled) ? "ENABLED" : "DISABLED";
}

function deadLetterResources(
  { logicalId, target }: EventSource,
  queueId: string,
  ruleArn: Value,
): GeneratedResource[] {
  const statement = {
    Action: "sqs:SendMessage",
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Resource: getAtt(queueId, "Arn"),
    Condition: { ArnEquals: { "aws:SourceArn": ruleArn } },
  };
  return [
    generated(queueId, "AWS::SQS::Queue", {}, target.attributes),
    generated(
      `${logicalId}QueuePolicy`,
      "AWS::SQS::QueuePolicy",
      { PolicyDocument: { Version: "2012-10-17", Statement: [statement] }, Queues: [ref(queueId)] },
      target.attributes,
    ),
  ];
}

function targetId(logicalId: string): string {
  const suffix = "LambdaTarget";
  return logicalId.slice(0, mostTargetIdCharacters - suffix.length) + suffix;
}
