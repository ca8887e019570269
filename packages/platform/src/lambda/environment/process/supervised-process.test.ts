import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { processesWith } from "../testing/leftovers.ts";
import { type ProcessCommand, startSupervisedProcess } from "./supervised-process.ts";

const hasProc = existsSync("/proc/self");
const marker = randomUUID();

afterEach(() => {
  if (hasProc) expect(processesWith(marker)).toEqual([]);
});

function node(script: string): ProcessCommand {
  return {
    command: [process.execPath, "-e", script],
    workingDirectory: "/",
    environment: { MARKER: marker, NAME: "a b;$c\n'd'" },
    marker,
  };
}

function shell(script: string): ProcessCommand {
  return { ...node(""), command: ["/bin/sh", "-c", script] };
}

/** A script that starts a child in its group, and one in a session of its own, and then does something. */
const family = (both: string) => `
const both = () => { ${both} };
const { spawn } = require("node:child_process");
const run = "console.log(1); setInterval(() => {}, 1e6)";
const own = spawn(process.execPath, ["-e", run], { stdio: ["ignore", "pipe", "inherit"] });
const far = spawn(process.execPath, ["-e", run], { stdio: ["ignore", "pipe", "inherit"], detached: true });
let running = 0;
for (const child of [own, far]) child.stdout.once("data", () => { if (++running === 2) both(); });
`;

describe("a supervised process", () => {
  test("is the command itself, with just the variables that it was given", async () => {
    const started = await startSupervisedProcess(
      node("console.log(process.pid); console.log(JSON.stringify(process.env))"),
      systemClock,
    );
    const [pid, variables] = (await text(started.stdout)).split("\n");
    expect(Number(pid)).toBe(started.pid);
    expect(JSON.parse(variables ?? "")).toEqual({ MARKER: marker, NAME: "a b;$c\n'd'" });
    await started.gone;
  });

  test("ends on a signal whenever it comes, even while it is being started", async () => {
    const exits = Array.from({ length: 24 }, async (_, delayMs) => {
      // What is told apart by it would be killed together.
      const own = `${marker} ${delayMs}.`;
      const command = { ...shell("exec sleep 1000"), environment: { MARKER: own }, marker: own };
      const started = await startSupervisedProcess(command, systemClock);
      await pause(delayMs);
      started.signal("SIGTERM");
      const exit = await started.exited;
      await started.gone;
      return exit;
    });
    expect(new Set((await Promise.all(exits)).map((exit) => JSON.stringify(exit)))).toEqual(
      new Set([JSON.stringify({ kind: "signaled", signal: "SIGTERM" })]),
    );
  });

  test.each([
    { script: "exit 0", exit: { kind: "exited", code: 0 } },
    { script: "exit 3", exit: { kind: "exited", code: 3 } },
    { script: "kill -SEGV $$", exit: { kind: "signaled", signal: "SIGSEGV" } },
    { script: "kill -KILL $$", exit: { kind: "signaled", signal: "SIGKILL" } },
  ])("that runs `$script` is seen to end so", async ({ script, exit }) => {
    const started = await startSupervisedProcess(shell(script), systemClock);
    expect(await started.exited).toEqual(exit);
    await started.gone;
  });

  test("can open its standard output and error by name", async () => {
    const started = await startSupervisedProcess(
      shell("echo out >/dev/stdout; echo err >/dev/stderr; echo more"),
      systemClock,
    );
    const [stdout, stderr] = await Promise.all([text(started.stdout), text(started.stderr)]);
    expect({ stdout, stderr }).toEqual({ stdout: "out\nmore\n", stderr: "err\n" });
    await started.gone;
  });

  test("that does not exist ends like a shell's", async () => {
    const started = await startSupervisedProcess({ ...node(""), command: ["/nowhere/at/all"] }, systemClock);
    expect(await started.exited).toEqual({ kind: "exited", code: 127 });
    await started.gone;
  });

  test("in a folder that does not exist is not started", async () => {
    const started = await startSupervisedProcess({ ...node(""), workingDirectory: "/nowhere" }, systemClock);
    expect(await started.exited).toEqual({ kind: "not-started", code: "ENOENT" });
    await started.gone;
  });

  test("is told to terminate together with what it started, and its watcher is not", async () => {
    const started = await startSupervisedProcess(
      shell("trap 'echo term; exit 5' TERM; echo up; while :; do sleep 1000 & wait; done"),
      systemClock,
    );
    const output = text(started.stdout);
    // The shell is up once there is a child of its own group to be seen.
    await new Promise((resolve) => started.stdout.once("data", resolve));
    started.signal("SIGTERM");
    expect(await started.exited).toEqual({ kind: "exited", code: 5 });
    await started.gone;
    expect(await output).toContain("term");
  });

  test.each(hasProc ? [{ processes: "/proc" }, { processes: "/no-proc-here" }] : [{ processes: "/proc" }])(
    "is killed with all its descendants, as seen in $processes",
    async ({ processes }) => {
      const started = await startSupervisedProcess(node(family("console.log(1)")), systemClock, processes);
      await new Promise((resolve) => started.stdout.once("data", resolve));
      started.kill();
      expect(await started.exited).toEqual({ kind: "signaled", signal: "SIGKILL" });
      await started.gone;
    },
  );

  test("takes its descendants with it when it ends by itself", async () => {
    const started = await startSupervisedProcess(node(family("process.exit(4)")), systemClock);
    expect(await started.exited).toEqual({ kind: "exited", code: 4 });
    await started.gone;
  });

  test.runIf(hasProc)("does not outlive its watcher", async () => {
    const started = await startSupervisedProcess(
      node("console.log(1); setInterval(() => {}, 1e6)"),
      systemClock,
    );
    await new Promise((resolve) => started.stdout.once("data", resolve));
    const ps = spawn("ps", ["-A", "-o", "pid=,ppid=,args="]);
    const watcher = (await text(ps.stdout))
      .split("\n")
      .find((line) => line.trim().split(/\s+/)[1] === String(started.pid) && line.includes("/bin/sh"));
    process.kill(Number(watcher?.trim().split(/\s+/)[0]), "SIGKILL");
    expect(await started.exited).toEqual({ kind: "signaled", signal: "SIGKILL" });
    await started.gone;
    await turn();
  });
});
