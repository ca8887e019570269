import { randomFillSync } from "node:crypto";
import type { InvocationReceiver } from "./environment/invocation.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import type { LogTail } from "./log-tail.ts";
import type { Bandwidth } from "./paced-receiver.ts";

/** What a caller says about an invocation. */
export interface InvocationCall {
  readonly requestId: string;
  readonly event: Uint8Array;
  /** Which of the two operations the caller uses; the function may stream or not with either. */
  readonly mode: "BUFFERED" | "RESPONSE_STREAM";
  /** How fast a stream may be, where that is not Lambda's own limit. */
  readonly bandwidth?: Bandwidth | undefined;
  /** ARN as invoked, with the qualifier if one was given. */
  readonly invokedFunctionArn: string;
  readonly traceId: string;
  /** Id that an HTTP API tells its client, who is told no trace. */
  readonly apiRequestId?: string | undefined;
  /** JSON text. */
  readonly clientContext?: string | undefined;
  readonly tenantId?: string | undefined;
  /** Calls back if the caller leaves: the function runs on, and what it still writes is discarded. */
  readonly onLeave?: ((listener: () => void) => void) | undefined;
  /** Whether a prelude is looked for in the response; left out where the content type says so. */
  readonly expectsPrelude?: boolean | undefined;
  /** HTTP status that the caller is answered with, perhaps after the invocation is over; 0 if it left before. */
  readonly answeredStatus?: (() => number | Promise<number>) | undefined;
}

/**
 * Begins an invocation. Resolves once it has begun, and rejects with what the caller is told where it can't.
 */
export type InvokeFunction = (
  target: LambdaFunction,
  call: InvocationCall,
  receiver: InvocationReceiver,
) => Promise<BegunInvocation>;

/** An invocation under way. */
export interface BegunInvocation {
  /** Resolves when the receiver has been told the end of the response, or the caller has left. */
  readonly ended: Promise<void>;
  /** Resolves when the invocation is over and its log is complete, which may be long after the response's end. */
  readonly logTail: Promise<LogTail>;
}

/** A new X-Ray trace header; nothing is sampled here. */
export function newTraceId(nowMs: number): string {
  const time = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, "0");
  const digits = randomDigits();
  return `Root=1-${time}-${digits.slice(0, 24)};Parent=${digits.slice(24)};Sampled=0`;
}

const idBytes = 20;
/** Asking the system for randomness each time takes longer than everything else here. */
const randomness = Buffer.alloc(200 * idBytes);
let usedBytes = randomness.length;

/** 40 hexadecimal digits. */
function randomDigits(): string {
  if (usedBytes === randomness.length) {
    randomFillSync(randomness);
    usedBytes = 0;
  }
  usedBytes += idBytes;
  return randomness.toString("hex", usedBytes - idBytes, usedBytes);
}
