import { get, has, type Value, type ValueMap } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";

/** The dead-letter queue of a schedule: an ARN that the template gives, or the logical id of a queue to make. */
export type ScheduleDeadLetterQueue = { readonly arn: Value } | { readonly queueId: string };

/** Reads an event's `DeadLetterConfig`. @throws {SamError} unless it has either an ARN or the type `SQS`. */
export function readDeadLetterConfig(logicalId: string, config: ValueMap): ScheduleDeadLetterQueue {
  const refuse = (text: string): Error => invalidEvent(logicalId, text);
  if (has(config, "Arn") && has(config, "Type")) {
    throw refuse("You can either define 'Arn' or 'Type' property of DeadLetterConfig.");
  }
  if (has(config, "Type") && get(config, "Type") !== "SQS") {
    throw refuse("The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.");
  }
  if (!has(config, "Arn") && !has(config, "Type")) {
    throw refuse("No 'Arn' or 'Type' property provided for DeadLetterConfig.");
  }
  const arn = get(config, "Arn") ?? undefined;
  if (arn !== undefined) return { arn };
  const id = get(config, "QueueLogicalId") ?? undefined;
  if (id !== undefined && typeof id !== "string") throw refuse("QueueLogicalId must be a string");
  return { queueId: id ? id : `${logicalId}Queue` };
}
