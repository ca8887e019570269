import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Processes that have `text` among their variables, as `pid command`. Only where there is `/proc`. */
export function processesWith(text: string): readonly string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "latin1").includes(text)) continue;
      found.push(
        `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").slice(0, 200)}`,
      );
    } catch {
      // it ended, or belongs to somebody else
    }
  }
  return found;
}

/** Whether a process is stopped, as by SIGSTOP. */
export function isStopped(pid: number | string): boolean {
  return execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("T");
}
