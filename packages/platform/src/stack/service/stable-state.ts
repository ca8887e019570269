import type { StackEngine } from "./stack-engine.ts";
import type { ResourceRow, StableState, StackRecord, StackSettings } from "./stack-record.ts";

/** What a stack is before an update of it fails that is left as it is; or was before the first of several. */
export function stableState(stack: StackRecord): StableState {
  const { deployment, stable } = stack;
  if (stable === undefined) return { settings: settingsOf(stack), deployment, failed: [] };
  return { ...stable, failed: deployment === undefined ? stable.failed : [...stable.failed, deployment] };
}

/** Every setting by its name, also those that are not there: they take away what another state has. */
export function settingsOf(stack: StackSettings): Required<StackSettings> {
  return {
    template: stack.template,
    processed: stack.processed,
    description: stack.description,
    parameters: stack.parameters,
    tags: stack.tags,
    capabilities: stack.capabilities,
    notificationArns: stack.notificationArns,
    roleArn: stack.roleArn,
    disableRollback: stack.disableRollback,
    timeoutMinutes: stack.timeoutMinutes,
    changeSetId: stack.changeSetId,
  };
}

/** Deployments from a stable state on, without the one that the stack has; the oldest first. */
export function earlierDeployments(stable: StableState | undefined): string[] {
  if (stable === undefined) return [];
  return stable.deployment === undefined ? [...stable.failed] : [stable.deployment, ...stable.failed];
}

/** What failed updates replaced, and did not remove: it is in none of the rows that are known. */
export function leftBehind(
  engine: StackEngine,
  stable: StableState | undefined,
  known: readonly ResourceRow[],
): ResourceRow[] {
  const idOf = ({ logicalId, physicalId }: ResourceRow) => `${logicalId} ${physicalId}`;
  const ids = new Set(known.map(idOf));
  return earlierDeployments(stable)
    .flatMap((deployment) => engine.rows({ deployment }))
    .filter((row) => !ids.has(idOf(row)) && ids.add(idOf(row)));
}
