import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Where the client runs relative to the mock Runtime API. */
export type Placement = "same core" | "other core" | "unpinned";

/** Pins commands to cores with `taskset`, or leaves them alone where that is not possible. */
export class Cores {
  #allowed: readonly number[];

  constructor() {
    this.#allowed = spawnSync("taskset", ["--version"]).status === 0 ? allowedCores() : [];
  }

  /** The placement that can be had when `wanted` is asked for. */
  placement(wanted: Placement): Placement {
    if (wanted === "other core" && this.#allowed.length < 2) return this.placement("same core");
    return this.#allowed.length === 0 ? "unpinned" : wanted;
  }

  mockCommand(command: readonly string[]): readonly string[] {
    return pinned(this.#allowed.at(-1), command);
  }

  clientCommand(placement: Placement, command: readonly string[]): readonly string[] {
    return pinned(placement === "same core" ? this.#allowed.at(-1) : this.#allowed[0], command);
  }
}

function pinned(core: number | undefined, command: readonly string[]): readonly string[] {
  return core === undefined ? command : ["taskset", "-c", String(core), ...command];
}

/** The cores this process may use, from the kernel's list format (`0-3,8`). */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}
