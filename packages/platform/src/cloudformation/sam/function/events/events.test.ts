import { describe, expect, test } from "vitest";
import { loadTemplate } from "../../../template/load.ts";
import { get, getMap, type ValueMap } from "../../../value.ts";
import { type SamTransformResult, transformSam } from "../../transform.ts";

/** A function with one event, and what the event may name. */
function transform(event: string, more = ""): SamTransformResult {
  const text = `
Transform: AWS::Serverless-2016-10-31
Conditions: { Sometimes: !Equals [a, a] }
Resources:
  Bucket: { Type: AWS::S3::Bucket, DependsOn: Topic }
  Pool: { Type: AWS::Cognito::UserPool }
  Topic: { Type: AWS::SNS::Topic }
  F:
    Type: AWS::Serverless::Function
    ${more}
    Properties:
      CodeUri: s3://bucket/key
      Handler: index.handler
      Runtime: nodejs22.x
      Events: { A: ${event} }`;
  const { loaded, diagnostics } = loadTemplate(text, "template.yaml");
  if (loaded === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return transformSam(loaded.template, { region: "us-east-1" });
}

function resourcesOf(event: string, more = ""): ValueMap {
  const result = transform(event, more);
  if (!result.ok) throw new Error(result.message);
  return getMap(result.template, "Resources") ?? {};
}

const given = ["Bucket", "Pool", "Topic", "F", "FRole"];

/** What the event adds: types by logical id. */
function added(event: string): Record<string, unknown> {
  const resources = Object.entries(resourcesOf(event)).filter(([id]) => !given.includes(id));
  return Object.fromEntries(resources.map(([id, resource]) => [id, get(resource, "Type")]));
}

const mapping = "AWS::Lambda::EventSourceMapping";
const permission = "AWS::Lambda::Permission";
const access = "SourceAccessConfigurations: [{ Type: BASIC_AUTH, URI: secret }]";

describe("an event", () => {
  test.each<[string, Record<string, string>]>([
    ["{ Type: AlexaSkill }", { FAPermission: permission }],
    [
      "{ Type: EventBridgeRule, Properties: { Pattern: {}, DeadLetterConfig: { Type: SQS } } }",
      {
        FA: "AWS::Events::Rule",
        FAPermission: permission,
        FAQueue: "AWS::SQS::Queue",
        FAQueuePolicy: "AWS::SQS::QueuePolicy",
      },
    ],
    [
      "{ Type: CloudWatchEvent, Properties: { Pattern: {} } }",
      { FA: "AWS::Events::Rule", FAPermission: permission },
    ],
    [
      "{ Type: CloudWatchLogs, Properties: { LogGroupName: g, FilterPattern: p } }",
      { FA: "AWS::Logs::SubscriptionFilter", FAPermission: permission },
    ],
    [
      "{ Type: IoTRule, Properties: { Sql: SELECT } }",
      { FA: "AWS::IoT::TopicRule", FAPermission: permission },
    ],
    [
      "{ Type: SNS, Properties: { Topic: !Ref Topic } }",
      { FA: "AWS::SNS::Subscription", FAPermission: permission },
    ],
    [
      "{ Type: SNS, Properties: { Topic: !Ref Topic, SqsSubscription: true } }",
      {
        FA: "AWS::SNS::Subscription",
        FAEventSourceMapping: mapping,
        FAQueue: "AWS::SQS::Queue",
        FAQueuePolicy: "AWS::SQS::QueuePolicy",
      },
    ],
    ["{ Type: S3, Properties: { Bucket: !Ref Bucket, Events: e } }", { FAPermission: permission }],
    [
      "{ Type: Cognito, Properties: { UserPool: !Ref Pool, Trigger: PreSignUp } }",
      { FCognitoPermission: permission },
    ],
    ["{ Type: Kinesis, Properties: { Stream: s, StartingPosition: LATEST } }", { FA: mapping }],
    ["{ Type: DynamoDB, Properties: { Stream: s, StartingPosition: LATEST } }", { FA: mapping }],
    ["{ Type: MSK, Properties: { Stream: s, StartingPosition: LATEST, Topics: [t] } }", { FA: mapping }],
    [`{ Type: MQ, Properties: { Broker: b, Queues: [q], ${access} } }`, { FA: mapping }],
    [`{ Type: DocumentDB, Properties: { Cluster: c, DatabaseName: d, ${access} } }`, { FA: mapping }],
    [
      `{ Type: SelfManagedKafka, Properties: { KafkaBootstrapServers: [b], Topics: [t], ${access} } }`,
      { FA: mapping },
    ],
  ])("%s becomes these resources", (event, expected) => {
    expect(added(event)).toEqual(expected);
  });

  test.each([
    ["Kinesis", "service-role/AWSLambdaKinesisExecutionRole"],
    ["DynamoDB", "service-role/AWSLambdaDynamoDBExecutionRole"],
    ["MSK", "service-role/AWSLambdaMSKExecutionRole"],
  ])("of type %s gives the role AWS's policy %s", (type, policy) => {
    const resources = resourcesOf(`{ Type: ${type}, Properties: { Stream: s, StartingPosition: LATEST } }`);
    expect(get(resources, "FRole", "Properties", "ManagedPolicyArns")).toContain(
      `arn:aws:iam::aws:policy/${policy}`,
    );
  });

  test("of a Kafka cluster of one's own lets the role read the secret and join the network", () => {
    const inVpc = "{ Type: VPC_SUBNET, URI: s }, { Type: VPC_SECURITY_GROUP, URI: g }";
    const resources = resourcesOf(
      `{ Type: SelfManagedKafka, Properties: { KafkaBootstrapServers: [b], Topics: [t], SourceAccessConfigurations: [{ Type: BASIC_AUTH, URI: secret }, ${inVpc}] } }`,
    );
    expect(get(resources, "FRole", "Properties", "Policies")).toEqual([
      {
        PolicyName: "SelfManagedKafkaExecutionRolePolicy",
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            { Action: ["secretsmanager:GetSecretValue"], Effect: "Allow", Resource: "secret" },
            expect.objectContaining({ Resource: "*" }),
          ],
        },
      },
    ]);
  });
});

describe("a bucket that notifies a function", () => {
  const event = "{ Type: S3, Properties: { Bucket: !Ref Bucket, Events: [a, b] } }";

  test("is told so, and waits for the permission", () => {
    const lambda = { Function: { "Fn::GetAtt": ["F", "Arn"] } };
    expect(resourcesOf(event)["Bucket"]).toEqual({
      Type: "AWS::S3::Bucket",
      DependsOn: ["Topic", "FAPermission"],
      Properties: {
        NotificationConfiguration: {
          LambdaConfigurations: [
            { ...lambda, Event: "a" },
            { ...lambda, Event: "b" },
          ],
        },
      },
    });
  });

  test("waits by way of a tag when the function has a condition", () => {
    const bucket = resourcesOf(event, "Condition: Sometimes")["Bucket"];
    expect(get(bucket, "DependsOn")).toBe("Topic");
    expect(get(bucket, "Properties", "Tags")).toEqual([
      {
        Key: "sam:ConditionalDependsOn:FAPermission",
        Value: { "Fn::If": ["Sometimes", { Ref: "FAPermission" }, "no dependency"] },
      },
    ]);
  });
});

test.each([
  [
    "{ Type: S3, Properties: { Bucket: b, Events: e } }",
    "S3 events must reference an S3 bucket in the same template.",
  ],
  ["{ Type: S3, Properties: { Bucket: !Ref Bucket } }", "Missing required property 'Events'."],
  [
    "{ Type: Cognito, Properties: { UserPool: !Ref Nowhere, Trigger: t } }",
    "Cognito events must reference a Cognito UserPool in the same template.",
  ],
  ["{ Type: Cognito, Properties: { UserPool: !Ref Pool, Trigger: [t, t] } }", "defined multiple times."],
  [
    "{ Type: SNS, Properties: { Topic: t, SqsSubscription: { QueueArn: a } } }",
    "No QueueARN or QueueURL provided.",
  ],
  [
    "{ Type: Kinesis, Properties: { Stream: s, StartingPosition: LATEST, ConsumerGroupId: g } }",
    "Property ConsumerGroupId not defined for resource of type Kinesis.",
  ],
  [
    "{ Type: MQ, Properties: { Broker: b, Queues: [q] } }",
    "No SourceAccessConfigurations for Amazon MQ event provided.",
  ],
  [
    "{ Type: SelfManagedKafka, Properties: { KafkaBootstrapServers: [b], Topics: [t], SourceAccessConfigurations: [{ Type: VPC_SUBNET, URI: s }] } }",
    "must be both provided.",
  ],
  [
    "{ Type: MSK, Properties: { Stream: s, StartingPosition: LATEST, SchemaRegistryConfig: { SchemaRegistryURI: u } } }",
    "Missing required field EventRecordFormat in SchemaRegistryConfig",
  ],
])("%s is refused", (event, message) => {
  const result = transform(event);
  expect(result.ok ? "accepted" : result.message).toContain(message);
});
