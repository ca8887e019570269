/** Time, as a parameter: tests own it. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Milliseconds on a clock that never jumps, for durations. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`, unless the returned function is called before. Keeps no process alive. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
