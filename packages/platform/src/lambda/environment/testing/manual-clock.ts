import type { Clock } from "../clock.ts";
import { Condition } from "./condition.ts";

interface Timer {
  readonly dueMs: number;
  readonly delayMs: number;
  readonly callback: () => void;
}

/** A clock that a test moves. It stands still otherwise. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #condition = new Condition();

  now(): number {
    return Date.UTC(2026, 0, 12, 14, 3, 37) + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, delayMs, callback };
    this.#timers.add(timer);
    this.#condition.notify();
    return () => {
      this.#timers.delete(timer);
      this.#condition.notify();
    };
  }

  /** Resolves once a timer for so many milliseconds is set. */
  timer(delayMs: number): Promise<unknown> {
    return this.#condition.until(() => [...this.#timers].some((timer) => timer.delayMs === delayMs));
  }

  /** Resolves once nobody waits. */
  noTimers(): Promise<unknown> {
    return this.#condition.until(() => this.#timers.size === 0);
  }

  /** Calls back whoever is due by then, in order. */
  advance(byMs: number): void {
    const until = this.#nowMs + byMs;
    for (;;) {
      const due = [...this.#timers]
        .filter(({ dueMs }) => dueMs <= until)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.callback();
    }
    this.#nowMs = until;
  }
}
