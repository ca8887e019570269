import type { StatementSync } from "node:sqlite";
import { AwsServiceError } from "../service-error.ts";
import type { StateDatabase } from "../state/database.ts";
import { type LogGroup, type LogGroupSettings, LogGroupTable } from "./log-group-table.ts";

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
const batchEvents = 2_000;
const batchMs = 200;
/** How many events a statement inserts: that takes two thirds of the time that one for each takes. */
const rowsAtOnce = 25;
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
  readonly #groups: LogGroupTable;
  #waiting: WaitingEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;
  #isClosed = false;

  /** @param warn - told when events can't be written, and when they can be again. */
  constructor(state: StateDatabase, warn: (message: string) => void, now: () => number = Date.now) {
    this.#state = state;
    this.#warn = warn;
    this.#now = now;
    this.#groups = new LogGroupTable(state);
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

  /** Every log group that was created or has events, in the order of their names. */
  groups(): LogGroup[] {
    this.flush();
    return this.#groups.list(this.#now());
  }

  /**
   * Creates a log group. Without that one begins with its first event, kept for ever.
   * @throws {AwsServiceError} `ResourceAlreadyExistsException`.
   */
  createGroup(name: string, settings: LogGroupSettings): void {
    if (this.has(name)) {
      throw new AwsServiceError(
        "ResourceAlreadyExistsException",
        400,
        "The specified log group already exists",
      );
    }
    this.#groups.put(name, this.#now(), settings);
  }

  /**
   * Changes how long a log group keeps its events, and its tags if there are some.
   * @throws {AwsServiceError} `ResourceNotFoundException`.
   */
  changeGroup(name: string, settings: LogGroupSettings): void {
    if (!this.has(name)) throw missingGroup();
    this.#groups.put(name, this.#now(), settings);
  }

  /**
   * Deletes a log group with all its events: they are not there any more, although they leave the state bit by bit.
   * @throws {AwsServiceError} `ResourceNotFoundException`.
   */
  deleteGroup(name: string): void {
    if (!this.has(name)) throw missingGroup();
    this.#waiting = this.#waiting.filter(({ group }) => group !== name);
    this.#groups.delete(name);
  }

  /**
   * Removes some of the events that nobody can read any more: those of deleted groups, and those past their retention.
   * @param most - at once, so that nothing waits for long.
   * @returns whether there may be more.
   */
  prune(most: number): boolean {
    if (this.#isClosed) return false;
    let isMore = false;
    this.#state.transaction(() => {
      isMore = this.#groups.prune(this.#now(), most);
    }, waitMs);
    return isMore;
  }

  /** Whether there is a log group, or events of a stream of it. */
  has(group: string, stream?: string): boolean {
    this.flush();
    const { isCreated, pastId } = this.#groups.bounds(group, this.#now());
    if (stream === undefined && isCreated) return true;
    return (
      this.#state.database
        .prepare(
          "SELECT 1 FROM log_event WHERE log_group = :group AND (:stream IS NULL OR log_stream = :stream) AND id > :past LIMIT 1",
        )
        .get({ group, stream: stream ?? null, past: pastId }) !== undefined
    );
  }

  /** Every log stream of a group, in the order of their names. */
  streams(group: string): LogStream[] {
    this.flush();
    return this.#state.database
      .prepare(
        "SELECT log_stream, min(timestamp_ms) AS first, max(timestamp_ms) AS last, max(ingestion_ms) AS ingestion FROM log_event WHERE log_group = ? AND id > ? GROUP BY log_stream ORDER BY log_stream",
      )
      .all(group, this.#groups.bounds(group, this.#now()).pastId)
      .map((row) => ({
        name: String(row["log_stream"]),
        firstMs: Number(row["first"]),
        lastMs: Number(row["last"]),
        lastIngestionMs: Number(row["ingestion"]),
      }));
  }

  /** Reads events in the order of their times, from the end if the query says so. Those past the group's retention are gone. */
  read(query: LogQuery): StoredLogEvent[] {
    this.flush();
    const { oldestMs, pastId } = this.#groups.bounds(query.logGroupName, this.#now());
    const [past, order] = query.isBackward === true ? ["<", "DESC"] : [">", "ASC"];
    const rows = this.#state.database
      .prepare(
        `SELECT id, log_stream, timestamp_ms, ingestion_ms, message FROM log_event
         WHERE log_group = :group AND (:stream IS NULL OR log_stream = :stream)
           AND timestamp_ms >= :start AND timestamp_ms < :end AND id > :deleted
           AND (:past_ms IS NULL OR (timestamp_ms, id) ${past} (:past_ms, :past_id))
         ORDER BY timestamp_ms ${order}, id ${order} LIMIT :limit`,
      )
      .all({
        group: query.logGroupName,
        stream: query.logStreamName ?? null,
        start: Math.max(query.startMs ?? 0, oldestMs),
        end: query.endMs ?? Number.MAX_SAFE_INTEGER,
        past_ms: query.past?.timestampMs ?? null,
        past_id: query.past?.eventId ?? null,
        deleted: pastId,
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
      const nameId = this.#nameIds();
      const nowMs = this.#now();
      const row = ({ group, stream, event }: WaitingEvent) => [
        nameId(group),
        nameId(stream),
        event.timestampMs,
        nowMs,
        event.message,
      ];
      const insertSome = this.#prepareInsert(rowsAtOnce);
      const rest = events.length % rowsAtOnce;
      for (let index = 0; index + rest < events.length; index += rowsAtOnce) {
        insertSome.run(...events.slice(index, index + rowsAtOnce).flatMap(row));
      }
      if (rest > 0) this.#prepareInsert(rest).run(...events.slice(-rest).flatMap(row));
    }, waitMs);
  }

  #prepareInsert(rows: number): StatementSync {
    const values = Array.from({ length: rows }, () => "(?, ?, ?, ?, ?)").join(", ");
    return this.#state.database.prepare(
      `INSERT INTO log_line (group_id, stream_id, timestamp_ms, ingestion_ms, message) VALUES ${values}`,
    );
  }

  /** Finds the number that a name is written as, and gives it one: as a part of the transaction that is under way. */
  #nameIds(): (name: string) => number {
    const { database } = this.#state;
    const add = database.prepare("INSERT INTO log_name (name) VALUES (?) ON CONFLICT DO NOTHING");
    const find = database.prepare("SELECT id FROM log_name WHERE name = ?");
    const known = new Map<string, number>();
    return (name) => {
      let id = known.get(name);
      if (id === undefined) {
        add.run(name);
        id = Number(find.get(name)?.["id"]);
        known.set(name, id);
      }
      return id;
    };
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

function missingGroup(): AwsServiceError {
  return new AwsServiceError("ResourceNotFoundException", 400, "The specified log group does not exist.");
}
