import type { Environment } from "./environment.ts";
import { type EnvironmentFailure, timeoutFailure } from "./environment-failure.ts";
import { environmentLimits, longInitMs } from "./environment-limits.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import type { EnvironmentPorts, EnvironmentSpec } from "./environment-spec.ts";
import type { Invocation, InvocationReceiver, InvocationRequest } from "./invocation.ts";
import { InvocationLog } from "./invocation-log.ts";
import type { InitPhase } from "./log-lines.ts";
import { RunningInvocation } from "./running-invocation.ts";
import type { RuntimeInstance } from "./runtime-instance.ts";
import { RuntimeLauncher, shutDownFailure, shutdownReason } from "./runtime-launcher.ts";

/**
 * - `new`: no process yet.
 * - `ready`: the runtime waits for an event.
 * - `busy`: it has an invocation, or is about to.
 * - `reset`: its process is gone; the next invocation starts another.
 * - `shut-down`: nothing comes after it.
 */
type Phase = "new" | "ready" | "busy" | "reset" | "shut-down";

/**
 * One execution environment: a process with its own Runtime API that handles one invocation after the other.
 *
 * The first invocation begins with the Init phase. Whatever goes wrong there is tried again within the invocation, under
 * its timeout; and after an invocation that failed or timed out, the next one starts a new process in the same way.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export class ExecutionEnvironment implements Environment {
  readonly spec: EnvironmentSpec;
  readonly logStreamName: string;
  readonly #ports: EnvironmentPorts;
  readonly #launcher: RuntimeLauncher;
  readonly #log: EnvironmentLog;
  readonly #invocationLog: InvocationLog;
  #phase: Phase = "new";
  #instance: RuntimeInstance | undefined;
  #running: RunningInvocation | undefined;
  /** The Init phase ahead of invocations. */
  #warmingUp: Promise<void> | undefined;
  /** Of the Init phase; told by the first REPORT. */
  #initDurationMs: number | undefined;
  #maxMemoryMb = 0;
  #shutdown: Promise<void> | undefined;

  constructor(spec: EnvironmentSpec, ports: EnvironmentPorts) {
    this.spec = spec;
    this.#ports = ports;
    this.#launcher = new RuntimeLauncher(spec, ports, {
      idle: () => this.#idle(),
      runtimeDone: () => this.#runtimeDone(),
      failed: (instance, failed) => this.#instanceFailed(instance, failed),
    });
    this.#log = this.#launcher.log;
    this.#invocationLog = new InvocationLog(this.#log, spec);
    this.logStreamName = this.#launcher.logStreamName;
  }

  get isAvailable(): boolean {
    return this.#phase === "new" || this.#phase === "ready" || this.#phase === "reset";
  }

  get isAboutToBeFree(): boolean {
    return this.#phase === "busy" && this.#running?.isAnswered === true;
  }

  invoke(request: InvocationRequest, receiver: InvocationReceiver): Invocation {
    if (!this.isAvailable) throw new Error(`The execution environment is ${this.#phase}, not available.`);
    const { clock, randomId } = this.#ports;
    const running = new RunningInvocation(request, receiver, randomId(), () => clock.monotonicMs());
    const before = this.#phase;
    this.#phase = "busy";
    this.#running = running;
    this.#log.requestId = request.requestId;
    if (before === "new") void this.#initializeFirst(running);
    else this.#begin(running);
    return running;
  }

  warmUp(): Promise<void> {
    this.#warmingUp ??= this.#warmUp();
    return this.#warmingUp;
  }

  async #warmUp(): Promise<void> {
    if (this.#phase !== "new") return;
    this.#phase = "busy";
    await this.#initializeAhead(this.spec.initTimeoutMs ?? longInitMs(this.spec.timeoutMs));
    if (this.#phase === "busy") this.#phase = this.#instance === undefined ? "reset" : "ready";
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#shutDown();
    return this.#shutdown;
  }

  async #shutDown(): Promise<void> {
    this.#phase = "shut-down";
    const running = this.#running;
    if (this.#launcher.isInitializing) this.#launcher.abort(shutDownFailure);
    else if (running !== undefined) await this.#fail(running, shutDownFailure);
    await Promise.all([running?.released, this.#warmingUp]);
    await this.#instance?.terminate("spindown");
  }

  /** The Init phase, which has a limit of its own, and precedes the invocation's time. */
  async #initializeFirst(running: RunningInvocation): Promise<void> {
    await this.#initializeAhead(this.spec.initTimeoutMs ?? environmentLimits.initMs);
    this.#begin(running);
  }

  async #initializeAhead(limitMs: number): Promise<void> {
    const cancel = this.#ports.clock.setTimer(limitMs, () => this.#launcher.abort(timeoutFailure(limitMs)));
    await this.#initialize("init");
    cancel();
  }

  #begin(running: RunningInvocation): void {
    const { clock, patience = clock } = this.#ports;
    const { timeoutMs, toldTimeoutMs = timeoutMs } = this.spec;
    running.startTime(clock.now(), toldTimeoutMs);
    running.cancelTimeout = patience.setTimer(timeoutMs, () => this.#timeOut(running));
    // It may have died between two invocations.
    if (this.#instance?.hasEnded === true) this.#instance = undefined;
    if (this.#instance === undefined) void this.#initializeWithin(running);
    else this.#deliver(running, this.#instance);
  }

  /** "Suppressed init": a new process, within the invocation's time. */
  async #initializeWithin(running: RunningInvocation): Promise<void> {
    const failed = this.#phase === "shut-down" ? shutDownFailure : await this.#initialize("invoke");
    const instance = this.#instance;
    if (failed === undefined && instance !== undefined) {
      this.#deliver(running, instance);
      return;
    }
    this.#invocationLog.start(running);
    await this.#fail(running, failed ?? shutDownFailure);
  }

  async #initialize(phase: InitPhase): Promise<EnvironmentFailure | undefined> {
    const { instance, failed, durationMs, maxMemoryMb } = await this.#launcher.initialize(phase);
    this.#instance = instance;
    this.#maxMemoryMb = Math.max(this.#maxMemoryMb, maxMemoryMb);
    if (phase === "init" && failed === undefined) this.#initDurationMs = durationMs;
    return failed;
  }

  #deliver(running: RunningInvocation, instance: RuntimeInstance): void {
    this.#invocationLog.start(running);
    running.markDelivered();
    instance.setBusy(true);
    instance.deliver(running);
  }

  #timeOut(running: RunningInvocation): void {
    const failed = timeoutFailure(this.spec.timeoutMs);
    if (!this.#launcher.isInitializing) void this.#fail(running, failed);
    else {
      // The caller need not wait until the process is gone.
      running.fail(failed);
      this.#launcher.abort(failed);
    }
  }

  /** The runtime has asked for the next event, and an extension has not: it may wait to be told of that. */
  #runtimeDone(): void {
    const running = this.#running;
    if (running === undefined || running.isFinishing || !running.isDelivered) return;
    const durationMs = running.elapsedMs();
    running.settle();
    setImmediate(() => this.#invocationLog.runtimeDone(running, "success", undefined, durationMs));
  }

  /** The runtime has asked for the next event, and so has every extension. */
  #idle(): void {
    const running = this.#running;
    if (running === undefined || running.isFinishing || !running.isDelivered) return;
    running.isFinishing = true;
    running.cancelTimeout();
    running.settle();
    const durationMs = running.elapsedMs();
    // What the function wrote before is read in this turn of the event loop, or waits for whoever takes it.
    setImmediate(() => {
      const paused = this.#instance?.pausedOutput;
      if (paused === undefined) this.#finish(running, durationMs, undefined);
      else void this.#finishAfter(paused, running, durationMs);
    });
  }

  async #finishAfter(paused: Promise<void>, running: RunningInvocation, durationMs: number): Promise<void> {
    for (
      let wait: Promise<void> | undefined = paused;
      wait !== undefined;
      wait = this.#instance?.pausedOutput
    ) {
      await wait;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#finish(running, durationMs, undefined);
  }

  #instanceFailed(instance: RuntimeInstance, failed: EnvironmentFailure): void {
    const running = this.#running;
    void instance.terminate("failure");
    if (instance !== this.#instance) return;
    if (running !== undefined) void this.#fail(running, failed);
    else if (this.#phase === "ready") this.#phase = "reset";
  }

  /** The environment is reset. The caller is told first. */
  async #fail(running: RunningInvocation, failed: EnvironmentFailure): Promise<void> {
    if (running.isFinishing) return;
    running.isFinishing = true;
    running.cancelTimeout();
    // A function that timed out has used all of its time, and no more.
    const durationMs = failed.status === "timeout" ? this.spec.timeoutMs : running.elapsedMs();
    running.fail(failed);
    // Extensions learn of it before they have to end.
    if (running.isDelivered && (this.#instance?.extensions.length ?? 0) > 0) {
      this.#invocationLog.runtimeDone(running, failed.status, failed.errorType, durationMs);
    }
    await this.#instance?.terminate(shutdownReason(failed));
    this.#finish(running, durationMs, failed);
  }

  #finish(running: RunningInvocation, durationMs: number, failed: EnvironmentFailure | undefined): void {
    const instance = this.#instance;
    instance?.setBusy(false);
    this.#maxMemoryMb = Math.max(this.#maxMemoryMb, instance?.maxMemoryMb ?? 0);
    const report = this.#invocationLog.end(running, {
      durationMs,
      failed,
      initDurationMs: this.#initDurationMs,
      maxMemoryMb: this.#maxMemoryMb,
    });
    this.#initDurationMs = undefined;
    this.#log.requestId = undefined;
    this.#running = undefined;
    if (instance?.hasEnded !== false) this.#instance = undefined;
    if (this.#phase === "busy") this.#phase = this.#instance === undefined ? "reset" : "ready";
    // In this order, so that whoever awaits the report finds the environment free.
    running.release();
    running.finish(report);
  }
}
