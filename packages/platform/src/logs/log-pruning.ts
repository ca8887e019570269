import type { Clock } from "../lambda/environment/index.ts";
import type { LogStore } from "./log-store.ts";

/** AWS deletes within 72 hours what has expired. Ours: nobody reads it before that either. */
const intervalMs = 3_600_000;
/** Some milliseconds of work, and time for requests until there is more of it. */
const batchEvents = 1_000;
const pauseMs = 100;

/** Removes, every hour and a bit at a time, the events that log groups keep no longer. */
export class LogPruning implements Disposable {
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  #cancel: () => void;

  /** @param warn - told if the state can't be written; the next hour is another try. */
  constructor(store: LogStore, clock: Clock, warn: (message: string) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#warn = warn;
    this.#cancel = clock.setTimer(intervalMs, () => this.#prune());
  }

  #prune(): void {
    let isMore = false;
    try {
      isMore = this.#store.prune(batchEvents);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#warn(`Expired events of the log could not be removed from the state (${reason}).`);
    }
    this.#cancel = this.#clock.setTimer(isMore ? pauseMs : intervalMs, () => this.#prune());
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }
}
