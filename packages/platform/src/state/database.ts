import { chmodSync, closeSync, existsSync, openSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeStateFolder } from "./state-folder.ts";

/** Each entry brings the schema from its index to the next version. Never edit one that has been released. */
const migrations: readonly string[] = [
  `CREATE TABLE identifier (kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL UNIQUE, PRIMARY KEY (kind, name)) STRICT;
   CREATE TABLE log_event (
     id INTEGER PRIMARY KEY,
     log_group TEXT NOT NULL,
     log_stream TEXT NOT NULL,
     timestamp_ms INTEGER NOT NULL,
     ingestion_ms INTEGER NOT NULL,
     message TEXT NOT NULL
   ) STRICT;
   CREATE INDEX log_event_by_stream ON log_event (log_group, log_stream, timestamp_ms, id);
   CREATE INDEX log_event_by_time ON log_event (log_group, timestamp_ms, id);`,
  `CREATE TABLE asynchronous_event (
     id INTEGER PRIMARY KEY,
     scope TEXT NOT NULL,
     owner TEXT NOT NULL,
     function_name TEXT NOT NULL,
     qualifier TEXT,
     invoked_arn TEXT NOT NULL,
     request_id TEXT NOT NULL,
     trace_id TEXT NOT NULL,
     tenant_id TEXT,
     payload BLOB NOT NULL,
     accepted_ms INTEGER NOT NULL,
     due_ms INTEGER NOT NULL,
     is_begun INTEGER NOT NULL,
     attempts INTEGER NOT NULL,
     function_errors INTEGER NOT NULL,
     refusals INTEGER NOT NULL,
     last_response TEXT
   ) STRICT;
   CREATE INDEX asynchronous_event_by_time ON asynchronous_event (owner, is_begun, function_name, due_ms, id);
   CREATE TABLE queue (name TEXT PRIMARY KEY, attributes TEXT NOT NULL, created_ms INTEGER NOT NULL) STRICT;
   CREATE TABLE queue_message (
     id INTEGER PRIMARY KEY,
     queue TEXT NOT NULL,
     message_id TEXT NOT NULL,
     body TEXT NOT NULL,
     attributes TEXT NOT NULL,
     trace_header TEXT,
     sender_id TEXT NOT NULL,
     sent_ms INTEGER NOT NULL,
     visible_ms INTEGER NOT NULL,
     receive_count INTEGER NOT NULL,
     first_received_ms INTEGER,
     receipt TEXT
   ) STRICT;
   CREATE INDEX queue_message_by_time ON queue_message (queue, visible_ms, id);
   CREATE INDEX queue_message_by_age ON queue_message (queue, sent_ms);
   CREATE INDEX queue_message_by_receipt ON queue_message (receipt);`,
  `CREATE TABLE stack (id TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
   CREATE INDEX stack_by_name ON stack (name, created_ms);
   CREATE TABLE change_set (
     id TEXT PRIMARY KEY,
     stack_id TEXT NOT NULL,
     name TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     record TEXT NOT NULL
   ) STRICT;
   CREATE INDEX change_set_by_stack ON change_set (stack_id, created_ms);
   CREATE TABLE stack_event (
     stack_id TEXT NOT NULL,
     timestamp_ms INTEGER NOT NULL,
     record TEXT NOT NULL,
     PRIMARY KEY (stack_id, timestamp_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE stack_resource (
     deployment TEXT NOT NULL,
     logical_id TEXT NOT NULL,
     position INTEGER NOT NULL,
     record TEXT NOT NULL,
     PRIMARY KEY (deployment, logical_id)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE sequence (kind TEXT NOT NULL, name TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT;`,
  `CREATE TABLE session (
     access_key_id TEXT PRIMARY KEY,
     secret_access_key TEXT NOT NULL,
     session_token TEXT NOT NULL,
     expires_ms INTEGER NOT NULL,
     principal TEXT NOT NULL
   ) STRICT;
   CREATE INDEX session_by_expiry ON session (expires_ms);`,
  `CREATE TABLE bucket (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, versioning TEXT, settings TEXT NOT NULL) STRICT;
   CREATE TABLE object_version (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     bucket TEXT NOT NULL,
     key TEXT NOT NULL,
     version_id TEXT NOT NULL,
     is_latest INTEGER NOT NULL,
     is_marker INTEGER NOT NULL,
     size INTEGER NOT NULL,
     etag TEXT NOT NULL,
     modified_ms INTEGER NOT NULL,
     details TEXT NOT NULL,
     parts TEXT NOT NULL,
     UNIQUE (bucket, key, version_id)
   ) STRICT;
   CREATE INDEX object_version_by_age ON object_version (bucket, key, id);
   CREATE INDEX object_version_current ON object_version (bucket, key) WHERE is_latest = 1;
   CREATE TABLE multipart_upload (
     id TEXT PRIMARY KEY,
     bucket TEXT NOT NULL,
     key TEXT NOT NULL,
     initiated_ms INTEGER NOT NULL,
     details TEXT NOT NULL,
     checksum TEXT
   ) STRICT;
   CREATE INDEX multipart_upload_by_key ON multipart_upload (bucket, key, id);
   CREATE TABLE upload_part (
     upload_id TEXT NOT NULL,
     number INTEGER NOT NULL,
     file TEXT,
     size INTEGER NOT NULL,
     etag TEXT NOT NULL,
     checksum TEXT,
     modified_ms INTEGER NOT NULL,
     PRIMARY KEY (upload_id, number)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE unowned_file (name TEXT PRIMARY KEY, owner TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE metric (
     id INTEGER PRIMARY KEY,
     namespace TEXT NOT NULL,
     name TEXT NOT NULL,
     dimensions TEXT NOT NULL,
     unit TEXT NOT NULL,
     last_ms INTEGER NOT NULL,
     UNIQUE (namespace, name, dimensions, unit)
   ) STRICT;
   CREATE TABLE metric_minute (
     metric INTEGER NOT NULL,
     minute_ms INTEGER NOT NULL,
     sample_count REAL NOT NULL,
     sum REAL NOT NULL,
     least REAL NOT NULL,
     most REAL NOT NULL,
     sizes TEXT,
     PRIMARY KEY (metric, minute_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX metric_minute_by_time ON metric_minute (minute_ms);
   CREATE TABLE service_record (
     kind TEXT NOT NULL,
     name TEXT NOT NULL,
     record TEXT NOT NULL,
     PRIMARY KEY (kind, name)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE log_group (
     name TEXT PRIMARY KEY,
     created_ms INTEGER,
     retention_days INTEGER,
     tags TEXT NOT NULL,
     deleted_through INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // Three lines of each invocation are written here: names that came with each, and again with each in two indexes, took
  // more than half of the time.
  `CREATE TABLE log_name (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
   INSERT INTO log_name (name) SELECT log_group FROM log_event UNION SELECT log_stream FROM log_event;
   CREATE TABLE log_line (
     id INTEGER PRIMARY KEY,
     group_id INTEGER NOT NULL,
     stream_id INTEGER NOT NULL,
     timestamp_ms INTEGER NOT NULL,
     ingestion_ms INTEGER NOT NULL,
     message TEXT NOT NULL
   ) STRICT;
   INSERT INTO log_line SELECT log_event.id, log_groups.id, log_streams.id, timestamp_ms, ingestion_ms, message
     FROM log_event
     JOIN log_name AS log_groups ON log_groups.name = log_group
     JOIN log_name AS log_streams ON log_streams.name = log_stream;
   DROP TABLE log_event;
   CREATE INDEX log_line_by_time ON log_line (group_id, timestamp_ms);
   CREATE VIEW log_event AS SELECT log_line.id, log_groups.name AS log_group, log_streams.name AS log_stream,
       timestamp_ms, ingestion_ms, message
     FROM log_line
     JOIN log_name AS log_groups ON log_groups.id = group_id
     JOIN log_name AS log_streams ON log_streams.id = stream_id;`,
];

/** What must survive a restart, in one SQLite file. */
export class StateDatabase {
  readonly database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.database = database;
  }

  /**
   * Opens the state in `folder`, brings its schema up to date, and sets a file that can't be read aside.
   *
   * @param warn - takes a message when that happened: what is wrong, and where the old file is.
   * @throws {NewerStateError} if the file was written by a newer version.
   * @throws {StateFileError} if the folder can't be used.
   */
  static open(folder: string, warn: (message: string) => void): StateDatabase {
    const file = join(folder, "state.sqlite");
    try {
      makeStateFolder(folder);
      return new StateDatabase(openAndMigrate(file));
    } catch (error) {
      if (error instanceof StateFileError) throw error;
      if (!isCorruption(error)) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new StateFileError(
          `The state in ${file} can't be used: ${reason}. Make the folder writable, or choose another state folder.`,
          { cause: error },
        );
      }
      const aside = `${file}.corrupt-${Date.now()}`;
      for (const suffix of ["", "-wal", "-shm"]) moveIfThere(file + suffix, aside + suffix);
      warn(
        `The state in ${file} can't be read (${error.message}). It was moved to ${aside}, and an empty one begun.`,
      );
      return new StateDatabase(openAndMigrate(file));
    }
  }

  /**
   * Runs `work` in a transaction; what it throws undoes everything.
   * @param waitMs - how long a transaction of another platform is waited for, in milliseconds. Nothing else happens in
   * this process meanwhile.
   */
  transaction(work: () => void, waitMs: number): void {
    const { database } = this;
    database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    try {
      database.exec("BEGIN IMMEDIATE");
      work();
      database.exec("COMMIT");
    } catch (error) {
      rollBack(database);
      throw error;
    } finally {
      database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    }
  }

  close(): void {
    this.database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The state can't be used: why, and what to do. */
export class StateFileError extends Error {}

/** The file is of a newer version of the platform. */
export class NewerStateError extends StateFileError {}

function openAndMigrate(file: string): DatabaseSync {
  keepPrivate(file);
  // Whoever closes a state in order leaves no such file.
  const isInUse = existsSync(`${file}-wal`);
  const database = new DatabaseSync(file);
  try {
    // Another platform may use the folder: its transactions are waited for. One that is committed is on disk, and
    // readers don't wait for writers.
    database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA synchronous = NORMAL;`);
    switchToWal(database);
    if (isInUse) readThrough(database);
    else refuseShortened(database, file);
    if (versionOf(database) !== migrations.length) migrate(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Takes the longer, the more there is in the state. */
function readThrough(database: DatabaseSync): void {
  const integrity = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (integrity !== "ok") throw new CorruptStateError(String(integrity));
}

function refuseShortened(database: DatabaseSync, file: string): void {
  const row = database
    .prepare("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size")
    .get();
  if (statSync(file).size < Number(row?.["bytes"]))
    throw new CorruptStateError("pages at its end are missing");
}

/** How long another platform's transaction is waited for, in milliseconds. */
const busyMs = 5000;

/** The switch needs the file for itself, and SQLite doesn't wait for that when two platforms begin at once. */
function switchToWal(database: DatabaseSync): void {
  const nap = new Int32Array(new SharedArrayBuffer(4));
  const untilMs = performance.now() + busyMs;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (errorCodeOf(error) !== sqliteBusy || performance.now() > untilMs) throw error;
      Atomics.wait(nap, 0, 0, 10);
    }
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // There is no transaction: it didn't begin, or SQLite has ended it by itself, as it does when the disk is full.
  }
}

/** SQLite gives the files beside it the same mode. */
function keepPrivate(file: string): void {
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
}

/** All in one transaction, so that a second platform finds either the old schema or the new one. */
function migrate(database: DatabaseSync, file: string): void {
  database.exec("BEGIN IMMEDIATE");
  const version = versionOf(database);
  if (version > migrations.length) {
    throw new NewerStateError(
      `${file} was written by a newer version of Sluice. Update Sluice, or choose another state folder.`,
    );
  }
  for (const migration of migrations.slice(version)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT;`);
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

class CorruptStateError extends Error {}

function isCorruption(error: unknown): error is Error {
  return error instanceof CorruptStateError || sqliteCorruption.has(errorCodeOf(error));
}

/** SQLITE_BUSY; SQLITE_CORRUPT and SQLITE_NOTADB. */
const sqliteBusy = 5;
const sqliteCorruption: ReadonlySet<number> = new Set([11, 26]);

/** SQLite's primary error code; 0 for any other error. */
function errorCodeOf(error: unknown): number {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
