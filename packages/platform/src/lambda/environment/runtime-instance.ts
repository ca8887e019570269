import type { Clock } from "./clock.ts";
import { type EnvironmentFailure, exitFailure, failure, initErrorFailure } from "./environment-failure.ts";
import { environmentLimits } from "./environment-limits.ts";
import { MemoryMeter } from "./process/memory-meter.ts";
import { OutputLines, type TakeLines } from "./process/output-lines.ts";
import type { ProcessExit } from "./process/process-exit.ts";
import type { ProcessCommand, StartProcess, SupervisedProcess } from "./process/supervised-process.ts";
import type { Delivery } from "./runtime-api/delivery.ts";
import type { FunctionMetadata } from "./runtime-api/extensions-api.ts";
import { RuntimeApiServer } from "./runtime-api/runtime-api-server.ts";

/** What a {@link RuntimeInstance} is made of. */
export interface RuntimeInstanceOptions {
  readonly function: FunctionMetadata;
  readonly memoryMb: number;
  /** Whether a process that uses more than `memoryMb` is killed. */
  readonly enforceMemory: boolean;
  /** Whether the process is stopped while it has nothing to do. */
  readonly freezes: boolean;
  /** The process to start, once the address of its Runtime API is known. */
  readonly command: (runtimeApi: string) => ProcessCommand;
  readonly takeLines: TakeLines;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly startProcess: StartProcess;
  /** The runtime waits for the next event. */
  readonly onIdle: () => void;
  /** The process ended by itself, or an extension gave up. */
  readonly onFailure: (failure: EnvironmentFailure) => void;
}

/** How often the memory of a busy runtime is looked at, in milliseconds: it must die within 100 of passing its limit. */
const sampleEveryMs = 50;

/**
 * How long everything must have waited for an event before it is frozen, in milliseconds. AWS does not say how long it
 * takes; an environment that is used again at once need not be stopped at all.
 */
const freezeAfterMs = 5;

/** How long a stream or connection may stay open after its process is gone, in milliseconds: then it is somebody else's. */
const strayMs = 500;

/** One process of a runtime with its Runtime API, from its start to its end: it is never restarted. */
export class RuntimeInstance {
  /** Resolves when the Init phase is over, one way or the other. */
  readonly initialized: Promise<EnvironmentFailure | undefined>;
  readonly #options: RuntimeInstanceOptions;
  readonly #api: RuntimeApiServer;
  readonly #process: SupervisedProcess;
  readonly #outputs: readonly OutputLines[];
  readonly #meter: MemoryMeter;
  readonly #initialized = Promise.withResolvers<EnvironmentFailure | undefined>();
  #isInitializing = true;
  #isBusy = false;
  #cancelSampling: (() => void) | undefined;
  #cancelFreezing: (() => void) | undefined;
  #sampledAtMs = Number.NEGATIVE_INFINITY;
  #residentBytes = 0;
  #isKilledForMemory = false;
  #termination: Promise<void> | undefined;
  #hasEnded = false;

  private constructor(options: RuntimeInstanceOptions, api: RuntimeApiServer, process: SupervisedProcess) {
    this.#options = options;
    this.#api = api;
    this.#process = process;
    this.#outputs = [process.stdout, process.stderr].map(
      (stream) => new OutputLines(stream, options.takeLines),
    );
    this.#meter = new MemoryMeter({ limitBytes: this.#memoryBytes });
    if (process.pid !== undefined) this.#meter.add(process.pid);
    this.initialized = this.#initialized.promise;
    void process.exited.then((exit) => this.#exited(exit));
  }

  static async start(options: RuntimeInstanceOptions): Promise<RuntimeInstance> {
    // A process that has just started can't have called before it is known here.
    let instance: RuntimeInstance | undefined;
    const api = await RuntimeApiServer.start({
      function: options.function,
      randomId: options.randomId,
      listener: {
        idle: () => {
          if (instance !== undefined) instance.#idle();
        },
        initError: (report) => {
          if (instance !== undefined) instance.#failInit(initErrorFailure(report));
        },
        extensionFailure: ({ errorType }) => {
          if (instance !== undefined) instance.#fail(failure(errorType, "exit code 0"));
        },
      },
    });
    try {
      const process = await options.startProcess(options.command(api.address), options.clock);
      instance = new RuntimeInstance(options, api, process);
      return instance;
    } catch (error) {
      api.close();
      throw error;
    }
  }

  /** Whether its process has ended, or is being ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get maxMemoryMb(): number {
    return this.#meter.maxMb;
  }

  /** Waits until what the process has written so far was taken. The last turn of the event loop has read it all. */
  get pausedOutput(): Promise<void> | undefined {
    return this.#outputs[0]?.paused ?? this.#outputs[1]?.paused;
  }

  deliver(delivery: Delivery): void {
    this.#api.deliver(delivery);
  }

  /** Says whether the runtime has something to do: its memory is watched as long, and it is frozen otherwise. */
  setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    this.#cancelSampling?.();
    this.#cancelSampling = undefined;
    this.#cancelFreezing?.();
    this.#cancelFreezing = undefined;
    if (isBusy) {
      this.#process.resume();
      this.#sampleLater();
      return;
    }
    this.#freezeLater();
    if (this.#options.clock.monotonicMs() - this.#sampledAtMs >= sampleEveryMs) void this.#sample();
  }

  /**
   * Ends the process and everything that it started: with an internal extension by SIGTERM and, after its grace, by
   * SIGKILL; otherwise by SIGKILL at once.
   *
   * Resolves when no process is left and every line that was written has been taken.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
   */
  terminate(): Promise<void> {
    this.#termination ??= this.#terminate();
    return this.#termination;
  }

  async #terminate(): Promise<void> {
    this.#hasEnded = true;
    this.setBusy(false);
    if (this.#api.extensions > 0) {
      this.#process.signal("SIGTERM");
      await this.#withTimer(this.#process.exited, environmentLimits.shutdownWithInternalExtensionMs);
    }
    this.#process.kill();
    await this.#process.gone;
    await this.#outputEnded();
    this.#api.close();
  }

  #idle(): void {
    if (this.#hasEnded) return;
    if (this.#isInitializing) {
      this.#isInitializing = false;
      this.#initialized.resolve(undefined);
    } else if (this.#isBusy) this.#options.onIdle();
    else this.#freezeLater();
  }

  #freezeLater(): void {
    this.#cancelFreezing?.();
    if (!this.#options.freezes || this.#hasEnded) return;
    this.#cancelFreezing = this.#options.clock.setTimer(freezeAfterMs, () => {
      // A runtime may hang up, and has something to do then. It is heard of again when it asks again.
      if (this.#api.isIdle && !this.#hasEnded) this.#process.suspend();
    });
  }

  async #exited(exit: ProcessExit): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const isOutOfMemory = this.#isKilledForMemory || this.#wasOutOfMemory(exit);
    await this.#process.gone;
    await this.#outputEnded();
    await this.#apiEmpty();
    this.#fail(exitFailure(exit, isOutOfMemory));
  }

  /** What the runtime sent last is still on its way, perhaps to a slow receiver. */
  async #apiEmpty(): Promise<void> {
    const empty = this.#api.empty();
    do {
      await this.#withTimer(empty, strayMs);
    } while (this.#api.isReceiving && this.#api.connections > 0);
    this.#api.close();
  }

  /** The last lines may have to wait for whoever takes them; a process that escaped with the stream in its hands may not. */
  async #outputEnded(): Promise<void> {
    for (const output of this.#outputs) {
      do {
        await this.#withTimer(output.ended, strayMs);
      } while (output.paused !== undefined);
      output.destroy();
      await output.ended;
    }
  }

  #failInit(failed: EnvironmentFailure): void {
    if (!this.#isInitializing) return;
    this.#isInitializing = false;
    this.#initialized.resolve(failed);
  }

  #fail(failed: EnvironmentFailure): void {
    if (this.#isInitializing) this.#failInit(failed);
    else this.#options.onFailure(failed);
  }

  /** Killed from outside, with the function's memory used up: by the kernel, most likely. */
  #wasOutOfMemory(exit: ProcessExit): boolean {
    if (exit.kind !== "signaled" || exit.signal !== "SIGKILL") return false;
    return this.#residentBytes >= this.#memoryBytes * 0.95;
  }

  get #memoryBytes(): number {
    return this.#options.memoryMb * 1024 * 1024;
  }

  #sampleLater(): void {
    this.#cancelSampling?.();
    this.#cancelSampling = this.#options.clock.setTimer(sampleEveryMs, () => {
      const sampled = this.#sample();
      if (sampled === undefined) this.#sampleAgain();
      else void sampled.then(() => this.#sampleAgain());
    });
  }

  #sampleAgain(): void {
    if (this.#isBusy) this.#sampleLater();
  }

  #sample(): Promise<void> | undefined {
    this.#sampledAtMs = this.#options.clock.monotonicMs();
    const sample = this.#meter.sample();
    if (typeof sample !== "number") return sample.then((bytes) => this.#limitMemory(bytes));
    this.#limitMemory(sample);
    return undefined;
  }

  #limitMemory(bytes: number): void {
    this.#residentBytes = bytes;
    if (!this.#options.enforceMemory || this.#hasEnded || bytes <= this.#memoryBytes) return;
    this.#isKilledForMemory = true;
    this.#process.kill();
  }

  /** Waits for a promise, but no longer than this. */
  async #withTimer(promise: Promise<unknown>, limitMs: number): Promise<void> {
    const { promise: timeUp, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.setTimer(limitMs, resolve);
    await Promise.race([promise, timeUp]);
    cancel();
  }
}
