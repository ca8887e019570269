import type { PolicyDocument } from "../iam/policy.ts";
import { findPolicyProblem } from "../iam/policy-problem.ts";
import { AwsServiceError } from "../service-error.ts";
import { type FilterPolicy, type FilterScope, readFilterPolicy } from "./filter-policy.ts";

export type TopicTags = Readonly<Record<string, string>>;

/** A standard topic. */
export interface Topic {
  readonly name: string;
  readonly arn: string;
  readonly displayName: string;
  /** Without, it has none. */
  readonly tags?: TopicTags;
  /** Besides what its owner may. */
  readonly policies: readonly PolicyDocument[];
}

/** Who gets what is published to a topic. */
export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: "sqs" | "lambda";
  /** ARN of a queue or a function. */
  readonly endpoint: string;
  /** Whether the message comes as it is, without what SNS puts around it. */
  readonly isRaw: boolean;
  readonly filterPolicy: FilterPolicy | undefined;
  readonly filterScope: FilterScope;
}

/** Nothing here is encrypted, signed or traced. */
const withoutEffect = new Set([
  "KmsMasterKeyId",
  "SignatureVersion",
  "TracingConfig",
  "DataProtectionPolicy",
  "DeliveryPolicy",
  "ArchivePolicy",
]);

/** @throws {AwsServiceError} if a topic can't be called that, or be of that kind. */
export function checkTopic(name: string, attributes: Readonly<Record<string, unknown>>): void {
  if (name.endsWith(".fifo") || String(attributes["FifoTopic"]) === "true") {
    throw notServed(`${name}: FIFO topics are not served by this platform. Use a standard topic.`);
  }
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw invalid("Topic Name");
  for (const attribute of Object.keys(attributes)) {
    const isKnown = ["DisplayName", "FifoTopic", "Policy"].includes(attribute);
    if (!isKnown && !withoutEffect.has(attribute)) {
      throw invalid(`Attributes Reason: Unknown attribute ${attribute}`);
    }
  }
}

/** Tags as the API and templates have them. */
export function readTopicTags(tags: unknown): TopicTags {
  const pairs = (Array.isArray(tags) ? tags : []).map((tag) => {
    const { Key, Value } = Object(tag) as Record<string, unknown>;
    return [String(Key), String(Value)] as const;
  });
  return Object.fromEntries(pairs);
}

/** @throws {AwsServiceError} if it is none. */
export function readTopicPolicy(text: string | undefined): PolicyDocument[] {
  if (text === undefined || text === "") return [];
  try {
    const policy = JSON.parse(text) as PolicyDocument;
    const problem = findPolicyProblem(policy);
    if (problem === undefined) return [policy];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid("Policy Error: null");
}

/**
 * Reads what a subscription is made of.
 * @throws {AwsServiceError} if it can't be had here: what isn't served is named.
 */
export function readSubscription(
  topicArn: string,
  id: string,
  { Protocol, Endpoint }: { readonly Protocol: string; readonly Endpoint: string },
  attributes: Readonly<Record<string, unknown>>,
): Subscription {
  if (Protocol !== "sqs" && Protocol !== "lambda") {
    throw notServed(
      `Subscriptions by ${Protocol} are not served by this platform. It delivers to sqs and lambda.`,
    );
  }
  const form = Protocol === "sqs" ? /^arn:aws[a-z-]*:sqs:[^:]+:\d{12}:[^:]+$/ : /^arn:aws[a-z-]*:lambda:/;
  if (!form.test(Endpoint)) throw invalid(`${Protocol === "sqs" ? "SQS" : "Lambda"} endpoint ARN`);
  for (const [name, value] of Object.entries(attributes)) {
    if (["RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "DeliveryPolicy"].includes(name))
      continue;
    if (name !== "RedrivePolicy" && name !== "SubscriptionRoleArn" && name !== "ReplayPolicy") {
      throw invalid("AttributeName");
    }
    if (value === undefined || value === "") continue;
    throw notServed(`${name} of a subscription is not served by this platform. Leave it out.`);
  }
  const { FilterPolicy: filter, FilterPolicyScope: scope = "MessageAttributes" } = attributes;
  if (scope !== "MessageAttributes" && scope !== "MessageBody") throw invalid("FilterPolicyScope");
  const isRaw = String(attributes["RawMessageDelivery"]) === "true";
  if (isRaw && Protocol === "lambda") {
    throw invalid(
      "Attributes Reason: RawMessageDelivery: Delivery protocol [lambda] does not support raw message delivery.",
    );
  }
  return {
    arn: `${topicArn}:${id}`,
    topicArn,
    protocol: Protocol,
    endpoint: Endpoint,
    isRaw,
    filterPolicy: filter === undefined || filter === "" ? undefined : readFilterPolicy(filter),
    filterScope: scope,
  };
}

export function invalid(what: string): AwsServiceError {
  return new AwsServiceError("InvalidParameter", 400, `Invalid parameter: ${what}`);
}

/** AWS has it, and this platform hasn't. */
export class SnsNotServedError extends AwsServiceError {
  constructor(message: string) {
    super("InvalidParameter", 400, message);
  }
}

function notServed(message: string): SnsNotServedError {
  return new SnsNotServedError(message);
}
