import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

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
   * @throws if the file was written by a newer version.
   */
  static open(folder: string, warn: (message: string) => void): StateDatabase {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, "state.sqlite");
    try {
      return new StateDatabase(openAndMigrate(file));
    } catch (error) {
      if (!isCorruption(error)) throw error;
      const aside = `${file}.corrupt-${Date.now()}`;
      for (const suffix of ["", "-wal", "-shm"]) moveIfThere(file + suffix, aside + suffix);
      warn(
        `The state in ${file} can't be read (${error.message}). It was moved to ${aside}, and an empty one begun.`,
      );
      return new StateDatabase(openAndMigrate(file));
    }
  }

  close(): void {
    this.database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The file is of a newer version of the platform. */
export class NewerStateError extends Error {}

function openAndMigrate(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // A transaction is on disk when it is committed, and readers don't wait for writers.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;");
    const integrity = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (integrity !== "ok") throw new CorruptStateError(String(integrity));
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > migrations.length) {
      throw new NewerStateError(
        `${file} was written by a newer version of Sluice. Update Sluice, or choose another state folder.`,
      );
    }
    for (const [index, migration] of migrations.entries()) {
      if (index >= version) database.exec(`BEGIN; ${migration} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class CorruptStateError extends Error {}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isCorruption(error: unknown): error is Error {
  if (error instanceof CorruptStateError) return true;
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return code === 11 || code === 26;
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
