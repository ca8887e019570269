import type { Clock } from "../clock.ts";
import { MemoryMeter } from "./memory-meter.ts";

/** How often memory is looked at, in milliseconds: who passes the limit must be killed within 100. */
const sampleEveryMs = 50;

/** What a {@link MemoryWatch} needs. */
export interface MemoryWatchOptions {
  readonly limitMb: number;
  readonly clock: Clock;
  /** Called once when the limit is passed. */
  readonly onExceeded: () => void;
}

/** Watches the memory of processes together while they have something to do. */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  readonly #limitBytes: number;
  readonly #meter: MemoryMeter;
  #isWatching = false;
  /** Whether a timer runs that ends with a look at it. */
  #isTimed = false;
  #sampledAtMs = Number.NEGATIVE_INFINITY;
  #residentBytes = 0;
  #isExceeded = false;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
    this.#limitBytes = options.limitMb * 1024 * 1024;
    this.#meter = new MemoryMeter({ limitBytes: this.#limitBytes });
  }

  /** @param pid - the leader of a process group. */
  add(pid: number): void {
    this.#meter.add(pid);
  }

  /** The most that was resident at once, in whole megabytes. */
  get maxMb(): number {
    return this.#meter.maxMb;
  }

  /** Whether the limit was about to be passed when it was looked at for the last time. */
  get isUsedUp(): boolean {
    return this.#residentBytes >= this.#limitBytes * 0.95;
  }

  start(): void {
    this.#isWatching = true;
    // Most invocations are over before it runs out: one timer serves many of them.
    if (!this.#isTimed) this.#sampleLater();
  }

  stop(): void {
    this.#isWatching = false;
    if (this.#leftMs <= 0) void this.#sample();
  }

  /** Until it is to be looked at again. */
  get #leftMs(): number {
    return this.#sampledAtMs + sampleEveryMs - this.#options.clock.monotonicMs();
  }

  #sampleLater(): void {
    this.#isTimed = true;
    const leftMs = this.#leftMs;
    // Whoever has just begun can't have used much.
    this.#options.clock.setTimer(leftMs > 0 ? leftMs : sampleEveryMs, () => {
      this.#isTimed = false;
      if (!this.#isWatching) return;
      // The end of an invocation may have been an opportunity since.
      const sampled = this.#leftMs > 0 ? undefined : this.#sample();
      if (sampled === undefined) this.#sampleAgain();
      else void sampled.then(() => this.#sampleAgain());
    });
  }

  #sampleAgain(): void {
    if (this.#isWatching && !this.#isTimed) this.#sampleLater();
  }

  #sample(): Promise<void> | undefined {
    this.#sampledAtMs = this.#options.clock.monotonicMs();
    const sample = this.#meter.sample();
    if (typeof sample !== "number") return sample.then((bytes) => this.#note(bytes));
    this.#note(sample);
    return undefined;
  }

  #note(bytes: number): void {
    this.#residentBytes = bytes;
    if (this.#isExceeded || bytes <= this.#limitBytes) return;
    this.#isExceeded = true;
    this.#options.onExceeded();
  }
}
