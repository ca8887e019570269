import type { Environment } from "./environment.ts";
import { type EnvironmentFailure, timeoutFailure } from "./environment-failure.ts";
import { longInitMs } from "./environment-limits.ts";
import type { EnvironmentPorts, EnvironmentSpec } from "./environment-spec.ts";
import type { Invocation, InvocationReceiver, InvocationRequest } from "./invocation.ts";
import { InvocationLog } from "./invocation-log.ts";
import { RunningInvocation } from "./running-invocation.ts";
import type { RuntimeInstance } from "./runtime-instance.ts";
import { RuntimeLauncher, shutDownFailure } from "./runtime-launcher.ts";

/**
 * An execution environment whose runtime has several invocations at once, as those of Lambda Managed Instances.
 *
 * An invocation is over when it is answered; the environment is never frozen. One that takes too long fails by itself:
 * the function runs on with it, and the room that it takes is free only when it answers, which is in vain. When the
 * process ends, or can't be initialized, every invocation under way fails, and the next one starts another.
 *
 * Unlike on AWS, an invocation for which no call to `next` waits at the moment is not refused, but given to the next one.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html
 */
export class ConcurrentEnvironment implements Environment {
  readonly spec: EnvironmentSpec;
  readonly logStreamName: string;
  readonly #ports: EnvironmentPorts;
  readonly #launcher: RuntimeLauncher;
  readonly #invocationLog: InvocationLog;
  /** Every invocation that is not over; those that wait for Init included. */
  readonly #running = new Set<RunningInvocation>();
  #instance: RuntimeInstance | undefined;
  #initDurationMs: number | undefined;
  #maxMemoryMb = 0;
  #shutdown: Promise<void> | undefined;
  /** Processes on their way out. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(spec: EnvironmentSpec, ports: EnvironmentPorts) {
    this.spec = spec;
    this.#ports = ports;
    this.#launcher = new RuntimeLauncher(spec, ports, {
      idle: () => {},
      runtimeDone: () => {},
      failed: (instance, failed) => this.#instanceFailed(instance, failed),
    });
    this.logStreamName = this.#launcher.logStreamName;
    this.#invocationLog = new InvocationLog(this.#launcher.log, spec);
  }

  get isAvailable(): boolean {
    if (this.#shutdown !== undefined) return false;
    // What has timed out may be gone here and still keep the runtime busy.
    const taken = Math.max(this.#running.size, this.#instance?.outstanding ?? 0);
    return taken < this.spec.maxConcurrency;
  }

  get isAboutToBeFree(): boolean {
    return false;
  }

  invoke(request: InvocationRequest, receiver: InvocationReceiver): Invocation {
    if (!this.isAvailable) throw new Error("The execution environment is not available.");
    const { clock, randomId } = this.#ports;
    const running = new RunningInvocation(request, receiver, randomId(), () => clock.monotonicMs());
    this.#running.add(running);
    if (this.#instance?.hasEnded === true) this.#instance = undefined;
    if (this.#instance !== undefined) this.#deliver(running, this.#instance);
    else if (!this.#launcher.isInitializing) void this.#initialize();
    return running;
  }

  async warmUp(): Promise<void> {
    if (this.#instance === undefined && !this.#launcher.isInitializing) await this.#initialize();
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#shutDown();
    return this.#shutdown;
  }

  async #shutDown(): Promise<void> {
    const running = [...this.#running];
    this.#launcher.abort(shutDownFailure);
    if (!this.#launcher.isInitializing) this.#failAll(shutDownFailure);
    await this.#instance?.terminate("spindown");
    await Promise.all([...running.map(({ released }) => released), ...this.#leaving]);
  }

  /** Init has a limit of its own, and precedes the time of the invocations that wait for it. */
  async #initialize(): Promise<void> {
    const { timeoutMs, initTimeoutMs: limitMs = longInitMs(timeoutMs) } = this.spec;
    const cancel = this.#ports.clock.setTimer(limitMs, () => this.#launcher.abort(timeoutFailure(limitMs)));
    const { instance, failed, durationMs, maxMemoryMb } = await this.#launcher.initialize("init");
    cancel();
    this.#maxMemoryMb = Math.max(this.#maxMemoryMb, maxMemoryMb);
    this.#instance = instance;
    if (instance === undefined || this.#shutdown !== undefined) {
      this.#failAll(failed ?? shutDownFailure);
      return;
    }
    this.#initDurationMs = durationMs;
    for (const running of this.#running) this.#deliver(running, instance);
  }

  #deliver(running: RunningInvocation, instance: RuntimeInstance): void {
    const { clock, patience = clock } = this.#ports;
    const { timeoutMs, toldTimeoutMs = timeoutMs } = this.spec;
    running.startTime(clock.now(), toldTimeoutMs);
    running.cancelTimeout = patience.setTimer(timeoutMs, () => this.#timeOut(running, instance));
    running.onAnswered = () => {
      running.settle();
      // What the function wrote before is read in this turn of the event loop.
      setImmediate(() => this.#finish(running, undefined));
    };
    this.#invocationLog.start(running);
    running.markDelivered();
    instance.setBusy(true);
    instance.deliver(running);
  }

  #timeOut(running: RunningInvocation, instance: RuntimeInstance): void {
    const failed = timeoutFailure(this.spec.timeoutMs);
    running.fail(failed);
    instance.expire(running);
    this.#finish(running, failed);
  }

  #instanceFailed(instance: RuntimeInstance, failed: EnvironmentFailure): void {
    const gone = instance.terminate("failure").finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
    if (instance !== this.#instance) return;
    this.#maxMemoryMb = Math.max(this.#maxMemoryMb, instance.maxMemoryMb);
    this.#instance = undefined;
    this.#failAll(failed);
  }

  #failAll(failed: EnvironmentFailure): void {
    for (const running of [...this.#running]) {
      if (!running.isDelivered) {
        running.startTime(this.#ports.clock.now(), this.spec.timeoutMs);
        this.#invocationLog.start(running);
      }
      running.fail(failed);
      this.#finish(running, failed);
    }
  }

  #finish(running: RunningInvocation, failed: EnvironmentFailure | undefined): void {
    if (running.isFinishing) return;
    running.isFinishing = true;
    running.cancelTimeout();
    this.#running.delete(running);
    const instance = this.#instance;
    this.#maxMemoryMb = Math.max(this.#maxMemoryMb, instance?.maxMemoryMb ?? 0);
    const report = this.#invocationLog.end(running, {
      durationMs: failed?.status === "timeout" ? this.spec.timeoutMs : running.elapsedMs(),
      failed,
      initDurationMs: this.#initDurationMs,
      maxMemoryMb: this.#maxMemoryMb,
    });
    this.#initDurationMs = undefined;
    if (this.#running.size === 0) instance?.setBusy(false);
    running.release();
    running.finish(report);
  }
}
