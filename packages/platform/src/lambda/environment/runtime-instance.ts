import type { Clock } from "./clock.ts";
import { type EnvironmentFailure, exitFailure, failure, initErrorFailure } from "./environment-failure.ts";
import { environmentLimits } from "./environment-limits.ts";
import { ExternalExtensions, findExternalExtensions } from "./external-extensions.ts";
import { LoggedProcess } from "./process/logged-process.ts";
import { MemoryWatch } from "./process/memory-watch.ts";
import type { TakeLines } from "./process/output-lines.ts";
import type { ProcessExit } from "./process/process-exit.ts";
import type { ProcessCommand, StartProcess } from "./process/supervised-process.ts";
import { withTimer } from "./process/with-timer.ts";
import type { ConnectionSource } from "./runtime-api/connection-source.ts";
import type { Delivery } from "./runtime-api/delivery.ts";
import type { ExtensionStatus, FunctionMetadata, ShutdownReason } from "./runtime-api/extensions-api.ts";
import { RuntimeApiServer } from "./runtime-api/runtime-api-server.ts";
import type { TelemetryHub } from "./telemetry/telemetry-hub.ts";

/** What a {@link RuntimeInstance} is made of. */
export interface RuntimeInstanceOptions {
  readonly function: FunctionMetadata;
  readonly memoryMb: number;
  /** Whether a process that uses more than `memoryMb` is killed. */
  readonly enforceMemory: boolean;
  /** Whether the process is stopped while it has nothing to do. */
  readonly freezes: boolean;
  /** How many invocations the runtime may have at once. */
  readonly maxConcurrency: number;
  /** Whether the runtime takes several answers at once. */
  readonly pipelines: boolean;
  readonly telemetry: TelemetryHub;
  /** Where the process connects that is started by hand: neither it nor extensions are started here then. */
  readonly byHand: ConnectionSource | undefined;
  /** The process to start, once the address of its Runtime API is known, and the name of its Unix socket if it has one. */
  readonly command: (runtimeApi: string, unixName: string | undefined) => ProcessCommand;
  /** The folder with the layers' content. */
  readonly layersDirectory: string;
  /** The process of an external extension. */
  readonly extensionCommand: (path: string, runtimeApi: string) => ProcessCommand;
  readonly takeLines: TakeLines;
  /** Takes the lines of extensions. */
  readonly takeExtensionLines: TakeLines;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly startProcess: StartProcess;
  /** The runtime waits for the next event. */
  readonly onIdle: () => void;
  /** The runtime waits for the next event, and an extension does not yet. */
  readonly onRuntimeDone: () => void;
  /** The process ended by itself, or an extension gave up. */
  readonly onFailure: (failure: EnvironmentFailure) => void;
}

/**
 * How long everything must have waited for an event before it is frozen, in milliseconds. AWS does not say how long it
 * takes. An environment that is used again soon need not be stopped at all: under load, a signal to stop, one to go on, and
 * what the kernel tells of both cost more than anything else that an invocation needs.
 */
const freezeAfterMs = 25;

/** How long a connection may stay open after its process is gone, in milliseconds: then it is somebody else's. */
const strayMs = 500;

/** One process of a runtime with its Runtime API and its extensions, from start to end: they are never restarted. */
export class RuntimeInstance {
  /** Resolves when the Init phase is over, one way or the other. */
  readonly initialized: Promise<EnvironmentFailure | undefined>;
  readonly #options: RuntimeInstanceOptions;
  readonly #api: RuntimeApiServer;
  readonly #extensions: ExternalExtensions;
  readonly #memory: MemoryWatch;
  readonly #initialized = Promise.withResolvers<EnvironmentFailure | undefined>();
  /** Resolves when nothing more may be started. */
  readonly #ended = Promise.withResolvers<void>();
  readonly #started: Promise<void>;
  #process: LoggedProcess | undefined;
  #isInitializing = true;
  #isBusy = true;
  #cancelFreezing: (() => void) | undefined;
  #idleSinceMs = 0;
  #isKilledForMemory = false;
  #termination: Promise<void> | undefined;
  #hasEnded = false;

  private constructor(options: RuntimeInstanceOptions, api: RuntimeApiServer) {
    this.#options = options;
    this.#api = api;
    this.#memory = new MemoryWatch({
      limitMb: options.memoryMb,
      clock: options.clock,
      onExceeded: () => this.#killForMemory(),
    });
    this.initialized = this.#initialized.promise;
    const { takeExtensionLines } = options;
    this.#extensions = new ExternalExtensions(
      api.extensions,
      (path) => this.#startProcess(options.extensionCommand(path, api.address), takeExtensionLines),
      (failed) => this.#fail(failed),
    );
    this.#started = options.byHand === undefined ? this.#start() : Promise.resolve();
  }

  /** Begins the Init phase. */
  static async start(options: RuntimeInstanceOptions): Promise<RuntimeInstance> {
    // A process that has just started can't have called before it is known here.
    let instance: RuntimeInstance | undefined;
    const api = await RuntimeApiServer.start({
      function: options.function,
      randomId: options.randomId,
      telemetry: options.telemetry,
      maxConcurrency: options.maxConcurrency,
      pipelines: options.pipelines,
      connections: options.byHand,
      listener: {
        idle: () => {
          if (instance !== undefined) instance.#idle();
        },
        runtimeDone: () => {
          if (instance !== undefined) instance.#runtimeDone();
        },
        initError: (report) => {
          if (instance !== undefined) instance.#failInit(initErrorFailure(report));
        },
        extensionFailure: ({ errorType }) => {
          if (instance !== undefined) instance.#fail(failure(errorType, "exit code 0"));
        },
        left: () => {
          if (instance !== undefined) instance.#left();
        },
      },
    });
    instance = new RuntimeInstance(options, api);
    return instance;
  }

  async #start(): Promise<void> {
    try {
      const extensions = await findExternalExtensions(this.#options.layersDirectory);
      if (extensions.length > 0) {
        const failed = await this.#extensions.start(extensions, this.#ended.promise);
        if (failed !== undefined) this.#failInit(failed);
      }
      if (!this.#isInitializing || this.#hasEnded) return;
      const process = await this.#startProcess(
        this.#options.command(this.#api.address, this.#api.unixName),
        this.#options.takeLines,
      );
      this.#process = process;
      void process.exited.then((exit) => this.#exited(process, exit));
    } catch (error) {
      // This machine has no process or no descriptor left, or the variables can't be passed on.
      this.#failInit(failure("Sandbox.Failure", error instanceof Error ? error.message : String(error)));
    }
  }

  async #startProcess(command: ProcessCommand, takeLines: TakeLines): Promise<LoggedProcess> {
    const { startProcess, clock } = this.#options;
    const process = await LoggedProcess.start(startProcess, command, takeLines, clock);
    if (process.pid !== undefined) this.#memory.add(process.pid);
    return process;
  }

  /** Whether its process has ended, or is being ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get maxMemoryMb(): number {
    return this.#memory.maxMb;
  }

  get extensions(): readonly ExtensionStatus[] {
    return this.#api.extensions.statuses.map(({ name, state, events, errorType }) => {
      return { name, state, events, errorType };
    });
  }

  /** Waits until what was written so far was taken. The last turn of the event loop has read it all. */
  get pausedOutput(): Promise<void> | undefined {
    for (const { pausedOutput } of this.#processes) if (pausedOutput !== undefined) return pausedOutput;
    return undefined;
  }

  get #processes(): readonly LoggedProcess[] {
    return this.#process === undefined
      ? [...this.#extensions.processes]
      : [this.#process, ...this.#extensions.processes];
  }

  /** How many invocations the runtime has, will get, or may still work on. */
  get outstanding(): number {
    return this.#api.outstanding;
  }

  deliver(delivery: Delivery): void {
    this.#api.deliver(delivery);
  }

  /** An invocation's time is up, and the environment goes on. */
  expire(delivery: Delivery): void {
    this.#api.expire(delivery);
  }

  /** Says whether the runtime has something to do: its memory is watched as long, and it is frozen otherwise. */
  setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (isBusy) {
      for (const process of this.#processes) process.resume();
      this.#memory.start();
      return;
    }
    this.#freezeLater();
    this.#memory.stop();
  }

  /**
   * Ends the process, extensions, and everything that they started. Without an extension by SIGKILL at once; with any,
   * the runtime gets SIGTERM and some time; then external extensions get the SHUTDOWN event, if they asked for it, and the
   * rest of the time.
   *
   * Resolves when no process is left and every line that was written has been taken.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
   */
  terminate(reason: ShutdownReason): Promise<void> {
    this.#termination ??= this.#terminate(reason);
    return this.#termination;
  }

  async #terminate(reason: ShutdownReason): Promise<void> {
    this.#hasEnded = true;
    this.#ended.resolve();
    this.#cancelFreezing?.();
    this.setBusy(false);
    await this.#started;
    if (this.#extensions.count > 0) await this.#endWithExtensions(reason);
    else if (this.#api.extensions.count > 0) {
      this.#process?.resume();
      await this.#flushTelemetry();
      await this.#process?.end(environmentLimits.shutdownWithInternalExtensionMs);
    }
    this.#process?.kill();
    await Promise.all([this.#process?.gone(), this.#extensions.kill()]);
    this.#options.telemetry.close();
    this.#api.close();
  }

  async #flushTelemetry(): Promise<void> {
    const { telemetry, clock } = this.#options;
    await withTimer(clock, telemetry.flush(), environmentLimits.telemetryFlushMs);
  }

  async #endWithExtensions(reason: ShutdownReason): Promise<void> {
    const { clock } = this.#options;
    const { shutdownWithExternalExtensionsMs: limitMs, runtimeShareOfShutdown } = environmentLimits;
    const beganMs = clock.monotonicMs();
    for (const process of this.#processes) process.resume();
    await this.#process?.end(limitMs * runtimeShareOfShutdown);
    this.#process?.kill();
    await this.#process?.gone();
    await this.#flushTelemetry();
    const leftMs = limitMs - (clock.monotonicMs() - beganMs);
    const told = this.#api.extensions.shutDown(reason, Math.round(clock.now() + leftMs));
    await this.#extensions.end(told, (exited) => withTimer(clock, exited, leftMs));
  }

  #idle(): void {
    if (this.#hasEnded) return;
    if (this.#isInitializing) {
      this.#isInitializing = false;
      this.#options.telemetry.closeSubscriptions();
      this.#initialized.resolve(undefined);
    } else if (this.#isBusy) this.#options.onIdle();
    else this.#freezeLater();
  }

  #runtimeDone(): void {
    if (!this.#hasEnded && !this.#isInitializing && this.#isBusy) this.#options.onRuntimeDone();
  }

  #freezeLater(): void {
    const { freezes, maxConcurrency, clock } = this.#options;
    if (!freezes || maxConcurrency > 1 || this.#hasEnded) return;
    this.#idleSinceMs = clock.monotonicMs();
    this.#awaitFreezing(freezeAfterMs);
  }

  /** One timer for many invocations: most of them begin before it is over. */
  #awaitFreezing(delayMs: number): void {
    const { clock } = this.#options;
    this.#cancelFreezing ??= clock.setTimer(delayMs, () => {
      this.#cancelFreezing = undefined;
      if (this.#isBusy || this.#hasEnded) return;
      const leftMs = this.#idleSinceMs + freezeAfterMs - clock.monotonicMs();
      if (leftMs > 0) this.#awaitFreezing(leftMs);
      // A runtime may hang up, and has something to do then. It is heard of again when it asks again.
      else if (this.#api.isIdle) for (const process of this.#processes) process.suspend();
    });
  }

  async #exited(process: LoggedProcess, exit: ProcessExit): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const isOutOfMemory = this.#isKilledForMemory || this.#wasOutOfMemory(exit);
    await process.gone();
    await this.#apiEmpty();
    this.#fail(exitFailure(exit, isOutOfMemory));
  }

  /** Nobody can see how a process ended that was started by hand. */
  #left(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#fail(exitFailure({ kind: "exited", code: 0 }, false));
  }

  /** What the runtime sent last is still on its way, perhaps to a slow receiver. */
  async #apiEmpty(): Promise<void> {
    const empty = this.#api.empty();
    do {
      await withTimer(this.#options.clock, empty, strayMs);
    } while (this.#api.isReceiving && this.#api.connections > 0);
    this.#api.closeRuntime();
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
    return exit.kind === "signaled" && exit.signal === "SIGKILL" && this.#memory.isUsedUp;
  }

  #killForMemory(): void {
    if (!this.#options.enforceMemory || this.#hasEnded) return;
    this.#isKilledForMemory = true;
    this.#process?.kill();
  }
}
