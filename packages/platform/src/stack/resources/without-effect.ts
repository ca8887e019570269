import type { CreationContext } from "../resource-type.ts";

/** A property that AWS acts on and this platform does not yet. */
interface WithoutEffect {
  /** `info` where a caller of the function or API would hardly notice. */
  readonly severity: "warning" | "info";
  /** What is different here. */
  readonly difference: string;
  /** Its name on the SAM resource, where that is another one. */
  readonly samName?: string;
}

/**
 * Properties without effect here, by resource type.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-stage.html
 */
const withoutEffect: Readonly<Record<string, Readonly<Record<string, WithoutEffect>>>> = {
  "AWS::Lambda::Function": {
    CapacityProviderConfig: {
      severity: "warning",
      difference: "the function runs in environments of its own, one invocation at a time",
    },
    CodeSigningConfigArn: { severity: "info", difference: "code is run whether it is signed or not" },
    DurableConfig: { severity: "warning", difference: "there are no durable executions" },
    EphemeralStorage: { severity: "info", difference: "/tmp is this machine's, as large as it is" },
    FileSystemConfigs: { severity: "warning", difference: "no file system is mounted" },
    FunctionScalingConfig: { severity: "warning", difference: "environments come and go as they are needed" },
    RecursiveLoop: { severity: "info", difference: "recursive loops are not looked for" },
    RuntimeManagementConfig: { severity: "info", difference: "the runtime is this machine's" },
    SnapStart: { severity: "info", difference: "every environment goes through its Init phase" },
    TenancyConfig: { severity: "warning", difference: "tenants share environments" },
    TracingConfig: { severity: "info", difference: "no traces are sent to X-Ray", samName: "Tracing" },
    VpcConfig: {
      severity: "warning",
      difference:
        "the function is in this machine's network, where neither security groups nor subnets filter what it sends",
    },
  },
  "AWS::Lambda::Version": {
    FunctionScalingConfig: { severity: "warning", difference: "environments come and go as they are needed" },
    RuntimePolicy: { severity: "info", difference: "the runtime is this machine's" },
  },
  "AWS::S3::Bucket": {
    AccelerateConfiguration: { severity: "info", difference: "transfers are not accelerated" },
    AccessControl: { severity: "warning", difference: "access control lists are not evaluated" },
    CorsConfiguration: { severity: "warning", difference: "browsers are not told who may read its answers" },
    LifecycleConfiguration: { severity: "info", difference: "objects stay until they are deleted" },
    LoggingConfiguration: { severity: "info", difference: "requests are not logged to a bucket" },
    NotificationConfiguration: { severity: "warning", difference: "nobody is told of new objects" },
    ObjectLockConfiguration: { severity: "warning", difference: "objects are not locked" },
    ReplicationConfiguration: { severity: "warning", difference: "objects are not replicated" },
    WebsiteConfiguration: { severity: "warning", difference: "there are no websites" },
  },
  "AWS::ApiGateway::RestApi": {
    DisableExecuteApiEndpoint: {
      severity: "warning",
      difference:
        "the API answers at its own address, since there are no custom domains. On AWS that address answers 403",
    },
    MinimumCompressionSize: {
      severity: "info",
      difference: "answers are not compressed. Try on AWS what depends on it, or compress in the function",
    },
  },
  "AWS::ApiGateway::Deployment": {
    DeploymentCanarySettings: {
      severity: "warning",
      difference: "all requests go to the one deployment. Give what is to be tried a stage of its own",
    },
  },
  "AWS::ApiGateway::Stage": {
    CacheClusterEnabled: {
      severity: "warning",
      difference: "every request reaches its integration. Try on AWS what depends on the cache",
    },
    CanarySetting: {
      severity: "warning",
      difference: "all requests go to the one deployment. Give what is to be tried a stage of its own",
    },
    ClientCertificateId: {
      severity: "info",
      difference: "backends see no client certificate. Let a backend on this machine do without one",
    },
    TracingEnabled: { severity: "info", difference: "no traces are sent to X-Ray" },
  },
};

/** The properties of a resource that have no effect here, each by the name that it has in the template. */
export function findWithoutEffect({ node, properties }: Pick<CreationContext, "node" | "properties">) {
  return Object.entries(withoutEffect[node.type] ?? {}).flatMap(
    ([name, { severity, difference, samName = name }]) => {
      if (asksForNothing(name, properties[name])) return [];
      const message = `${samName} of ${node.origin} has no effect on this platform: ${difference}.`;
      return [{ severity, property: samName, message }];
    },
  );
}

/** Values that ask for nothing on AWS either. */
function asksForNothing(name: string, value: unknown): boolean {
  const setting = (key: string) => (value as Record<string, unknown>)[key];
  if (value === undefined || value === null || value === false || value === "false") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (name === "TracingConfig") return setting("Mode") !== "Active";
  if (name === "VpcConfig")
    return Object.values(value).every((ids) => (Array.isArray(ids) ? ids.length === 0 : true));
  return name === "SnapStart" && setting("ApplyOn") === "None";
}
