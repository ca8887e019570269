import type { ResourceType } from "./resource-type.ts";
import { createRestApi } from "./resources/apigateway.ts";
import {
  createApiResource,
  createAuthorizer,
  createMethod,
  createModel,
  createRequestValidator,
} from "./resources/apigateway-parts.ts";
import { createApiGatewayAccount, createGatewayResponse } from "./resources/apigateway-responses.ts";
import { createDeployment, createStage } from "./resources/apigateway-stage.ts";
import { createApiKey, createUsagePlan, createUsagePlanKey } from "./resources/apigateway-usage.ts";
import { httpApiTypes } from "./resources/apigatewayv2.ts";
import { fetchApiBody, fetchFunctionCode, fetchLayerContent } from "./resources/content.ts";
import { createRepository, repositoryProvider } from "./resources/ecr.ts";
import { createEventInvokeConfig } from "./resources/event-invoke-config.ts";
import { createEventBus, createRule } from "./resources/events.ts";
import { createManagedPolicy, createPolicy, createRole, createRolePolicy } from "./resources/iam.ts";
import { createKey, createKeyAlias } from "./resources/kms.ts";
import { createFunction, createLayerVersion, createPermission, createUrl } from "./resources/lambda.ts";
import { createAlias, createVersion } from "./resources/lambda-versions.ts";
import { createLogGroup, logGroupProvider } from "./resources/logs.ts";
import { bucketPolicyProvider, bucketProvider, createBucket, createBucketPolicy } from "./resources/s3.ts";
import { createSubscription, createTopic, createTopicPolicy } from "./resources/sns.ts";
import { createQueue, createQueuePolicy } from "./resources/sqs.ts";
import { createParameter, parameterProvider } from "./resources/ssm.ts";
import {
  createIpSet,
  createRegexPatternSet,
  createRuleGroup,
  createWebAcl,
  createWebAclAssociation,
} from "./resources/wafv2.ts";

/** As `tagging` of a type's schema in the registry of CloudFormation has it. */
const tags = { form: "list", hasSystemTags: true } as const;
const tagsWithoutSystem = { form: "list", hasSystemTags: false } as const;

/**
 * The resource types that the platform serves.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/introduction.html
 */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "AWS::ApiGateway::Account": { create: createApiGatewayAccount },
  "AWS::ApiGateway::ApiKey": {
    create: createApiKey,
    replacedBy: ["GenerateDistinctId", "Name", "Value"],
    nameProperty: "Name",
    tags,
  },
  "AWS::ApiGateway::Authorizer": { create: createAuthorizer, replacedBy: ["RestApiId"] },
  "AWS::ApiGateway::Deployment": { create: createDeployment, replacedBy: ["RestApiId"] },
  "AWS::ApiGateway::GatewayResponse": {
    create: createGatewayResponse,
    replacedBy: ["ResponseType", "RestApiId"],
  },
  "AWS::ApiGateway::Method": {
    create: createMethod,
    replacedBy: ["HttpMethod", "ResourceId", "RestApiId"],
  },
  "AWS::ApiGateway::Model": {
    create: createModel,
    replacedBy: ["ContentType", "Name", "RestApiId"],
    nameProperty: "Name",
  },
  "AWS::ApiGateway::RequestValidator": { create: createRequestValidator, replacedBy: ["Name", "RestApiId"] },
  "AWS::ApiGateway::Resource": {
    create: createApiResource,
    replacedBy: ["ParentId", "PathPart", "RestApiId"],
  },
  "AWS::ApiGateway::RestApi": {
    create: createRestApi,
    content: { property: "BodyS3Location", fetch: fetchApiBody },
    tags,
  },
  "AWS::ApiGateway::Stage": { create: createStage, replacedBy: ["RestApiId", "StageName"], tags },
  "AWS::ApiGateway::UsagePlan": { create: createUsagePlan, tags },
  "AWS::ApiGateway::UsagePlanKey": {
    create: createUsagePlanKey,
    replacedBy: ["KeyId", "KeyType", "UsagePlanId"],
  },
  ...httpApiTypes,
  "AWS::CDK::Metadata": { create: ({ node, nameFor }) => ({ ref: nameFor(node.logicalId), attributes: {} }) },
  "AWS::ECR::Repository": {
    create: createRepository,
    replacedBy: ["EncryptionConfiguration", "RepositoryName"],
    nameProperty: "RepositoryName",
    tags,
    provider: repositoryProvider,
  },
  "AWS::Events::EventBus": { create: createEventBus, replacedBy: ["Name"], nameProperty: "Name" },
  "AWS::Events::Rule": { create: createRule, replacedBy: ["EventBusName", "Name"], nameProperty: "Name" },
  "AWS::IAM::ManagedPolicy": {
    create: createManagedPolicy,
    replacedBy: ["Description", "ManagedPolicyName", "Path"],
    nameProperty: "ManagedPolicyName",
  },
  "AWS::IAM::Policy": { create: createPolicy },
  "AWS::IAM::Role": {
    create: createRole,
    replacedBy: ["Path", "RoleName"],
    nameProperty: "RoleName",
    tags: tagsWithoutSystem,
  },
  "AWS::IAM::RolePolicy": { create: createRolePolicy, replacedBy: ["PolicyName", "RoleName"] },
  "AWS::KMS::Alias": { create: createKeyAlias, replacedBy: ["AliasName"], nameProperty: "AliasName" },
  "AWS::KMS::Key": {
    create: createKey,
    replacedBy: ["KeySpec", "KeyUsage", "MultiRegion"],
    tags: tagsWithoutSystem,
  },
  "AWS::Lambda::Alias": { create: createAlias, replacedBy: ["FunctionName", "Name"], nameProperty: "Name" },
  "AWS::Lambda::EventInvokeConfig": {
    create: createEventInvokeConfig,
    replacedBy: ["FunctionName", "Qualifier"],
  },
  "AWS::Lambda::Function": {
    create: createFunction,
    replacedBy: ["FunctionName", "PackageType", "TenancyConfig"],
    nameProperty: "FunctionName",
    tags,
    content: { property: "Code", fetch: fetchFunctionCode },
  },
  "AWS::Lambda::LayerVersion": {
    create: createLayerVersion,
    replacedBy: [
      "CompatibleArchitectures",
      "CompatibleRuntimes",
      "Content",
      "Description",
      "LayerName",
      "LicenseInfo",
    ],
    content: { property: "Content", fetch: fetchLayerContent },
  },
  "AWS::Lambda::Permission": {
    create: createPermission,
    replacedBy: [
      "Action",
      "EventSourceToken",
      "FunctionName",
      "FunctionUrlAuthType",
      "InvokedViaFunctionUrl",
      "Principal",
      "PrincipalOrgID",
      "SourceAccount",
      "SourceArn",
    ],
  },
  "AWS::Lambda::Url": { create: createUrl, replacedBy: ["Qualifier", "TargetFunctionArn"] },
  "AWS::Lambda::Version": {
    create: createVersion,
    replacedBy: [
      "CodeSha256",
      "Description",
      "FunctionName",
      "ProvisionedConcurrencyConfig",
      "RuntimePolicy",
    ],
  },
  "AWS::Logs::LogGroup": {
    create: createLogGroup,
    replacedBy: ["LogGroupName"],
    nameProperty: "LogGroupName",
    tags,
    provider: logGroupProvider,
  },
  "AWS::S3::Bucket": {
    create: createBucket,
    replacedBy: ["BucketName", "ObjectLockEnabled"],
    nameProperty: "BucketName",
    tags,
    provider: bucketProvider,
  },
  "AWS::S3::BucketPolicy": {
    create: createBucketPolicy,
    replacedBy: ["Bucket"],
    provider: bucketPolicyProvider,
  },
  "AWS::SNS::Subscription": {
    create: createSubscription,
    replacedBy: ["Endpoint", "Protocol", "TopicArn"],
  },
  "AWS::SNS::Topic": {
    create: createTopic,
    replacedBy: ["FifoTopic", "TopicName"],
    nameProperty: "TopicName",
    tags,
  },
  "AWS::SNS::TopicPolicy": { create: createTopicPolicy },
  "AWS::SQS::Queue": {
    create: createQueue,
    replacedBy: ["FifoQueue", "QueueName"],
    nameProperty: "QueueName",
  },
  "AWS::SQS::QueuePolicy": { create: createQueuePolicy },
  "AWS::SSM::Parameter": {
    create: createParameter,
    replacedBy: ["Name"],
    nameProperty: "Name",
    tags: { form: "map", hasSystemTags: true },
    provider: parameterProvider,
  },
  "AWS::WAFv2::IPSet": { create: createIpSet, replacedBy: ["Name", "Scope"], nameProperty: "Name" },
  "AWS::WAFv2::RegexPatternSet": {
    create: createRegexPatternSet,
    replacedBy: ["Name", "Scope"],
    nameProperty: "Name",
  },
  "AWS::WAFv2::RuleGroup": { create: createRuleGroup, replacedBy: ["Name", "Scope"], nameProperty: "Name" },
  "AWS::WAFv2::WebACL": { create: createWebAcl, replacedBy: ["Name", "Scope"], nameProperty: "Name" },
  "AWS::WAFv2::WebACLAssociation": {
    create: createWebAclAssociation,
    replacedBy: ["ResourceArn", "WebACLArn"],
  },
};

/** Their names, for messages. */
export const servedTypes: string = Object.keys(resourceTypes).sort().join(", ");

const advice: readonly (readonly [type: RegExp, text: string])[] = [
  [
    /^AWS::CloudFormation::Stack$/,
    "Nested stacks are not served: deploy each template as a stack of its own, and hand values on as parameters or with Export and Fn::ImportValue.",
  ],
  [
    /^(Custom::|AWS::CloudFormation::CustomResource$)/,
    "Custom resources are not served, as nothing here calls their functions. In an app of the CDK they come from settings such as logRetention, for which logGroup is the way without one, and autoDeleteObjects.",
  ],
];

/** What to do about resource types that are not served, where more can be said than to take them out. */
export function adviceOn(types: Iterable<string>): string {
  const names = [...types];
  return advice
    .filter(([type]) => names.some((name) => type.test(name)))
    .map(([, text]) => ` ${text}`)
    .join("");
}
