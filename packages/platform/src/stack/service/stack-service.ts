import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { newOwner, retireOwner } from "../../state/process-owner.ts";
import { ChangeSets } from "./change-sets.ts";
import { layerPackages } from "./deployed-functions.ts";
import { StackEngine, type StackEngineOptions } from "./stack-engine.ts";
import { alreadyExists, cannotBeUpdated, insufficientCapabilities, validationError } from "./stack-errors.ts";
import { findStack, requireStack } from "./stack-lookup.ts";
import {
  createResources,
  deleteResources,
  type OnFailure,
  rollBackCreation,
  rollBackUpdate,
  updateResources,
} from "./stack-operations.ts";
import { importersOf } from "./stack-outputs.ts";
import type { StackRecord, StackSettings } from "./stack-record.ts";
import { recoverStacks } from "./stack-recovery.ts";
import { isChange, type ReadRequest, readRequest, type StackRequest } from "./stack-request.ts";
import type { StackTemplate } from "./stack-template.ts";

/** Statuses from which a stack can be updated. */
const updatable: ReadonlySet<string> = new Set([
  "CREATE_COMPLETE",
  "CREATE_FAILED",
  "UPDATE_COMPLETE",
  "UPDATE_FAILED",
  "UPDATE_ROLLBACK_COMPLETE",
]);

/** The operation under way of a stack. */
interface RunningOperation {
  readonly done: Promise<void>;
  isCancelled: boolean;
}

/**
 * Stacks: creates, updates and deletes them, one operation of each at a time, while whoever asked for it has its answer
 * already. What is told of an operation is in the state, and so is what is to be undone should the platform end.
 */
export class StackService {
  readonly engine: StackEngine;
  readonly changeSets: ChangeSets;
  readonly #running = new Map<string, RunningOperation>();
  readonly #owner = newOwner();

  constructor(options: StackEngineOptions) {
    this.engine = new StackEngine(options);
    this.changeSets = new ChangeSets(this);
  }

  /** Brings what was left under way to its end, and lets what stacks have take over. @returns names of the former. */
  async start(): Promise<string[]> {
    const recovered = await recoverStacks(this.engine, this.#owner);
    await this.#sweep();
    this.engine.refresh();
    return recovered;
  }

  /** Ends when no operation is under way any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    retireOwner(this.#owner);
  }

  /** Resolves when no operation of the stack is under way, or the time is over, whichever is first. */
  async settled(stackId: string, timeMs: number, signal: AbortSignal): Promise<void> {
    const running = this.#running.get(stackId);
    if (running === undefined) return;
    const over = new AbortController();
    const timeout = wait(timeMs, undefined, { signal: AbortSignal.any([signal, over.signal]), ref: false });
    await Promise.race([running.done, timeout.catch(() => {})]);
    over.abort();
  }

  /** A stack that has nothing yet, for a change set or a creation. */
  review(name: string, status = "REVIEW_IN_PROGRESS"): StackRecord {
    const { region, accountId, nowMs } = this.engine.options;
    const id = `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${randomUUID()}`;
    const stack: StackRecord = {
      id,
      name,
      status,
      createdMs: nowMs(),
      isProtected: false,
      outputs: [],
      imports: [],
      template: "",
      processed: "",
      parameters: [],
      tags: [],
      capabilities: [],
      notificationArns: [],
      disableRollback: false,
    };
    return stack;
  }

  /**
   * Begins to create a stack.
   * @returns its ARN.
   * @throws {AwsServiceError} `AlreadyExistsException`, `ValidationError` or `InsufficientCapabilitiesException`.
   */
  create(
    name: string,
    request: StackRequest,
    options: {
      readonly onFailure?: OnFailure;
      readonly isProtected?: boolean;
      readonly clientToken?: string;
    },
  ): string {
    const found = findStack(this.engine, name);
    if (found !== undefined && found.status !== "REVIEW_IN_PROGRESS")
      throw alreadyExists(`Stack [${name}] already exists`);
    if (request.template === undefined)
      throw validationError("Either Template URL or Template Body must be specified.");
    const stack = { ...(found ?? this.review(name)), isProtected: options.isProtected ?? false };
    const { settings, template } = this.#read(stack, request);
    const { store } = this.engine;
    store.putStack(stack);
    for (const changeSet of store.changeSets(stack.id))
      store.putChangeSet({ ...changeSet, executionStatus: "OBSOLETE" });
    this.beginCreation(stack.id, settings, template, options.onFailure ?? "ROLLBACK", options.clientToken);
    return stack.id;
  }

  /**
   * Begins to update a stack.
   * @returns its ARN.
   * @throws {AwsServiceError} `ValidationError` or `InsufficientCapabilitiesException`.
   */
  update(nameOrId: string, request: StackRequest, clientToken?: string): string {
    const stack = this.requireUpdatable(requireStack(this.engine, nameOrId, "in brackets"));
    const read = this.#read(stack, request);
    if (!isChange(read, stack, this.engine.rows(stack)))
      throw validationError("No updates are to be performed.");
    this.beginUpdate(stack.id, read.settings, read.template, clientToken);
    return stack.id;
  }

  /**
   * Begins to delete a stack; nothing happens where there is none.
   * @param retained - logical ids of resources that stay, for a stack that could not be deleted.
   * @throws {AwsServiceError} `ValidationError` if it is protected, exports what is in use, or is being worked on.
   */
  delete(nameOrId: string, retained: readonly string[], clientToken?: string): void {
    const { engine } = this;
    const stack = findStack(engine, nameOrId);
    if (stack === undefined || stack.status === "DELETE_COMPLETE" || stack.status === "DELETE_IN_PROGRESS")
      return;
    const { id, name, status } = stack;
    if (stack.isProtected) {
      throw validationError(`Stack [${name}] cannot be deleted while TerminationProtection is enabled`);
    }
    if (retained.length > 0 && status !== "DELETE_FAILED") {
      throw validationError(
        `Invalid operation on stack [${id}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`,
      );
    }
    if (this.#running.has(id))
      throw validationError(`Stack [${id}] cannot be deleted while in status ${status}`);
    for (const { exportName } of stack.outputs) {
      const [importer] = exportName === undefined ? [] : importersOf(engine, exportName);
      if (importer === undefined) continue;
      throw validationError(`Export ${exportName} cannot be deleted as it is in use by ${importer}`);
    }
    const statusReason = "User Initiated";
    engine.change(id, { status: "DELETE_IN_PROGRESS", statusReason, owner: this.#owner }, clientToken);
    this.#run(id, () => deleteResources(engine, id, retained, clientToken));
  }

  /** Begins to roll back a stack that was left as its failure left it. @throws {AwsServiceError} `ValidationError`. */
  rollBack(nameOrId: string): string {
    const { id, status } = requireStack(this.engine, nameOrId);
    if (status !== "CREATE_FAILED" && status !== "UPDATE_FAILED")
      throw validationError(`Stack [${id}] is in ${status} state and can not be rolled back.`);
    this.engine.store.putStack({ ...this.engine.stack(id), owner: this.#owner });
    const rollBack = status === "CREATE_FAILED" ? rollBackCreation : rollBackUpdate;
    this.#run(id, () => rollBack(this.engine, id, "User Initiated"));
    return id;
  }

  /** Lets an update under way be rolled back. @throws {AwsServiceError} `ValidationError`. */
  cancelUpdate(nameOrId: string): void {
    const { id, status } = requireStack(this.engine, nameOrId);
    const running = this.#running.get(id);
    if (status !== "UPDATE_IN_PROGRESS" || running === undefined) {
      throw validationError(`CancelUpdateStack cannot be called from current stack status`);
    }
    running.isCancelled = true;
  }

  /** @throws {AwsServiceError} `ValidationError` if the stack can't be updated now. */
  requireUpdatable(stack: StackRecord): StackRecord {
    if (this.#running.has(stack.id) || !updatable.has(stack.status)) throw cannotBeUpdated(stack);
    return stack;
  }

  /** Begins to create what a stack has; nothing of it may be there. */
  beginCreation(
    stackId: string,
    settings: StackSettings,
    template: StackTemplate,
    onFailure: OnFailure,
    clientToken?: string,
  ): void {
    const deployment = randomUUID();
    const isFirst =
      this.engine.stack(stackId).changeSetId === undefined && settings.changeSetId === undefined;
    this.engine.change(
      stackId,
      {
        ...settings,
        ...(isFirst ? {} : { updatedMs: this.engine.options.nowMs() }),
        status: "CREATE_IN_PROGRESS",
        statusReason: "User Initiated",
        pending: deployment,
        owner: this.#owner,
      },
      clientToken,
    );
    const { tags } = settings;
    const after = settings.disableRollback ? "DO_NOTHING" : onFailure;
    this.#run(stackId, (isCancelled) =>
      createResources(this.engine, { stackId, deployment, template, tags, clientToken, isCancelled }, after),
    );
  }

  /** Begins to change what a stack has. */
  beginUpdate(stackId: string, settings: StackSettings, template: StackTemplate, clientToken?: string): void {
    const deployment = randomUUID();
    this.engine.change(
      stackId,
      {
        status: "UPDATE_IN_PROGRESS",
        statusReason: "User Initiated",
        updatedMs: this.engine.options.nowMs(),
        pending: deployment,
        owner: this.#owner,
      },
      clientToken,
    );
    this.#run(stackId, (isCancelled) => {
      const order = { stackId, deployment, template, tags: settings.tags, clientToken, isCancelled };
      return updateResources(this.engine, order, settings);
    });
  }

  /** Removes packages that no resource has any more. */
  async #sweep(): Promise<void> {
    const { store, options } = this.engine;
    const { model } = this.engine.model();
    const published = model.versions.flatMap((version) => version.published ?? []);
    const layouts = [...model.functions.values(), ...published].map((each) => layerPackages(each, model));
    const rows = store.allResources().filter(({ status }) => status !== "DELETE_COMPLETE");
    const kept = rows.map(({ content, assigned }) => [content, assigned["published"]]);
    const ids = JSON.stringify(kept).match(/(?<="id":")[0-9a-f]{64}/g) ?? [];
    await options.packages.sweep(new Set(ids), layouts);
  }

  /** @throws {AwsServiceError} `ValidationError` or `InsufficientCapabilitiesException` if no stack can be made of it. */
  #read(stack: StackRecord, request: StackRequest): ReadRequest & { readonly template: StackTemplate } {
    const read = readRequest(this.engine, stack, request);
    const { template, problem } = read;
    if (template === undefined || problem !== undefined) throw validationError(problem ?? "");
    // In a change set, transforms show what they do before it is done.
    if (template.transforms.length > 0 && !request.capabilities.includes("CAPABILITY_AUTO_EXPAND")) {
      throw insufficientCapabilities("CAPABILITY_AUTO_EXPAND");
    }
    return { ...read, template };
  }

  #run(stackId: string, work: (isCancelled: () => boolean) => Promise<void>): void {
    const running: RunningOperation = {
      isCancelled: false,
      // After the answer that it has begun.
      done: new Promise<void>((resolve) => setImmediate(resolve))
        .then(() => work(() => running.isCancelled))
        .catch((error: unknown) => this.engine.options.report(error))
        .finally(() => {
          this.#running.delete(stackId);
          this.engine.options.onSettled?.(this.engine.stack(stackId));
        }),
    };
    this.#running.set(stackId, running);
  }
}
