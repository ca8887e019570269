import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import { AwsServiceError } from "../../service-error.ts";
import { checkTopic, readSubscription, readTopicTags, SnsNotServedError } from "../../sns/index.ts";
import {
  AlreadyExistsError,
  type CreatedResource,
  type CreationContext,
  NotServedError,
  optionalText,
  ResourceError,
  requiredText,
} from "../resource-type.ts";

/** Properties of a topic that are no attributes. */
const noAttributes = new Set(["Subscription", "Tags", "TopicName", "ContentBasedDeduplication"]);
/** Properties of a subscription that are no attributes. */
const noSubscriptionAttributes = new Set(["Endpoint", "Protocol", "Region", "TopicArn"]);

/** `AWS::SNS::Topic`, with the subscriptions that it names. */
export function createTopic(context: CreationContext): CreatedResource {
  const { properties, node, region, accountId, model } = context;
  const name = optionalText(properties, "TopicName") ?? context.nameFor(node.logicalId, 256);
  const arn = `arn:aws:sns:${region}:${accountId}:${name}`;
  if (model.topics.has(arn)) throw new AlreadyExistsError(`A topic named ${name} already exists.`);
  const attributes = Object.entries(properties).filter(([property]) => !noAttributes.has(property));
  refusing(() => checkTopic(name, Object.fromEntries(attributes)));
  const displayName = optionalText(properties, "DisplayName") ?? "";
  model.topics.set(arn, { name, arn, displayName, tags: readTopicTags(properties["Tags"]), policies: [] });
  const inline = properties["Subscription"];
  for (const [index, each] of (Array.isArray(inline) ? inline : []).entries()) {
    const { Protocol, Endpoint } = Object(each) as { Protocol?: unknown; Endpoint?: unknown };
    subscribe(context, arn, `subscription-${index}`, String(Protocol), String(Endpoint), {});
  }
  return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
}

/** `AWS::SNS::TopicPolicy`. */
export function createTopicPolicy(context: CreationContext): CreatedResource {
  const { properties, model, node } = context;
  const document = properties["PolicyDocument"] as PolicyDocument | null | undefined;
  const topics = properties["Topics"];
  if (typeof document !== "object" || document === null || !Array.isArray(topics)) {
    throw new ResourceError(`${node.type} needs PolicyDocument and Topics.`);
  }
  const problem = findPolicyProblem(document);
  if (problem !== undefined) throw new ResourceError(problem);
  for (const arn of topics) {
    const topic = model.topics.get(String(arn));
    if (topic === undefined) throw new ResourceError(`The topic ${String(arn)} is not in the template.`);
    model.topics.set(topic.arn, { ...topic, policies: [...topic.policies, document] });
  }
  const ref = context.nameFor(node.logicalId);
  return { ref, attributes: { Id: ref } };
}

/** `AWS::SNS::Subscription`, of a queue or a function. */
export function createSubscription(context: CreationContext): CreatedResource {
  const { properties } = context;
  const attributes = Object.entries(properties).filter(([name]) => !noSubscriptionAttributes.has(name));
  const arn = subscribe(
    context,
    requiredText(context, "TopicArn"),
    "subscription",
    requiredText(context, "Protocol"),
    requiredText(context, "Endpoint"),
    Object.fromEntries(attributes),
  );
  return { ref: arn, attributes: { Arn: arn } };
}

function subscribe(
  context: CreationContext,
  topicArn: string,
  kind: string,
  Protocol: string,
  Endpoint: string,
  attributes: Readonly<Record<string, unknown>>,
): string {
  const text = context.id(kind, 32);
  const id = `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
  const subscription = refusing(() => readSubscription(topicArn, id, { Protocol, Endpoint }, attributes));
  context.model.subscriptions.set(subscription.arn, subscription);
  return subscription.arn;
}

function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SnsNotServedError) throw new NotServedError(error.message);
    if (error instanceof AwsServiceError) throw new ResourceError(error.message);
    throw error;
  }
}
