import type { InvocationEnd } from "./invocation.ts";
import { describeExit, type ProcessExit } from "./process/process-exit.ts";
import type { ErrorReport } from "./runtime-api/delivery.ts";

/** Why an environment can't go on. */
export interface EnvironmentFailure {
  /** What REPORT and INIT_REPORT call it. */
  readonly status: "error" | "timeout";
  readonly errorType: string;
  /** For the invoker; without the request id. */
  readonly errorMessage: string;
  /** What the runtime itself reported: the invoker gets that instead. */
  readonly report: ErrorReport | undefined;
  /** The error type of a streamed response that was under way. */
  readonly streamErrorType: string;
}

/**
 * The runtime's process ended.
 * @param isOutOfMemory - whether it was killed while it had more memory than the function may use.
 */
export function exitFailure(exit: ProcessExit, isOutOfMemory: boolean): EnvironmentFailure {
  const description = describeExit(exit);
  if (exit.kind === "not-started") {
    return failure("Runtime.InvalidEntrypoint", `fork/exec /var/task/bootstrap: ${description}`);
  }
  return failure(
    isOutOfMemory ? "Runtime.OutOfMemory" : "Runtime.ExitError",
    description === undefined
      ? "Runtime exited without providing a reason"
      : `Runtime exited with error: ${description}`,
    "Runtime.TruncatedResponse",
  );
}

/**
 * The function ran longer than it may. The payload's type is the one recorded from the service; the type for a response
 * that was under way is the one in AWS's own Runtime API.
 *
 * @param timeoutMs - as configured.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator/blob/main/internal/lambda/fatalerror/fatalerror.go
 */
export function timeoutFailure(timeoutMs: number): EnvironmentFailure {
  const seconds = (timeoutMs / 1_000).toFixed(2);
  return {
    ...failure("Sandbox.Timedout", `Task timed out after ${seconds} seconds`, "Sandbox.Timeout"),
    status: "timeout",
  };
}

/** The runtime posted `init/error`. */
export function initErrorFailure(report: ErrorReport): EnvironmentFailure {
  return { ...failure(report.errorType, "", "Sandbox.Failure"), report };
}

/** The platform or an extension failed. */
export function failure(
  errorType: string,
  errorMessage: string,
  streamErrorType = "Sandbox.Failure",
): EnvironmentFailure {
  return { status: "error", errorType, errorMessage, report: undefined, streamErrorType };
}

/** How a failure ends an invocation for its caller when nothing of a response has been sent, or none that counts. */
export function failureEnd(failed: EnvironmentFailure, requestId: string): InvocationEnd {
  const { report, errorType, errorMessage } = failed;
  if (report !== undefined) {
    return { kind: "functionError", errorType, payload: report.payload, contentType: report.contentType };
  }
  return platformError(errorType, `RequestId: ${requestId} Error: ${errorMessage}`);
}

/** An error document with the members in the order that AWS gives them. */
export function platformError(errorType: string, errorMessage: string): InvocationEnd {
  const payload = Buffer.from(JSON.stringify({ errorType, errorMessage }));
  return { kind: "platformError", errorType, errorMessage, payload };
}
