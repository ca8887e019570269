import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MemoryMeter } from "./memory-meter.ts";
import { watchScript } from "./watch-script.ts";

const mb = 1024 * 1024;
const noLimit = Number.POSITIVE_INFINITY;

interface FakeProcess {
  readonly parent?: string;
  readonly group?: string;
  readonly command?: string;
  readonly mb: number;
  readonly peakMb?: number;
  /** With shared pages counted once. */
  readonly proportionalMb?: number;
}

/** A folder like `/proc`. */
class FakeProc implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async with(processes: Readonly<Record<string, FakeProcess>>): Promise<FakeProc> {
    const folder = new FakeProc(await mkdtemp(join(tmpdir(), "proc-")));
    await folder.add(processes);
    return folder;
  }

  async add(processes: Readonly<Record<string, FakeProcess>>): Promise<void> {
    for (const [pid, its] of Object.entries(processes)) {
      const folder = join(this.path, pid);
      await mkdir(folder);
      await writeFile(join(folder, "stat"), `${pid} (a) b) c) S ${its.parent ?? 1} ${its.group ?? pid} 0 0`);
      await writeFile(join(folder, "cmdline"), its.command ?? "node\0");
      const rss = its.mb * 1024;
      const peak = (its.peakMb ?? its.mb) * 1024;
      await writeFile(join(folder, "status"), `Name:\tnode\nVmHWM:\t${peak} kB\nVmRSS:\t${rss} kB\n`);
      await writeFile(join(folder, "smaps_rollup"), `Pss: ${(its.proportionalMb ?? its.mb) * 1024} kB\n`);
      await writeFile(join(this.path, "loadavg"), `0.00 0.00 0.00 1/100 ${pid}\n`);
    }
  }

  async remove(pid: string): Promise<void> {
    await rm(join(this.path, pid), { recursive: true });
  }

  /** Of process 10. */
  meter(limitBytes = noLimit): MemoryMeter {
    const meter = new MemoryMeter({ limitBytes, processes: this.path });
    meter.add(10);
    return meter;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

const watcher = `/bin/sh\0-c\0${watchScript}\0marker\0/proc\0${10}\0`;

describe("the memory of a process", () => {
  test("alone is the kernel's peak", async () => {
    await using proc = await FakeProc.with({ 10: { mb: 20, peakMb: 30 }, 11: { mb: 500 } });
    const meter = proc.meter();
    expect(meter.maxMb).toBe(0);
    expect(meter.sample()).toBe(30 * mb);
    expect(meter.maxMb).toBe(30);
  });

  test.each<{ who: string; added: Readonly<Record<string, FakeProcess>>; sum: number }>([
    { who: "a child", added: { 12: { parent: "10", group: "10", mb: 5 } }, sum: 25 },
    { who: "a child with a session of its own", added: { 12: { parent: "10", mb: 5 } }, sum: 25 },
    { who: "an orphan of its group", added: { 12: { group: "10", mb: 5 } }, sum: 25 },
    {
      who: "a grandchild",
      added: { 12: { parent: "13", mb: 5 }, 13: { parent: "10", mb: 6 } },
      sum: 31,
    },
    { who: "but not the watcher", added: { 12: { parent: "10", mb: 5, command: watcher } }, sum: 20 },
    { who: "nor anybody else", added: { 12: { mb: 5 } }, sum: 20 },
  ])("includes $who", async ({ added, sum }) => {
    await using proc = await FakeProc.with({ 10: { mb: 20 } });
    const meter = proc.meter();
    meter.sample();
    await proc.add(added);
    expect(meter.sample()).toBe(sum * mb);
  });

  test("includes a descendant whose parent is gone", async () => {
    await using proc = await FakeProc.with({
      10: { mb: 20 },
      12: { parent: "10", mb: 1 },
      13: { parent: "12", mb: 5 },
    });
    const meter = proc.meter();
    meter.sample();
    await proc.remove("12");
    await proc.add({ 14: { mb: 500 } });
    expect(meter.sample()).toBe(25 * mb);
    expect(meter.maxMb).toBe(26);
  });

  test("is measured together with another's", async () => {
    await using proc = await FakeProc.with({ 10: { mb: 20 }, 11: { mb: 7 } });
    const meter = proc.meter();
    meter.sample();
    meter.add(11);
    expect(meter.sample()).toBe(27 * mb);
  });

  test.each([
    { limitMb: 80, usedMb: 60 },
    { limitMb: 59, usedMb: 40 },
  ])("above a limit of $limitMb MB counts once what is shared: $usedMb MB", async ({ limitMb, usedMb }) => {
    await using proc = await FakeProc.with({
      10: { mb: 30, proportionalMb: 20 },
      12: { parent: "10", mb: 30, proportionalMb: 20 },
    });
    expect(proc.meter(limitMb * mb).sample()).toBe(usedMb * mb);
  });
});

/** A process that holds 60 MB, in a group of its own, as well as a child that holds as much. */
async function startHolders(): Promise<ChildProcess> {
  const hold = "const b = Buffer.alloc(60e6, 1); console.log(b.length); setInterval(() => {}, 1e6);";
  const script = `const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", ${JSON.stringify(hold)}], { stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => { ${hold} });`;
  const parent = spawn(process.execPath, ["-e", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise((resolve) => parent.stdout?.once("data", resolve));
  return parent;
}

test.each(existsSync("/proc/self") ? ["/proc", "/no-proc-here"] : ["/no-proc-here"])(
  "the memory of real processes is measured, as seen in %s",
  async (processes) => {
    const parent = await startHolders();
    const meter = new MemoryMeter({ limitBytes: noLimit, processes });
    meter.add(parent.pid ?? 0);
    try {
      expect(await meter.sample()).toBeGreaterThan(120e6);
      expect(meter.maxMb).toBeGreaterThan(120);
      expect(meter.maxMb).toBeLessThan(600);
    } finally {
      process.kill(-(parent.pid ?? 0), "SIGKILL");
      await new Promise((resolve) => parent.once("exit", resolve));
    }
  },
);
