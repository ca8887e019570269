import { randomUUID } from "node:crypto";
import { isEqual, type ValueMap } from "../cloudformation/index.ts";
import { NotServedError, type ResourceContent, ResourceError } from "./resource-type.ts";
import { layerPackages } from "./service/deployed-functions.ts";
import { addResource } from "./service/resource-model.ts";
import type { StackEngine } from "./service/stack-engine.ts";
import type { ResourceRow } from "./service/stack-record.ts";
import { actualProperties, taggedProperties } from "./service/stack-tags.ts";
import type { ModelResource, StackModel } from "./stack-model.ts";

/** A resource that the API of its service is asked to make. */
export interface DirectRequest {
  readonly type: string;
  /** As people call it. */
  readonly name: string;
  /** As CloudFormation has them. */
  readonly properties: ValueMap;
  readonly content?: ResourceContent | undefined;
  /** Names and ids that are given to it, where it would make some up. */
  readonly assigned?: ValueMap;
}

/** The template that is run from its file makes this resource: the API of its service can't change it. */
export class FileResourceError extends Error {}

/** The stack of this resource is being worked on. */
export class BusyResourceError extends Error {}

/**
 * Resources that are made, changed and removed by the API of their service, with or without a stack that they belong to.
 * What is changed of a stack's resource is drift: an update of the stack overwrites what its template has changed.
 */
export class DirectResources {
  readonly #engine: () => StackEngine;

  constructor(engine: () => StackEngine) {
    this.#engine = engine;
  }

  /**
   * Makes a resource that belongs to no stack, and lets it take over.
   * @throws {ResourceError} if it can't be made.
   */
  create({ type, name, properties, content, assigned = {} }: DirectRequest): ModelResource {
    const engine = this.#engine();
    const { model } = engine.model();
    const nowMs = engine.options.nowMs();
    const draft: ResourceRow = {
      deployment: "",
      logicalId: `${type}/${randomUUID()}`,
      position: nextPosition(engine),
      stackName: "",
      type,
      physicalId: "",
      properties,
      attributes: {},
      metadata: {},
      content,
      assigned: { ...assigned },
      dependencies: [],
      templateId: name,
      origin: "created",
      status: "CREATE_COMPLETE",
      region: engine.options.region,
      createdMs: nowMs,
      updatedMs: nowMs,
    };
    const { ref, attributes } = addResource(model, draft, engine.options);
    engine.store.putResource({ ...draft, physicalId: ref, attributes });
    engine.options.apply(model);
    return last(model.resources);
  }

  /**
   * Changes properties of a resource, undefined ones being taken away, and lets it take over.
   * @returns the resource as it is now.
   * @throws {ResourceError} if it can't be so; then it stays as it was.
   * @throws {FileResourceError} if the file that the platform runs makes it.
   * @throws {BusyResourceError} if its stack is being worked on.
   */
  change(resource: ModelResource, changes: Changes, content = resource.content): ModelResource {
    const engine = this.#engine();
    const row = this.#row(resource);
    const nowMs = engine.options.nowMs();
    // Something that has changed has another time, also in the same millisecond.
    const updatedMs = Math.max(nowMs, row.updatedMs + 1);
    const next = {
      ...(row.deployment === "" ? direct(row, changes) : drifted(row, changes)),
      content,
      updatedMs,
    };
    // What can't be made is told of this resource, and of others that could be made before.
    const before = new Set(engine.model().problems.map((each) => each.row.logicalId));
    let model: StackModel | undefined;
    engine.store.transaction(() => {
      engine.store.putResource(next);
      const after = engine.model();
      const problem = after.problems.find((each) => !before.has(each.row.logicalId));
      if (problem !== undefined) throw problem.error;
      model = after.model;
    });
    if (model !== undefined) engine.options.apply(model);
    return this.#find(model, resource);
  }

  /**
   * Removes resources, of stacks too.
   * @throws {FileResourceError} if the file that the platform runs makes one.
   * @throws {BusyResourceError} if the stack of one is being worked on.
   */
  remove(resources: readonly ModelResource[]): void {
    const engine = this.#engine();
    const rows = resources.map((resource) => this.#row(resource));
    engine.store.transaction(() => {
      for (const row of rows) engine.store.deleteResource(row);
    });
    engine.refresh();
  }

  /**
   * Says whether a resource may be changed.
   * @throws {FileResourceError} if the file that the platform runs makes it.
   * @throws {BusyResourceError} if its stack is being worked on.
   */
  check(resource: ModelResource): void {
    this.#row(resource);
  }

  /** Makes layers ready for a function that will have them. */
  async layOut(model: StackModel, layers: readonly string[]): Promise<void> {
    await this.#engine().options.packages.layOut(layerPackages({ layers }, model));
  }

  #row({ deployment, logicalId }: ModelResource): ResourceRow {
    if (deployment === undefined) throw new FileResourceError(logicalId);
    const engine = this.#engine();
    const stack = engine.stacks().find((each) => each.deployment === deployment && deployment !== "");
    if (stack?.pending !== undefined) throw new BusyResourceError(stack.name);
    const row = engine.store.resources(deployment).find((each) => each.logicalId === logicalId);
    if (row === undefined) throw new BusyResourceError(logicalId);
    return row;
  }

  #find(model: StackModel | undefined, { deployment, logicalId }: ModelResource): ModelResource {
    const found = model?.resources.find(
      (each) => each.deployment === deployment && each.logicalId === logicalId,
    );
    if (found === undefined) throw new ResourceError(`${logicalId} is not there any more.`);
    return found;
  }
}

/** Whether making a resource failed for a reason that its service tells. */
export function isRefusal(error: unknown): error is ResourceError | NotServedError {
  return error instanceof ResourceError || error instanceof NotServedError;
}

/** After everything that was made before. */
function nextPosition({ store }: StackEngine): number {
  return Math.max(0, ...store.resources("").map(({ position }) => position)) + 1;
}

type Changes = Readonly<Record<string, ValueMap[string] | undefined>>;

function direct(row: ResourceRow, changes: Changes): ResourceRow {
  const all = Object.entries({ ...row.properties, ...changes });
  return { ...row, properties: Object.fromEntries(all.filter(isDefined)) };
}

/** Changes are kept apart from what the template has, and nothing is where that is the same. */
function drifted(row: ResourceRow, changes: Changes): ResourceRow {
  const before = actualProperties(row);
  const deployed = taggedProperties(row);
  const changed = Object.entries(changes).map(([name, value]) => [name, value ?? null] as const);
  const all = Object.entries({ ...row.drift, ...Object.fromEntries(changed) });
  const drift = Object.fromEntries(
    all.filter(([name, value]) => !isEqual(deployed[name] ?? null, value ?? null)),
  );
  return isEqual(before, actualProperties({ ...row, drift })) ? row : { ...row, drift };
}

function isDefined(entry: [string, ValueMap[string] | undefined]): entry is [string, ValueMap[string]] {
  return entry[1] !== undefined;
}

function last<T>(list: readonly T[]): T {
  return list.at(-1) as T;
}
