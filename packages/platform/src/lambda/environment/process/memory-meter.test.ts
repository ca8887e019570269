import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MemoryMeter } from "./memory-meter.ts";
import { watchScript } from "./watch-script.ts";

async function withProcesses(
  processes: Readonly<Record<string, { group: string; command?: string; kb: number }>>,
  use: (folder: string) => void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "proc-"));
  for (const [pid, { group, command, kb }] of Object.entries(processes)) {
    await mkdir(join(folder, pid));
    await writeFile(join(folder, pid, "stat"), `${pid} (a) b) c) S 1 ${group} 0 0`);
    await writeFile(join(folder, pid, "cmdline"), command ?? "node\0");
    await writeFile(
      join(folder, pid, "status"),
      `Name:\tnode\nVmHWM:\t${kb + 100} kB\nVmRSS:\t${kb} kB\nRssAnon:\t${kb - 10} kB\nRssFile:\t7 kB\nRssShmem:\t3 kB\n`,
    );
  }
  try {
    use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the memory of a process group", () => {
  test("is the kernel's peak for a single process", async () => {
    await withProcesses({ 10: { group: "10", kb: 2048 }, 11: { group: "11", kb: 9_000 } }, (folder) => {
      const meter = new MemoryMeter(10, folder);
      expect(meter.maxMb).toBe(0);
      expect(meter.sample(0)).toEqual({ unreclaimableBytes: 2041 * 1024 });
      expect(meter.maxMb).toBe(3);
    });
  });

  test("is the sum of its members, without the watcher", async () => {
    const watcher = `/bin/sh\0-c\0${watchScript}\0marker\0/proc\0${10}\0`;
    const group = { 10: { group: "10", kb: 1024 }, 12: { group: "10", kb: 1024 } };
    await withProcesses({ ...group, 13: { group: "10", kb: 50_000, command: watcher } }, (folder) => {
      const meter = new MemoryMeter(10, folder);
      meter.sample(0);
      expect(meter.maxMb).toBe(2);
    });
  });

  test("is 0 where the system does not show it", () => {
    const meter = new MemoryMeter(10, "/no-proc-here");
    expect(meter.sample(0)).toEqual({ unreclaimableBytes: 0 });
    expect(meter.maxMb).toBe(0);
  });

  test.runIf(existsSync("/proc/self"))("is measured on this machine", async () => {
    const child = spawn(
      process.execPath,
      ["-e", "const b = Buffer.alloc(60e6, 1); console.log(b.length); setInterval(() => {}, 1e6)"],
      {
        detached: true,
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const meter = new MemoryMeter(child.pid ?? 0);
    expect(meter.sample(0).unreclaimableBytes).toBeGreaterThan(60e6);
    expect(meter.maxMb).toBeGreaterThan(60);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
  });
});
