import type { InvocationReceiver } from "../lambda/environment/invocation.ts";

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
  readonly #timeout: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout;
  #isOver = false;

  /** @param stop - told what was too long, as the beginning of a sentence's rest. */
  constructor(receiver: InvocationReceiver, limits: StreamLimits, stop: (why: string) => void) {
    this.#receiver = receiver;
    const after = (why: string) => {
      this[Symbol.dispose]();
      stop(why);
    };
    this.#timeout = setTimeout(after, limits.timeoutMs, `timeout of ${limits.timeoutMs} ms has passed`);
    this.#idle = setTimeout(after, limits.idleMs, `stream was silent for ${limits.idleMs} ms`);
  }

  start(start: Parameters<InvocationReceiver["start"]>[0]): void {
    this.#receiver.start(start);
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    // A cleared timer would start again.
    if (!this.#isOver) this.#idle.refresh();
    return this.#receiver.chunk(bytes);
  }

  end(end: Parameters<InvocationReceiver["end"]>[0]): void {
    this.#receiver.end(end);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timeout);
    clearTimeout(this.#idle);
  }
}
