import { AwsServiceError } from "../../service-error.ts";
import { deployedResource, type StackEngine } from "./stack-engine.ts";
import type { ResourceRow } from "./stack-record.ts";
import { actualProperties } from "./stack-tags.ts";

/** What became of resources that were to be removed. */
export interface Removal {
  /** Logical ids of those that are still there. */
  readonly failed: readonly string[];
}

/**
 * Removes resources of a stack, those that others need last. What can't be removed stays, and what it needs.
 */
export async function removeResources(
  engine: StackEngine,
  stackId: string,
  rows: readonly ResourceRow[],
  clientToken?: string,
): Promise<Removal> {
  const failed: string[] = [];
  const needed = new Set<string>();
  for (const row of rows.toReversed()) {
    if (needed.has(row.logicalId)) {
      for (const id of row.dependencies) needed.add(id);
      continue;
    }
    engine.note(stackId, row, { status: "DELETE_IN_PROGRESS", clientToken });
    try {
      if (row.physicalId !== "" && wasMade(row)) {
        await engine.provider(row.type)?.remove(deployedResource(row));
      }
    } catch (error) {
      if (!(error instanceof AwsServiceError)) engine.options.report(error);
      const reason =
        error instanceof AwsServiceError ? handlerMessage(error.message, error.code) : "Internal Failure";
      engine.note(stackId, row, { status: "DELETE_FAILED", reason, clientToken });
      failed.push(row.logicalId);
      for (const id of row.dependencies) needed.add(id);
      continue;
    }
    engine.note(stackId, row, { status: "DELETE_COMPLETE", clientToken });
  }
  return { failed };
}

/** What could not be made may be somebody else's. */
function wasMade({ status, origin }: ResourceRow): boolean {
  return status !== "CREATE_FAILED" && !(status === "UPDATE_FAILED" && origin === "replaced");
}

/** Lets resources stay that no stack has any more. */
export function retainResources(engine: StackEngine, stackId: string, rows: readonly ResourceRow[]): void {
  for (const row of rows) {
    engine.note(stackId, row, { status: "DELETE_SKIPPED" });
    const logicalId = `${row.deployment}/${row.logicalId}`;
    // The stack's tags are its own from now on, and what was changed of it is what it is.
    const own = {
      properties: actualProperties(row),
      drift: undefined,
      stackId: undefined,
      stackTags: undefined,
    };
    engine.store.putResource({ ...row, ...own, deployment: "", logicalId });
    engine.store.putResource({ ...row, status: "DELETE_COMPLETE" });
  }
}

/** How CloudFormation tells what a service answered. */
export function handlerMessage(message: string, code: string): string {
  return `Resource handler returned message: "${message}" (HandlerErrorCode: ${code})`;
}

/** Names in a reason. */
export function failedText(verb: "create" | "update" | "delete", logicalIds: readonly string[]): string {
  return `The following resource(s) failed to ${verb}: [${logicalIds.join(", ")}]. `;
}
