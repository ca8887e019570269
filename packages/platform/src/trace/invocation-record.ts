import type { HttpPrelude, TimedChunk } from "@sluice/protocol";
import type { InvocationReport } from "../lambda/environment/index.ts";

/** An error that ended an invocation. */
export interface InvocationError {
  /** Such as `TypeError`, or of the platform's: `Sandbox.Timedout`, `Runtime.ExitError`. */
  readonly errorType: string;
  readonly errorMessage: string;
  /** The lines of the stack, where the runtime sent them. */
  readonly trace: readonly string[];
  /**
   * How it became known: reported in the place of a response, in the trailers of one that had begun, or found by the
   * platform.
   */
  readonly reported: "response" | "trailers" | "platform";
}

/**
 * What happened in one invocation. Times are in milliseconds since the call, on this machine's clock. It fills while the
 * function runs, and is complete once there is a `report`.
 *
 * `kind`, `prelude`, `chunks`, `text`, `error` and `logs` are as in the `InvokeResult` of `@sluice/runtime/testing`.
 */
export interface InvocationRecord {
  /** Lambda's, as in the function's log. */
  readonly requestId: string;
  readonly functionName: string;
  /** Of the X-Ray header, which API Gateway and function URLs tell their client as well: `1-67891233-abcdef012345678912345678`. */
  readonly traceRoot: string | undefined;
  /** Of the HTTP API that was called, which tells its client as `apigw-requestid`. */
  readonly apiRequestId: string | undefined;
  /** Which of Lambda's two operations called it, the front doors' calls included. */
  readonly mode: "BUFFERED" | "RESPONSE_STREAM";
  /** What the function was given, from JSON. */
  readonly event: unknown;
  /** How the function answered; "error" if it failed before its first byte, nothing until it has answered. */
  readonly kind: "buffered" | "stream" | "error" | undefined;
  /** Content type on the Runtime API. */
  readonly contentType: string | undefined;
  /** Status, headers and cookies, if the function sent them. */
  readonly prelude: Partial<HttpPrelude> | undefined;
  readonly preludeAtMs: number | undefined;
  /** The body as the function wrote it, piece by piece, without the prelude. */
  readonly chunks: readonly TimedChunk[];
  /** The whole body as text, as far as it was kept. */
  readonly text: string;
  /** Bytes of the body, kept or not. */
  readonly bodyBytes: number;
  readonly error: InvocationError | undefined;
  /**
   * Lines that the function, its runtime and its extensions wrote, without those that Lambda adds. None where an environment has
   * several invocations at once: there a line says itself whose it is.
   */
  readonly logs: readonly string[];
  /** When the response was over, however. */
  readonly endedAtMs: number | undefined;
  /** When the caller left, if it did. The function ran on. */
  readonly leftAtMs: number | undefined;
  /** HTTP status that the caller was answered with. */
  readonly status: number | undefined;
  /** What Lambda's REPORT line says, and more; there once the invocation is over. */
  readonly report: InvocationReport | undefined;
  /** Whether there was more than was kept: of the body, the log or the event. */
  readonly isCut: boolean;
}
