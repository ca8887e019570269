import type { StateDatabase } from "../state/database.ts";

/** One event of a log stream. */
export interface LogEvent {
  readonly timestampMs: number;
  readonly message: string;
}

/** Where an event stands in the order of events: by time, then by arrival. */
export interface LogPosition {
  readonly timestampMs: number;
  readonly eventId: number;
}

/** An event as it is read back. */
export interface StoredLogEvent extends LogEvent, LogPosition {
  readonly logStreamName: string;
  readonly ingestionMs: number;
}

/** What to read of a log group. */
export interface LogQuery {
  readonly logGroupName: string;
  readonly logStreamName?: string | undefined;
  /** Inclusive. */
  readonly startMs?: number | undefined;
  /** Exclusive. */
  readonly endMs?: number | undefined;
  /** Only events past this one, in the direction of reading. */
  readonly past?: LogPosition | undefined;
  /** The latest events first; the oldest unless set. */
  readonly isBackward?: boolean | undefined;
  readonly limit: number;
}

/** A log group. */
export interface LogGroup {
  readonly name: string;
  readonly firstMs: number;
  readonly bytes: number;
}

/** A log stream. */
export interface LogStream {
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly lastIngestionMs: number;
}

/** How long another platform's transaction holds a batch up, in milliseconds: streams stand still meanwhile. */
const waitMs = 200;

interface WaitingEvent {
  readonly group: string;
  readonly stream: string;
  readonly event: LogEvent;
}

/** How many events may wait before they are written in one transaction, and for how long, in milliseconds. */
const batchEvents = 500;
const batchMs = 200;
/** How many events are kept for another try while they can't be written. Ours: some megabytes. */
const keptEvents = 10_000;

/**
 * The local CloudWatch Logs: events by group and stream. Writing is batched, and `flush` makes sure. A store that can't
 * be written says so once and tries again with what comes next: no function fails because of its log.
 */
export class LogStore {
  readonly #state: StateDatabase;
  readonly #warn: (message: string) => void;
  readonly #now: () => number;
  #waiting: WaitingEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;
  #isClosed = false;

  /** @param warn - told when events can't be written, and when they can be again. */
  constructor(state: StateDatabase, warn: (message: string) => void, now: () => number = Date.now) {
    this.#state = state;
    this.#warn = warn;
    this.#now = now;
  }

  /** Adds an event. Does nothing once the store is closed. */
  put(group: string, stream: string, event: LogEvent): void {
    if (this.#isClosed) return;
    this.#waiting.push({ group, stream, event });
    // While writing fails, each batch is one try, and not each event.
    if (this.#waiting.length >= batchEvents && !this.#isFailing) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), batchMs);
  }

  /** Writes what waits, if it can be written. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      this.#write(waiting);
    } catch (error) {
      this.#keep(waiting, error);
      return;
    }
    if (this.#isFailing) this.#warn("The log is written to the state again.");
    this.#isFailing = false;
  }

  /** Writes what waits, for the last time. */
  close(): void {
    this.flush();
    this.#isClosed = true;
    this.#waiting = [];
  }

  /** Every log group with events, in the order of their names. */
  groups(): LogGroup[] {
    this.flush();
    return this.#state.database
      .prepare(
        "SELECT log_group, min(timestamp_ms) AS first, sum(length(CAST(message AS BLOB))) AS bytes FROM log_event GROUP BY log_group ORDER BY log_group",
      )
      .all()
      .map((row) => ({
        name: String(row["log_group"]),
        firstMs: Number(row["first"]),
        bytes: Number(row["bytes"]),
      }));
  }

  /** Whether a log group, or a stream of it, has events. */
  has(group: string, stream?: string): boolean {
    this.flush();
    return (
      this.#state.database
        .prepare(
          "SELECT 1 FROM log_event WHERE log_group = :group AND (:stream IS NULL OR log_stream = :stream) LIMIT 1",
        )
        .get({ group, stream: stream ?? null }) !== undefined
    );
  }

  /** Every log stream of a group, in the order of their names. */
  streams(group: string): LogStream[] {
    this.flush();
    return this.#state.database
      .prepare(
        "SELECT log_stream, min(timestamp_ms) AS first, max(timestamp_ms) AS last, max(ingestion_ms) AS ingestion FROM log_event WHERE log_group = ? GROUP BY log_stream ORDER BY log_stream",
      )
      .all(group)
      .map((row) => ({
        name: String(row["log_stream"]),
        firstMs: Number(row["first"]),
        lastMs: Number(row["last"]),
        lastIngestionMs: Number(row["ingestion"]),
      }));
  }

  /** Reads events in the order of their times, from the end if the query says so. */
  read(query: LogQuery): StoredLogEvent[] {
    this.flush();
    const [past, order] = query.isBackward === true ? ["<", "DESC"] : [">", "ASC"];
    const rows = this.#state.database
      .prepare(
        `SELECT id, log_stream, timestamp_ms, ingestion_ms, message FROM log_event
         WHERE log_group = :group AND (:stream IS NULL OR log_stream = :stream)
           AND timestamp_ms >= :start AND timestamp_ms < :end
           AND (:past_ms IS NULL OR (timestamp_ms, id) ${past} (:past_ms, :past_id))
         ORDER BY timestamp_ms ${order}, id ${order} LIMIT :limit`,
      )
      .all({
        group: query.logGroupName,
        stream: query.logStreamName ?? null,
        start: query.startMs ?? 0,
        end: query.endMs ?? Number.MAX_SAFE_INTEGER,
        past_ms: query.past?.timestampMs ?? null,
        past_id: query.past?.eventId ?? null,
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

  #write(events: readonly WaitingEvent[]): void {
    this.#state.transaction(() => {
      const insert = this.#state.database.prepare(
        "INSERT INTO log_event (log_group, log_stream, timestamp_ms, ingestion_ms, message) VALUES (?, ?, ?, ?, ?)",
      );
      for (const { group, stream, event } of events) {
        insert.run(group, stream, event.timestampMs, this.#now(), event.message);
      }
    }, waitMs);
  }

  #keep(events: readonly WaitingEvent[], error: unknown): void {
    this.#waiting = [...events, ...this.#waiting].slice(-keptEvents);
    if (this.#isFailing) return;
    this.#isFailing = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#warn(
      `The log can't be written to the state (${reason}). Functions run on, and their lines are shown here; the last ${keptEvents} wait for the next try.`,
    );
  }
}
