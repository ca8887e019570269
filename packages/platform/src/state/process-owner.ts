import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

/** The owners of this process that are in use. */
const inUse = new Set<string>();

/**
 * A new name for one who works on something in the state: this process, told apart from a later one of the same id by when
 * it began, and a part of its own.
 */
export function newOwner(): string {
  const owner = `${process.pid} ${startOf(process.pid)} ${randomUUID()}`;
  inUse.add(owner);
  return owner;
}

/** Nobody works under this name any more. */
export function retireOwner(owner: string): void {
  inUse.delete(owner);
}

/** Whether somebody still works under a name. */
export function isOwnerAlive(owner: string): boolean {
  const [id = "", start] = owner.split(" ");
  const pid = Number(id);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid && start === startOf(pid)) return inUse.has(owner);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return start === startOf(pid);
}

/**
 * When a process began, where Linux tells: ids come again, in a container at every start.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function startOf(pid: number): string {
  try {
    // After the command in parentheses, which may hold anything, field 22 is the twentieth.
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
