import {
  type CompiledTemplate,
  type Diagnostic,
  IntrinsicError,
  type ResourceNode,
  resolve,
  type Value,
  type ValueMap,
} from "../cloudformation/index.ts";
import type { VersionDraft } from "../lambda/published-versions.ts";
import { findMissingRights } from "./missing-rights.ts";
import type { CreatedResource, CreateResource } from "./resource-type.ts";
import { NotServedError, ResourceError } from "./resource-type.ts";
import { createDeployment, createRestApi, createStage } from "./resources/apigateway.ts";
import { createEventInvokeConfig } from "./resources/event-invoke-config.ts";
import { createPolicy, createRole } from "./resources/iam.ts";
import { createFunction, createLayerVersion, createPermission, createUrl } from "./resources/lambda.ts";
import { createAlias, createVersion } from "./resources/lambda-versions.ts";
import { createQueue, createQueuePolicy } from "./resources/sqs.ts";
import { findWithoutEffect } from "./resources/without-effect.ts";
import type { StackModel } from "./stack-model.ts";

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
}

const resourceTypes: Readonly<Record<string, CreateResource>> = {
  "AWS::ApiGateway::Deployment": createDeployment,
  "AWS::ApiGateway::RestApi": createRestApi,
  "AWS::ApiGateway::Stage": createStage,
  "AWS::IAM::Policy": createPolicy,
  "AWS::IAM::Role": createRole,
  "AWS::Lambda::Alias": createAlias,
  "AWS::Lambda::EventInvokeConfig": createEventInvokeConfig,
  "AWS::Lambda::Function": createFunction,
  "AWS::Lambda::LayerVersion": createLayerVersion,
  "AWS::Lambda::Permission": createPermission,
  "AWS::Lambda::Url": createUrl,
  "AWS::Lambda::Version": createVersion,
  "AWS::Logs::LogGroup": ({ node, properties }) => {
    const name = typeof properties["LogGroupName"] === "string" ? properties["LogGroupName"] : node.logicalId;
    return { ref: name, attributes: { Arn: `arn:aws:logs:::log-group:${name}:*` } };
  },
  "AWS::SQS::Queue": createQueue,
  "AWS::SQS::QueuePolicy": createQueuePolicy,
};

const apiTypes = "AWS::ApiGateway::";

/**
 * Makes the resources of a template, dependencies first. A resource that can't be made, or whose type isn't served, is
 * a diagnostic, and so is each that depends on it and is left out for that.
 */
export function createStack(
  { graph, stack, source }: CompiledTemplate,
  creation: StackCreation,
): { readonly model: StackModel; readonly diagnostics: readonly Diagnostic[] } {
  const model: StackModel = {
    functions: new Map(),
    layers: new Map(),
    versions: [],
    aliases: [],
    urls: [],
    permissions: [],
    eventInvokeConfigs: new Map(),
    roles: new Map(),
    apis: new Map(),
    stages: [],
    queues: new Map(),
    outputs: [],
  };
  const created = new Map<string, CreatedResource>();
  const diagnostics: Diagnostic[] = [];
  /** REST APIs that are left out, and their parts. */
  const apiParts = new Set<string>();
  const lookup = {
    ref: (logicalId: string): Value | undefined => created.get(logicalId)?.ref,
    getAtt: (logicalId: string, attribute: string): Value | undefined =>
      created.get(logicalId)?.attributes[attribute],
  };
  for (const logicalId of graph.creationOrder) {
    const node = graph.nodes.get(logicalId);
    if (node === undefined) continue;
    const missing = [...node.dependencies].find((id) => graph.nodes.has(id) && !created.has(id));
    if (missing !== undefined) {
      // Telling of the API is enough.
      if (node.type.startsWith(apiTypes) && apiParts.has(missing)) {
        apiParts.add(logicalId);
        continue;
      }
      diagnostics.push(leftOut(node, `${logicalId} needs ${missing}, which is not there; it is left out.`));
      continue;
    }
    try {
      const create = resourceTypes[node.type];
      if (create === undefined) {
        diagnostics.push(leftOut(node, unsupported(node.type)));
        continue;
      }
      const properties = resolve(node.properties, stack.scope, lookup, [
        "Resources",
        logicalId,
        "Properties",
      ]);
      const id = (kind: string, length: number) =>
        creation.idOf(kind, `${creation.stackName}/${logicalId}`, length);
      const context = {
        node,
        metadata: metadataOf(source.template, node.origin),
        properties: (properties ?? {}) as ValueMap,
        ...creation,
        id,
        model,
      };
      const resource = create(context);
      created.set(logicalId, resource);
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
    } catch (error) {
      if (error instanceof NotServedError) {
        if (node.type.startsWith(apiTypes)) apiParts.add(logicalId);
        diagnostics.push(leftOut(node, `${error.message} ${logicalId} is left out.`));
        continue;
      }
      if (!(error instanceof ResourceError) && !(error instanceof IntrinsicError)) throw error;
      diagnostics.push({
        severity: "error",
        code: "resource",
        message: error.message,
        logicalId: node.origin,
        ...node.position,
      });
    }
  }
  for (const { logicalId, message } of findMissingRights(model, creation.accountId)) {
    const position = source.positions.key(["Resources", logicalId]);
    diagnostics.push({ severity: "warning", code: "missing-right", message, logicalId, ...position });
  }
  for (const output of stack.outputs) {
    const value = resolve(output.value, stack.scope, lookup, ["Outputs", output.name]);
    if (typeof value === "string")
      model.outputs.push({ name: output.name, value, description: output.description });
  }
  return { model, diagnostics };
}

/** As the template has it: the SAM transform leaves out that of layers. */
function metadataOf({ Resources }: ValueMap, logicalId: string): ValueMap {
  const resource = (Resources as ValueMap)[logicalId] as ValueMap | undefined;
  return (resource?.["Metadata"] ?? {}) as ValueMap;
}

function unsupported(type: string): string {
  const served = Object.keys(resourceTypes).sort().join(", ");
  return `${type} is not served by this platform; it is left out. It serves ${served} and the SAM types that expand to them.`;
}

function leftOut(node: ResourceNode, message: string): Diagnostic {
  return { severity: "warning", code: "left-out", message, logicalId: node.origin, ...node.position };
}
