import type { StackEngine } from "./stack-engine.ts";
import { changeSetNotFound, validationError } from "./stack-errors.ts";
import type { ChangeSetRecord, StackRecord } from "./stack-record.ts";

/** The stack of that name, or with that ARN; deleted ones have their ARN alone. */
export function findStack(engine: StackEngine, nameOrId: string): StackRecord | undefined {
  if (nameOrId.startsWith("arn:")) return engine.store.stack(nameOrId);
  return engine.stacks().findLast(({ name, status }) => name === nameOrId && status !== "DELETE_COMPLETE");
}

/** @throws {AwsServiceError} `ValidationError`, in the words of most operations or those of some. */
export function requireStack(
  engine: StackEngine,
  nameOrId: string,
  words: "with id" | "in brackets" = "with id",
): StackRecord {
  const stack = findStack(engine, nameOrId);
  if (stack !== undefined) return stack;
  throw validationError(
    words === "with id" ? `Stack with id ${nameOrId} does not exist` : `Stack [${nameOrId}] does not exist`,
  );
}

/**
 * The change set with that ARN, or that name in a stack.
 * @throws {AwsServiceError} `ChangeSetNotFoundException` or `ValidationError`.
 */
export function requireChangeSet(
  engine: StackEngine,
  nameOrId: string,
  stackNameOrId: string | undefined,
): ChangeSetRecord {
  if (nameOrId.startsWith("arn:")) {
    const found = engine.store.changeSet(nameOrId);
    if (found === undefined) throw changeSetNotFound(nameOrId);
    return found;
  }
  if (stackNameOrId === undefined) {
    throw validationError("StackName must be specified if ChangeSetName is not specified as an ARN.");
  }
  const stack = requireStack(engine, stackNameOrId, "in brackets");
  const found = engine.store.changeSets(stack.id).findLast(({ name }) => name === nameOrId);
  if (found === undefined) throw changeSetNotFound(nameOrId);
  return found;
}
