import { readdirSync, readFileSync } from "node:fs";
import { watchScript } from "./watch-script.ts";

/** Memory of a process and of what it started, in bytes. */
export interface MemorySample {
  /** What could not be reclaimed: anonymous and shared memory, without mapped files. */
  readonly unreclaimableBytes: number;
}

/** How often the members of the process group are looked up anew, in milliseconds: that means to look at every process. */
const lookUpEveryMs = 1_000;

/**
 * Measures the memory of a process group, where the system shows it in `/proc`. Elsewhere everything stays 0.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export class MemoryMeter {
  readonly #pid: number;
  readonly #processes: string;
  #members: readonly string[];
  #lookedUpAtMs = Number.NEGATIVE_INFINITY;
  #maxBytes = 0;

  /** @param pid - the leader of the process group. */
  constructor(pid: number, processes = "/proc") {
    this.#pid = pid;
    this.#processes = processes;
    this.#members = [String(pid)];
  }

  /** The most that was resident at once, in whole megabytes. */
  get maxMb(): number {
    return Math.ceil(this.#maxBytes / 1024 / 1024);
  }

  /** @param nowMs - on a clock that never jumps. */
  sample(nowMs: number): MemorySample {
    if (nowMs - this.#lookedUpAtMs >= lookUpEveryMs) {
      this.#lookedUpAtMs = nowMs;
      this.#members = this.#lookUpMembers();
    }
    let resident = 0;
    let unreclaimable = 0;
    let peak = 0;
    for (const member of this.#members) {
      const status = readOrNothing(`${this.#processes}/${member}/status`);
      resident += kilobytes(status, "VmRSS");
      peak = kilobytes(status, "VmHWM");
      unreclaimable += kilobytes(status, "RssAnon") + kilobytes(status, "RssShmem");
    }
    // The kernel remembers the peak of each process, but not of several together.
    const used = this.#members.length === 1 ? Math.max(peak, resident) : resident;
    this.#maxBytes = Math.max(this.#maxBytes, used * 1024);
    return { unreclaimableBytes: unreclaimable * 1024 };
  }

  #lookUpMembers(): readonly string[] {
    const group = String(this.#pid);
    const members = [group];
    for (const entry of listOrNothing(this.#processes)) {
      if (!/^\d+$/.test(entry) || entry === group) continue;
      // After the command in parentheses, which may hold anything: state, parent, process group.
      const fields = readOrNothing(`${this.#processes}/${entry}/stat`).split(") ").at(-1)?.split(" ");
      // The watcher belongs to us, not to the function.
      if (fields?.[2] === group && !isWatcher(`${this.#processes}/${entry}`)) members.push(entry);
    }
    return members;
  }
}

function isWatcher(folder: string): boolean {
  return readOrNothing(`${folder}/cmdline`).startsWith(`/bin/sh\0-c\0${watchScript}\0`);
}

function kilobytes(status: string, name: string): number {
  const at = status.indexOf(`${name}:`);
  return at === -1 ? 0 : Number.parseInt(status.slice(at + name.length + 1), 10);
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return ""; // the process ended, or belongs to somebody else
  }
}

function listOrNothing(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // a system without /proc
  }
}
