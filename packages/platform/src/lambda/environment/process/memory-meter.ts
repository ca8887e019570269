import { existsSync } from "node:fs";
import { type ProcessRow, ProcProcessTable, psProcessTable } from "./process-table.ts";
import { readOrNothing } from "./read-or-nothing.ts";
import { launchScript, watchScript } from "./watch-script.ts";

/** What a meter measures. */
export interface MemoryMeterOptions {
  /** From here on it is worth some effort not to count memory twice that processes share, in bytes. */
  readonly limitBytes: number;
  /** Where the system shows its processes; `/proc` except in tests. */
  readonly processes?: string;
}

/**
 * Measures the resident set of processes and of all that they started: their process groups and, as far as it can be
 * followed from parent to child, whoever left those. Pages of files that are mapped count, though on AWS the kernel
 * would drop them before it kills anybody.
 *
 * On Linux it reads `/proc`, and the peak of a lone process comes from the kernel. Elsewhere it asks `ps`, which takes
 * some milliseconds and counts shared pages for each process.
 */
export class MemoryMeter {
  readonly #limitBytes: number;
  readonly #processes: string;
  readonly #table: ProcProcessTable | undefined;
  readonly #roots = new Set<string>();
  readonly #members = new Set<string>();
  #version = -1;
  #maxBytes = 0;

  constructor({ limitBytes, processes = "/proc" }: MemoryMeterOptions) {
    this.#limitBytes = limitBytes;
    this.#processes = processes;
    this.#table = tableOf(processes);
  }

  /** The most that was resident at once, in whole megabytes. */
  get maxMb(): number {
    return Math.ceil(this.#maxBytes / 1024 / 1024);
  }

  /** @param pid - the leader of a process group. */
  add(pid: number): void {
    this.#roots.add(String(pid));
    this.#version = -1;
  }

  /** @returns what is resident, or has been since the last time, in bytes: a promise where `ps` must be asked. */
  sample(): number | Promise<number> {
    return this.#table === undefined ? this.#sampleByPs() : this.#sampleByProc(this.#table);
  }

  #sampleByProc(table: ProcProcessTable): number {
    table.refresh();
    if (table.version !== this.#version) {
      this.#version = table.version;
      this.#update(table.rows, (id) => isOurs(`${this.#processes}/${id}`));
    }
    let resident = 0;
    let peak = 0;
    for (const id of this.#members) {
      const status = readOrNothing(`${this.#processes}/${id}/status`);
      resident += kilobytes(status, "VmRSS");
      peak = kilobytes(status, "VmHWM");
    }
    // The kernel remembers the peak of each process, but not of several together.
    let used = (this.#members.size === 1 ? Math.max(peak, resident) : resident) * 1024;
    if (used > this.#limitBytes && this.#members.size > 1) used = Math.min(used, this.#proportional());
    return this.#note(used);
  }

  /**
   * What is resident with each page counted once among those who share it. Takes a look at every page.
   * @see https://www.kernel.org/doc/html/latest/filesystems/proc.html
   */
  #proportional(): number {
    let sum = 0;
    for (const id of this.#members) {
      const rollup = readOrNothing(`${this.#processes}/${id}/smaps_rollup`);
      const status = rollup === "" ? readOrNothing(`${this.#processes}/${id}/status`) : "";
      sum += kilobytes(rollup, "Pss") + kilobytes(status, "VmRSS");
    }
    return sum * 1024;
  }

  async #sampleByPs(): Promise<number> {
    const rows = await psProcessTable();
    this.#update(rows, () => false);
    let resident = 0;
    for (const id of this.#members) resident += rows.get(id)?.residentBytes ?? 0;
    return this.#note(resident);
  }

  #note(bytes: number): number {
    this.#maxBytes = Math.max(this.#maxBytes, bytes);
    return bytes;
  }

  /** Whoever was a member stays one, also when its parent is gone. */
  #update(rows: ReadonlyMap<string, ProcessRow>, isExcluded: (id: string) => boolean): void {
    for (const id of this.#members) if (!rows.has(id)) this.#members.delete(id);
    for (const id of this.#roots) if (rows.has(id)) this.#members.add(id);
    for (let before = -1; before !== this.#members.size; ) {
      before = this.#members.size;
      for (const [id, { parent, group }] of rows) {
        if (this.#members.has(id) || !(this.#roots.has(group) || this.#members.has(parent))) continue;
        if (!isExcluded(id)) this.#members.add(id);
      }
    }
  }
}

/** One for all meters: what it knows of the machine's processes is the same for each. */
const tables = new Map<string, ProcProcessTable>();

function tableOf(folder: string): ProcProcessTable | undefined {
  if (!existsSync(folder)) return undefined;
  let table = tables.get(folder);
  if (table === undefined) {
    table = new ProcProcessTable(folder);
    tables.set(folder, table);
  }
  return table;
}

/** The watcher belongs to us, not to the function; so does the shell that is about to become the watcher. */
function isOurs(folder: string): boolean {
  const command = readOrNothing(`${folder}/cmdline`);
  return [watchScript, launchScript].some((script) => command.startsWith(`/bin/sh\0-c\0${script}\0`));
}

function kilobytes(status: string, name: string): number {
  const at = status.indexOf(`${name}:`);
  return at === -1 ? 0 : Number.parseInt(status.slice(at + name.length + 1), 10);
}
