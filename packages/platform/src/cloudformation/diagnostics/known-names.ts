import { eventSchemas } from "../sam/function/events/expand-events.ts";
import { functionSchema } from "../sam/function/properties.ts";
import { httpApiSchema } from "../sam/http-api/http-api.ts";
import { layerVersionSchema } from "../sam/layer-version.ts";
import { restApiSchema } from "../sam/rest-api/properties.ts";
import { functionType, httpApiType, layerType, refusedTypes, restApiType } from "../sam/types.ts";

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html */
export const templateSections = words(
  `AWSTemplateFormatVersion Conditions Description Globals Hooks Mappings Metadata Outputs Parameters Resources Rules
  Transform`,
);

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-product-attribute-reference.html */
export const resourceKeys = words(
  `Condition Connectors CreationPolicy DeletionPolicy DependsOn IgnoreGlobals Metadata Properties Type UpdatePolicy
  UpdateReplacePolicy`,
);

/** The properties of an event of a SAM function, by the event's type. */
export const eventProperties: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(eventSchemas).map(([type, schema]) => [type, Object.keys(schema)]),
);

/**
 * Properties by resource type, for the types whose properties are checked.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 */
export const typeProperties: Readonly<Record<string, readonly string[]>> = {
  [functionType]: Object.keys(functionSchema),
  [restApiType]: Object.keys(restApiSchema).filter((name) => !name.startsWith("__")),
  [httpApiType]: Object.keys(httpApiSchema).filter((name) => !name.startsWith("__")),
  [layerType]: Object.keys(layerVersionSchema),
  "AWS::ApiGateway::Account": words("CloudWatchRoleArn"),
  "AWS::ApiGateway::ApiKey": words(
    "CustomerId Description Enabled GenerateDistinctId Name StageKeys Tags Value",
  ),
  "AWS::ApiGateway::Deployment": words(
    "DeploymentCanarySettings Description RestApiId StageDescription StageName",
  ),
  "AWS::ApiGateway::Authorizer": words(
    `AuthType AuthorizerCredentials AuthorizerResultTtlInSeconds AuthorizerUri IdentitySource
    IdentityValidationExpression Name ProviderARNs RestApiId Type`,
  ),
  "AWS::ApiGateway::GatewayResponse": words(
    "ResponseParameters ResponseTemplates ResponseType RestApiId StatusCode",
  ),
  "AWS::ApiGateway::Method": words(
    `ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId HttpMethod Integration MethodResponses
    OperationName RequestModels RequestParameters RequestValidatorId ResourceId RestApiId`,
  ),
  "AWS::ApiGateway::Model": words("ContentType Description Name RestApiId Schema"),
  "AWS::ApiGateway::RequestValidator": words("Name RestApiId ValidateRequestBody ValidateRequestParameters"),
  "AWS::ApiGateway::Resource": words("ParentId PathPart RestApiId"),
  "AWS::ApiGateway::RestApi": words(
    `ApiKeySourceType BinaryMediaTypes Body BodyS3Location CloneFrom Description DisableExecuteApiEndpoint
    EndpointAccessMode EndpointConfiguration FailOnWarnings MinimumCompressionSize Mode Name Parameters Policy
    SecurityPolicy Tags`,
  ),
  "AWS::ApiGateway::Stage": words(
    `AccessLogSetting CacheClusterEnabled CacheClusterSize CanarySetting ClientCertificateId DeploymentId Description
    DocumentationVersion MethodSettings RestApiId StageName Tags TracingEnabled Variables`,
  ),
  "AWS::ApiGateway::UsagePlan": words("ApiStages Description Quota Tags Throttle UsagePlanName"),
  "AWS::ApiGateway::UsagePlanKey": words("KeyId KeyType UsagePlanId"),
  "AWS::ApiGatewayV2::Api": words(
    `ApiKeySelectionExpression BasePath Body BodyS3Location CorsConfiguration CredentialsArn Description
    DisableExecuteApiEndpoint DisableSchemaValidation FailOnWarnings IpAddressType Name ProtocolType RouteKey
    RouteSelectionExpression Tags Target Version`,
  ),
  "AWS::ApiGatewayV2::Authorizer": words(
    `ApiId AuthorizerCredentialsArn AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds AuthorizerType
    AuthorizerUri EnableSimpleResponses IdentitySource IdentityValidationExpression JwtConfiguration Name`,
  ),
  "AWS::ApiGatewayV2::Deployment": words("ApiId Description StageName"),
  "AWS::ApiGatewayV2::Integration": words(
    `ApiId ConnectionId ConnectionType ContentHandlingStrategy CredentialsArn Description IntegrationMethod
    IntegrationSubtype IntegrationType IntegrationUri PassthroughBehavior PayloadFormatVersion RequestParameters
    RequestTemplates ResponseParameters TemplateSelectionExpression TimeoutInMillis TlsConfig`,
  ),
  "AWS::ApiGatewayV2::Route": words(
    `ApiId ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId ModelSelectionExpression OperationName
    RequestModels RequestParameters RouteKey RouteResponseSelectionExpression Target`,
  ),
  "AWS::ApiGatewayV2::Stage": words(
    `AccessLogSettings AccessPolicyId ApiId AutoDeploy ClientCertificateId DefaultRouteSettings DeploymentId Description
    RouteSettings StageName StageVariables Tags`,
  ),
  "AWS::IAM::Role": words(
    `AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName
    Tags`,
  ),
  "AWS::KMS::Alias": words("AliasName TargetKeyId"),
  "AWS::KMS::Key": words(
    `BypassPolicyLockoutSafetyCheck Description Enabled EnableKeyRotation KeyPolicy KeySpec KeyUsage MultiRegion Origin
    PendingWindowInDays RotationPeriodInDays Tags`,
  ),
  "AWS::Lambda::Alias": words(
    "Description FunctionName FunctionVersion Name ProvisionedConcurrencyConfig RoutingConfig",
  ),
  "AWS::Lambda::EventInvokeConfig": words(
    "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier",
  ),
  "AWS::Lambda::Function": words(
    `Architectures CapacityProviderConfig Code CodeSigningConfigArn DeadLetterConfig Description DurableConfig Environment
    EphemeralStorage FileSystemConfigs FunctionName FunctionScalingConfig Handler ImageConfig KmsKeyArn Layers
    LoggingConfig MemorySize PackageType PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions Role Runtime
    RuntimeManagementConfig SnapStart Tags TenancyConfig Timeout TracingConfig VpcConfig`,
  ),
  "AWS::Lambda::LayerVersion": words(
    "CompatibleArchitectures CompatibleRuntimes Content Description LayerName LicenseInfo",
  ),
  "AWS::Lambda::Permission": words(
    `Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal PrincipalOrgID
    SourceAccount SourceArn`,
  ),
  "AWS::Lambda::Url": words("AuthType Cors InvokeMode Qualifier TargetFunctionArn"),
  "AWS::Lambda::Version": words(
    "CodeSha256 Description FunctionName FunctionScalingConfig ProvisionedConcurrencyConfig RuntimePolicy",
  ),
  "AWS::Logs::LogGroup": words(
    `BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies KmsKeyId
    LogGroupClass LogGroupName ResourcePolicyDocument RetentionInDays Tags`,
  ),
};

/** Attributes that `Fn::GetAtt` can name, by resource type, for the types where they are checked. */
export const typeAttributes: Readonly<Record<string, readonly string[]>> = {
  "AWS::ApiGateway::Authorizer": ["AuthorizerId"],
  "AWS::ApiGateway::Deployment": ["DeploymentId"],
  "AWS::ApiGateway::Method": [],
  "AWS::ApiGateway::Model": [],
  "AWS::ApiGateway::RequestValidator": ["RequestValidatorId"],
  "AWS::ApiGateway::Resource": ["ResourceId"],
  "AWS::ApiGateway::RestApi": ["RestApiId", "RootResourceId"],
  "AWS::ApiGateway::Stage": [],
  "AWS::ApiGatewayV2::Api": ["ApiEndpoint", "ApiId"],
  "AWS::ApiGatewayV2::Authorizer": ["AuthorizerId"],
  "AWS::ApiGatewayV2::Deployment": ["DeploymentId"],
  "AWS::ApiGatewayV2::Integration": ["IntegrationId"],
  "AWS::ApiGatewayV2::Route": ["RouteId"],
  "AWS::ApiGatewayV2::Stage": [],
  "AWS::IAM::Role": ["Arn", "RoleId"],
  "AWS::Lambda::Alias": ["AliasArn"],
  "AWS::Lambda::Function": [
    "Arn",
    "SnapStartResponse",
    "SnapStartResponse.ApplyOn",
    "SnapStartResponse.OptimizationStatus",
  ],
  "AWS::Lambda::LayerVersion": ["LayerVersionArn"],
  "AWS::Lambda::Permission": ["Id"],
  "AWS::Lambda::Url": ["FunctionArn", "FunctionUrl"],
  "AWS::Lambda::Version": ["FunctionArn", "Version"],
  "AWS::Logs::LogGroup": ["Arn"],
  "AWS::SNS::Topic": ["TopicArn", "TopicName"],
  "AWS::SQS::Queue": ["Arn", "QueueName", "QueueUrl"],
  "AWS::WAFv2::IPSet": ["Arn", "Id"],
  "AWS::WAFv2::RegexPatternSet": ["Arn", "Id"],
  "AWS::WAFv2::RuleGroup": ["Arn", "AvailableLabels", "ConsumedLabels", "Id", "LabelNamespace"],
  "AWS::WAFv2::WebACL": ["Arn", "Capacity", "Id", "LabelNamespace"],
};

/** Types that a misspelled type may have meant. */
export const knownTypes: readonly string[] = [
  ...Object.keys(typeProperties),
  ...Object.keys(typeAttributes),
  ...refusedTypes,
  "AWS::ApiGateway::BasePathMapping",
  "AWS::ApiGateway::BasePathMappingV2",
  "AWS::ApiGateway::ClientCertificate",
  "AWS::ApiGateway::DocumentationPart",
  "AWS::ApiGateway::DocumentationVersion",
  "AWS::ApiGateway::DomainName",
  "AWS::ApiGateway::DomainNameAccessAssociation",
  "AWS::ApiGateway::DomainNameV2",
  "AWS::ApiGateway::VpcLink",
  "AWS::ApiGatewayV2::ApiGatewayManagedOverrides",
  "AWS::ApiGatewayV2::ApiMapping",
  "AWS::ApiGatewayV2::DomainName",
  "AWS::ApiGatewayV2::IntegrationResponse",
  "AWS::ApiGatewayV2::Model",
  "AWS::ApiGatewayV2::RouteResponse",
  "AWS::ApiGatewayV2::VpcLink",
  "AWS::DynamoDB::Table",
  "AWS::Events::Rule",
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::Policy",
  "AWS::Lambda::EventSourceMapping",
  "AWS::S3::Bucket",
  "AWS::Scheduler::Schedule",
  "AWS::WAFv2::WebACLAssociation",
];

/**
 * The runtimes that Lambda has, deprecated ones included.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
export const runtimes = words(
  `dotnet10 dotnet8 dotnet6 java25 java21 java17 java11 java8.al2 nodejs24.x nodejs22.x nodejs20.x nodejs18.x nodejs16.x
  provided.al2023 provided.al2 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 ruby3.4 ruby3.3 ruby3.2`,
);

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html */
export const integrationKeys = words(
  `cacheKeyParameters cacheNamespace connectionId connectionType contentHandling credentials httpMethod
  integrationSubtype integrationTarget passthroughBehavior payloadFormatVersion requestParameters requestTemplates
  responseParameters responseTransferMode responses timeoutInMillis tlsConfig type uri`,
);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
