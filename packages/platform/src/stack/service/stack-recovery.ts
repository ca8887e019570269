import { isOwnerAlive } from "../../state/process-owner.ts";
import type { StackEngine } from "./stack-engine.ts";
import { cleanUp, deleteResources, rollBackCreation, rollBackUpdate } from "./stack-operations.ts";

/** How long a deleted stack can be described, in milliseconds: ninety days, as on AWS. */
const rememberedMs = 90 * 24 * 3_600_000;

const brokenOff = "The platform ended during the operation. ";

/**
 * Brings stacks to an end that a platform worked on when it ended: what it was creating or changing is rolled back, what it
 * was deleting is deleted. Nothing is done to those that another platform works on.
 *
 * @param owner - who does it.
 * @returns names of the stacks.
 */
export async function recoverStacks(engine: StackEngine, owner: string): Promise<string[]> {
  const recovered: string[] = [];
  for (const stack of engine.stacks()) {
    const { id, name, status, deletedMs } = stack;
    if (status === "DELETE_COMPLETE" && (deletedMs ?? 0) + rememberedMs < engine.options.nowMs()) {
      if (stack.deployment !== undefined) engine.store.deleteResources(stack.deployment);
      engine.store.forget(id);
      continue;
    }
    if (!status.endsWith("_IN_PROGRESS") || status === "REVIEW_IN_PROGRESS") continue;
    if (stack.owner !== undefined && stack.owner !== owner && isOwnerAlive(stack.owner)) continue;
    engine.store.putStack({ ...stack, owner });
    await endOperation(engine, id, status);
    recovered.push(name);
  }
  return recovered;
}

async function endOperation(engine: StackEngine, id: string, status: string): Promise<void> {
  switch (status) {
    case "CREATE_IN_PROGRESS":
    case "ROLLBACK_IN_PROGRESS":
      return rollBackCreation(engine, id, brokenOff);
    case "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
      return cleanUp(engine, id);
    case "DELETE_IN_PROGRESS":
      return deleteResources(engine, id);
    default:
      return rollBackUpdate(engine, id, brokenOff);
  }
}
