import {
  isEqual,
  isResolved,
  type ResourceLookup,
  type ResourceNode,
  resolve,
  type ValueMap,
} from "../../cloudformation/index.ts";
import { missingRight } from "../missing-rights.ts";
import { type ResourceContent, ResourceError } from "../resource-type.ts";
import { resourceTypes } from "../resource-types.ts";
import type { StackModel } from "../stack-model.ts";
import { transitionOf } from "./change-plan.ts";
import { layerPackages } from "./deployed-functions.ts";
import { DeploymentFailure, failureReason } from "./resource-failure.ts";
import { addResource } from "./resource-model.ts";
import { deployedResource, type StackEngine } from "./stack-engine.ts";
import { stackOutputs } from "./stack-outputs.ts";
import type { ResourceRow, StackOutput, StackTag } from "./stack-record.ts";
import { stackTagMap, taggedProperties } from "./stack-tags.ts";
import type { StackTemplate } from "./stack-template.ts";

/** What is to be deployed. */
export interface DeploymentOrder {
  readonly stackId: string;
  /** Under which its resources are kept. */
  readonly deployment: string;
  readonly template: StackTemplate;
  /** Of the stack: its resources have them too. */
  readonly tags: readonly StackTag[];
  readonly clientToken: string | undefined;
  /** Makes the deployment what the stack has. */
  readonly commit: (outputs: readonly StackOutput[]) => void;
  /** Asked before each resource. */
  readonly isCancelled: () => boolean;
}

/** What gives rights to roles after they are made. */
const rolePolicyTypes: ReadonlySet<string> = new Set([
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::Policy",
  "AWS::IAM::RolePolicy",
]);

const origins = { create: "created", update: "updated", replace: "replaced", keep: "kept" } as const;

/**
 * Makes the resources of a template, dependencies first, as a deployment of their own: those that the stack has stay as
 * they are. Nothing of it is served before it is committed.
 * @returns why it could not be made; nothing if it was.
 */
export async function deployStack(
  engine: StackEngine,
  order: DeploymentOrder,
): Promise<DeploymentFailure | undefined> {
  return new StackDeployment(engine, order).run();
}

class StackDeployment {
  readonly #engine: StackEngine;
  readonly #order: DeploymentOrder;
  readonly #model: StackModel;
  readonly #before: ReadonlyMap<string, ResourceRow>;
  readonly #stackTags: Readonly<Record<string, string>>;
  readonly #made = new Map<string, ResourceRow>();
  /** Functions and configurations of theirs whose roles have not got all their policies when they are made. */
  readonly #unjudged = new Set<string>();
  readonly #lookup: ResourceLookup = {
    ref: (logicalId) => this.#made.get(logicalId)?.physicalId,
    getAtt: (logicalId, attribute) => this.#made.get(logicalId)?.attributes[attribute],
  };

  constructor(engine: StackEngine, order: DeploymentOrder) {
    this.#engine = engine;
    this.#order = order;
    this.#stackTags = stackTagMap(order.tags);
    this.#model = engine.model(order.stackId).model;
    this.#before = new Map(engine.rows(engine.stack(order.stackId)).map((row) => [row.logicalId, row]));
  }

  async run(): Promise<DeploymentFailure | undefined> {
    const { template, stackId } = this.#order;
    const { graph } = template.compiled;
    try {
      for (const logicalId of graph.creationOrder) {
        const node = graph.nodes.get(logicalId);
        if (this.#order.isCancelled()) throw new DeploymentFailure("User Initiated", "update");
        if (node !== undefined) await this.#make(node);
      }
      const outputs = stackOutputs(this.#engine, stackId, template, this.#lookup);
      // In one go, so that nobody comes in between.
      this.#checkTogether();
      this.#order.commit(outputs);
      return undefined;
    } catch (error) {
      return error instanceof DeploymentFailure
        ? error
        : new DeploymentFailure(failureReason(error, this.#engine.options.report), "update");
    }
  }

  async #make(node: ResourceNode): Promise<void> {
    const { logicalId } = node;
    const before = this.#before.get(logicalId);
    const verb = before === undefined ? "create" : "update";
    let row: ResourceRow = this.#draftOf(node, before);
    const note = (status: string, reason?: string): void => {
      const { stackId, clientToken } = this.#order;
      this.#engine.note(stackId, row, { status: `${verb.toUpperCase()}_${status}`, reason, clientToken });
    };
    try {
      const properties = this.#properties(node);
      const transition = transitionOf(before, {
        properties,
        metadata: node.metadata,
        stackTags: this.#stackTags,
      });
      const assigned =
        transition === "update" || transition === "keep" ? structuredClone(before?.assigned) : {};
      row = { ...row, properties, assigned: assigned ?? {}, origin: origins[transition] };
      if (transition === "keep" && before !== undefined) {
        const { content, drift, status, statusReason, updatedMs } = before;
        row = this.#add({ ...row, content, drift, status, statusReason, updatedMs }).row;
        this.#engine.store.putResource(row);
        this.#made.set(logicalId, row);
        return;
      }
      if (transition === "update" && before !== undefined) {
        row = { ...row, physicalId: before.physicalId, drift: remainingDrift(before, row) };
      }
      note("IN_PROGRESS", transition === "replace" ? replacing : undefined);
      const added = this.#add({ ...row, content: await this.#content(row, before) });
      row = added.row;
      checkName(row, before);
      this.#checkRights(row);
      if (transition !== "update") note("IN_PROGRESS", "Resource creation Initiated");
      const old = transition === "update" && before !== undefined ? deployedResource(before) : undefined;
      await this.#engine.provider(row.type)?.put(deployedResource(row), old);
      await this.#layOut(row);
      note("COMPLETE", added.warnings);
      this.#made.set(logicalId, row);
    } catch (error) {
      const reason = failureReason(error, this.#engine.options.report);
      note("FAILED", reason);
      throw new DeploymentFailure(reason, verb, logicalId, error);
    }
  }

  #draftOf(node: ResourceNode, before: ResourceRow | undefined): ResourceRow {
    const { logicalId, type, metadata, origin, attributes } = node;
    const text = (name: string) => (typeof attributes[name] === "string" ? attributes[name] : undefined);
    return {
      deployment: this.#order.deployment,
      logicalId,
      position: this.#order.template.compiled.graph.creationOrder.indexOf(logicalId),
      stackName: this.#engine.stack(this.#order.stackId).name,
      stackId: this.#order.stackId,
      stackTags: this.#stackTags,
      type,
      physicalId: before?.physicalId ?? "",
      properties: before?.properties ?? {},
      attributes: {},
      metadata,
      assigned: {},
      dependencies: [...node.dependencies],
      templateId: origin,
      deletionPolicy: text("DeletionPolicy"),
      updateReplacePolicy: text("UpdateReplacePolicy"),
      origin: before === undefined ? "created" : "updated",
      status: "",
      updatedMs: 0,
    };
  }

  /** @throws {ResourceError} if one of them can't be known. */
  #properties(node: ResourceNode): ValueMap {
    const { stack } = this.#order.template.compiled;
    const path = ["Resources", node.logicalId, "Properties"];
    const properties = resolve(node.properties, stack.scope, this.#lookup, path) as ValueMap | undefined;
    const unknown = Object.entries(properties ?? {}).find(([, value]) => !isResolved(value));
    if (unknown === undefined) return properties ?? {};
    throw new ResourceError(
      `${unknown[0]} has something that this platform does not know: ${JSON.stringify(unknown[1])}`,
    );
  }

  /** Makes a resource a part of the draft, and knows what references to it give and what of it has no effect here. */
  #add(row: ResourceRow): { readonly row: ResourceRow; readonly warnings: string | undefined } {
    const { ref, attributes, warnings = [] } = addResource(this.#model, row, this.#engine.options);
    const text = warnings.map(({ message }) => message).join(" ");
    return { row: { ...row, physicalId: ref, attributes }, warnings: text === "" ? undefined : text };
  }

  async #content(row: ResourceRow, before: ResourceRow | undefined): Promise<ResourceContent | undefined> {
    const content = resourceTypes[row.type]?.content;
    if (content === undefined) return undefined;
    const { property } = content;
    const isSame = before !== undefined && isEqual(before.properties[property], row.properties[property]);
    return isSame ? before.content : content.fetch(row.properties, this.#engine.options);
  }

  async #layOut(row: ResourceRow): Promise<void> {
    if (row.type !== "AWS::Lambda::Function") return;
    const resource = this.#model.functions.get(row.physicalId);
    if (resource === undefined) return;
    await this.#engine.options.packages.layOut(layerPackages(resource, this.#model));
  }

  /**
   * Holds a function's VPC, dead-letter queue and destinations to a role that has the rights they take. CloudFormation makes
   * policies that the function doesn't wait for beside it, and tries again until they are there: while some are to come, the
   * role is judged at the end.
   * @throws {ResourceError} with Lambda's answer.
   */
  #checkRights(row: ResourceRow): void {
    const refusal = missingRight(row, this.#model, this.#engine.options);
    if (refusal === undefined) return;
    const { graph } = this.#order.template.compiled;
    const isToCome = [...graph.nodes.values()].some(
      (node) => rolePolicyTypes.has(node.type) && !this.#made.has(node.logicalId),
    );
    if (!isToCome) throw new ResourceError(refusal.message);
    this.#unjudged.add(row.logicalId);
  }

  /** Another stack may have taken a name since the draft was begun, and roles have all their policies now. */
  #checkTogether(): void {
    const { stackId } = this.#order;
    const rows = [...this.#made.values()];
    const own = this.#engine.model(stackId, rows).problems.find(({ row }) => rows.includes(row));
    if (own !== undefined) this.#failMade(own.row, own.error);
    for (const row of rows) {
      if (!this.#unjudged.has(row.logicalId)) continue;
      const refusal = missingRight(row, this.#model, this.#engine.options);
      if (refusal !== undefined) this.#failMade(row, new ResourceError(refusal.message));
    }
  }

  #failMade(row: ResourceRow, error: unknown): never {
    const verb = this.#before.has(row.logicalId) ? "update" : "create";
    const reason = failureReason(error, this.#engine.options.report);
    this.#engine.note(this.#order.stackId, row, { status: `${verb.toUpperCase()}_FAILED`, reason });
    throw new DeploymentFailure(reason, verb, row.logicalId);
  }
}

/** What the template has changed is as the template has it; what it left alone stays as it was changed since. */
function remainingDrift(before: ResourceRow, row: ResourceRow): ValueMap | undefined {
  const { stackId } = row;
  const [old, next] = [taggedProperties({ ...before, stackId }), taggedProperties(row)];
  const left = Object.entries(before.drift ?? {}).filter(([name]) => isEqual(old[name], next[name]));
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

const replacing = "Requested update requires the creation of a new physical resource; hence creating one.";

/** @throws {ResourceError} if a resource and what replaces it would have the same name. */
function checkName(row: ResourceRow, before: ResourceRow | undefined): void {
  const property = resourceTypes[row.type]?.nameProperty;
  if (row.origin !== "replaced" || property === undefined || row.properties[property] === undefined) return;
  if (before?.physicalId !== row.physicalId) return;
  throw new ResourceError(
    `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${row.physicalId} and update the stack again.`,
  );
}
