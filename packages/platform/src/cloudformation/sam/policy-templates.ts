import { get, has, isMap, type Value, type ValueMap } from "../value.ts";
import { invalidResource, unsupported } from "./errors.ts";
import { sub } from "./intrinsic-forms.ts";
import { shown } from "./text.ts";

/** What a policy template allows; `{Name}` in a resource stands for the parameter of that name. */
interface PolicyTemplate {
  readonly parameters: readonly string[];
  readonly statements: readonly {
    readonly action: string | readonly string[];
    readonly resource: string | readonly string[];
  }[];
}

const inRegion = `\${AWS::Region}:\${AWS::AccountId}`;
const arn = (service: string, resource: string): string =>
  `arn:\${AWS::Partition}:${service}:${inRegion}:${resource}`;
const bucket = `arn:\${AWS::Partition}:s3:::{BucketName}`;
const table = arn("dynamodb", "table/{TableName}");
const actions = (service: string, names: string): string[] =>
  names.split(/\s+/).map((name) => `${service}:${name}`);

/**
 * The policy templates that the transform knows, of the 81 that AWS has.
 *
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
 */
const templates: Readonly<Record<string, PolicyTemplate>> = {
  AWSSecretsManagerGetSecretValuePolicy: one("SecretArn", "secretsmanager", "GetSecretValue", "{SecretArn}"),
  CloudWatchPutMetricPolicy: {
    parameters: [],
    statements: [{ action: ["cloudwatch:PutMetricData"], resource: "*" }],
  },
  DynamoDBCrudPolicy: one(
    "TableName",
    "dynamodb",
    `GetItem DeleteItem PutItem Scan Query UpdateItem BatchWriteItem BatchGetItem DescribeTable ConditionCheckItem`,
    [table, `${table}/index/*`],
  ),
  DynamoDBReadPolicy: one("TableName", "dynamodb", "GetItem Scan Query BatchGetItem DescribeTable", [
    table,
    `${table}/index/*`,
  ]),
  DynamoDBWritePolicy: one("TableName", "dynamodb", "PutItem UpdateItem BatchWriteItem", [
    table,
    `${table}/index/*`,
  ]),
  EventBridgePutEventsPolicy: {
    parameters: ["EventBusName"],
    statements: [{ action: "events:PutEvents", resource: arn("events", "event-bus/{EventBusName}") }],
  },
  KMSDecryptPolicy: {
    parameters: ["KeyId"],
    statements: [{ action: "kms:Decrypt", resource: arn("kms", "key/{KeyId}") }],
  },
  KMSEncryptPolicy: {
    parameters: ["KeyId"],
    statements: [{ action: "kms:Encrypt", resource: arn("kms", "key/{KeyId}") }],
  },
  LambdaInvokePolicy: one(
    "FunctionName",
    "lambda",
    "InvokeFunction",
    arn("lambda", "function:{FunctionName}*"),
  ),
  S3CrudPolicy: one(
    "BucketName",
    "s3",
    `GetObject ListBucket GetBucketLocation GetObjectVersion PutObject PutObjectAcl GetLifecycleConfiguration
      PutLifecycleConfiguration DeleteObject`,
    [bucket, `${bucket}/*`],
  ),
  S3ReadPolicy: one(
    "BucketName",
    "s3",
    "GetObject ListBucket GetBucketLocation GetObjectVersion GetLifecycleConfiguration",
    [bucket, `${bucket}/*`],
  ),
  S3WritePolicy: one("BucketName", "s3", "PutObject PutObjectAcl PutLifecycleConfiguration", [
    bucket,
    `${bucket}/*`,
  ]),
  SNSPublishMessagePolicy: one("TopicName", "sns", "Publish", arn("sns", "{TopicName}")),
  SQSPollerPolicy: one(
    "QueueName",
    "sqs",
    `ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch GetQueueAttributes
      ReceiveMessage`,
    arn("sqs", "{QueueName}"),
  ),
  SQSSendMessagePolicy: one("QueueName", "sqs", "SendMessage*", arn("sqs", "{QueueName}")),
  SSMParameterReadPolicy: {
    parameters: ["ParameterName"],
    statements: [
      { action: ["ssm:DescribeParameters"], resource: "*" },
      {
        action: actions("ssm", "GetParameters GetParameter GetParametersByPath"),
        resource: arn("ssm", "parameter/{ParameterName}"),
      },
    ],
  },
  StepFunctionsExecutionPolicy: one(
    "StateMachineName",
    "states",
    "StartExecution",
    arn("states", "stateMachine:{StateMachineName}"),
  ),
};

/** The names of the policy templates that can be used. */
const policyTemplateNames: readonly string[] = Object.keys(templates);

export function isPolicyTemplate(policy: Value | undefined): policy is ValueMap {
  const name = policyName(policy);
  return name !== undefined && Object.hasOwn(templates, name);
}

/** The name of a policy template that AWS may know and this transform does not. */
export function unknownPolicyTemplate(policy: Value | undefined): string | undefined {
  const name = policyName(policy);
  if (name === undefined || Object.hasOwn(templates, name)) return undefined;
  return /^[A-Z][A-Za-z0-9]*Policy(_v\d)?$/.test(name) ? name : undefined;
}

/**
 * The policy document that a template stands for, such as `{ SQSPollerPolicy: { QueueName: q } }`.
 *
 * @throws {SamError} if a parameter has no value, or if they are no map.
 */
export function expandPolicyTemplate(logicalId: string, policy: ValueMap): ValueMap {
  const name = policyName(policy) ?? "";
  const template = templates[name];
  if (template === undefined) throw refusedPolicyTemplate(logicalId, name);
  const values = policy[name];
  if (!isMap(values)) {
    throw invalidResource(logicalId, `Must specify valid parameter values for policy template '${name}'`);
  }
  const missing = template.parameters.filter((parameter) => !has(values, parameter));
  if (missing.length > 0) {
    throw invalidResource(
      logicalId,
      `Following required parameters of template '${name}' don't have values: ${shown(missing)}`,
    );
  }
  return {
    Statement: template.statements.map(({ action, resource }) => ({
      Action: typeof action === "string" ? action : [...action],
      Effect: "Allow",
      Resource:
        typeof resource === "string"
          ? substituted(resource, template, values)
          : resource.map((each) => substituted(each, template, values)),
    })),
  };
}

export function refusedPolicyTemplate(logicalId: string, name: string): Error {
  return unsupported(
    logicalId,
    `The policy template '${name}' is not one of those that this transform knows (${policyTemplateNames.join(", ")}). ` +
      "Write its statements out under Policies instead.",
  );
}

/** `Fn::Sub` with a variable in lower camel case for each parameter, as AWS writes it; without one, the text. */
function substituted(resource: string, template: PolicyTemplate, values: ValueMap): Value {
  const variables: ValueMap = {};
  let text = resource;
  for (const parameter of template.parameters) {
    if (!resource.includes(`{${parameter}}`)) continue;
    const variable = parameter.charAt(0).toLowerCase() + parameter.slice(1);
    text = text.replaceAll(`{${parameter}}`, `\${${variable}}`);
    variables[variable] = get(values, parameter) ?? null;
  }
  return Object.keys(variables).length === 0 ? resource : sub(text, variables);
}

function policyName(policy: Value | undefined): string | undefined {
  if (!isMap(policy)) return undefined;
  const names = Object.keys(policy);
  return names.length === 1 ? names[0] : undefined;
}

function one(
  parameter: string,
  service: string,
  names: string,
  resource: string | readonly string[],
): PolicyTemplate {
  return { parameters: [parameter], statements: [{ action: actions(service, names), resource }] };
}
