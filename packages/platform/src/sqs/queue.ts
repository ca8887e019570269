import type { PolicyDocument } from "../iam/policy.ts";
import { findPolicyProblem } from "../iam/policy-problem.ts";
import { AwsServiceError } from "../service-error.ts";

/** A standard queue. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly attributes: QueueAttributes;
  /** Who besides the account's own principals may do something with it. */
  readonly policies: readonly PolicyDocument[];
}

/** How a queue behaves. Durations are in seconds. */
export interface QueueAttributes {
  readonly DelaySeconds: number;
  /** In bytes. */
  readonly MaximumMessageSize: number;
  readonly MessageRetentionPeriod: number;
  readonly ReceiveMessageWaitTimeSeconds: number;
  readonly VisibilityTimeout: number;
  /** Where messages go that were received too often, if they go anywhere. */
  readonly RedrivePolicy: RedrivePolicy | undefined;
}

/** After how many receives a message goes to the dead-letter queue. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/**
 * Standards and ranges, as AWS has them.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
const numbers = {
  DelaySeconds: { standard: 0, least: 0, most: 900 },
  MaximumMessageSize: { standard: 1_048_576, least: 1024, most: 1_048_576 },
  MessageRetentionPeriod: { standard: 345_600, least: 60, most: 1_209_600 },
  ReceiveMessageWaitTimeSeconds: { standard: 0, least: 0, most: 20 },
  VisibilityTimeout: { standard: 30, least: 0, most: 43_200 },
} as const;

/** Nothing here is encrypted, and a dead-letter queue takes from every queue. The policy is read by {@link readQueuePolicy}. */
const withoutEffect = new Set([
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "Policy",
  "RedriveAllowPolicy",
  "SqsManagedSseEnabled",
]);

const fifoOnly = new Set([
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoQueue",
  "FifoThroughputLimit",
]);

/**
 * Reads attributes as the API and templates have them: numbers may be text, and the redrive policy JSON text.
 * @param given - by name; what is missing is as AWS has it.
 * @throws {AwsServiceError} if one is unknown or out of range, or of a FIFO queue.
 */
export function readQueueAttributes(given: Readonly<Record<string, unknown>>): QueueAttributes {
  for (const [name, value] of Object.entries(given)) {
    if (fifoOnly.has(name) && String(value) !== "false") throw fifoRefusal(name);
    if (!(name in numbers) && name !== "RedrivePolicy" && !withoutEffect.has(name) && !fifoOnly.has(name)) {
      throw new AwsServiceError("InvalidAttributeName", 400, `Unknown Attribute ${name}.`);
    }
  }
  return {
    DelaySeconds: readNumber("DelaySeconds", given),
    MaximumMessageSize: readNumber("MaximumMessageSize", given),
    MessageRetentionPeriod: readNumber("MessageRetentionPeriod", given),
    ReceiveMessageWaitTimeSeconds: readNumber("ReceiveMessageWaitTimeSeconds", given),
    VisibilityTimeout: readNumber("VisibilityTimeout", given),
    RedrivePolicy: readRedrivePolicy(given["RedrivePolicy"]),
  };
}

/** Reads the attribute `Policy`, JSON text. @throws {AwsServiceError} if it is none. */
export function readQueuePolicy(given: unknown): PolicyDocument[] {
  if (given === undefined || given === null || given === "") return [];
  const policy = parseJson(String(given)) as PolicyDocument | undefined;
  if (policy === undefined || findPolicyProblem(policy) !== undefined) throw invalidValue("Policy");
  return [policy];
}

/** @throws {AwsServiceError} if a queue can't be called that. */
export function checkQueueName(name: string): void {
  if (name.endsWith(".fifo")) throw fifoRefusal(name);
  if (/^[A-Za-z0-9_-]{1,80}$/.test(name)) return;
  throw new AwsServiceError(
    "InvalidParameterValueException",
    400,
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  );
}

function readNumber(name: keyof typeof numbers, given: Readonly<Record<string, unknown>>): number {
  const { standard, least, most } = numbers[name];
  const text = given[name];
  if (text === undefined || text === null || text === "") return standard;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidValue(name);
}

function readRedrivePolicy(given: unknown): RedrivePolicy | undefined {
  if (given === undefined || given === null || given === "") return undefined;
  const policy = (typeof given === "string" ? parseJson(given) : given) as Partial<RedrivePolicy> | undefined;
  const maxReceiveCount = Number(policy?.maxReceiveCount);
  const deadLetterTargetArn = policy?.deadLetterTargetArn;
  const isCount = Number.isInteger(maxReceiveCount) && maxReceiveCount >= 1 && maxReceiveCount <= 1000;
  if (typeof deadLetterTargetArn !== "string" || !isCount) throw invalidValue("RedrivePolicy");
  return { deadLetterTargetArn, maxReceiveCount };
}

function parseJson(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

function invalidValue(name: string): AwsServiceError {
  return new AwsServiceError("InvalidAttributeValue", 400, `Invalid value for the parameter ${name}.`);
}

function fifoRefusal(what: string): AwsServiceError {
  return new AwsServiceError(
    "UnsupportedOperation",
    400,
    `${what}: FIFO queues are not served by this platform. Use a standard queue.`,
  );
}
