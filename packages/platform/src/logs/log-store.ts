import type { StateDatabase } from "../state/database.ts";

/** One event of a log stream. */
export interface LogEvent {
  readonly timestampMs: number;
  readonly message: string;
}

/** An event as it is read back. */
export interface StoredLogEvent extends LogEvent {
  readonly logStreamName: string;
  readonly ingestionMs: number;
  readonly eventId: number;
}

/** What to read of a log group. */
export interface LogQuery {
  readonly logGroupName: string;
  readonly logStreamName?: string | undefined;
  /** Inclusive. */
  readonly startMs?: number | undefined;
  /** Exclusive. */
  readonly endMs?: number | undefined;
  /** Only events after this one. */
  readonly afterEventId?: number | undefined;
  readonly limit: number;
}

/** How many events may wait before they are written in one transaction, and for how long, in milliseconds. */
const batchEvents = 500;
const batchMs = 50;

/**
 * The local CloudWatch Logs: events by group and stream. Writing is batched, and `flush` makes sure.
 */
export class LogStore {
  readonly #state: StateDatabase;
  readonly #now: () => number;
  #waiting: { group: string; stream: string; event: LogEvent }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(state: StateDatabase, now: () => number = Date.now) {
    this.#state = state;
    this.#now = now;
  }

  /** Adds an event. */
  put(group: string, stream: string, event: LogEvent): void {
    this.#waiting.push({ group, stream, event });
    if (this.#waiting.length >= batchEvents) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), batchMs);
  }

  /** Writes what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const { database } = this.#state;
    const insert = database.prepare(
      "INSERT INTO log_event (log_group, log_stream, timestamp_ms, ingestion_ms, message) VALUES (?, ?, ?, ?, ?)",
    );
    const waiting = this.#waiting;
    this.#waiting = [];
    database.exec("BEGIN");
    for (const { group, stream, event } of waiting) {
      insert.run(group, stream, event.timestampMs, this.#now(), event.message);
    }
    database.exec("COMMIT");
  }

  /** Every log group with events, in the order of their names. */
  groups(): { name: string; firstMs: number; bytes: number }[] {
    this.flush();
    return this.#state.database
      .prepare(
        "SELECT log_group, min(timestamp_ms) AS first, sum(length(message)) AS bytes FROM log_event GROUP BY log_group ORDER BY log_group",
      )
      .all()
      .map((row) => ({
        name: String(row["log_group"]),
        firstMs: Number(row["first"]),
        bytes: Number(row["bytes"]),
      }));
  }

  /** Every log stream of a group, in the order of their names. */
  streams(group: string): { name: string; firstMs: number; lastMs: number }[] {
    this.flush();
    return this.#state.database
      .prepare(
        "SELECT log_stream, min(timestamp_ms) AS first, max(timestamp_ms) AS last FROM log_event WHERE log_group = ? GROUP BY log_stream ORDER BY log_stream",
      )
      .all(group)
      .map((row) => ({
        name: String(row["log_stream"]),
        firstMs: Number(row["first"]),
        lastMs: Number(row["last"]),
      }));
  }

  /** Reads events in the order of their times. */
  read(query: LogQuery): StoredLogEvent[] {
    this.flush();
    const rows = this.#state.database
      .prepare(
        `SELECT id, log_stream, timestamp_ms, ingestion_ms, message FROM log_event
         WHERE log_group = :group AND (:stream IS NULL OR log_stream = :stream)
           AND timestamp_ms >= :start AND timestamp_ms < :end AND id > :after
         ORDER BY timestamp_ms, id LIMIT :limit`,
      )
      .all({
        group: query.logGroupName,
        stream: query.logStreamName ?? null,
        start: query.startMs ?? 0,
        end: query.endMs ?? Number.MAX_SAFE_INTEGER,
        after: query.afterEventId ?? 0,
        limit: query.limit,
      });
    return rows.map((row) => ({
      eventId: Number(row["id"]),
      logStreamName: String(row["log_stream"]),
      timestampMs: Number(row["timestamp_ms"]),
      ingestionMs: Number(row["ingestion_ms"]),
      message: String(row["message"]),
    }));
  }
}
