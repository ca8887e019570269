import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { readOrNothing } from "./read-or-nothing.ts";

/** A process as its system shows it. */
export interface ProcessRow {
  readonly parent: string;
  readonly group: string;
}

/**
 * The processes of this machine by their ids, as Linux shows them in `/proc`. A process is looked at once, when it is
 * new; that there is a new one shows in the id that the kernel gave out last.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_loadavg.5.html
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export class ProcProcessTable {
  /** Changes whenever `rows` may have. */
  version = 0;
  readonly rows = new Map<string, ProcessRow>();
  readonly #folder: string;
  #lastId = "";

  constructor(folder: string) {
    this.#folder = folder;
  }

  refresh(): void {
    const lastId = readOrNothing(`${this.#folder}/loadavg`).trimEnd().split(" ").at(-1) ?? "";
    if (lastId !== "" && lastId === this.#lastId) return;
    this.#lastId = lastId;
    this.version += 1;
    const ids = new Set(listOrNothing(this.#folder).filter((name) => /^\d+$/.test(name)));
    for (const id of this.rows.keys()) if (!ids.has(id)) this.rows.delete(id);
    for (const id of ids) {
      if (this.rows.has(id)) continue;
      // After the command in parentheses, which may hold anything: state, parent, process group.
      const [, parent, group] =
        readOrNothing(`${this.#folder}/${id}/stat`).split(") ").at(-1)?.split(" ") ?? [];
      if (parent !== undefined && group !== undefined) this.rows.set(id, { parent, group });
    }
  }
}

/** A process as `ps` shows it. */
export interface PsRow extends ProcessRow {
  readonly residentBytes: number;
}

let underWay: Promise<ReadonlyMap<string, PsRow>> | undefined;

/** Asks `ps` for the processes of this machine. Whoever asks while it runs shares the answer; without `ps` it is empty. */
export function psProcessTable(): Promise<ReadonlyMap<string, PsRow>> {
  underWay ??= new Promise((resolve) => {
    execFile("ps", ["-A", "-o", "pid=,ppid=,pgid=,rss="], (_error, stdout) => {
      underWay = undefined;
      const rows = stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$/gm);
      resolve(
        new Map(
          [...rows].map(([, id = "", parent = "", group = "", kilobytes]) => {
            return [id, { parent, group, residentBytes: Number(kilobytes) * 1024 }];
          }),
        ),
      );
    });
  });
  return underWay;
}

function listOrNothing(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // a system without /proc
  }
}
