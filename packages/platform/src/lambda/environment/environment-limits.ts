import { limits } from "@sluice/protocol";

/** Limits of an execution environment, each with its source. */
export const environmentLimits = {
  /**
   * Time for the Init phase, in milliseconds. What takes longer is tried again within the first invocation.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
   */
  initMs: 10_000,
  /**
   * Time for the Init phase of an environment that has several invocations at once, and of provisioned concurrency, in
   * milliseconds: the function's timeout within these bounds.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html
   */
  longInitMs: { minimum: 130_000, maximum: 900_000 },
  /**
   * Time between SIGTERM and SIGKILL for a runtime with an internal extension, in milliseconds. Without any extension
   * there is no SIGTERM.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
   */
  shutdownWithInternalExtensionMs: limits.shutdownWithInternalExtensionMs,
  /**
   * Time for the whole Shutdown phase with external extensions, in milliseconds.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
   */
  shutdownWithExternalExtensionsMs: 2_000,
  /**
   * The part of that time that is the runtime's, before extensions are told to end.
   * @see https://github.com/aws/aws-lambda-runtime-interface-emulator/blob/main/internal/lambda/rapid/shutdown.go
   */
  runtimeShareOfShutdown: 0.3,
  /** How long the Shutdown phase waits for subscribers to take the last telemetry, in milliseconds. Ours. */
  telemetryFlushMs: 200,
  /** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  bufferedResponseBytes: limits.bufferedResponseBytes,
  /** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  streamedResponseBytes: limits.streamedResponseBytes,
} as const;

/** Time for an Init phase that may be long, in milliseconds. */
export function longInitMs(timeoutMs: number): number {
  const { minimum, maximum } = environmentLimits.longInitMs;
  return Math.min(maximum, Math.max(minimum, timeoutMs));
}
