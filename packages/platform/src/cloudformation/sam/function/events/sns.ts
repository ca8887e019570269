import { get, getMap, isGiven, type Value } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { getAtt, ref, referencedId } from "../../intrinsic-forms.ts";
import { resolveParameterRefs } from "../../parameter-refs.ts";
import {
  anything,
  booleanOrMap,
  expectMap,
  map,
  type PropertySchema,
  required,
  string,
} from "../../property-schema.ts";
import { type EventSource, invokePermission } from "./event-source.ts";
import { expandPolledEvent } from "./event-source-mapping.ts";

/** @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sns.html */
export const snsSchema: PropertySchema = {
  Topic: required(string),
  Region: string,
  FilterPolicy: anything,
  FilterPolicyScope: anything,
  SqsSubscription: booleanOrMap,
  RedrivePolicy: map,
};

/** What SAM sets as the size of a batch from a queue between topic and function. */
const defaultBatchSize = 10;

/** The subscription of the function to a topic, or of a queue that stands between them. */
export function expandSnsEvent(source: EventSource): GeneratedResource[] {
  const { eventId, logicalId, properties, target } = source;
  const given = get(properties, "SqsSubscription");
  const topic = get(properties, "Topic") ?? null;
  if (!isGiven(given)) {
    const permission = invokePermission(source, "sns.amazonaws.com", { sourceArn: topic });
    return [permission, subscription(source, "lambda", target.arn)];
  }
  if (given === true) {
    const id = `${logicalId}Queue`;
    const isFifo = isFifoTopic(topic, source);
    const properties = isGiven(isFifo) ? { FifoQueue: isFifo } : {};
    const queue = generated(id, "AWS::SQS::Queue", properties, target.attributes);
    return [...throughQueue(source, { arn: getAtt(id, "Arn"), url: ref(id) }), queue];
  }
  const config = expectMap(given, { id: eventId, isEvent: true }, "SqsSubscription");
  const [arn, url] = [get(config, "QueueArn"), get(config, "QueueUrl")];
  if (!isGiven(arn) || !isGiven(url)) throw invalidEvent(eventId, "No QueueARN or QueueURL provided.");
  const batchSize = get(config, "BatchSize");
  const policyId = get(config, "QueuePolicyLogicalId");
  return throughQueue(source, {
    arn,
    url,
    ...(isGiven(batchSize) ? { batchSize } : {}),
    ...(typeof policyId === "string" && isGiven(policyId) ? { policyId } : {}),
  });
}

interface Queue {
  readonly arn: Value;
  readonly url: Value;
  readonly batchSize?: Value;
  /** The logical id of its policy, where it isn't made from the event's. */
  readonly policyId?: string;
}

function throughQueue(source: EventSource, queue: Queue): GeneratedResource[] {
  const { logicalId, properties, target } = source;
  const statement = {
    Action: "sqs:SendMessage",
    Effect: "Allow",
    Principal: "*",
    Resource: queue.arn,
    Condition: { ArnEquals: { "aws:SourceArn": get(properties, "Topic") ?? null } },
  };
  const policy = generated(
    queue.policyId ?? `${logicalId}QueuePolicy`,
    "AWS::SQS::QueuePolicy",
    { PolicyDocument: { Version: "2012-10-17", Statement: [statement] }, Queues: [queue.url] },
    target.attributes,
  );
  const mapping = expandPolledEvent("SQS", {
    ...source,
    logicalId: `${logicalId}EventSourceMapping`,
    properties: { Queue: queue.arn, BatchSize: queue.batchSize ?? defaultBatchSize, Enabled: true },
  });
  return [...mapping, policy, subscription(source, "sqs", queue.arn)];
}

function subscription(source: EventSource, protocol: string, endpoint: Value): GeneratedResource {
  const { logicalId, properties, target } = source;
  const names = ["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"];
  const own = Object.fromEntries(names.map((name) => [name, get(properties, name)]));
  return generated(
    logicalId,
    "AWS::SNS::Subscription",
    { Protocol: protocol, Endpoint: endpoint, TopicArn: get(properties, "Topic"), ...own },
    target.attributes,
  );
}

function isFifoTopic(topic: Value, { context }: EventSource): Value {
  const id = referencedId(topic);
  if (id === undefined) return false;
  const isFifo = get(getMap(context.resources, id), "Properties", "FifoTopic") ?? false;
  return resolveParameterRefs(isFifo, context.parameters);
}
