import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Transcript } from "./transcript.ts";

/** How a process is started. */
export interface ProcessOptions {
  readonly folder: string;
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads from standard input. */
  readonly input?: string;
}

/** A process that a test started; it does not outlive the test. */
export class RunningProcess implements AsyncDisposable {
  readonly stdout = new Transcript();
  readonly stderr = new Transcript();
  /** Its exit code, or the signal that ended it, once all its output has come. */
  readonly exit: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;

  constructor(command: string, parameters: readonly string[], options: ProcessOptions) {
    const child = spawn(command, parameters, {
      cwd: options.folder,
      env: options.environment,
      stdio: "pipe",
    });
    this.#child = child;
    for (const [stream, transcript] of [
      [child.stdout, this.stdout],
      [child.stderr, this.stderr],
    ] as const) {
      stream.setEncoding("utf8").on("data", (text: string) => transcript.append(text));
    }
    // A program that doesn't read its input may be gone before it is written.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    this.exit = once(child, "close").then(([code, signal]) => {
      this.stdout.end();
      this.stderr.end();
      return code ?? signal;
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("The process could not be started.");
    return this.#child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.exit;
  }
}
