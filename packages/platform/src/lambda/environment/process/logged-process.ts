import type { Clock } from "../clock.ts";
import { OutputLines, type TakeLines } from "./output-lines.ts";
import type { ProcessExit } from "./process-exit.ts";
import type { ProcessCommand, StartProcess, SupervisedProcess } from "./supervised-process.ts";
import { withTimer } from "./with-timer.ts";

/** How long a stream may stay open after its process is gone, in milliseconds: then it is somebody else's. */
const strayMs = 500;

/** A supervised process whose lines go to the log. */
export class LoggedProcess {
  readonly #process: SupervisedProcess;
  readonly #outputs: readonly OutputLines[];
  readonly #clock: Clock;
  #gone: Promise<void> | undefined;

  private constructor(process: SupervisedProcess, takeLines: TakeLines, clock: Clock) {
    this.#process = process;
    this.#outputs = [process.stdout, process.stderr].map((stream) => new OutputLines(stream, takeLines));
    this.#clock = clock;
  }

  static async start(
    startProcess: StartProcess,
    command: ProcessCommand,
    takeLines: TakeLines,
    clock: Clock,
  ): Promise<LoggedProcess> {
    return new LoggedProcess(await startProcess(command, clock), takeLines, clock);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get exited(): Promise<ProcessExit> {
    return this.#process.exited;
  }

  /** Waits until what the process has written so far was taken. The last turn of the event loop has read it all. */
  get pausedOutput(): Promise<void> | undefined {
    return this.#outputs[0]?.paused ?? this.#outputs[1]?.paused;
  }

  suspend(): void {
    this.#process.suspend();
  }

  resume(): void {
    this.#process.resume();
  }

  /** Grants it some time to end by itself after SIGTERM. */
  async end(limitMs: number): Promise<void> {
    this.#process.signal("SIGTERM");
    await withTimer(this.#clock, this.#process.exited, limitMs);
  }

  kill(): void {
    this.#process.kill();
  }

  /** Resolves when nothing is left of it, and every line that it wrote was taken. */
  gone(): Promise<void> {
    this.#gone ??= this.#awaitGone();
    return this.#gone;
  }

  /** The last lines may have to wait for whoever takes them; a process that escaped with the stream in its hands may not. */
  async #awaitGone(): Promise<void> {
    await this.#process.gone;
    for (const output of this.#outputs) {
      do {
        await withTimer(this.#clock, output.ended, strayMs);
      } while (output.paused !== undefined);
      output.destroy();
      await output.ended;
    }
  }
}
