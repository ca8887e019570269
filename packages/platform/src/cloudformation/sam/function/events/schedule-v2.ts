import { get, isGiven, isMap, type Value, type ValueMap } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { getAtt } from "../../intrinsic-forms.ts";
import { literalBoolean, map, type PropertySchema, required, string } from "../../property-schema.ts";
import { inlinePolicy, trustPolicy } from "../../role-policies.ts";
import { readDeadLetterConfig } from "./dead-letter-queue.ts";
import type { EventSource } from "./event-source.ts";

/**
 * The properties of a `ScheduleV2` event.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedulev2.html
 */
export const scheduleV2Schema: PropertySchema = {
  PermissionsBoundary: string,
  ScheduleExpression: required(string),
  FlexibleTimeWindow: map,
  Name: string,
  State: string,
  Description: string,
  StartDate: string,
  EndDate: string,
  ScheduleExpressionTimezone: string,
  GroupName: string,
  KmsKeyArn: string,
  Input: string,
  RoleArn: string,
  DeadLetterConfig: map,
  RetryPolicy: map,
  OmitName: literalBoolean,
};

const same = [
  "ScheduleExpression",
  "Description",
  "StartDate",
  "EndDate",
  "ScheduleExpressionTimezone",
  "GroupName",
];

/** An EventBridge Scheduler schedule, its dead-letter queue if one is to be made, and its role unless the event has one. */
export function expandScheduleV2Event(source: EventSource): GeneratedResource[] {
  const { logicalId, properties, target } = source;
  const schedule = generated(
    logicalId,
    "AWS::Scheduler::Schedule",
    scheduleProperties(source),
    target.attributes,
  );
  const resources = [schedule];
  const deadLetter = get(properties, "DeadLetterConfig");
  const queue = isMap(deadLetter) ? readDeadLetterConfig(logicalId, deadLetter) : undefined;
  const queueArn = queue && ("arn" in queue ? queue.arn : getAtt(queue.queueId, "Arn"));
  if (queue && "queueId" in queue) {
    resources.push(generated(queue.queueId, "AWS::SQS::Queue", {}, target.attributes));
  }
  const ownRole = get(properties, "RoleArn");
  if (!isGiven(ownRole)) resources.push(scheduleRole(source, queueArn));

  const to: ValueMap = {
    Arn: target.arn,
    RoleArn: isGiven(ownRole) ? ownRole : getAtt(`${logicalId}Role`, "Arn"),
  };
  const input = get(properties, "Input") ?? undefined;
  if (input !== undefined) to["Input"] = input;
  if (queueArn !== undefined) to["DeadLetterConfig"] = { Arn: queueArn };
  const retryPolicy = get(properties, "RetryPolicy") ?? undefined;
  if (retryPolicy !== undefined) to["RetryPolicy"] = retryPolicy;
  schedule.properties["Target"] = to;
  return resources;
}

function scheduleProperties({ logicalId, properties }: EventSource): Record<string, Value | undefined> {
  const result: Record<string, Value | undefined> = { KmsKeyArn: get(properties, "KmsKeyArn") };
  for (const name of same) result[name] = get(properties, name);
  const state = get(properties, "State");
  if (isGiven(state)) result["State"] = state;
  const window = get(properties, "FlexibleTimeWindow");
  result["FlexibleTimeWindow"] = isGiven(window) ? window : { Mode: "OFF" };
  const name = get(properties, "Name");
  if (!isGiven(get(properties, "OmitName"))) result["Name"] = isGiven(name) ? name : logicalId;
  else if (isGiven(name)) throw invalidEvent(logicalId, "Name cannot be set when OmitName is True");
  return result;
}

function scheduleRole(
  { logicalId, properties, target }: EventSource,
  queueArn: Value | undefined,
): GeneratedResource {
  const policies = [inlinePolicy(`${logicalId}LambdaPolicy`, "lambda:InvokeFunction", target.arn)];
  if (isGiven(queueArn)) policies.push(inlinePolicy(`${logicalId}SQSPolicy`, "sqs:SendMessage", queueArn));
  const boundary = get(properties, "PermissionsBoundary");
  return generated(
    `${logicalId}Role`,
    "AWS::IAM::Role",
    {
      AssumeRolePolicyDocument: trustPolicy("scheduler.amazonaws.com"),
      Policies: policies,
      PermissionsBoundary: isGiven(boundary) ? boundary : undefined,
    },
    target.attributes,
  );
}
