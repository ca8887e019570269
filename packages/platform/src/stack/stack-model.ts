import type { AccessLogFormat } from "../access-log/format.ts";
import type { RestApi } from "../apigateway/definition/rest-api.ts";
import type { MethodSetting } from "../apigateway/method-settings.ts";
import type { AccessLog } from "../apigateway/passage.ts";
import type { ApiKey, UsagePlan, UsagePlanKey } from "../apigateway/usage/usage-plans.ts";
import type { Value, ValueMap } from "../cloudformation/index.ts";
import type { EventBus, TargetedRule } from "../events/index.ts";
import type { Authorizer, CorsConfiguration, Integration, Route } from "../httpapi/definition/http-api.ts";
import type { PolicyOrigin } from "../iam/policy-origin.ts";
import type { ManagedPolicy, Role } from "../iam/role.ts";
import type { KmsKey } from "../kms/kms-key.ts";
import type { EventInvokeConfig } from "../lambda/asynchronous/index.ts";
import type { StoredPackage } from "../lambda/code/package-store.ts";
import type { FunctionAlias, FunctionUrl, LambdaFunction } from "../lambda/lambda-function.ts";
import type { NetworkPlace } from "../lambda/network-rights.ts";
import type { PermissionProperties } from "../lambda/permissions.ts";
import type { Subscription, Topic } from "../sns/index.ts";
import type { Queue } from "../sqs/index.ts";
import type { ThrottleLimits } from "../throttling/token-bucket.ts";
import type { IpSet, RegexPatternSet, RuleGroup, WebAcl } from "../wafv2/index.ts";
import type { DeployedResource, ResourceContent } from "./resource-type.ts";
import type { RestApiParts } from "./rest-api-parts.ts";

/** Where a function's code is. */
export type CodeSource =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "inline"; readonly text: string }
  | ({ readonly kind: "package" } & StoredPackage);

/** A function as the template has it: its code is still to be built. */
export interface FunctionResource {
  readonly configuration: Omit<LambdaFunction, "codeFolder" | "layersFolder" | "policies">;
  readonly code: CodeSource;
  /** ARNs of layer versions, in the order in which they are laid over each other. */
  readonly layers: readonly string[];
  /** As CloudFormation has them: what Lambda's API tells besides. */
  readonly properties: ValueMap;
  /** `Metadata` of the template's resource. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Nothing if it is in no VPC. */
  readonly vpc?: NetworkPlace | undefined;
}

/** A version of a function as the template has it. */
export interface VersionResource {
  readonly functionName: string;
  readonly number: string;
  readonly provisionedConcurrency: number | undefined;
  /** The function as it was published, where that isn't what is there now. */
  readonly published?: FunctionResource | undefined;
}

/** An alias of a function as the template has it. */
export interface AliasResource extends FunctionAlias {
  readonly logicalId: string;
  readonly functionName: string;
  readonly provisionedConcurrency: number | undefined;
}

/** A permission as the template has it. */
export interface PermissionResource {
  /** `Sid` of its statement. */
  readonly id: string;
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly properties: PermissionProperties;
  readonly origin: PolicyOrigin;
}

/** A layer version as the template has it. */
export interface LayerResource {
  readonly logicalId: string;
  /** Where its content is; never inline. */
  readonly content: Exclude<CodeSource, { readonly kind: "inline" }>;
}

/** A REST API as the template has it. */
export interface RestApiResource {
  readonly id: string;
  /** By which its metrics are found. */
  readonly name: string;
  readonly logicalId: string;
  readonly parts: RestApiParts;
  /** Put together from the parts. */
  readonly api: RestApi;
}

/** A stage of a REST API. */
export interface StageResource {
  readonly apiId: string;
  readonly name: string;
  readonly deploymentId: string;
  /** Whether it came with a deployment: SAM makes such a stage, named `Stage`, besides the one that the template names. */
  readonly isOfDeployment: boolean;
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly methodSettings: readonly MethodSetting[];
  readonly accessLog: AccessLog | undefined;
}

/** An HTTP API as the template has it. */
export interface HttpApiResource {
  readonly id: string;
  readonly logicalId: string;
  readonly cors: CorsConfiguration | undefined;
}

/** A route of an HTTP API. */
export interface HttpRouteResource {
  readonly apiId: string;
  readonly route: Route;
}

/** A stage of an HTTP API. */
export interface HttpStageResource {
  readonly apiId: string;
  readonly name: string;
  /** By itself, or since it names a deployment. */
  readonly isDeployed: boolean;
  readonly variables: Readonly<Record<string, string>> | undefined;
  /** Of every route that has none of its own. */
  readonly defaultThrottling: Partial<ThrottleLimits>;
  /** By route key. */
  readonly throttling: Readonly<Record<string, Partial<ThrottleLimits>>>;
  readonly accessLog: { readonly logGroupName: string; readonly format: AccessLogFormat } | undefined;
}

/** What is known of something that may not be served here. */
type ServedOrNot<T> = T | { readonly unserved: string };

/** A resource as it was made, for services that tell of it. */
export interface ModelResource {
  readonly type: string;
  readonly logicalId: string;
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** Every intrinsic function resolved. */
  readonly properties: ValueMap;
  readonly attributes: Readonly<Record<string, Value>>;
  /** What was fetched for it. */
  readonly content?: ResourceContent | undefined;
  /** Whose it is, as it is kept; undefined for what the template makes that the platform runs from its file. */
  readonly deployment: string | undefined;
  /** Unix time in milliseconds; unknown for what is run from a file. */
  readonly createdMs?: number | undefined;
  readonly updatedMs?: number | undefined;
}

/** Everything that a template makes, as data. */
export interface StackModel {
  /** All of it, in the order in which it was made. */
  readonly resources: ModelResource[];
  readonly functions: Map<string, FunctionResource>;
  /** By ARN of the version. */
  readonly layers: Map<string, LayerResource>;
  readonly urls: FunctionUrl[];
  readonly versions: VersionResource[];
  readonly aliases: AliasResource[];
  readonly permissions: PermissionResource[];
  /** By function name and qualifier, with a colon between them. */
  readonly eventInvokeConfigs: Map<string, EventInvokeConfig>;
  /** By ARN. */
  readonly roles: Map<string, Role>;
  /** Of the account, by ARN. */
  readonly managedPolicies: Map<string, ManagedPolicy>;
  /** By ARN. */
  readonly kmsKeys: Map<string, KmsKey>;
  /** Name to id of the key. */
  readonly kmsAliases: Map<string, string>;
  readonly apis: Map<string, RestApiResource>;
  readonly stages: StageResource[];
  readonly httpApis: Map<string, HttpApiResource>;
  readonly httpRoutes: HttpRouteResource[];
  /** By ids of API and integration, with a slash between them. */
  readonly httpIntegrations: Map<string, ServedOrNot<Integration>>;
  /** By ids of API and authorizer, with a slash between them. */
  readonly httpAuthorizers: Map<string, ServedOrNot<Authorizer>>;
  readonly httpStages: HttpStageResource[];
  /** Deployments that name a stage. */
  readonly httpDeployments: { readonly apiId: string; readonly stageName: string }[];
  /** Roles with which API Gateway writes the logs of stages. */
  readonly apiLogRoles: string[];
  readonly apiKeys: ApiKey[];
  readonly usagePlans: UsagePlan[];
  readonly usagePlanKeys: UsagePlanKey[];
  /** Each by its ARN. */
  readonly ipSets: Map<string, IpSet>;
  readonly regexPatternSets: Map<string, RegexPatternSet>;
  readonly ruleGroups: Map<string, RuleGroup>;
  readonly webAcls: Map<string, WebAcl>;
  /** ARN of the stage to ARN of its web ACL. */
  readonly webAclAssociations: Map<string, string>;
  /** By name. */
  readonly queues: Map<string, Queue>;
  /** Each by its ARN. */
  readonly topics: Map<string, Topic>;
  readonly subscriptions: Map<string, Subscription>;
  /** By name. */
  readonly eventBuses: Map<string, EventBus>;
  /** By ARN. */
  readonly eventRules: Map<string, TargetedRule>;
  /** Of Systems Manager, by name, which keeps them. */
  readonly parameters: Map<string, DeployedResource>;
  /** Of CloudWatch Logs, by name, which keeps them. */
  readonly logGroups: Map<string, DeployedResource>;
  /** Of ECR, by name, which keeps them. */
  readonly repositories: Map<string, DeployedResource>;
  /** Buckets by name, and their policies by the name of the bucket. S3 keeps them. */
  readonly buckets: Map<string, DeployedResource>;
  readonly bucketPolicies: Map<string, DeployedResource>;
  readonly outputs: {
    readonly name: string;
    readonly value: string;
    readonly description: string | undefined;
  }[];
}

/** A model of nothing. */
export function emptyModel(): StackModel {
  return {
    resources: [],
    functions: new Map(),
    layers: new Map(),
    versions: [],
    aliases: [],
    urls: [],
    permissions: [],
    eventInvokeConfigs: new Map(),
    roles: new Map(),
    managedPolicies: new Map(),
    kmsKeys: new Map(),
    kmsAliases: new Map(),
    apis: new Map(),
    stages: [],
    httpApis: new Map(),
    httpRoutes: [],
    httpIntegrations: new Map(),
    httpAuthorizers: new Map(),
    httpStages: [],
    httpDeployments: [],
    apiLogRoles: [],
    apiKeys: [],
    usagePlans: [],
    usagePlanKeys: [],
    ipSets: new Map(),
    regexPatternSets: new Map(),
    ruleGroups: new Map(),
    webAcls: new Map(),
    webAclAssociations: new Map(),
    queues: new Map(),
    topics: new Map(),
    subscriptions: new Map(),
    eventBuses: new Map(),
    eventRules: new Map(),
    parameters: new Map(),
    logGroups: new Map(),
    repositories: new Map(),
    buckets: new Map(),
    bucketPolicies: new Map(),
    outputs: [],
  };
}

/** A model that can be added to without changing the one that it begins with. */
export function copyOfModel(model: StackModel): StackModel {
  const parts = Object.entries(model).map(([name, part]: [string, StackModel[keyof StackModel]]) => [
    name,
    part instanceof Map ? new Map<unknown, unknown>(part) : [...part],
  ]);
  return Object.fromEntries(parts) as StackModel;
}
