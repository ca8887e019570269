import { createHash } from "node:crypto";
import type { Value, ValueMap } from "../../cloudformation/index.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
import { AwsServiceError } from "../../service-error.ts";
import type { DirectResources } from "../../stack/direct-resources.ts";
import { policiesOf } from "../../stack/function-publication.ts";
import type { ObjectStore } from "../../stack/object-store.ts";
import type { AliasResource, FunctionResource, ModelResource, StackModel } from "../../stack/stack-model.ts";
import type { CallContext, Right } from "../../wire/service-api.ts";
import type { PackageStore } from "../code/package-store.ts";
import {
  type FunctionReference,
  qualifiedArn,
  readFunctionReference,
  splitFunctionReference,
} from "../function-name.ts";
import type { LambdaFunction } from "../lambda-function.ts";
import type { ArchivedCode, CodeArchives } from "./code-archives.ts";
import { notFound } from "./refusals.ts";

/** What the API needs of the rest of the platform. */
export interface ControlPlaneOptions {
  readonly accountId: string;
  readonly region: string;
  /** Everything that is served right now. */
  readonly model: () => StackModel;
  readonly resources: DirectResources;
  readonly packages: PackageStore;
  /** What is in S3, for those who may read it. */
  readonly objects: (context: CallContext) => Pick<ObjectStore, "read">;
  readonly archives: CodeArchives;
  /** What a name and a qualifier stand for right now. */
  readonly find: (name: string, qualifier: string | undefined) => LambdaFunction | undefined;
  /** When the template was deployed that is run from its file. */
  readonly fileTimeMs: () => number;
  /** Folder of that template, absolute: paths of layers are relative to it. */
  readonly templateFolder: string;
  /** The address at which a function URL answers here. */
  readonly localAddress: (functionUrl: string) => string;
}

/** A function, or a version of it, as the API tells it. */
export interface FunctionView {
  readonly name: string;
  /** Unqualified. */
  readonly arn: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** The `AWS::Lambda::Function`. */
  readonly resource: ModelResource;
  /** The `AWS::Lambda::Version`, for a number. */
  readonly versionResource: ModelResource | undefined;
  readonly configuration: FunctionResource["configuration"];
  /** As they were when it was published, for a number. */
  readonly properties: ValueMap;
  /** A version may have one of its own. */
  readonly description: string;
  readonly code: ArchivedCode;
  readonly modifiedMs: number;
  /** Another one after every change. */
  readonly revisionId: string;
}

/** What a request to an operation of functions has. */
export interface FunctionInput {
  readonly FunctionName?: string | undefined;
  readonly Qualifier?: string | undefined;
}

/** The functions of the account as the model has them, for operations that tell of them and change them. */
export class ControlPlane {
  readonly options: ControlPlaneOptions;

  constructor(options: ControlPlaneOptions) {
    this.options = options;
  }

  get model(): StackModel {
    return this.options.model();
  }

  get resources(): DirectResources {
    return this.options.resources;
  }

  /** ARN of a function of this account, whether it exists or not. */
  arnOf(name: string, qualifier?: string): string {
    const { region, accountId } = this.options;
    return qualifiedArn(`arn:aws:lambda:${region}:${accountId}:function:${name}`, qualifier);
  }

  /** @throws {AwsServiceError} as {@link readFunctionReference}, or if the function is of another account. */
  read({ FunctionName = "", Qualifier }: FunctionInput): FunctionReference {
    const reference = readFunctionReference(FunctionName, Qualifier, this.options.region);
    const { accountId = this.options.accountId } = reference;
    if (accountId === this.options.accountId) return reference;
    throw new AwsServiceError(
      "AccessDeniedException",
      403,
      `${FunctionName} is of another account, and this platform has one account only.`,
    );
  }

  /** The right to do something with a function, or with the version or alias that is named. */
  rights(input: FunctionInput): Right[] {
    const { name, qualifier } = this.read(input);
    const arn = this.arnOf(name);
    const policies: PolicyDocument[] = policiesOf(this.model, name, arn, qualifier);
    return [{ resource: qualifiedArn(arn, qualifier), policies }];
  }

  /** The resource that a function is. */
  functionResource(name: string): ModelResource | undefined {
    return this.model.resources.find(
      ({ type, physicalId }) => type === "AWS::Lambda::Function" && physicalId === name,
    );
  }

  /** Resources of a type that belong to a function, in the order in which they were made. */
  partsOf(name: string, type: string): ModelResource[] {
    return this.model.resources.filter((each) => each.type === type && functionOf(each) === name);
  }

  alias(name: string, alias: string | undefined): AliasResource | undefined {
    return this.model.aliases.find((each) => each.functionName === name && each.name === alias);
  }

  /** A function or version, or what an alias points to first. */
  find(name: string, qualifier?: string): FunctionView | undefined {
    const resource = this.functionResource(name);
    const latest = this.model.functions.get(name);
    if (resource === undefined || latest === undefined) return undefined;
    const version = this.alias(name, qualifier)?.version ?? qualifier ?? "$LATEST";
    return version === "$LATEST" ? this.#latest(resource, latest) : this.#version(resource, latest, version);
  }

  /** @throws {AwsServiceError} `ResourceNotFoundException`. */
  require({ name, qualifier }: Pick<FunctionReference, "name" | "qualifier">): FunctionView {
    const found = this.find(name, qualifier);
    if (found !== undefined) return found;
    throw notFound(`Function not found: ${this.arnOf(name, qualifier)}`);
  }

  /** All functions, without their versions. */
  list(): FunctionView[] {
    return [...this.model.functions.keys()].flatMap((name) => this.find(name) ?? []);
  }

  /** Numbered versions of a function, the oldest first. */
  versions(name: string): FunctionView[] {
    return this.model.versions
      .filter(({ functionName }) => functionName === name)
      .map(({ number }) => number)
      .sort((one, other) => Number(one) - Number(other))
      .flatMap((number) => this.find(name, number) ?? []);
  }

  /** The revision of a policy is that of what it belongs to. */
  revisionOf(name: string, qualifier: string | undefined): string | undefined {
    const alias = this.alias(name, qualifier);
    const resource = alias === undefined ? undefined : this.aliasResource(alias);
    return resource === undefined
      ? this.find(name, qualifier)?.revisionId
      : this.aliasRevision(name, qualifier, resource);
  }

  aliasResource({ functionName, name }: AliasResource): ModelResource | undefined {
    const arn = this.arnOf(functionName, name);
    return this.model.resources.find(
      ({ type, physicalId }) => type === "AWS::Lambda::Alias" && physicalId === arn,
    );
  }

  aliasRevision(name: string, qualifier: string | undefined, resource: ModelResource): string {
    return revision(resource.properties, resource.updatedMs, this.#permissions(name, qualifier));
  }

  #latest(resource: ModelResource, { configuration, code, properties }: FunctionResource): FunctionView {
    const { name, arn } = configuration;
    const archived = this.#codeOf(name, undefined, code);
    const modifiedMs = resource.updatedMs ?? this.options.fileTimeMs();
    const numbers = this.model.versions.filter(({ functionName }) => functionName === name).length;
    return {
      name,
      arn,
      version: "$LATEST",
      resource,
      versionResource: undefined,
      configuration,
      properties,
      description: textOf(properties["Description"]),
      code: archived,
      modifiedMs,
      revisionId: revision(properties, modifiedMs, archived, numbers, this.#permissions(name, undefined)),
    };
  }

  #version(resource: ModelResource, latest: FunctionResource, number: string): FunctionView | undefined {
    const { name, arn } = latest.configuration;
    const version = this.model.versions.find((each) => each.functionName === name && each.number === number);
    if (version === undefined) return undefined;
    const versionResource = this.model.resources.find(
      ({ type, physicalId }) => type === "AWS::Lambda::Version" && physicalId === qualifiedArn(arn, number),
    );
    // What is run from a file keeps the versions that it publishes itself.
    const published = version.published ?? this.options.find(name, number);
    const isWhole = published !== undefined && "configuration" in published;
    const configuration = isWhole ? published.configuration : (published ?? latest.configuration);
    const { properties = latest.properties } = isWhole ? published : latest;
    const code = this.#codeOf(name, number, isWhole ? published.code : latest.code);
    const modifiedMs = versionResource?.createdMs ?? versionResource?.updatedMs ?? this.options.fileTimeMs();
    return {
      name,
      arn,
      version: number,
      resource,
      versionResource,
      configuration,
      properties,
      description: textOf(versionResource?.properties["Description"] ?? properties["Description"]),
      code,
      modifiedMs,
      revisionId: revision(properties, modifiedMs, code, this.#permissions(name, number)),
    };
  }

  #codeOf(name: string, qualifier: string | undefined, code: FunctionResource["code"]): ArchivedCode {
    if (code.kind === "package") return code;
    const folder = this.options.find(name, qualifier)?.codeFolder ?? "";
    return { kind: "folder", folder, generation: String(this.options.fileTimeMs()) };
  }

  #permissions(name: string, qualifier: string | undefined): unknown {
    return this.model.permissions.filter(
      (each) => each.functionName === name && each.qualifier === qualifier,
    );
  }
}

/** The function that a resource belongs to, by its name. */
export function functionOf({ properties }: ModelResource): string | undefined {
  const reference = properties["FunctionName"] ?? properties["TargetFunctionArn"];
  return typeof reference === "string" ? splitFunctionReference(reference).name : undefined;
}

/** The version or alias that a resource belongs to. */
export function qualifierOf({ properties }: ModelResource): string | undefined {
  const { Qualifier: qualifier } = properties;
  if (typeof qualifier === "string") return qualifier;
  const reference = properties["FunctionName"] ?? properties["TargetFunctionArn"];
  return typeof reference === "string" ? splitFunctionReference(reference).qualifier : undefined;
}

/** A part of a property that is a map. */
export function mapOf(value: Value | undefined): ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** A property that is a text, or none. */
export function textOf(value: Value | undefined): string {
  return value === undefined || value === null ? "" : String(value);
}

/** An id of the form of a UUID that is the same for the same things. */
function revision(...parts: readonly unknown[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}

/** The next revision while a change is still being made: nobody can hold a request to it. */
export function pendingRevision(revisionId: string): string {
  return revision("pending", revisionId);
}

/** A page of a list, and where the next begins. */
export function pageOf<T>(
  items: readonly T[],
  { Marker, MaxItems }: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
): { readonly page: readonly T[]; readonly next: { NextMarker?: string } } {
  const begin = Marker === undefined ? 0 : Number(Buffer.from(Marker, "base64url").toString()) || 0;
  const end = begin + Math.min(MaxItems ?? mostItems, mostItems);
  const next = end < items.length ? { NextMarker: Buffer.from(String(end)).toString("base64url") } : {};
  return { page: items.slice(begin, end), next };
}

/** Lists have no more at once, whatever is asked for. */
const mostItems = 50;
