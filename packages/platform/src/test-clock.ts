import type { Clock } from "./lambda/environment/index.ts";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * A clock that a test moves; it stands still otherwise. On a platform it decides when asynchronous events are tried again
 * and queues show a message again, when functions and API Gateway's integrations reach their timeouts, when idle environments
 * end, and when a stream beyond Lambda's bandwidth goes on. Functions themselves are processes of this machine and have its time.
 *
 * @example
 * ```ts
 * const clock = new TestClock();
 * await using platform = await Platform.start({ template: "template.yaml", clock });
 * await clock.waiting(60_000);
 * clock.advance(60_000);
 * ```
 */
export class TestClock implements Clock {
  readonly #startMs: number;
  #passedMs = 0;
  readonly #timers = new Set<Timer>();
  #checks = new Set<() => void>();

  /** @param startMs - Unix time in milliseconds; now unless given. */
  constructor(startMs: number = Date.now()) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#passedMs;
  }

  monotonicMs(): number {
    return this.#passedMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#passedMs + delayMs, callback };
    this.#timers.add(timer);
    for (const check of this.#checks) check();
    return () => this.#timers.delete(timer);
  }

  /** Moves on, and lets everything happen that is due by then, in order. */
  advance(byMs: number): void {
    if (!(byMs >= 0)) throw new RangeError(`A clock can't be moved by ${byMs} ms.`);
    const untilMs = this.#passedMs + byMs;
    for (let due = this.#next(untilMs); due !== undefined; due = this.#next(untilMs)) {
      this.#timers.delete(due);
      this.#passedMs = Math.max(this.#passedMs, due.dueMs);
      due.callback();
    }
    this.#passedMs = untilMs;
  }

  /**
   * Resolves once something waits that is due within so many milliseconds: what a platform is about to wait for, it may
   * not wait for yet when a test goes on.
   */
  waiting(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.#next(this.#passedMs + withinMs) === undefined) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
}
