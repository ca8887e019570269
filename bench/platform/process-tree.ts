import { readdirSync, readFileSync } from "node:fs";
import { usageOf } from "../runtime/process-usage.ts";

/** A process and all that it started, as far as the system tells: only the process itself where there is no `/proc`. */
export function processTree(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const id of processIds()) {
    const parent = parentOf(id);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const tree = [pid];
  for (let index = 0; index < tree.length; index++) tree.push(...(children.get(tree[index] ?? 0) ?? []));
  return tree;
}

/** Resident memory of a process in MB (10^6 bytes), and the most that it ever was. */
export function memoryOf(pid: number): { readonly residentMb: number; readonly peakMb: number } | undefined {
  const usage = usageOf(pid);
  if (usage === undefined) return undefined;
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { residentMb: usage.residentMb, peakMb: (Number(peak) * 1024) / 1e6 };
}

/** Resident memory of a process and all that it started, in MB. Pages that they share count for each. */
export function treeMemoryMb(pid: number): number | undefined {
  if (usageOf(pid) === undefined) return undefined;
  return processTree(pid).reduce((sum, id) => sum + (usageOf(id)?.residentMb ?? 0), 0);
}

function processIds(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}
