import type { Clock } from "../clock.ts";
import type { TelemetrySubscription, TelemetryType } from "./subscription.ts";
import type { TelemetrySender } from "./telemetry-sender.ts";

/** Events that a subscriber will never get. */
export interface DroppedTelemetry {
  readonly reason: string;
  readonly droppedRecords: number;
  readonly droppedBytes: number;
}

/** What is waited before a batch is sent again, in milliseconds each time. AWS retries "with backoff"; the times are ours. */
const retryAfterMs = [50, 200, 1_000];

/**
 * Collects events for a subscriber and sends them in batches, one at a time. What comes while one is under way is kept
 * up to twice the buffer, which AWS documents as the most that a batch can have; the rest is dropped.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-buffering
 */
export class TelemetrySubscriber {
  readonly #subscription: TelemetrySubscription;
  readonly #sender: TelemetrySender;
  readonly #clock: Clock;
  readonly #onDropped: (dropped: DroppedTelemetry) => void;
  #events: string[] = [];
  #bytes = 0;
  #sending: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #wakeUp: (() => void) | undefined;
  #dropped = { records: 0, bytes: 0 };
  #isClosed = false;

  constructor(
    subscription: TelemetrySubscription,
    sender: TelemetrySender,
    clock: Clock,
    onDropped: (dropped: DroppedTelemetry) => void,
  ) {
    this.#subscription = subscription;
    this.#sender = sender;
    this.#clock = clock;
    this.#onDropped = onDropped;
  }

  /** Whether it wants function records that are JSON as objects. */
  get wantsObjects(): boolean {
    return this.#subscription.schemaVersion !== "2022-07-01";
  }

  wants(type: TelemetryType): boolean {
    return this.#subscription.types.includes(type);
  }

  /** @param event - JSON. */
  add(event: string): void {
    if (this.#isClosed) return;
    const { maxItems, maxBytes, timeoutMs } = this.#subscription.buffering;
    const bytes = Buffer.byteLength(event);
    if (this.#events.length >= 2 * maxItems || (this.#bytes > 0 && this.#bytes + bytes > 2 * maxBytes)) {
      this.#dropped.records += 1;
      this.#dropped.bytes += bytes;
      return;
    }
    this.#events.push(event);
    this.#bytes += bytes;
    if (this.#events.length >= maxItems || this.#bytes >= maxBytes) this.#send();
    else this.#cancelTimer ??= this.#clock.setTimer(timeoutMs, () => this.#send());
  }

  /** Sends what is there. Resolves once all of it is sent, or given up. */
  async flush(): Promise<void> {
    await this.#sending;
    this.#send();
    await this.#sending;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#wakeUp?.();
    this.#sender.close();
  }

  #send(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#sending !== undefined || this.#events.length === 0) return;
    const batch = this.#events;
    const bytes = this.#bytes;
    this.#events = [];
    this.#bytes = 0;
    this.#sending = this.#deliver(batch, bytes).then(() => {
      this.#sending = undefined;
      this.#reportDropped("The subscriber takes telemetry more slowly than it is produced");
      // It has waited for long enough.
      if (this.#events.length > 0) this.#send();
    });
  }

  async #deliver(batch: readonly string[], bytes: number): Promise<void> {
    for (let attempt = 0; !this.#isClosed; attempt++) {
      try {
        await this.#sender.send(batch);
        return;
      } catch (error) {
        const waitMs = retryAfterMs[attempt];
        if (waitMs !== undefined) {
          await this.#wait(waitMs);
          continue;
        }
        this.#dropped.records += batch.length;
        this.#dropped.bytes += bytes;
        this.#reportDropped(`Telemetry could not be sent: ${error instanceof Error ? error.message : error}`);
        return;
      }
    }
  }

  #reportDropped(reason: string): void {
    const { records, bytes } = this.#dropped;
    if (records === 0 || this.#isClosed) return;
    this.#dropped = { records: 0, bytes: 0 };
    this.#onDropped({ reason, droppedRecords: records, droppedBytes: bytes });
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(delayMs, resolve);
      this.#wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }
}
