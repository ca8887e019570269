import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Duplex, Readable } from "node:stream";
import type { Clock } from "../clock.ts";
import { closeWriters, discardPipes, type OutputPipe, openOutputPipes } from "./output-pipes.ts";
import type { ProcessExit } from "./process-exit.ts";
import { launchScript, watchScript } from "./watch-script.ts";

/** What to start. */
export interface ProcessCommand {
  /** Absolute path of the executable, and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly workingDirectory: string;
  /** The whole environment; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** A text among the values of `environment` that no other process has. */
  readonly marker: string;
}

/**
 * A process with its descendants. It outlives neither `kill` nor this process, however this process ends.
 */
export interface SupervisedProcess {
  readonly pid: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The process itself ended, or could not be started. Its descendants are killed then. */
  readonly exited: Promise<ProcessExit>;
  /** Neither it nor anything that it started is left. */
  readonly gone: Promise<void>;
  /** Signals the process and what it started, and lets them run if they were suspended. */
  signal(signal: "SIGTERM"): void;
  /**
   * Stops the process and what it started until `resume`, except for who has left its process group. Does nothing where
   * the watcher can't leave the group: whatever is stopped must not outlive this process.
   */
  suspend(): void;
  /** Lets everything run again that `suspend` has stopped. */
  resume(): void;
  /** Kills the process and what it started. */
  kill(): void;
}

/** Starts a process. */
export type StartProcess = (command: ProcessCommand, clock: Clock) => Promise<SupervisedProcess>;

/** How long the watcher may take before the process group is killed without it, in milliseconds. Ours. */
const watcherGraceMs = 1_000;

/**
 * Starts a process of this machine, under a watcher.
 * @param processes - where the system shows its processes; `/proc` except in tests.
 * @throws {Error} if the operating system refuses to start another process.
 */
export async function startSupervisedProcess(
  command: ProcessCommand,
  clock: Clock,
  processes = "/proc",
): Promise<SupervisedProcess> {
  const pipes = await openOutputPipes();
  try {
    const started = supervise(command, pipes, clock, processes);
    closeWriters(pipes);
    return started;
  } catch (error) {
    discardPipes(pipes);
    throw error;
  }
}

function supervise(
  { command, workingDirectory, environment, marker }: ProcessCommand,
  [stdout, stderr]: readonly [OutputPipe, OutputPipe],
  clock: Clock,
  processes: string,
): SupervisedProcess {
  const child = spawn("/bin/sh", ["-c", launchScript, marker, processes, watchScript, ...command], {
    cwd: workingDirectory,
    env: environment,
    // A session, and so a process group, of its own: what is sent to ours, as by Ctrl-C, does not reach it.
    detached: true,
    stdio: ["ignore", stdout.writerFd, stderr.writerFd, "pipe"],
  });
  const { pid } = child;
  let isKilled = false;
  let isSuspended = false;
  let isWatcherApart = false;
  let hasStarted = false;
  /** What was sent too early to be heard. */
  let waiting: NodeJS.Signals | undefined;

  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve({ kind: "not-started", code: error.code ?? error.message });
    });
    child.once("exit", (code, signal) => {
      if (signal !== null) resolve({ kind: "signaled", signal });
      else resolve({ kind: "exited", code: code ?? 0 });
    });
  });

  const lifeline = child.stdio?.[3] as Duplex | undefined;
  // No descriptor is left for the pipes.
  if (lifeline === undefined) throw new Error("The operating system refuses to start another process.");

  const watched = new Promise<void>((resolve) => {
    // The watcher is the only one at the other end.
    lifeline.once("close", () => {
      // Somebody killed the watcher. What it guards would outlive us, so it goes as well.
      if (!isKilled) killGroup(pid);
      resolve();
    });
    lifeline.on("error", () => {});
    let told = "";
    lifeline.on("data", (bytes: Buffer) => {
      told += bytes.toString("latin1");
      if (!hasStarted && told.includes("started\n")) {
        hasStarted = true;
        if (waiting !== undefined) signalGroup(pid, waiting);
      }
      if (!isWatcherApart && told.includes("apart\n")) {
        isWatcherApart = true;
        if (isSuspended) signalGroup(pid, "SIGSTOP");
      }
    });
  });

  const suspend = () => {
    if (isSuspended || isKilled) return;
    isSuspended = true;
    if (isWatcherApart) signalGroup(pid, "SIGSTOP");
  };
  const resume = () => {
    if (!isSuspended || isKilled) return;
    isSuspended = false;
    if (isWatcherApart) signalGroup(pid, "SIGCONT");
  };

  const kill = () => {
    if (isKilled) return;
    isKilled = true;
    // At once, rather than when the watcher comes to it; but `ps` would not see who descends from a process that is gone.
    if (isWatcherApart) signalGroup(pid, existsSync(`${processes}/self`) ? "SIGKILL" : "SIGSTOP");
    lifeline.end();
    const cancel = clock.setTimer(watcherGraceMs, () => {
      killGroup(pid);
      lifeline.destroy();
    });
    void watched.then(cancel);
  };

  void exited.then(kill);
  return {
    pid,
    stdout: stdout.reader,
    stderr: stderr.reader,
    exited,
    gone: Promise.all([exited, watched]).then(() => {}),
    signal: (signal) => {
      if (hasStarted) signalGroup(pid, signal);
      else waiting = signal;
      resume();
    },
    suspend,
    resume,
    kill,
  };
}

function killGroup(pid: number | undefined): void {
  signalGroup(pid, "SIGKILL");
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
