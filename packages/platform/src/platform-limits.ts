import { limits } from "@sluice/protocol";
import type { ThrottleLimits } from "./throttling/token-bucket.ts";

/** Limits that a platform holds functions to. `Number.POSITIVE_INFINITY` lifts one. */
export interface PlatformLimits {
  /** How fast a stream goes on after its first megabytes, in bytes a second. */
  readonly streamBytesPerSecond: number;
  /** Largest response of a buffered invocation, in bytes. */
  readonly bufferedResponseBytes: number;
  /** Largest streamed response, in bytes. */
  readonly streamedResponseBytes: number;
  /** Largest event of a synchronous invocation, and what becomes one: the body of a request to a function URL. In bytes. */
  readonly eventBytes: number;
  /** Largest body of a request to a REST API, in bytes. */
  readonly apiPayloadBytes: number;
  /** Invocations that the account may have at once; ten times as many may begin in a second. */
  readonly accountConcurrency: number;
  /** Requests that APIs of the account take in a second, and at once, in a region. */
  readonly apiRequests: ThrottleLimits;
  /** Whether functions end at their `Timeout`, and API Gateway gives up at an integration's. */
  readonly enforcesTimeouts: boolean;
}

/** Stands for no timeout: the longest that a timer of Node.js can be, some 24 days. */
export const unlimitedMs = 2 ** 31 - 1;

/** What AWS grants to every account. */
export const awsLimits: PlatformLimits = {
  streamBytesPerSecond: limits.streamBandwidth.bytesPerSecond,
  bufferedResponseBytes: limits.bufferedResponseBytes,
  streamedResponseBytes: limits.streamedResponseBytes,
  eventBytes: limits.eventBytes,
  apiPayloadBytes: limits.apiPayloadBytes,
  accountConcurrency: limits.accountConcurrency,
  apiRequests: limits.apiRequests,
  enforcesTimeouts: true,
};
