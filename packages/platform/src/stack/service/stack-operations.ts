import { failedText, removeResources, retainResources } from "./removal.ts";
import type { DeploymentFailure } from "./resource-failure.ts";
import { earlierDeployments, leftBehind, settingsOf, stableState } from "./stable-state.ts";
import { type DeploymentOrder, deployStack } from "./stack-deployment.ts";
import { deployedResource, type StackEngine } from "./stack-engine.ts";
import type { ResourceRow, StackRecord, StackSettings } from "./stack-record.ts";

/** What becomes of a stack whose creation fails. */
export type OnFailure = "ROLLBACK" | "DELETE" | "DO_NOTHING";

/** What is told of a stack when nobody works on it any more. */
const idle = { owner: undefined, pending: undefined, leaving: undefined } as const;

/** What is to be deployed by one of these. */
type Order = Omit<DeploymentOrder, "commit">;

/** Creates what a new stack has. The stack is in `CREATE_IN_PROGRESS`, with the deployment as its pending one. */
export async function createResources(
  engine: StackEngine,
  order: Order,
  onFailure: OnFailure,
): Promise<void> {
  const { stackId, deployment, template } = order;
  const { imports } = template;
  const failure = await deployStack(engine, {
    ...order,
    commit: (outputs) => {
      const changes = { ...idle, status: "CREATE_COMPLETE", deployment, outputs, imports };
      engine.store.transaction(() => engine.change(stackId, changes));
      engine.refresh();
    },
  });
  if (failure === undefined) return;
  const reason = reasonOf(failure);
  if (onFailure === "DO_NOTHING") {
    engine.change(stackId, { ...idle, status: "CREATE_FAILED", statusReason: reason, deployment });
    engine.refresh();
  } else if (onFailure === "DELETE") {
    const statusReason = `${reason}Delete requested by user.`;
    engine.change(stackId, { status: "DELETE_IN_PROGRESS", statusReason, deployment, pending: undefined });
    await deleteResources(engine, stackId);
  } else {
    await rollBackCreation(engine, stackId, `${reason}Rollback requested by user.`);
  }
}

/** Changes what a stack has. The stack is in `UPDATE_IN_PROGRESS`, with the deployment as its pending one. */
export async function updateResources(
  engine: StackEngine,
  order: Order,
  settings: StackSettings,
): Promise<void> {
  const { stackId, deployment, template } = order;
  const { imports } = template;
  const { deployment: leaving } = engine.stack(stackId);
  const failure = await deployStack(engine, {
    ...order,
    commit: (outputs) => {
      const status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS";
      const changes = { ...settings, status, pending: undefined, leaving, deployment, outputs, imports };
      engine.store.transaction(() => engine.change(stackId, changes));
    },
  });
  if (failure === undefined) {
    await cleanUp(engine, stackId);
  } else if (settings.disableRollback) {
    keepWhatWasMade(engine, stackId, deployment);
    const stable = stableState(engine.stack(stackId));
    const end = { ...settings, ...idle, deployment, stable };
    engine.change(stackId, { ...end, status: "UPDATE_FAILED", statusReason: reasonOf(failure) });
    engine.refresh();
  } else {
    await rollBackUpdate(engine, stackId, reasonOf(failure));
  }
}

/** Removes what a creation made until it failed, or was broken off. */
export async function rollBackCreation(engine: StackEngine, stackId: string, reason: string): Promise<void> {
  const stack = engine.stack(stackId);
  const deployment = stack.pending ?? stack.deployment;
  engine.change(stackId, { status: "ROLLBACK_IN_PROGRESS", statusReason: reason });
  const rows = engine.store.resources(deployment).filter(({ status }) => status !== "DELETE_COMPLETE");
  const isRetained = (row: ResourceRow) =>
    row.deletionPolicy === "Retain" && row.status === "CREATE_COMPLETE";
  engine.store.transaction(() => retainResources(engine, stackId, rows.filter(isRetained)));
  const { failed } = await removeResources(
    engine,
    stackId,
    rows.filter((row) => !isRetained(row)),
  );
  const end = { ...idle, deployment, deletedMs: engine.options.nowMs() };
  engine.change(
    stackId,
    failed.length === 0
      ? { ...end, status: "ROLLBACK_COMPLETE" }
      : { ...end, status: "ROLLBACK_FAILED", statusReason: failedText("delete", failed) },
  );
  engine.refresh();
}

/**
 * Brings back what an update changed until it failed, or was broken off; and what others changed before it that failed and
 * were left as they were.
 */
export async function rollBackUpdate(engine: StackEngine, stackId: string, reason: string): Promise<void> {
  engine.change(stackId, { status: "UPDATE_ROLLBACK_IN_PROGRESS", statusReason: reason });
  const { deployment, pending, stable } = engine.stack(stackId);
  const goal = stable === undefined ? deployment : stable.deployment;
  const failed = [...earlierDeployments(stable), deployment, pending].flatMap((each) =>
    each === undefined || each === goal ? [] : [each],
  );
  const made = failed
    .flatMap((each) => engine.store.resources(each))
    .filter(({ origin }) => origin !== "kept");
  const lastMade = new Map(made.map((row) => [row.logicalId, row]));
  const before = new Map(engine.rows({ deployment: goal }).map((row) => [row.logicalId, row]));
  for (const old of before.values()) {
    const row = lastMade.get(old.logicalId);
    if (row === undefined) continue;
    engine.note(stackId, old, { status: "UPDATE_IN_PROGRESS" });
    if (row.origin === "updated" && row.physicalId === old.physicalId)
      await engine.provider(old.type)?.put(deployedResource(old), deployedResource(row));
    engine.note(stackId, old, { status: "UPDATE_COMPLETE" });
  }
  engine.change(stackId, { status: "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" });
  // What was to replace something has its id until it is made.
  const added = made.filter(
    ({ origin, logicalId, physicalId }) =>
      origin === "created" || (origin === "replaced" && physicalId !== before.get(logicalId)?.physicalId),
  );
  await removeResources(engine, stackId, added);
  for (const each of failed) engine.store.deleteResources(each);
  const settings = stable === undefined ? {} : settingsOf(stable.settings);
  const end = { ...idle, ...settings, deployment: goal, stable: undefined };
  engine.change(stackId, { ...end, status: "UPDATE_ROLLBACK_COMPLETE" });
  engine.refresh();
}

/** Removes what an update left of the deployment before, and of failed ones before that. */
export async function cleanUp(engine: StackEngine, stackId: string): Promise<void> {
  const { deployment, leaving, stable } = engine.stack(stackId);
  const now = new Map(engine.store.resources(deployment).map((row) => [row.logicalId, row]));
  const last = engine.rows({ deployment: leaving });
  const replaced = last.filter(({ logicalId }) => {
    const origin = now.get(logicalId)?.origin;
    return origin === undefined || origin === "replaced";
  });
  const old = [...leftBehind(engine, stable, [...last, ...now.values()]), ...replaced];
  const isRetained = (row: ResourceRow): boolean =>
    (now.has(row.logicalId) ? row.updateReplacePolicy : row.deletionPolicy) === "Retain";
  engine.store.transaction(() => retainResources(engine, stackId, old.filter(isRetained)));
  engine.refresh();
  const { failed } = await removeResources(
    engine,
    stackId,
    old.filter((row) => !isRetained(row)),
  );
  if (leaving !== undefined) engine.store.deleteResources(leaving);
  for (const each of earlierDeployments(stable)) engine.store.deleteResources(each);
  const statusReason =
    failed.length === 0 ? undefined : "Update successful. One or more resources could not be deleted.";
  engine.change(stackId, { ...idle, stable: undefined, status: "UPDATE_COMPLETE", statusReason });
}

/**
 * Removes all that a stack has, and the stack. It is in `DELETE_IN_PROGRESS`.
 * @param retained - logical ids of what stays, besides what the template says.
 */
export async function deleteResources(
  engine: StackEngine,
  stackId: string,
  retained: readonly string[] = [],
  clientToken?: string,
): Promise<void> {
  const stack = engine.stack(stackId);
  const own = engine.rows(stack);
  const rows = [...leftBehind(engine, stack.stable, own), ...own];
  const isRetained = ({ deletionPolicy, logicalId }: ResourceRow): boolean =>
    retained.includes(logicalId) || deletionPolicy === "Retain" || deletionPolicy === "RetainExceptOnCreate";
  engine.store.transaction(() => retainResources(engine, stackId, rows.filter(isRetained)));
  const { failed } = await removeResources(
    engine,
    stackId,
    rows.filter((row) => !isRetained(row)),
    clientToken,
  );
  engine.refresh();
  engine.change(
    stackId,
    failed.length > 0
      ? { ...idle, status: "DELETE_FAILED", statusReason: failedText("delete", failed) }
      : { ...idle, ...nothingLeft, status: "DELETE_COMPLETE", deletedMs: engine.options.nowMs() },
    clientToken,
  );
}

/** What a deleted stack has no more. */
const nothingLeft: Partial<StackRecord> = { outputs: [], imports: [] };

/** What was made stays, and so does what was not reached. */
function keepWhatWasMade(engine: StackEngine, stackId: string, deployment: string): void {
  const made = new Map(engine.store.resources(deployment).map((row) => [row.logicalId, row]));
  engine.store.transaction(() => {
    for (const old of engine.rows(engine.stack(stackId))) {
      const row = made.get(old.logicalId);
      if (row === undefined) engine.store.putResource({ ...old, deployment, origin: "kept" });
      else if (row.status === "UPDATE_FAILED") {
        const { status, statusReason } = row;
        engine.store.putResource({ ...old, deployment, origin: "updated", status, statusReason });
      }
    }
  });
}

function reasonOf({ logicalId, verb, message }: DeploymentFailure): string {
  return logicalId === undefined ? `${message} ` : failedText(verb, [logicalId]);
}
