import type { EnvironmentFailure } from "./environment-failure.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import type { InvocationReport } from "./invocation.ts";
import type { LogStatus } from "./log-lines.ts";
import type { RunningInvocation } from "./running-invocation.ts";

/** What an invocation's report is made of, besides the invocation. */
export interface InvocationFacts {
  readonly durationMs: number;
  /** Why it failed, as far as the platform knows. */
  readonly failed: EnvironmentFailure | undefined;
  /** Of the Init phase that preceded it, if one did. */
  readonly initDurationMs: number | undefined;
  readonly maxMemoryMb: number;
}

/** Logs the beginning and the end of invocations. */
export class InvocationLog {
  readonly #log: EnvironmentLog;
  readonly #spec: EnvironmentSpec;

  constructor(log: EnvironmentLog, spec: EnvironmentSpec) {
    this.#log = log;
    this.#spec = spec;
  }

  start({ requestId, tracing }: RunningInvocation): void {
    const { functionVersion, functionArn } = this.#spec;
    this.#log.platform({ type: "start", requestId, version: functionVersion, functionArn, tracing });
  }

  /** The runtime is done. Does nothing the second time. */
  runtimeDone(
    running: RunningInvocation,
    status: LogStatus,
    errorType: string | undefined,
    durationMs: number,
  ): void {
    if (running.isRuntimeDone) return;
    running.isRuntimeDone = true;
    if (!this.#log.tellsRuntimeDone) return;
    const { requestId, producedBytes, tracing } = running;
    const spans = running.spans(durationMs);
    this.#log.platform({
      type: "runtimeDone",
      requestId,
      status,
      errorType,
      durationMs,
      producedBytes,
      spans,
      tracing,
    });
  }

  end(running: RunningInvocation, facts: InvocationFacts): InvocationReport {
    const { durationMs, failed, initDurationMs, maxMemoryMb } = facts;
    const report: InvocationReport = {
      requestId: running.requestId,
      status: failed?.status ?? "success",
      errorType: failed?.errorType,
      durationMs,
      // The Init phase is billed as well.
      billedDurationMs: Math.ceil(durationMs + (initDurationMs ?? 0)),
      initDurationMs,
      memorySizeMb: this.#spec.memoryMb,
      maxMemoryUsedMb: maxMemoryMb,
      producedBytes: running.producedBytes,
      responseLatencyMs: running.responseLatencyMs,
      responseDurationMs: running.responseDurationMs,
      logStreamName: this.#log.logStreamName,
      isDetached: running.isDetached,
    };
    this.runtimeDone(running, report.status, report.errorType, durationMs);
    this.#log.platform({ type: "report", ...report, tracing: running.tracing });
    return report;
  }
}
