import type { Clock } from "../clock.ts";
import { type Answer, encodeAnswer, refusal } from "../runtime-api/answer.ts";
import { InvalidSubscriptionError, parseSubscription, type TelemetryType } from "./subscription.ts";
import { telemetrySender } from "./telemetry-sender.ts";
import { type DroppedTelemetry, TelemetrySubscriber } from "./telemetry-subscriber.ts";

/**
 * An event of the Telemetry API.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
export interface TelemetryEvent {
  /** ISO 8601. */
  readonly time: string;
  /** `platform.start` and so on, `function` or `extension`. */
  readonly type: string;
  readonly record: unknown;
}

/** Something about telemetry itself that the platform's log shows. */
export type TelemetryNotice =
  | {
      readonly type: "telemetrySubscription";
      readonly name: string;
      readonly types: readonly TelemetryType[];
    }
  | ({ readonly type: "logsDropped" } & DroppedTelemetry);

/** Most events of the Init phase that wait for whoever subscribes. Ours: as many as a buffer may have. */
const maxHistory = 10_000;

const subscribed = encodeAnswer(200, "Content-Type: application/json\r\n", '"OK"');
const closed = refusal(403, "Telemetry.SubscriptionClosed", "Telemetry API subscription is closed already");

/** The telemetry of one runtime's process and its extensions. */
export class TelemetryHub {
  readonly #clock: Clock;
  readonly #isConcurrent: boolean;
  readonly #onNotice: (notice: TelemetryNotice) => void;
  readonly #subscribers = new Map<string, TelemetrySubscriber>();
  /** What happened so far, while somebody may still subscribe. */
  #history: { readonly type: TelemetryType; readonly event: TelemetryEvent }[] | undefined = [];

  /** @param isConcurrent - whether the environment has several invocations at once. */
  constructor(clock: Clock, isConcurrent: boolean, onNotice: (notice: TelemetryNotice) => void) {
    this.#clock = clock;
    this.#isConcurrent = isConcurrent;
    this.#onNotice = onNotice;
  }

  /** Whether an event makes any difference. */
  get isListening(): boolean {
    return this.#history !== undefined || this.#subscribers.size > 0;
  }

  /**
   * Subscribes an extension, which gets what has happened so far as well. A subscription takes the place of its former one.
   * @param name - of the extension.
   * @returns what the Telemetry API answers.
   */
  subscribe(name: string, body: string): Answer {
    if (this.#history === undefined) return closed;
    try {
      const subscription = parseSubscription(body, this.#isConcurrent);
      const subscriber = new TelemetrySubscriber(
        subscription,
        telemetrySender(subscription.destination),
        this.#clock,
        (dropped) => this.#onNotice({ type: "logsDropped", ...dropped }),
      );
      this.#subscribers.get(name)?.close();
      this.#subscribers.set(name, subscriber);
      for (const { type, event } of this.#history) give(subscriber, type, event);
      this.#onNotice({ type: "telemetrySubscription", name, types: subscription.types });
      return subscribed;
    } catch (error) {
      if (error instanceof InvalidSubscriptionError) return refusal(400, "ValidationError", error.message);
      throw error;
    }
  }

  publish(type: TelemetryType, event: TelemetryEvent): void {
    if (this.#history !== undefined && this.#history.length < maxHistory) this.#history.push({ type, event });
    for (const subscriber of this.#subscribers.values()) give(subscriber, type, event);
  }

  /** The Init phase is over. */
  closeSubscriptions(): void {
    this.#history = undefined;
  }

  /** Sends what is buffered. */
  async flush(): Promise<void> {
    await Promise.all([...this.#subscribers.values()].map((subscriber) => subscriber.flush()));
  }

  close(): void {
    this.#history = undefined;
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
  }
}

function give(subscriber: TelemetrySubscriber, type: TelemetryType, event: TelemetryEvent): void {
  if (!subscriber.wants(type)) return;
  const isText = typeof event.record === "string";
  const record = isText && subscriber.wantsObjects ? objectOrText(String(event.record)) : event.record;
  subscriber.add(JSON.stringify({ ...event, record }));
}

/** A function that logs JSON has its records delivered as what they are, except by the first version of the schema. */
function objectOrText(line: string): unknown {
  if (!line.startsWith("{")) return line;
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
