import type { Value, ValueMap } from "../value.ts";
import type { DeploymentPreferences } from "./function/deployment-preference.ts";
import type { GeneratedResource } from "./generated-resource.ts";
import type { ParameterValues } from "./parameter-refs.ts";
import type { SharedUsagePlan } from "./rest-api/usage-plan.ts";

export const functionType = "AWS::Serverless::Function";
export const restApiType = "AWS::Serverless::Api";
export const httpApiType = "AWS::Serverless::HttpApi";
export const layerType = "AWS::Serverless::LayerVersion";

/** The SAM resource types that the transform expands. */
export const supportedTypes: readonly string[] = [functionType, restApiType, httpApiType, layerType];

/** SAM resource types that AWS expands and this transform refuses by name. */
export const refusedTypes: readonly string[] = [
  "AWS::Serverless::Application",
  "AWS::Serverless::CapacityProvider",
  "AWS::Serverless::Connector",
  "AWS::Serverless::GraphQLApi",
  "AWS::Serverless::SimpleTable",
  "AWS::Serverless::StateMachine",
  "AWS::Serverless::WebSocketApi",
];

/** What the expansions of one document share. */
export interface TransformContext {
  /** The resources as they were before expansion; events edit the bodies of the APIs among them. */
  readonly resources: ValueMap;
  /** The conditions of the result; expansions add some. `undefined` when the template has no such section. */
  readonly conditions: ValueMap | undefined;
  readonly mappings: Value | undefined;
  readonly parameters: ParameterValues;
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  /** ARNs of managed policies by name, asked before the built-in ones. */
  readonly managedPolicyArn: (name: string) => string | undefined;
  /** Unix time in milliseconds, for APIs that are to be deployed every time. */
  readonly nowMs: number;
  readonly deploymentPreferences: DeploymentPreferences;
  readonly sharedUsagePlan: SharedUsagePlan;
  /** Route 53 record set groups by logical id: APIs whose domains are in one hosted zone share one. */
  readonly recordSetGroups: Map<string, GeneratedResource>;
  /** Resources of the template's own that events change, such as buckets, as the result is to have them. */
  readonly changedResources: Map<string, ValueMap>;
  /** Names of the functions behind an API, by its logical id: a change of one calls for a new deployment. */
  readonly functionNames: Map<string, string>;
}

/** What a SAM resource becomes. */
export interface Expansion {
  readonly resources: readonly GeneratedResource[];
  /** The new logical id, for resources whose id changes with their content. */
  readonly logicalId?: string;
  /** Properties that references may name, as in `!Ref Api.Stage`, and the type of resource that each stands for. */
  readonly referable: Readonly<Record<string, string>>;
}
