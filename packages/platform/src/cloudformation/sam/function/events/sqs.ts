import { copy, get, isEqual, isGiven, isMap, type Value } from "../../../value.ts";
import { invalidEvent } from "../../errors.ts";
import { type GeneratedResource, generated } from "../../generated-resource.ts";
import { isIntrinsic } from "../../intrinsic-forms.ts";
import {
  anything,
  boolean,
  expectMap,
  integer,
  list,
  map,
  type PropertySchema,
  required,
  string,
} from "../../property-schema.ts";
import { destinationPolicy } from "../../role-policies.ts";
import { attachInlinePolicy, attachManagedPolicy } from "../role.ts";
import type { EventSource } from "./event-source.ts";

/**
 * The properties that SAM takes for every polled event source, `SQS` among them.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sqs.html
 */
export const sqsEventSchema: PropertySchema = {
  BatchSize: integer,
  StartingPosition: anything,
  StartingPositionTimestamp: anything,
  Enabled: boolean,
  MaximumBatchingWindowInSeconds: integer,
  MaximumRetryAttempts: integer,
  BisectBatchOnFunctionError: boolean,
  MaximumRecordAgeInSeconds: integer,
  DestinationConfig: map,
  ParallelizationFactor: integer,
  Topics: list,
  Queues: list,
  SourceAccessConfigurations: list,
  SecretsManagerKmsKeyId: string,
  TumblingWindowInSeconds: integer,
  FunctionResponseTypes: list,
  KafkaBootstrapServers: list,
  FilterCriteria: map,
  KmsKeyArn: anything,
  ConsumerGroupId: string,
  ScalingConfig: map,
  ProvisionedPollerConfig: map,
  SchemaRegistryConfig: map,
  MetricsConfig: map,
  LoggingConfig: map,
  Queue: required(anything),
};

/** Properties that go over unchanged. */
const same = `StartingPosition StartingPositionTimestamp BatchSize Enabled MaximumBatchingWindowInSeconds
  MaximumRetryAttempts BisectBatchOnFunctionError MaximumRecordAgeInSeconds ParallelizationFactor Topics Queues
  SourceAccessConfigurations TumblingWindowInSeconds FunctionResponseTypes FilterCriteria KmsKeyArn ScalingConfig
  ProvisionedPollerConfig MetricsConfig LoggingConfig`.split(/\s+/);

/** The event source mapping of a queue; the function's role is allowed to poll it. */
export function expandSqsEvent(source: EventSource): GeneratedResource[] {
  const { logicalId, properties, target, role, context } = source;
  checkFilters(source);
  const servers = get(properties, "KafkaBootstrapServers");
  if (isGiven(get(properties, "ConsumerGroupId"))) {
    throw invalidEvent(logicalId, "Property ConsumerGroupId not defined for resource of type SQS.");
  }
  const mapping: Record<string, Value | undefined> = {
    FunctionName: target.reference,
    EventSourceArn: get(properties, "Queue"),
    DestinationConfig: destinationConfig(source),
  };
  for (const name of same) mapping[name] = get(properties, name);
  if (isGiven(servers)) mapping["SelfManagedEventSource"] = { Endpoints: { KafkaBootstrapServers: servers } };
  attachManagedPolicy(role, "service-role/AWSLambdaSQSQueueExecutionRole", context.partition);
  return [generated(logicalId, "AWS::Lambda::EventSourceMapping", mapping, target.attributes)];
}

function checkFilters({ eventId, properties }: EventSource): void {
  const criteria = get(properties, "FilterCriteria");
  if (!isGiven(criteria) || isIntrinsic(criteria)) return;
  if (isMap(criteria) && isEqual(Object.keys(criteria), ["Filters"])) return;
  throw invalidEvent(eventId, "FilterCriteria field has a wrong format");
}

/** The destination for failures without SAM's `Type`, for which the role gets a policy. */
function destinationConfig({ logicalId, properties, role }: EventSource): Value | undefined {
  const given = get(properties, "DestinationConfig");
  if (!isGiven(given)) return undefined;
  const config = copy(given);
  const subject = { id: logicalId, isEvent: true };
  const onFailure = expectMap(get(config, "OnFailure"), subject, "DestinationConfig.OnFailure");
  const type = get(onFailure, "Type");
  if (!isGiven(type)) return config;
  delete onFailure["Type"];
  if (type !== "SQS" && type !== "SNS" && type !== "S3" && type !== "Kafka") {
    throw invalidEvent(logicalId, "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'");
  }
  const policy = destinationPolicy(type, get(onFailure, "Destination") ?? null, logicalId);
  if (policy !== undefined) attachInlinePolicy(role, policy);
  return config;
}
