import { type Clock, systemClock } from "../../lambda/environment/index.ts";
import type { InvocationReceiver } from "../../lambda/environment/invocation.ts";

/** How long a streamed answer may take, in milliseconds. */
export interface StreamLimits {
  /** Altogether. */
  readonly timeoutMs: number;
  /** Without a byte from the function. */
  readonly idleMs: number;
}

/**
 * Passes a stream on while it keeps to its limits. Past them `stop` is called once; the function runs on, and it is the
 * receiver that must not mind what still comes.
 */
export class LimitedStream implements InvocationReceiver, Disposable {
  readonly #receiver: InvocationReceiver;
  readonly #limits: StreamLimits;
  readonly #stop: (why: string, limit: keyof StreamLimits) => void;
  readonly #clock: Clock;
  readonly #cancelTimeout: () => void;
  #cancelSilence: () => void = () => {};
  /** When the last bytes came. */
  #heardMs: number;
  #isOver = false;

  /** @param stop - told what was too long, as the beginning of a sentence's rest, and which limit that was. */
  constructor(
    receiver: InvocationReceiver,
    limits: StreamLimits,
    stop: (why: string, limit: keyof StreamLimits) => void,
    clock: Clock = systemClock,
  ) {
    this.#receiver = receiver;
    this.#limits = limits;
    this.#stop = stop;
    this.#clock = clock;
    this.#heardMs = clock.monotonicMs();
    this.#cancelTimeout = clock.setTimer(limits.timeoutMs, () =>
      this.#end(`timeout of ${limits.timeoutMs} ms has passed`, "timeoutMs"),
    );
    this.#listen(limits.idleMs);
  }

  start(start: Parameters<InvocationReceiver["start"]>[0]): void {
    this.#receiver.start(start);
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    this.#heardMs = this.#clock.monotonicMs();
    return this.#receiver.chunk(bytes);
  }

  end(end: Parameters<InvocationReceiver["end"]>[0]): void {
    this.#receiver.end(end);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#cancelTimeout();
    this.#cancelSilence();
  }

  /** One timer for many chunks: when it is due it sees whether any came. */
  #listen(forMs: number): void {
    this.#cancelSilence = this.#clock.setTimer(forMs, () => {
      const { idleMs } = this.#limits;
      const leftMs = this.#heardMs + idleMs - this.#clock.monotonicMs();
      if (leftMs > 0) this.#listen(leftMs);
      else this.#end(`stream was silent for ${idleMs} ms`, "idleMs");
    });
  }

  #end(why: string, limit: keyof StreamLimits): void {
    if (this.#isOver) return;
    this[Symbol.dispose]();
    this.#stop(why, limit);
  }
}
