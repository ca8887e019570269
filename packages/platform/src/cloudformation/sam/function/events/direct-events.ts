import { get, isGiven, type ValueMap } from "../../../value.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { ref, sub } from "../../intrinsic-forms.ts";
import { type PropertySchema, required, string } from "../../property-schema.ts";
import { type EventSource, invokePermission } from "./event-source.ts";

/** @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-alexaskill.html */
export const alexaSkillSchema: PropertySchema = { SkillId: string };

/** @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-iotrule.html */
export const iotRuleSchema: PropertySchema = { Sql: required(string), AwsIotSqlVersion: string };

/** @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-cloudwatchlogs.html */
export const cloudWatchLogsSchema: PropertySchema = {
  LogGroupName: required(string),
  FilterPattern: required(string),
};

/** The permission for an Alexa skill. */
export function expandAlexaSkill(source: EventSource): GeneratedResource[] {
  const eventSourceToken = get(source.properties, "SkillId");
  return [invokePermission(source, "alexa-appkit.amazon.com", { eventSourceToken })];
}

/** An IoT topic rule, and the permission for it. */
export function expandIotRule(source: EventSource): GeneratedResource[] {
  const { logicalId, properties, target } = source;
  const payload: ValueMap = {
    Sql: get(properties, "Sql") ?? null,
    RuleDisabled: false,
    Actions: [{ Lambda: { FunctionArn: target.arn } }],
  };
  const version = get(properties, "AwsIotSqlVersion");
  if (isGiven(version)) payload["AwsIotSqlVersion"] = version;
  const permission = invokePermission(source, "iot.amazonaws.com", {
    sourceArn: sub(arn(source, "iot", `rule/\${RuleName}`), { RuleName: ref(logicalId) }),
    sourceAccount: sub(`\${AWS::AccountId}`),
  });
  return [
    permission,
    generated(logicalId, "AWS::IoT::TopicRule", { TopicRulePayload: payload }, target.attributes),
  ];
}

/** A subscription filter of a log group, and the permission that it waits for. */
export function expandCloudWatchLogs(source: EventSource): GeneratedResource[] {
  const { logicalId, properties, target } = source;
  const LogGroupName = get(properties, "LogGroupName") ?? null;
  const permission = invokePermission(source, "logs.amazonaws.com", {
    sourceArn: sub(arn(source, "logs", `log-group:\${__LogGroupName__}:*`), {
      __LogGroupName__: LogGroupName,
    }),
  });
  const filter = generated(
    logicalId,
    "AWS::Logs::SubscriptionFilter",
    { LogGroupName, FilterPattern: get(properties, "FilterPattern"), DestinationArn: target.arn },
    target.attributes,
    [permission.logicalId],
  );
  return [permission, filter];
}

function arn({ context }: EventSource, service: string, resource: string): string {
  return `arn:${context.partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;
}
