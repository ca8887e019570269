import { TestClock } from "../../../test-clock.ts";
import { Condition } from "./condition.ts";

/** A clock that a test moves, and that tells who waits and for how long. */
export class ManualClock extends TestClock {
  readonly #delays = new Set<{ readonly delayMs: number }>();
  readonly #condition = new Condition();

  constructor() {
    super(Date.UTC(2026, 0, 12, 14, 3, 37));
  }

  override setTimer(delayMs: number, callback: () => void): () => void {
    const delay = { delayMs };
    const forget = () => {
      this.#delays.delete(delay);
      this.#condition.notify();
    };
    this.#delays.add(delay);
    const cancel = super.setTimer(delayMs, () => {
      forget();
      callback();
    });
    this.#condition.notify();
    return () => {
      cancel();
      forget();
    };
  }

  /** Resolves once a timer for so many milliseconds is set. */
  timer(delayMs: number): Promise<unknown> {
    return this.#condition.until(() => [...this.#delays].some((delay) => delay.delayMs === delayMs));
  }

  /** Resolves once no timer for so many milliseconds is set. */
  noTimer(delayMs: number): Promise<unknown> {
    return this.#condition.until(() => [...this.#delays].every((delay) => delay.delayMs !== delayMs));
  }
}
