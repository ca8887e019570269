import { get, isGiven, isMap, type Value } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { getAtt, ref } from "../../intrinsic-forms.ts";
import { readDeadLetterConfig } from "./dead-letter-queue.ts";
import type { EventSource } from "./event-source.ts";

const mostTargetIdCharacters = 64;

/** What a rule's `DeadLetterConfig` says: the ARN of the queue, and the queue with its policy if it is to be made. */
interface DeadLetter {
  readonly arn?: Value;
  readonly resources: GeneratedResource[];
}

/** @throws {SamError} unless the configuration has either an ARN or the type `SQS`. */
export function ruleDeadLetter(source: EventSource): DeadLetter {
  const config = get(source.properties, "DeadLetterConfig");
  if (!isMap(config)) return { resources: [] };
  const queue = readDeadLetterConfig(source.logicalId, config);
  if ("arn" in queue) return { arn: queue.arn, resources: [] };
  const { queueId } = queue;
  return { arn: getAtt(queueId, "Arn"), resources: deadLetterResources(source, queueId) };
}

/** @throws {SamError} if the state is given twice. */
export function ruleState({ eventId, properties }: EventSource): Value | undefined {
  const state = get(properties, "State");
  const enabled = get(properties, "Enabled") ?? undefined;
  if (enabled === undefined) return isGiven(state) ? state : undefined;
  if (isGiven(state)) throw invalidEvent(eventId, "State and Enabled Properties cannot both be specified.");
  return isGiven(enabled) ? "ENABLED" : "DISABLED";
}

/** What the rule calls; of the properties `names`, those that are given go over to it. */
export function ruleTarget(
  source: EventSource,
  deadLetterArn: Value | undefined,
  names: readonly string[],
): Record<string, Value> {
  const { logicalId, properties, target } = source;
  const made: Record<string, Value> = { Arn: target.arn, Id: targetId(logicalId) };
  if (deadLetterArn !== undefined) made["DeadLetterConfig"] = { Arn: deadLetterArn };
  for (const name of names) {
    const value = get(properties, name) ?? undefined;
    if (value !== undefined) made[name] = value;
  }
  return made;
}

function deadLetterResources({ logicalId, target }: EventSource, queueId: string): GeneratedResource[] {
  const statement = {
    Action: "sqs:SendMessage",
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Resource: getAtt(queueId, "Arn"),
    Condition: { ArnEquals: { "aws:SourceArn": getAtt(logicalId, "Arn") } },
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
