import {
  type CompiledTemplate,
  type Diagnostic,
  IntrinsicError,
  isResolved,
  type ResourceLookup,
  type ResourceNode,
  resolve,
  type StackScope,
  type Value,
  type ValueMap,
} from "../cloudformation/index.ts";
import type { VersionDraft } from "../lambda/published-versions.ts";
import { findBypassingStages } from "./bypassing-stages.ts";
import type { DefinitionFiles } from "./definition-files.ts";
import { findMissingLogRole } from "./missing-log-role.ts";
import { missingRight } from "./missing-rights.ts";
import { findOpenMethods } from "./open-methods.ts";
import { findReservedPaths } from "./reserved-paths.ts";
import type { CreatedResource, CreateResource } from "./resource-type.ts";
import { NotServedError, ResourceError } from "./resource-type.ts";
import { adviceOn, resourceTypes, servedTypes } from "./resource-types.ts";
import { findWithoutEffect } from "./resources/without-effect.ts";
import { emptyModel, type StackModel } from "./stack-model.ts";
import { findUnmatchedSettings } from "./unmatched-settings.ts";

/** What identifies a stack, and keeps its ids. */
export interface StackCreation {
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  readonly idOf: (kind: string, name: string, length: number) => string;
  /** The URL of a queue, as clients use it. */
  readonly queueUrl: (queueName: string) => string;
  /** Versions of functions; what the template asks for is added. */
  readonly versions: VersionDraft;
  /** Definitions of APIs that are files beside the template. */
  readonly definitions: Pick<DefinitionFiles, "bodyOf">;
}

/** Of REST and HTTP APIs. */
const apiTypes = "AWS::ApiGateway";

/**
 * Makes the resources of a template, dependencies first. A resource that can't be made, or whose type isn't served, is
 * a diagnostic, and so is each that depends on one that isn't served and is left out for that.
 *
 * Where there are errors, the template's own among them, the model is good for finding more: it has everything that does
 * not depend on them, and of the functions that do, what is known.
 */
export function createStack(
  { graph, stack, source }: CompiledTemplate,
  creation: StackCreation,
): { readonly model: StackModel; readonly diagnostics: readonly Diagnostic[] } {
  const model = emptyModel();
  const created = new Map<string, CreatedResource>();
  const diagnostics: Diagnostic[] = [];
  /** APIs that are left out, and their parts. */
  const apiParts = new Set<string>();
  const lookup = {
    ref: (logicalId: string): Value | undefined => created.get(logicalId)?.ref,
    getAtt: (logicalId: string, attribute: string): Value | undefined =>
      created.get(logicalId)?.attributes[attribute],
  };
  /** What can't be made since there is a mistake in it, or in what it needs. */
  const failed = new Set<string>();
  const make = (node: ResourceNode, create: CreateResource, isWhole: boolean): void => {
    const { logicalId } = node;
    const path = ["Resources", logicalId, "Properties"];
    const resolved = resolve(node.properties, stack.scope, lookup, path, isWhole ? undefined : () => {});
    const known = (resolved ?? {}) as ValueMap;
    const properties = isWhole ? known : resolvedProperties(known);
    const body = creation.definitions.bodyOf(node.origin, properties);
    const context = {
      node,
      ...(body === undefined ? {} : { content: { body } }),
      metadata: metadataOf(source.template, node.origin),
      properties,
      ...creation,
      id: (kind: string, length: number) => creation.idOf(kind, `${creation.stackName}/${logicalId}`, length),
      nameFor: (local: string) => local,
      keep: <T extends Value>(_name: string, made: () => T) => made(),
      nextNumber: () => 1,
      model,
    };
    const resource = create(context);
    if (isWhole) {
      created.set(logicalId, resource);
      const { ref: physicalId, attributes } = resource;
      const { type } = node;
      model.resources.push({ type, logicalId, physicalId, properties, attributes, deployment: undefined });
    }
    for (const { properties: names, message } of resource.warnings ?? []) {
      const places = names.map((name) => ["Resources", node.origin, "Properties", name]);
      const position = source.positions.keyOfFirst(places);
      const told = { severity: "warning", code: "no-effect", message, logicalId: node.origin } as const;
      diagnostics.push({ ...told, ...position });
    }
    for (const { property, ...finding } of findWithoutEffect(context)) {
      const position = source.positions.key(["Resources", node.origin, "Properties", property]);
      diagnostics.push({ ...finding, code: "no-effect", logicalId: node.origin, ...position });
    }
  };
  const inCycles = [...graph.nodes.keys()].filter((id) => !graph.creationOrder.includes(id));
  for (const logicalId of [...graph.creationOrder, ...inCycles]) {
    const node = graph.nodes.get(logicalId);
    if (node === undefined) continue;
    const create = resourceTypes[node.type]?.create;
    const isFailed = node.isFaulty || [...node.dependencies].some((id) => failed.has(id));
    if (isFailed) failed.add(logicalId);
    const missing = isFailed ? undefined : [...node.dependencies].find((id) => !created.has(id));
    if (missing !== undefined) {
      // Telling of the API is enough.
      if (node.type.startsWith(apiTypes) && apiParts.has(missing)) {
        apiParts.add(logicalId);
        continue;
      }
      diagnostics.push(leftOut(node, `${logicalId} needs ${missing}, which is not there; it is left out.`));
      continue;
    }
    if (create === undefined) {
      // The transform leaves none of these, unless it told why.
      const isTold = node.type === "" || node.type.startsWith("AWS::Serverless::");
      if (!isTold) diagnostics.push(leftOut(node, unsupported(node.type)));
      continue;
    }
    if (isFailed && !canBeLookedAt(node, stack.scope, lookup)) continue;
    try {
      make(node, create, !isFailed);
    } catch (error) {
      if (error instanceof NotServedError) {
        if (node.type.startsWith(apiTypes)) apiParts.add(logicalId);
        diagnostics.push(leftOut(node, `${error.message} ${logicalId} is left out.`));
        continue;
      }
      if (!(error instanceof ResourceError) && !(error instanceof IntrinsicError)) throw error;
      failed.add(logicalId);
      const position = source.positions.keyOfFirst(placesOf(error, node));
      const told = { severity: "error", code: "resource", message: error.message } as const;
      diagnostics.push({ ...told, logicalId: node.origin, ...position });
    }
  }
  // Rights may be in what is missing.
  if (failed.size > 0) return { model, diagnostics };
  for (const resource of model.resources) {
    const refusal = missingRight(resource, model, creation);
    if (refusal === undefined) continue;
    const { origin: logicalId = resource.logicalId } = graph.nodes.get(resource.logicalId) ?? {};
    const message = `${refusal.message}. AWS refuses the deployment. ${refusal.cure}`;
    const position = source.positions.key(["Resources", logicalId]);
    diagnostics.push({ severity: "error", code: "missing-right", message, logicalId, ...position });
  }
  for (const { logicalId, ...open } of findOpenMethods(model)) {
    const position = source.positions.key(["Resources", logicalId]);
    diagnostics.push({ severity: "info", code: "open-api", ...open, logicalId, ...position });
  }
  for (const { logicalId, message } of findReservedPaths(model, graph.nodes.values())) {
    const position = source.positions.key(["Resources", logicalId]);
    diagnostics.push({ severity: "warning", code: "reserved-path", message, logicalId, ...position });
  }
  for (const { logicalId, message } of findBypassingStages(model)) {
    const position = source.positions.key(["Resources", logicalId]);
    diagnostics.push({ severity: "warning", code: "bypassing-stage", message, logicalId, ...position });
  }
  for (const { logicalId, message } of findUnmatchedSettings(model)) {
    const position = source.positions.key(["Resources", logicalId]);
    diagnostics.push({ severity: "warning", code: "no-effect", message, logicalId, ...position });
  }
  for (const { logicalId, message } of findMissingLogRole(model)) {
    const position = source.positions.key(["Resources", logicalId]);
    diagnostics.push({ severity: "info", code: "missing-right", message, logicalId, ...position });
  }
  for (const output of stack.outputs) {
    const value = resolve(output.value, stack.scope, lookup, ["Outputs", output.name]);
    if (typeof value === "string")
      model.outputs.push({ name: output.name, value, description: output.description });
  }
  return { model, diagnostics };
}

/**
 * Whether a function that can't be made can be looked at all the same, for mistakes in it and in its code: what says
 * which code it is must be known.
 */
function canBeLookedAt(node: ResourceNode, scope: StackScope, lookup: ResourceLookup): boolean {
  if (node.type !== "AWS::Lambda::Function") return false;
  const properties = resolve(node.properties, scope, lookup, [], () => {});
  return ["PackageType", "Runtime", "Handler", "Code", "FunctionName"].every((name) =>
    isResolved((properties as ValueMap | undefined)?.[name]),
  );
}

function resolvedProperties(properties: ValueMap): ValueMap {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => isResolved(value)));
}

/** Where a mistake may stand: at the property that the message begins with, its default for all functions, or the resource. */
function placesOf({ message }: Error, { origin }: ResourceNode): (readonly string[])[] {
  const resource = ["Resources", origin];
  const property = /^(\w+) is /.exec(message)?.[1];
  if (property === undefined) return [resource];
  return [[...resource, "Properties", property], ["Globals", "Function", property], resource];
}

/** As the template has it: the SAM transform leaves out that of layers. */
function metadataOf({ Resources }: ValueMap, logicalId: string): ValueMap {
  const resource = (Resources as ValueMap)[logicalId] as ValueMap | undefined;
  return (resource?.["Metadata"] ?? {}) as ValueMap;
}

function unsupported(type: string): string {
  return `${type} is not served by this platform; it is left out. It serves ${servedTypes} and the SAM types that expand to them.${adviceOn([type])}`;
}

function leftOut(node: ResourceNode, message: string): Diagnostic {
  return { severity: "warning", code: "left-out", message, logicalId: node.origin, ...node.position };
}
