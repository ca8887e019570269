/** What the bench driver and the mock Runtime API tell each other over their IPC channel. */

/** A batch of invocations for the function that waits in `/next`. */
export interface Order {
  /** Event payload, the same for every invocation. */
  readonly event: string;
  readonly invocations: number;
  /** Body bytes every response must have. A run with another number is refused, so that no client wins by skipping work. */
  readonly responseBytes: number;
}

/** Times in milliseconds. */
export interface Timing {
  /** From the first event delivered to the `/next` that follows the last response. */
  readonly totalMs: number;
  /** Median over the invocations: event delivered to first body byte received. */
  readonly firstByteMs: number;
  /** Median over the invocations: event delivered to the end of the response. */
  readonly responseMs: number;
}

export type ToMock = { readonly type: "order"; readonly order: Order };

export type FromMock =
  | { readonly type: "listening"; readonly port: number }
  /** The function asked for work and there is none. `at` is {@link monotonicMs}. */
  | { readonly type: "waiting"; readonly at: number }
  | { readonly type: "done"; readonly timing: Timing }
  | { readonly type: "failed"; readonly reason: string };

/** A clock that processes of one machine share (Node's `hrtime` is the system's monotonic clock). Milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function median(values: Iterable<number>): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
