import type { Clock } from "../clock.ts";

/** Waits for a promise, but no longer than this. */
export async function withTimer(clock: Clock, promise: Promise<unknown>, limitMs: number): Promise<void> {
  const { promise: timeUp, resolve } = Promise.withResolvers<void>();
  const cancel = clock.setTimer(limitMs, resolve);
  await Promise.race([promise, timeUp]);
  cancel();
}
