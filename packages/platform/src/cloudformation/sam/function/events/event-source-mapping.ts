import { copy, get, isEqual, isGiven, isMap, type Value, type ValueMap } from "../../../value.ts";
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
import { documentDbPolicy, kafkaPolicy, mqPolicy, mskPolicy } from "./polled-policies.ts";

/** What differs between the sources that Lambda polls. */
interface PolledSource {
  readonly schema: PropertySchema;
  /** The property with the ARN of the source; Kafka clusters of one's own have none. */
  readonly arnProperty?: string;
  /** AWS's managed policy for the role. */
  readonly managedPolicy?: string;
  /** The inline policy for the role. @throws {SamError} if what it is about is missing or wrong. */
  readonly policy?: (source: EventSource) => ValueMap | undefined;
  /** Where the mapping says what is particular to Kafka. */
  readonly kafkaConfig?: string;
}

/**
 * The properties that SAM takes for every polled event source.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sqs.html
 */
const common: PropertySchema = {
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
};

const stream: PropertySchema = {
  ...common,
  StartingPosition: required(anything),
  Stream: required(anything),
};

/** The event types whose source Lambda polls. */
const polledSources: Readonly<Record<string, PolledSource>> = {
  DocumentDB: {
    schema: {
      ...common,
      Cluster: required(anything),
      DatabaseName: required(anything),
      CollectionName: anything,
      FullDocument: anything,
    },
    arnProperty: "Cluster",
    policy: documentDbPolicy,
  },
  DynamoDB: {
    schema: stream,
    arnProperty: "Stream",
    managedPolicy: "service-role/AWSLambdaDynamoDBExecutionRole",
  },
  Kinesis: {
    schema: stream,
    arnProperty: "Stream",
    managedPolicy: "service-role/AWSLambdaKinesisExecutionRole",
  },
  MQ: {
    schema: { ...common, Broker: required(anything), DynamicPolicyName: boolean },
    arnProperty: "Broker",
    policy: mqPolicy,
  },
  MSK: {
    schema: stream,
    arnProperty: "Stream",
    managedPolicy: "service-role/AWSLambdaMSKExecutionRole",
    policy: mskPolicy,
    kafkaConfig: "AmazonManagedKafkaEventSourceConfig",
  },
  SQS: {
    schema: { ...common, Queue: required(anything) },
    arnProperty: "Queue",
    managedPolicy: "service-role/AWSLambdaSQSQueueExecutionRole",
  },
  SelfManagedKafka: {
    schema: common,
    policy: kafkaPolicy,
    kafkaConfig: "SelfManagedKafkaEventSourceConfig",
  },
};

/** The properties of the events whose source Lambda polls, by type. */
export const polledSchemas: Readonly<Record<string, PropertySchema>> = Object.fromEntries(
  Object.entries(polledSources).map(([type, { schema }]) => [type, schema]),
);

/** Properties that go over unchanged. */
const same = `StartingPosition StartingPositionTimestamp BatchSize Enabled MaximumBatchingWindowInSeconds
  MaximumRetryAttempts BisectBatchOnFunctionError MaximumRecordAgeInSeconds ParallelizationFactor Topics Queues
  SourceAccessConfigurations TumblingWindowInSeconds FunctionResponseTypes FilterCriteria KmsKeyArn ScalingConfig
  ProvisionedPollerConfig MetricsConfig LoggingConfig`.split(/\s+/);

/** The event source mapping of an event whose source Lambda polls; the function's role is allowed to poll it. */
export function expandPolledEvent(type: string, source: EventSource): GeneratedResource[] {
  const { logicalId, properties, target, role, context } = source;
  const { arnProperty, managedPolicy, policy, kafkaConfig } = polledSources[type] ?? { schema: common };
  checkFilters(source);
  const kafka = kafkaSettings(type, source, kafkaConfig);
  const mapping: Record<string, Value | undefined> = {
    FunctionName: target.reference,
    EventSourceArn: arnProperty === undefined ? undefined : get(properties, arnProperty),
    DestinationConfig: destinationConfig(source),
    ...kafka,
  };
  for (const name of same) mapping[name] = get(properties, name);
  if (type === "DocumentDB") mapping["DocumentDBEventSourceConfig"] = documentDbSettings(properties);
  if (managedPolicy !== undefined) attachManagedPolicy(role, managedPolicy, context.partition);
  const own = policy?.(source);
  if (own !== undefined) attachInlinePolicy(role, own);
  return [generated(logicalId, "AWS::Lambda::EventSourceMapping", mapping, target.attributes)];
}

function kafkaSettings(
  type: string,
  { logicalId, properties }: EventSource,
  member: string | undefined,
): Record<string, Value> {
  const settings: Record<string, Value> = {};
  const servers = get(properties, "KafkaBootstrapServers");
  if (isGiven(servers))
    settings["SelfManagedEventSource"] = { Endpoints: { KafkaBootstrapServers: servers } };
  const config: ValueMap = {};
  const group = get(properties, "ConsumerGroupId");
  if (isGiven(group)) {
    if (member === undefined) {
      throw invalidEvent(logicalId, `Property ConsumerGroupId not defined for resource of type ${type}.`);
    }
    config["ConsumerGroupId"] = group;
  }
  const registry = get(properties, "SchemaRegistryConfig");
  if (isGiven(registry)) config["SchemaRegistryConfig"] = registry;
  if (member !== undefined && isGiven(config)) settings[member] = config;
  return settings;
}

function documentDbSettings(properties: ValueMap): ValueMap {
  const settings: ValueMap = { DatabaseName: get(properties, "DatabaseName") ?? null };
  for (const name of ["CollectionName", "FullDocument"]) {
    const value = get(properties, name);
    if (isGiven(value)) settings[name] = value;
  }
  return settings;
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
