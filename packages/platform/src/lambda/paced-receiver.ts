import type { Clock } from "./environment/clock.ts";
import type { InvocationReceiver } from "./environment/invocation.ts";

/** How fast a response is passed on. */
export interface Bandwidth {
  /** The first bytes, which go as fast as they come. */
  readonly uncappedBytes: number;
  /** What comes after them. */
  readonly bytesPerSecond: number;
}

/** How often what may pass is counted anew, in milliseconds, as AWS does. */
const stepMs = 125;

/**
 * Passes a response on within a bandwidth: a bucket that is full of bytes at first and fills up again, a step at a time.
 * While it is empty the function's writes wait. A failure does not: what the function wrote before it is passed on at once.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
export class PacedReceiver implements InvocationReceiver {
  readonly #receiver: InvocationReceiver;
  readonly #bandwidth: Bandwidth;
  readonly #clock: Clock;
  #available: number;
  /** Time up to which the bucket was filled. */
  #filledMs: number;
  /** What waits, from one chunk. */
  #waiting: Uint8Array | undefined;
  #hasEnded = false;

  constructor(receiver: InvocationReceiver, bandwidth: Bandwidth, clock: Clock) {
    this.#receiver = receiver;
    this.#bandwidth = bandwidth;
    this.#clock = clock;
    this.#available = bandwidth.uncappedBytes;
    this.#filledMs = clock.monotonicMs();
  }

  start(start: Parameters<InvocationReceiver["start"]>[0]): void {
    this.#receiver.start(start);
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    this.#fill();
    if (bytes.length > this.#available) return this.#pace(bytes);
    this.#available -= bytes.length;
    return this.#receiver.chunk(bytes);
  }

  end(end: Parameters<InvocationReceiver["end"]>[0]): void {
    this.#hasEnded = true;
    if (this.#waiting !== undefined) void this.#receiver.chunk(this.#waiting);
    this.#waiting = undefined;
    this.#receiver.end(end);
  }

  async #pace(bytes: Uint8Array): Promise<void> {
    this.#waiting = bytes;
    while (this.#waiting !== undefined) {
      const piece = this.#waiting.subarray(0, this.#available);
      if (piece.length > 0) {
        this.#available -= piece.length;
        this.#waiting =
          piece.length === this.#waiting.length ? undefined : this.#waiting.subarray(piece.length);
        await this.#receiver.chunk(piece);
      } else await new Promise<void>((resolve) => this.#clock.setTimer(this.#untilNextStepMs(), resolve));
      if (this.#hasEnded) return;
      this.#fill();
    }
  }

  #untilNextStepMs(): number {
    return Math.max(0, this.#filledMs + stepMs - this.#clock.monotonicMs());
  }

  #fill(): void {
    const { uncappedBytes, bytesPerSecond } = this.#bandwidth;
    const steps = Math.floor((this.#clock.monotonicMs() - this.#filledMs) / stepMs);
    if (steps <= 0) return;
    this.#filledMs += steps * stepMs;
    const filled = this.#available + Math.floor((steps * bytesPerSecond * stepMs) / 1_000);
    this.#available = Math.min(uncappedBytes, filled);
  }
}
