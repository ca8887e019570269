import { type ResourceLookup, resolve } from "../../cloudformation/index.ts";
import { DeploymentFailure } from "./resource-failure.ts";
import type { StackEngine } from "./stack-engine.ts";
import type { StackOutput, StackRecord } from "./stack-record.ts";
import type { StackTemplate } from "./stack-template.ts";

/**
 * The outputs of a stack whose resources are made.
 * @throws {DeploymentFailure} if one has no value, or an export has another's name or is in use and would change.
 */
export function stackOutputs(
  engine: StackEngine,
  stackId: string,
  { compiled }: StackTemplate,
  lookup: ResourceLookup,
): StackOutput[] {
  const { stack } = compiled;
  const text = (value: Parameters<typeof resolve>[0], name: string): string => {
    const found = resolve(value, stack.scope, lookup, ["Outputs", name]);
    if (typeof found === "string") return found;
    if (typeof found === "number" || typeof found === "boolean") return String(found);
    throw new DeploymentFailure(
      `Template format error: The Value field of Outputs ${name} must evaluate to type String.`,
      "update",
    );
  };
  const outputs = stack.outputs.map(({ name, value, description, exportName }) => ({
    key: name,
    value: text(value, name),
    description,
    exportName: exportName === undefined ? undefined : text(exportName, name),
  }));
  checkExports(engine, engine.stack(stackId), outputs);
  return outputs;
}

/** Names of the stacks that import something. */
export function importersOf(engine: StackEngine, exportName: string): string[] {
  return engine
    .stacks()
    .filter(({ status, imports }) => status !== "DELETE_COMPLETE" && imports.includes(exportName))
    .map(({ name }) => name);
}

function checkExports(engine: StackEngine, stack: StackRecord, outputs: readonly StackOutput[]): void {
  for (const { exportName } of outputs) {
    const other = engine
      .stacks()
      .find(
        (each) =>
          each.id !== stack.id &&
          exportName !== undefined &&
          each.outputs.some((output) => output.exportName === exportName),
      );
    if (other !== undefined) {
      throw new DeploymentFailure(
        `Export with name ${exportName} is already exported by stack ${other.name}.`,
        "create",
      );
    }
  }
  for (const { exportName, value } of stack.outputs) {
    if (exportName === undefined) continue;
    const after = outputs.find((output) => output.exportName === exportName);
    if (after?.value === value) continue;
    const [importer] = importersOf(engine, exportName);
    if (importer === undefined) continue;
    throw new DeploymentFailure(
      `Export ${exportName} cannot be ${after === undefined ? "deleted" : "updated"} as it is in use by ${importer}`,
      "update",
    );
  }
}
