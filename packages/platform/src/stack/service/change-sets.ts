import { randomUUID } from "node:crypto";
import { AwsServiceError } from "../../service-error.ts";
import { planChanges } from "./change-plan.ts";
import { alreadyExists, cannotBeUpdated, validationError } from "./stack-errors.ts";
import { findStack, requireChangeSet, requireStack } from "./stack-lookup.ts";
import type { OnFailure } from "./stack-operations.ts";
import type { ChangeSetRecord, StackRecord } from "./stack-record.ts";
import { isChange, readRequest, readTemplateFor, type StackRequest } from "./stack-request.ts";
import type { StackService } from "./stack-service.ts";

/** A change set that is to be made. */
export interface ChangeSetRequest extends StackRequest {
  readonly name: string;
  readonly stackNameOrId: string;
  readonly kind: "CREATE" | "UPDATE";
  readonly note?: string | undefined;
  readonly onFailure?: string | undefined;
}

const noChanges =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** What stacks could become: changes that are looked at before they are made. */
export class ChangeSets {
  readonly #service: StackService;

  constructor(service: StackService) {
    this.#service = service;
  }

  /**
   * Makes a change set. One with which nothing can be done is made as well, and says why.
   * @throws {AwsServiceError} `AlreadyExistsException`, `ValidationError` or `InsufficientCapabilitiesException`.
   */
  create(request: ChangeSetRequest): ChangeSetRecord {
    const { engine } = this.#service;
    const { store } = engine;
    const { name, kind } = request;
    const found = this.#stackOf(request);
    const stack = found ?? this.#service.review(request.stackNameOrId);
    if (store.changeSets(stack.id).some((other) => other.name === name)) {
      throw alreadyExists(`ChangeSet [${name}] already exists`);
    }
    if (kind === "UPDATE" && request.onFailure === "DELETE") {
      throw validationError("OnStackFailure can be DELETE only if ChangeSetType is CREATE.");
    }
    if (request.template === undefined && kind === "CREATE") {
      throw validationError("Either Template URL or Template Body must be specified.");
    }
    const read = readRequest(engine, stack, request);
    const { settings, template } = read;
    const rows = engine.rows(stack);
    const isNothing = kind === "UPDATE" && read.problem === undefined && !isChange(read, stack, rows);
    const statusReason = isNothing ? noChanges : read.problem;
    const id = `arn:aws:cloudformation:${engine.options.region}:${engine.options.accountId}:changeSet/${name}/${randomUUID()}`;
    const changeSet: ChangeSetRecord = {
      ...settings,
      id,
      name,
      stackId: stack.id,
      stackName: stack.name,
      kind,
      note: request.note,
      status: statusReason === undefined ? "CREATE_COMPLETE" : "FAILED",
      statusReason,
      executionStatus: statusReason === undefined ? "AVAILABLE" : "UNAVAILABLE",
      createdMs: engine.options.nowMs(),
      changes:
        template === undefined || read.problem !== undefined
          ? []
          : planChanges(template.compiled, rows, settings.tags),
      onFailure: request.onFailure,
    };
    store.transaction(() => {
      if (found === undefined) {
        store.putStack(stack);
        engine.change(stack.id, { status: stack.status, statusReason: "User Initiated" });
      }
      store.putChangeSet(changeSet);
    });
    return changeSet;
  }

  /**
   * Begins to make the changes of a change set. The stack's other change sets go.
   * @throws {AwsServiceError} `InvalidChangeSetStatusException`, `ChangeSetNotFoundException` or `ValidationError`.
   */
  execute(
    nameOrId: string,
    stackNameOrId: string | undefined,
    options: { readonly disableRollback?: boolean | undefined; readonly clientToken?: string | undefined },
  ): void {
    const { engine } = this.#service;
    const { store } = engine;
    const changeSet = requireChangeSet(engine, nameOrId, stackNameOrId);
    const { id, status, executionStatus, stackId, kind } = changeSet;
    if (status !== "CREATE_COMPLETE")
      throw invalidStatus(`ChangeSet [${id}] cannot be executed in its current status of [${status}]`);
    if (executionStatus !== "AVAILABLE") {
      throw invalidStatus(
        `ChangeSet [${id}] cannot be executed in its current execution status of [${executionStatus}]`,
      );
    }
    if (options.disableRollback !== undefined && changeSet.onFailure !== undefined) {
      throw validationError("DisableRollback can not be specified where the change set has OnStackFailure.");
    }
    const stack = requireStack(engine, stackId);
    if (kind === "UPDATE") this.#service.requireUpdatable(stack);
    else if (stack.status !== "REVIEW_IN_PROGRESS") throw cannotBeUpdated(stack);
    const { template: text, notificationArns } = changeSet;
    const values = Object.fromEntries(changeSet.parameters.map(({ key, value }) => [key, value]));
    const template = readTemplateFor(engine, stack, text, values, notificationArns);
    const settings = {
      template: text,
      processed: template.processed,
      description: template.description,
      parameters: template.parameters,
      tags: changeSet.tags,
      capabilities: changeSet.capabilities,
      notificationArns,
      roleArn: changeSet.roleArn,
      disableRollback:
        changeSet.onFailure === undefined
          ? (options.disableRollback ?? changeSet.disableRollback)
          : changeSet.onFailure === "DO_NOTHING",
      changeSetId: id,
    };
    store.transaction(() => {
      for (const other of store.changeSets(stackId)) if (other.id !== id) store.deleteChangeSet(other.id);
      store.putChangeSet({ ...changeSet, executionStatus: "EXECUTE_COMPLETE" });
    });
    if (kind === "UPDATE") {
      this.#service.beginUpdate(stackId, settings, template, options.clientToken);
      return;
    }
    const onFailure = (changeSet.onFailure ?? "ROLLBACK") as OnFailure;
    this.#service.beginCreation(stackId, settings, template, onFailure, options.clientToken);
  }

  /** Forgets a change set; nothing happens where the stack has none of that name. @throws {AwsServiceError} */
  delete(nameOrId: string, stackNameOrId: string | undefined): void {
    const { engine } = this.#service;
    if (!nameOrId.startsWith("arn:")) {
      if (stackNameOrId === undefined) {
        throw validationError("StackName must be specified if ChangeSetName is not specified as an ARN.");
      }
      const { id } = requireStack(engine, stackNameOrId, "in brackets");
      if (!engine.store.changeSets(id).some(({ name }) => name === nameOrId)) return;
    }
    const found = nameOrId.startsWith("arn:")
      ? engine.store.changeSet(nameOrId)
      : requireChangeSet(engine, nameOrId, stackNameOrId);
    if (found !== undefined) engine.store.deleteChangeSet(found.id);
  }

  /** The stack that a change set is for; nothing if it would make a new one. */
  #stackOf({ name, kind, stackNameOrId }: ChangeSetRequest): StackRecord | undefined {
    const stack = findStack(this.#service.engine, stackNameOrId);
    if (kind === "UPDATE") {
      if (stack === undefined) throw validationError(`Stack [${stackNameOrId}] does not exist`);
      return this.#service.requireUpdatable(stack);
    }
    if (stack === undefined || stack.status === "REVIEW_IN_PROGRESS") return stack;
    throw validationError(
      `Stack [${stackNameOrId}] already exists and cannot be created again with the changeSet [${name}].`,
    );
  }
}

function invalidStatus(message: string): AwsServiceError {
  return new AwsServiceError("InvalidChangeSetStatusException", 400, message);
}
