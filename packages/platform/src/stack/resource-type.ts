import type { ResourceNode, Value, ValueMap } from "../cloudformation/index.ts";
import type { VersionDraft } from "../lambda/published-versions.ts";
import type { StackModel } from "./stack-model.ts";

/** What a resource is made of and where it goes. */
export interface CreationContext {
  readonly node: ResourceNode;
  /** `Metadata` of the template's resource. */
  readonly metadata: ValueMap;
  /** Every intrinsic function resolved. */
  readonly properties: ValueMap;
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  /** An id that stays the same from one start to the next. */
  readonly id: (kind: string, length: number) => string;
  /** The URL of a queue, as clients use it. */
  readonly queueUrl: (queueName: string) => string;
  /** Versions of functions: those that were published before, and those that this deployment publishes. */
  readonly versions: VersionDraft;
  readonly model: StackModel;
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

/** Why a resource that AWS would make is left out here. */
export class NotServedError extends Error {}

/** A text property. @throws {ResourceError} if it is missing or something else. */
export function requiredText(context: CreationContext, name: string): string {
  const value = context.properties[name];
  if (typeof value === "string" && value !== "") return value;
  throw new ResourceError(`${context.node.type} needs ${name}.`);
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
