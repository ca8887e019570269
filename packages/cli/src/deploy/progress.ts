import type { StackEvent } from "@aws-sdk/client-cloudformation";
import type { Terminal } from "../command.ts";

/** A resource on its way. */
interface ShownResource {
  readonly type: string;
  status: string;
  reason: string | undefined;
  readonly sinceMs: number;
  untilMs: number | undefined;
}

/**
 * Shows what happens to the resources of a stack: in a terminal as a tree that changes in its place, elsewhere as a line
 * for each event.
 */
export class DeploymentProgress {
  readonly #terminal: Terminal;
  readonly #owners: readonly string[];
  readonly #total: number;
  readonly #resources = new Map<string, ShownResource>();
  readonly #lastStatus = new Map<string, string>();
  #shownLines = 0;

  /**
   * @param owners - logical ids of the template: what SAM makes of them is shown below them.
   * @param total - how many resources are to change.
   */
  constructor(terminal: Terminal, owners: readonly string[], total: number) {
    this.#terminal = terminal;
    // The longest first: a function named Api is not what makes ApiRole if there is a resource ApiRole.
    this.#owners = [...owners].sort((a, b) => b.length - a.length);
    this.#total = total;
  }

  add(event: StackEvent): void {
    const { LogicalResourceId: id = "", ResourceStatus: status = "", ResourceType: type = "" } = event;
    // Of what goes on CloudFormation gives reasons that tell nothing.
    const isTold = /FAILED|ROLLBACK|_COMPLETE$/.test(status);
    const reason = isTold ? event.ResourceStatusReason : undefined;
    if (!this.#terminal.isInteractive) {
      // CloudFormation tells twice that it begins: before it asks the service, and after.
      if (this.#lastStatus.get(id) === status) return;
      this.#lastStatus.set(id, status);
      this.#terminal.talk(`${status.padEnd(20)} ${id} ${type}${reason === undefined ? "" : `: ${reason}`}\n`);
      return;
    }
    if (type === "AWS::CloudFormation::Stack") return;
    const atMs = event.Timestamp?.getTime() ?? Date.now();
    const known = this.#resources.get(id) ?? { type, status, reason, sinceMs: atMs, untilMs: undefined };
    known.status = status;
    known.reason = reason ?? known.reason;
    known.untilMs = status.includes("IN_PROGRESS") ? undefined : atMs;
    this.#resources.set(id, known);
    this.#draw();
  }

  #draw(): void {
    const lines = this.#lines();
    const back = this.#shownLines === 0 ? "" : `\u001b[${this.#shownLines}A\u001b[J`;
    this.#shownLines = lines.length;
    this.#terminal.talk(`${back}${lines.join("\n")}\n`);
  }

  #lines(): string[] {
    const children = new Map<string, string[]>();
    for (const id of this.#resources.keys()) {
      const owner = this.#owners.find((each) => id.startsWith(each)) ?? id;
      children.set(owner, [...(children.get(owner) ?? []), id]);
    }
    const lines: string[] = [];
    for (const [owner, ids] of children) {
      const others = ids.filter((id) => id !== owner);
      if (ids.length === others.length) lines.push(`  ${owner}`);
      else lines.push(this.#line(owner, ""));
      others.forEach((id, index) => {
        lines.push(this.#line(id, index === others.length - 1 ? "└ " : "├ "));
      });
    }
    const done = [...this.#resources.values()].filter(({ untilMs }) => untilMs !== undefined).length;
    lines.push(`  ${done} of ${Math.max(this.#total, this.#resources.size)}`);
    return lines;
  }

  #line(id: string, branch: string): string {
    const resource = this.#resources.get(id);
    if (resource === undefined) return `  ${branch}${id}`;
    const { type, status, reason, sinceMs, untilMs } = resource;
    const mark = status.endsWith("_FAILED") ? "✗" : untilMs === undefined ? "…" : "✓";
    const time = untilMs === undefined ? "" : `  ${((untilMs - sinceMs) / 1000).toFixed(1)} s`;
    const text = `  ${branch}${mark} ${id}  ${type}${time}${reason === undefined ? "" : `  ${reason}`}`;
    // A line that wraps could not be drawn over.
    return text.slice(0, (process.stderr.columns || 100) - 1);
  }
}
