import { isoTime, type LogOptions, type PlatformEvent, platformLines, platformRecord } from "./log-lines.ts";
import type { TelemetryHub } from "./telemetry/telemetry-hub.ts";

/** One event in a function's log. */
export interface LogEntry {
  /** Unix time in milliseconds. */
  readonly timeMs: number;
  readonly logStreamName: string;
  /** The invocation under way, if one is. */
  readonly requestId: string | undefined;
  readonly source: "function" | "extension" | "platform";
  /** Without the line feed that ended it. */
  readonly message: string;
}

/**
 * Takes log entries in their order.
 * @returns a promise while no more should come; the function's writes to its standard output wait as long.
 */
export type LogSink = (entries: readonly LogEntry[]) => Promise<void> | undefined;

/** The log of one execution environment. */
export class EnvironmentLog {
  readonly logStreamName: string;
  /** What lines are attributed to. */
  requestId: string | undefined;
  /** Gets everything as well. */
  telemetry: TelemetryHub | undefined;
  readonly #options: LogOptions;
  readonly #sink: LogSink;
  readonly #now: () => number;

  constructor(logStreamName: string, options: LogOptions, sink: LogSink, now: () => number) {
    this.logStreamName = logStreamName;
    this.#options = options;
    this.#sink = sink;
    this.#now = now;
  }

  /** Whether anything becomes of the news that a runtime is done: in text it has no line. */
  get tellsRuntimeDone(): boolean {
    return this.#options.format === "JSON" || this.telemetry?.isListening === true;
  }

  /** Lines that the function or an extension wrote. They pass through as they are. */
  lines(source: "function" | "extension", lines: readonly string[]): Promise<void> | undefined {
    const timeMs = this.#now();
    if (this.telemetry?.isListening === true) {
      const time = isoTime(timeMs);
      for (const record of lines) this.telemetry.publish(source, { time, type: source, record });
    }
    return this.#write(source, lines, timeMs, this.requestId);
  }

  platform(event: PlatformEvent): void {
    const timeMs = this.#now();
    if (this.telemetry?.isListening === true) {
      this.telemetry.publish("platform", platformRecord(event, timeMs, this.#options));
    }
    const lines = platformLines(event, timeMs, this.#options);
    // The tail of an invocation's log has no INIT_START on AWS.
    const own = "requestId" in event ? event.requestId : this.requestId;
    const requestId = event.type === "initStart" ? undefined : own;
    // Few and short: they need not wait.
    if (lines.length > 0) void this.#write("platform", lines, timeMs, requestId);
  }

  #write(
    source: LogEntry["source"],
    lines: readonly string[],
    timeMs: number,
    requestId: string | undefined,
  ): Promise<void> | undefined {
    const { logStreamName } = this;
    return this.#sink(lines.map((message) => ({ timeMs, logStreamName, requestId, source, message })));
  }
}
