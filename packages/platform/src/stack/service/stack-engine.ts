import { randomUUID } from "node:crypto";
import type { SsmParameterValue } from "../../cloudformation/index.ts";
import type { PackageStore } from "../../lambda/code/package-store.ts";
import { splitFunctionReference } from "../../lambda/function-name.ts";
import type { DeployedResource, ResourceProvider, ResourceServices } from "../resource-type.ts";
import { resourceTypes } from "../resource-types.ts";
import { copyOfModel, type StackModel } from "../stack-model.ts";
import { addRows, type ModelEnvironment, type ModelProblem } from "./resource-model.ts";
import type { ResourceRow, StackRecord } from "./stack-record.ts";
import type { StackStore } from "./stack-store.ts";
import { taggedProperties } from "./stack-tags.ts";

/** What stacks are deployed with. */
export interface StackEngineOptions extends ModelEnvironment, ResourceServices {
  readonly store: StackStore;
  readonly packages: PackageStore;
  /** What there is besides stacks: the template that the platform runs from its file. */
  readonly base: () => StackModel;
  /** Lets a model take over: the base and what stacks have added to it. */
  readonly apply: (model: StackModel) => void;
  /** The value of a parameter of Systems Manager; no template may name one unless set. */
  readonly ssmParameter?: (name: string) => SsmParameterValue | undefined;
  readonly nowMs: () => number;
  /** Takes a stack whenever an operation on it is over. */
  readonly onSettled?: (stack: StackRecord) => void;
  /** Takes errors that are bugs. */
  readonly report: (error: unknown) => void;
}

/** What happened to a resource. */
export interface ResourceNews {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly clientToken?: string | undefined;
}

/** The parts that deploying, rolling back and deleting have in common. */
export class StackEngine {
  readonly options: StackEngineOptions;
  readonly store: StackStore;

  constructor(options: StackEngineOptions) {
    this.options = options;
    this.store = options.store;
  }

  /** The stack as it is now. */
  stack(id: string): StackRecord {
    const stack = this.store.stack(id);
    if (stack === undefined) throw new TypeError(`There is no stack ${id}.`);
    return stack;
  }

  /** Changes a stack, and tells so. */
  change(
    id: string,
    changes: Partial<StackRecord> & { readonly status: string },
    clientToken?: string,
  ): void {
    const stack = this.stack(id);
    const { status, statusReason } = changes;
    this.store.putStack({ ...stack, statusReason: undefined, ...changes });
    this.store.addEvent(
      {
        stackId: id,
        stackName: stack.name,
        logicalId: stack.name,
        physicalId: id,
        type: "AWS::CloudFormation::Stack",
        status,
        reason: statusReason,
        clientToken,
      },
      () => randomUUID(),
      this.options.nowMs(),
    );
  }

  /** Keeps a resource of a stack, and tells what happened to it. */
  note(stackId: string, row: ResourceRow, { status, reason, clientToken }: ResourceNews): void {
    const timestampMs = this.store.addEvent(
      {
        stackId,
        stackName: row.stackName,
        logicalId: row.logicalId,
        physicalId: row.physicalId,
        type: row.type,
        status,
        reason,
        clientToken,
        properties: row.properties,
      },
      (ms) => `${row.logicalId}-${status}-${new Date(ms).toISOString()}`,
      this.options.nowMs(),
    );
    this.store.putResource({ ...row, status, statusReason: reason, updatedMs: timestampMs });
  }

  /** Who keeps resources of a type, if the model isn't all there is to them. */
  provider(type: string): ResourceProvider | undefined {
    return resourceTypes[type]?.provider?.(this.options);
  }

  /** Stacks of this region, in the order in which they were created. */
  stacks(): StackRecord[] {
    const region = `:${this.options.region}:`;
    return this.store.stacks().filter(({ id }) => id.includes(region));
  }

  /**
   * A model of everything.
   * @param stackId - a stack that has `rows`, which come last, in the place of what it has now.
   * @returns what the rows can't be made of as well; the others were made before.
   */
  model(
    stackId?: string,
    rows: readonly ResourceRow[] = [],
  ): { model: StackModel; problems: ModelProblem[] } {
    const model = copyOfModel(this.options.base());
    const others = this.stacks().flatMap((stack) => (stack.id === stackId ? [] : this.rows(stack)));
    let problems = addRows(model, [...this.#ownRows(), ...others, ...rows], this.options);
    // What belongs to no stack has a place once what it needs has: a version, with a function that a stack has.
    for (let left = Number.POSITIVE_INFINITY; problems.length > 0 && problems.length < left; ) {
      left = problems.length;
      const waiting = problems.map(({ row }) => row);
      problems = addRows(model, waiting, this.options);
    }
    return { model, problems };
  }

  /** The resources that a stack has. */
  rows({ deployment }: Pick<StackRecord, "deployment">): ResourceRow[] {
    return this.store.resources(deployment).filter(({ status }) => !gone.has(status));
  }

  /** Lets what all stacks have take over. */
  refresh(): void {
    const { model, problems } = this.model();
    for (const { row } of problems) {
      // A version goes with its function, also where it was to outlive its stack.
      const isLeftOver = row.deployment === "" && row.type === "AWS::Lambda::Version";
      if (isLeftOver) this.store.deleteResource(row);
    }
    for (const row of this.#ownRows()) if (isOrphan(row, model)) this.store.deleteResource(row);
    this.options.apply(model);
  }

  /** Resources that belong to no stack. */
  #ownRows(): ResourceRow[] {
    const { region } = this.options;
    return this.store.resources("").filter((row) => row.region === undefined || row.region === region);
  }
}

/** Statuses of resources that are not there. */
const gone: ReadonlySet<string> = new Set(["CREATE_FAILED", "CREATE_IN_PROGRESS", "DELETE_COMPLETE"]);

/** Whether the API of Lambda has made this of a function that is not there any more: AWS deletes it with the function. */
function isOrphan({ region, type, properties }: ResourceRow, { functions }: StackModel): boolean {
  const reference = properties["FunctionName"] ?? properties["TargetFunctionArn"];
  if (region === undefined || type === "AWS::Lambda::Function" || typeof reference !== "string") return false;
  return type.startsWith("AWS::Lambda::") && !functions.has(splitFunctionReference(reference).name);
}

/** What a provider sees of a row. */
export function deployedResource(row: ResourceRow): DeployedResource {
  const { logicalId, physicalId } = row;
  return { logicalId, physicalId, properties: taggedProperties(row) };
}
