import { functionType, httpApiType, restApiType } from "../sam/types.ts";

/**
 * Members by the place of the map that has them: names of properties with dots between, and a star for names that are the
 * template's own; lists are passed through.
 */
type Members = Readonly<Record<string, readonly string[]>>;

const ofFunction = {
  Environment: words("Variables"),
  EphemeralStorage: words("Size"),
  ImageConfig: words("Command EntryPoint WorkingDirectory"),
  LoggingConfig: words("ApplicationLogLevel LogFormat LogGroup SystemLogLevel"),
  SnapStart: words("ApplyOn"),
  TenancyConfig: words("TenantIsolationMode"),
  VpcConfig: words("Ipv6AllowedForDualStack SecurityGroupIds SubnetIds"),
};

const accessLog = words("DestinationArn Format");
const methodSettings = words(
  `CacheDataEncrypted CacheTtlInSeconds CachingEnabled DataTraceEnabled HttpMethod LoggingLevel MetricsEnabled
  ResourcePath ThrottlingBurstLimit ThrottlingRateLimit`,
);
const canary = words("DeploymentId PercentTraffic StageVariableOverrides UseStageCache");
const ofStage = { AccessLogSetting: accessLog, CanarySetting: canary, MethodSettings: methodSettings };

const ofHttpStage = {
  AccessLogSettings: accessLog,
  DefaultRouteSettings: words(
    "DataTraceEnabled DetailedMetricsEnabled LoggingLevel ThrottlingBurstLimit ThrottlingRateLimit",
  ),
};

const quota = words("Limit Offset Period");
const throttle = words("BurstLimit RateLimit");

/**
 * What properties have in them that are maps, or lists of maps, by the resource's type. CloudFormation refuses all else.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 */
export const memberNames: Readonly<Record<string, Members>> = {
  [functionType]: ofFunction,
  [restApiType]: {
    ...ofStage,
    "Auth.UsagePlan.Quota": quota,
    "Auth.UsagePlan.Throttle": throttle,
  },
  [httpApiType]: ofHttpStage,
  "AWS::ApiGateway::Deployment": {
    StageDescription: words(
      `AccessLogSetting CacheClusterEnabled CacheClusterSize CacheDataEncrypted CacheTtlInSeconds CachingEnabled
      CanarySetting ClientCertificateId DataTraceEnabled Description DocumentationVersion LoggingLevel MethodSettings
      MetricsEnabled Tags ThrottlingBurstLimit ThrottlingRateLimit TracingEnabled Variables`,
    ),
    "StageDescription.AccessLogSetting": accessLog,
    "StageDescription.MethodSettings": methodSettings,
  },
  "AWS::ApiGateway::Method": {
    Integration: words(
      `CacheKeyParameters CacheNamespace ConnectionId ConnectionType ContentHandling Credentials IntegrationHttpMethod
      IntegrationResponses IntegrationTarget PassthroughBehavior RequestParameters RequestTemplates ResponseTransferMode
      TimeoutInMillis Type Uri`,
    ),
    "Integration.IntegrationResponses": words(
      "ContentHandling ResponseParameters ResponseTemplates SelectionPattern StatusCode",
    ),
    MethodResponses: words("ResponseModels ResponseParameters StatusCode"),
  },
  "AWS::ApiGateway::RestApi": { EndpointConfiguration: words("IpAddressType Types VpcEndpointIds") },
  "AWS::ApiGateway::Stage": ofStage,
  "AWS::ApiGateway::UsagePlan": {
    ApiStages: words("ApiId Stage Throttle"),
    Quota: quota,
    Throttle: throttle,
  },
  "AWS::ApiGatewayV2::Api": {
    CorsConfiguration: words("AllowCredentials AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge"),
  },
  "AWS::ApiGatewayV2::Authorizer": { JwtConfiguration: words("Audience Issuer") },
  "AWS::ApiGatewayV2::Stage": ofHttpStage,
  "AWS::IAM::Role": { Policies: words("PolicyDocument PolicyName") },
  "AWS::Lambda::EventInvokeConfig": {
    DestinationConfig: words("OnFailure OnSuccess"),
    "DestinationConfig.OnFailure": words("Destination"),
    "DestinationConfig.OnSuccess": words("Destination"),
  },
  "AWS::Lambda::Function": {
    ...ofFunction,
    DeadLetterConfig: words("TargetArn"),
    TracingConfig: words("Mode"),
  },
};

/**
 * The same for maps of which the SAM transform takes what it knows, and leaves out the rest without a word.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
 */
export const samMemberNames: Readonly<Record<string, Members>> = {
  [functionType]: {
    DeadLetterQueue: words("TargetArn Type"),
    EventInvokeConfig: words("DestinationConfig MaximumEventAgeInSeconds MaximumRetryAttempts"),
    "EventInvokeConfig.DestinationConfig": words("OnFailure OnSuccess"),
    "EventInvokeConfig.DestinationConfig.OnFailure": words("Destination Type"),
    "EventInvokeConfig.DestinationConfig.OnSuccess": words("Destination Type"),
    "Events.*.Properties.Auth": words(
      "ApiKeyRequired AuthorizationScopes Authorizer InvokeRole OverrideApiAuth ResourcePolicy",
    ),
  },
  [restApiType]: {
    "Auth.Authorizers.*": words(
      `AuthorizationScopes AuthType DisableFunctionDefaultPermissions FunctionArn FunctionInvokeRole FunctionPayloadType
      Identity UserPoolArn`,
    ),
    "Auth.Authorizers.*.Identity": words(
      "Context Header Headers QueryStrings ReauthorizeEvery StageVariables ValidationExpression",
    ),
    EndpointConfiguration: words("IpAddressType Type VPCEndpointIds VpcEndpointIds"),
  },
  [httpApiType]: {
    "Auth.Authorizers.*": words(
      `AuthorizationScopes AuthorizerPayloadFormatVersion EnableFunctionDefaultPermissions EnableSimpleResponses
      FunctionArn FunctionInvokeRole Identity IdentitySource JwtConfiguration OpenIdConnectUrl`,
    ),
    "Auth.Authorizers.*.Identity": words("Context Headers QueryStrings ReauthorizeEvery StageVariables"),
  },
};

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
