import type { ResourceNode, Value, ValueMap } from "../cloudformation/index.ts";
import type { RepositoryStore } from "../ecr/index.ts";
import { isRecord, record } from "../json-value.ts";
import type { PackageStore, StoredPackage } from "../lambda/code/package-store.ts";
import type { VersionRequest } from "../lambda/published-versions.ts";
import type { LogStore } from "../logs/index.ts";
import type { ParameterStore } from "../ssm/index.ts";
import type { ObjectStore } from "./object-store.ts";
import type { FunctionResource, StackModel } from "./stack-model.ts";

/** What a resource is made of and where it goes. */
export interface CreationContext {
  readonly node: Pick<ResourceNode, "logicalId" | "type" | "origin"> &
    Partial<Pick<ResourceNode, "position">>;
  /** `Metadata` of the template's resource. */
  readonly metadata: ValueMap;
  /** Every intrinsic function resolved. */
  readonly properties: ValueMap;
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  /** An id that stays the same from one start to the next. */
  readonly id: (kind: string, length: number) => string;
  /**
   * The name of a resource that the template gives none.
   * @param local - what it is called where one template is all there is. In a stack of CloudFormation it is as on AWS: made
   * from those of stack and resource, and something that is unique.
   * @param length - at most; 64 unless given.
   */
  readonly nameFor: (local: string, length?: number) => string;
  /** What is made once for this resource, and stays for as long as it isn't replaced. */
  readonly keep: <T extends Value>(name: string, make: () => T) => T;
  /** Counts up: what AWS numbers. A template that is run from its file has the first of everything. */
  readonly nextNumber: (kind: string, name: string) => number;
  /** What the deployment fetched for it. */
  readonly content?: ResourceContent | undefined;
  /** The URL of a queue, as clients use it. */
  readonly queueUrl: (queueName: string) => string;
  /** Versions of functions: those that were published before, and those that this deployment publishes. */
  readonly versions: FunctionVersions;
  readonly model: StackModel;
}

/** Where the numbers of versions come from. */
export interface FunctionVersions {
  /** The number of a version: the one that it was published with, or the next. */
  readonly numberOf: (request: VersionRequest) => string;
  /** Whether there is such a version, or will be. */
  readonly has: (functionName: string, number: string) => boolean;
  /** The function as it was published; where it is missing, the code is copied when the deployment is complete. */
  readonly published?: (latest: FunctionResource) => FunctionResource;
}

/** What a deployment fetches from where the template says, and keeps. */
export interface ResourceContent {
  /** Of a function or a layer. */
  readonly package?: StoredPackage;
  /** Of a REST API. */
  readonly body?: ValueMap;
  /** Of a deployment of a REST API: the parts of the API as they were then. */
  readonly snapshot?: ValueMap;
}

/** Where a deployment fetches from, and keeps what it fetched. */
export interface ContentSource {
  readonly objects: ObjectStore;
  readonly packages: PackageStore;
}

/** A resource as it is deployed. */
export interface DeployedResource {
  readonly logicalId: string;
  /** What `Ref` gives. */
  readonly physicalId: string;
  readonly properties: ValueMap;
}

/** Services that keep resources themselves, besides the model. */
export interface ResourceServices {
  readonly objects: ObjectStore;
  /** Of Systems Manager; nothing is kept there unless given. */
  readonly parameters?: ParameterStore;
  /** Of CloudWatch Logs; the same. */
  readonly logs?: LogStore;
  /** Of ECR; the same. */
  readonly repositories?: RepositoryStore;
}

/** Makes and removes resources that a service keeps itself. Each may be asked for again after it is done. */
export interface ResourceProvider {
  /**
   * Makes the resource, or what it was before into what it is.
   * @param before - undefined for a new one.
   * @throws {AwsServiceError} if the service refuses.
   */
  readonly put: (resource: DeployedResource, before: DeployedResource | undefined) => Promise<void> | void;
  /** @throws {AwsServiceError} if the service refuses; a resource that is gone is removed. */
  readonly remove: (resource: DeployedResource) => Promise<void> | void;
}

/** Everything that stacks know of a resource type. */
export interface ResourceType {
  /** Makes it a part of the model, and says what references to it give. */
  readonly create: CreateResource;
  /** Properties whose change needs a new resource in its place, as the type's page in AWS's reference has it. */
  readonly replacedBy?: readonly string[];
  /** The property that names it, where a template may: two can't have the same name, not even while one replaces the other. */
  readonly nameProperty?: string;
  /** Where what it is made from is fetched from. */
  readonly content?: {
    /** The property that says it: nothing is fetched again while that stays the same. */
    readonly property: string;
    /** @throws {ResourceError} if that can't be used. */
    readonly fetch: (properties: ValueMap, source: ContentSource) => Promise<ResourceContent>;
  };
  /** For types whose tags are told by an API here: the form of `Tags`, and whether CloudFormation adds its own to them. */
  readonly tags?: { readonly form: "list" | "map"; readonly hasSystemTags: boolean };
  /** For types that a service keeps. */
  readonly provider?: (services: ResourceServices) => ResourceProvider | undefined;
}

/** A resource that exists: what `Ref` and `Fn::GetAtt` give. */
export interface CreatedResource {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly warnings?: readonly ResourceWarning[];
}

/** What of a resource has no effect here. */
export interface ResourceWarning {
  /** Names that the property which it is about may have in the template. */
  readonly properties: readonly string[];
  readonly message: string;
}

/** Makes resources of one type. @throws {ResourceError} if the properties can't be used. */
export type CreateResource = (context: CreationContext) => CreatedResource;

/** Why a resource can't be made. */
export class ResourceError extends Error {}

/** A resource can't be made because another has its name. */
export class AlreadyExistsError extends ResourceError {}

/** Why a resource that AWS would make is left out here. */
export class NotServedError extends Error {}

/** A text property; numbers and truth values are text as well. @throws {ResourceError} if it is missing or something else. */
export function requiredText(context: CreationContext, name: string): string {
  const value = optionalText(context.properties, name);
  if (value !== undefined && value !== "") return value;
  throw new ResourceError(`${context.node.type} needs ${name}.`);
}

/** A part of a property that is a map; an empty one in the place of anything else. */
export function propertyMap(value: unknown): ValueMap {
  return record(value) as ValueMap;
}

/** A property that is a map; nothing in the place of anything else. */
export function optionalMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

/** A text property that may be missing; numbers and flags count as text, as in CloudFormation. */
export function optionalText(properties: ValueMap, name: string): string | undefined {
  const value = properties[name];
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A property that is a whole number, also when it is written as text. @throws {ResourceError} out of range. */
export function wholeNumber(
  context: CreationContext,
  name: string,
  standard: number,
  least: number,
  most: number,
): number {
  const text = optionalText(context.properties, name);
  if (text === undefined) return standard;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ResourceError(`${name} is ${text}; Lambda takes ${least} to ${most}.`);
}
