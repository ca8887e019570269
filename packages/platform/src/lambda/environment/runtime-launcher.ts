import { type EnvironmentFailure, failure } from "./environment-failure.ts";
import { EnvironmentLog } from "./environment-log.ts";
import {
  type EnvironmentPorts,
  type EnvironmentSpec,
  extensionCommand,
  initializationType,
  processCommand,
  withLayers,
} from "./environment-spec.ts";
import type { InitPhase, LogOptions, LogStatus } from "./log-lines.ts";
import { inspected, inspectorPort, mayBeInspected } from "./process/inspector.ts";
import type { ShutdownReason } from "./runtime-api/extensions-api.ts";
import { RuntimeInstance } from "./runtime-instance.ts";
import type { RuntimeCommand } from "./runtimes.ts";
import { TelemetryHub } from "./telemetry/telemetry-hub.ts";

/** What an execution environment wants to know of its runtime. */
export interface RuntimeListener {
  /** The runtime waits for an event, and so does every extension. */
  idle(): void;
  /** The runtime waits for an event, and an extension does not yet. */
  runtimeDone(): void;
  /** The process ended by itself, or an extension gave up. */
  failed(instance: RuntimeInstance, failure: EnvironmentFailure): void;
}

/** How an initialisation went. */
export interface Initialization {
  readonly phase: InitPhase;
  readonly instance: RuntimeInstance | undefined;
  /** Why there is no instance. */
  readonly failed: EnvironmentFailure | undefined;
  readonly durationMs: number;
  readonly maxMemoryMb: number;
}

/** Starts the runtimes of one execution environment, one after the other, and logs how that went. */
export class RuntimeLauncher {
  readonly logStreamName: string;
  readonly log: EnvironmentLog;
  readonly #spec: EnvironmentSpec;
  readonly #ports: EnvironmentPorts;
  readonly #listener: RuntimeListener;
  readonly #marker: string;
  #abort: ((failed: EnvironmentFailure) => void) | undefined;

  constructor(spec: EnvironmentSpec, ports: EnvironmentPorts, listener: RuntimeListener) {
    this.#spec = spec;
    this.#ports = ports;
    this.#listener = listener;
    // Unique, and in the environment of every process that belongs here.
    this.#marker = ports.randomId().replaceAll("-", "");
    const [day] = new Date(ports.clock.now()).toISOString().split("T");
    this.logStreamName = `${day?.replaceAll("-", "/")}/[${spec.functionVersion}]${this.#marker}`;
    this.log = new EnvironmentLog(this.logStreamName, logOptions(spec), ports.log, () => ports.clock.now());
  }

  get isInitializing(): boolean {
    return this.#abort !== undefined;
  }

  /** Gives up the initialisation under way. */
  abort(failed: EnvironmentFailure): void {
    this.#abort?.(failed);
  }

  /** Starts a process and waits until it asks for an event. Whatever fails is logged, and the process ended. */
  async initialize(phase: InitPhase): Promise<Initialization> {
    const { clock } = this.#ports;
    const startedMs = clock.monotonicMs();
    const aborted = Promise.withResolvers<EnvironmentFailure>();
    this.#abort = aborted.resolve;
    const { instance, failed } = await this.#start(phase, aborted.promise);
    this.#abort = undefined;
    const durationMs = clock.monotonicMs() - startedMs;
    const extensions = instance?.extensions ?? [];
    if (failed === undefined) instance?.setBusy(false);
    else await instance?.terminate(shutdownReason(failed));
    const status: LogStatus = failed?.status ?? "success";
    const errorType = failed?.errorType;
    this.log.platform({ type: "initRuntimeDone", phase, status, errorType });
    for (const { name, state, events, errorType: type } of extensions) {
      this.log.platform({ type: "extension", name, state, events, errorType: type });
    }
    this.log.platform({ type: "initReport", phase, status, errorType, durationMs });
    const maxMemoryMb = instance?.maxMemoryMb ?? 0;
    return { phase, instance: failed === undefined ? instance : undefined, failed, durationMs, maxMemoryMb };
  }

  async #start(
    phase: InitPhase,
    aborted: Promise<EnvironmentFailure>,
  ): Promise<{ instance?: RuntimeInstance; failed: EnvironmentFailure | undefined }> {
    let instance: RuntimeInstance | undefined;
    try {
      const spec = withLayers(this.#spec);
      const command = await Promise.race([this.#ports.findCommand(spec), aborted]);
      if (!("kind" in command)) return { failed: command };
      const telemetry = new TelemetryHub(this.#ports.clock, spec.maxConcurrency > 1, (notice) =>
        this.log.platform(notice),
      );
      this.log.telemetry = telemetry;
      this.#logInitStart(phase, command.version);
      if (command.kind === "refused") return { failed: failure(command.errorType, command.errorMessage) };
      instance = await this.#startRuntime(spec, command, telemetry);
      return { instance, failed: await Promise.race([instance.initialized, aborted]) };
    } catch (error) {
      // This machine has no port, no process or no descriptor left, or the variables can't be passed on.
      const failed = failure("Sandbox.Failure", error instanceof Error ? error.message : String(error));
      return instance === undefined ? { failed } : { instance, failed };
    }
  }

  async #startRuntime(
    spec: EnvironmentSpec,
    command: RuntimeCommand,
    telemetry: TelemetryHub,
  ): Promise<RuntimeInstance> {
    const { hostPath, byHand, onAwaited } = this.#ports;
    const facts = { logStreamName: this.logStreamName, marker: this.#marker, hostPath };
    const isInspected = byHand === undefined && (await this.#isInspected(spec, command));
    if (byHand?.isAwaited === false) onAwaited?.({ kind: "process" });
    const instance = await RuntimeInstance.start({
      function: {
        functionName: spec.functionName,
        functionVersion: spec.functionVersion,
        handler: this.#spec.handler,
        accountId: spec.functionArn.split(":")[4] ?? "",
      },
      memoryMb: spec.memoryMb,
      enforceMemory: spec.enforceMemory,
      freezes: spec.freezes,
      maxConcurrency: spec.maxConcurrency,
      pipelines: byHand === undefined && command.pipelines === true,
      telemetry,
      byHand,
      command: (runtimeApi, unixName) => {
        const process = processCommand(spec, command, { ...facts, runtimeApi, unixName });
        return isInspected ? inspected(process, spec.debugPort ?? 0) : process;
      },
      layersDirectory: spec.layersDirectory,
      extensionCommand: (path, runtimeApi) => {
        const marker = this.#ports.randomId();
        return extensionCommand(path, spec, command, { ...facts, marker, runtimeApi });
      },
      takeLines: (lines) => {
        if (isInspected) this.#tellInspector(lines);
        return this.log.lines("function", lines);
      },
      takeExtensionLines: (lines) => this.log.lines("extension", lines),
      clock: this.#ports.clock,
      randomId: this.#ports.randomId,
      startProcess: this.#ports.startProcess,
      onIdle: () => this.#listener.idle(),
      onRuntimeDone: () => this.#listener.runtimeDone(),
      onFailure: (failed) => this.#listener.failed(instance, failed),
    });
    instance.setBusy(true);
    return instance;
  }

  /** Whether the process is to wait for a debugger, and can be told to. */
  async #isInspected({ runtime, debugPort }: EnvironmentSpec, { command }: RuntimeCommand): Promise<boolean> {
    if (debugPort === undefined) return false;
    if (await mayBeInspected(runtime, command)) return true;
    this.#ports.onAwaited?.({ kind: "no-debugger" });
    return false;
  }

  #tellInspector(lines: readonly string[]): void {
    for (const line of lines) {
      const port = inspectorPort(line);
      if (port !== undefined) this.#ports.onAwaited?.({ kind: "debugger", port });
    }
  }

  #logInitStart(phase: InitPhase, runtimeVersion: string): void {
    const { functionName, functionVersion, functionArn, memoryMb } = this.#spec;
    const [, partition, , region] = functionArn.split(":");
    this.log.platform({
      type: "initStart",
      phase,
      runtimeVersion,
      runtimeVersionArn: `arn:${partition}:lambda:${region}::runtime:${runtimeVersion}`,
      functionName,
      functionVersion,
      instanceId: this.logStreamName,
      memorySizeMb: memoryMb,
    });
  }
}

/** With several invocations at once there is JSON only: nothing else would tell whose line it is. */
function logOptions(spec: EnvironmentSpec): LogOptions {
  const options = { ...spec.log, initializationType: initializationType(spec) };
  return spec.maxConcurrency > 1 ? { ...options, format: "JSON" } : options;
}

/** What extensions are told of a failure. */
export function shutdownReason(failed: EnvironmentFailure): ShutdownReason {
  if (failed === shutDownFailure) return "spindown";
  return failed.status === "timeout" ? "timeout" : "failure";
}

/** The environment is shut down while something is under way. */
export const shutDownFailure = failure("Sandbox.Failure", "The execution environment was shut down");
