import { fork } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NewerStateError, StateDatabase, StateFileError } from "./database.ts";
import { Identifiers } from "./identifiers.ts";

let folder: string;
let warnings: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "state-"));
  warnings = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const open = (path = folder) => StateDatabase.open(path, (message) => warnings.push(message));
const file = () => join(folder, "state.sqlite");
const writer = fileURLToPath(new URL("../../test/state-writer.ts", import.meta.url));

test("what was written is there again", () => {
  const first = open();
  const id = new Identifiers(first).idOf("rest-api", "Api", 10);
  first.close();
  using second = open();
  expect(id).toMatch(/^[a-z0-9]{10}$/);
  expect(new Identifiers(second).idOf("rest-api", "Api", 10)).toBe(id);
  expect(new Identifiers(second).idOf("rest-api", "Other", 10)).not.toBe(id);
});

/** A process of its own that has opened the state and written to it. */
async function startWriter(): Promise<AsyncDisposable & { id: string }> {
  const child = fork(writer, [folder], { stdio: "inherit" });
  const exited = once(child, "exit");
  const id = await Promise.race([once(child, "message"), exited.then(() => ["It ended without a word."])]);
  return {
    id: String(id[0]),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

test("what was committed survives kill -9", async () => {
  const child = await startWriter();
  await child[Symbol.asyncDispose]();
  using state = open();
  expect(new Identifiers(state).idOf("rest-api", "Api", 10)).toBe(child.id);
  expect(state.database.prepare("SELECT message FROM log_event").all()).toEqual([{ message: "committed" }]);
  expect(warnings).toEqual([]);
});

test("several platforms may open a new state at the same moment, and agree on ids", async () => {
  await using children = new AsyncDisposableStack();
  const writers = await Promise.all([startWriter(), startWriter(), startWriter()]);
  for (const child of writers) children.use(child);
  using state = open();
  const id = new Identifiers(state).idOf("rest-api", "Api", 10);
  expect(writers.map((child) => child.id)).toEqual([id, id, id]);
  expect(state.database.prepare("SELECT count(*) AS n FROM log_event").get()).toEqual({ n: 3 });
});

describe("the files", () => {
  const modesOf = async (path: string) => {
    const names = await readdir(path);
    return Promise.all(names.map(async (name) => [name, (await stat(join(path, name))).mode & 0o777]));
  };

  test("are for their owner only", async () => {
    const nested = join(folder, "new", "state");
    using _state = open(nested);
    expect((await stat(nested)).mode & 0o777).toBe(0o700);
    expect(await modesOf(nested)).toEqual(
      [".gitignore", "state.sqlite", "state.sqlite-shm", "state.sqlite-wal"].map((name) => [name, 0o600]),
    );
  });

  test("become so, in a folder that others may read", async () => {
    await writeFile(file(), "");
    await chmod(file(), 0o644);
    using _state = open();
    expect((await modesOf(folder)).map(([, mode]) => mode)).toEqual([0o600, 0o600, 0o600]);
  });
});

describe("a file that can't be read", () => {
  test.each<[string, (path: string) => Promise<void>]>([
    [
      "is no database",
      (path) => writeFile(path, "not a database, and longer than its header would be".repeat(20)),
    ],
    [
      "lost its pages",
      async (path) => {
        open().close();
        const whole = new DatabaseSync(path);
        whole.exec("PRAGMA journal_mode = DELETE; VACUUM");
        const size = (await stat(path)).size;
        whole.close();
        const { truncate } = await import("node:fs/promises");
        await truncate(path, size / 2);
      },
    ],
  ])("because it %s is set aside whole, and told", async (_, spoil) => {
    await spoil(file());
    const { size } = await stat(file());
    using state = open();
    expect(new Identifiers(state).idOf("rest-api", "Api", 10)).toMatch(/^[a-z0-9]{10}$/);
    expect(warnings).toEqual([
      expect.stringMatching(/can't be read \(.+\)\. It was moved to .+\.corrupt-\d+/),
    ]);
    const [, aside = ""] = /moved to (\S+), and/.exec(warnings[0] ?? "") ?? [];
    expect((await stat(aside)).size).toBe(size);
    expect((await stat(aside)).mode & 0o777).toBe(0o600);
  });
});

test("a file of a newer version is refused, and left as it is", async () => {
  open().close();
  const newer = new DatabaseSync(file());
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  expect(() => open()).toThrow(NewerStateError);
  expect(() => open()).toThrow("Update Sluice, or choose another state folder.");
  expect(warnings).toEqual([]);
  using still = new DatabaseSync(file());
  expect(still.prepare("PRAGMA user_version").get()).toEqual({ user_version: 99 });
});

test("a file of the first version, which had no tables, is brought up to date", () => {
  new DatabaseSync(file()).close();
  using state = open();
  const tables = state.database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  expect(tables.all().map((row) => row["name"])).toEqual(
    expect.arrayContaining(["asynchronous_event", "identifier", "log_line", "queue", "session"]),
  );
});

test("a log whose lines have their names with them is kept, with the order that it had", () => {
  open().close();
  const older = new DatabaseSync(file());
  older.exec(
    `DROP VIEW log_event; DROP TABLE log_line; DROP TABLE log_name; PRAGMA user_version = 7;
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
  );
  const lines = [
    { id: 3, log_group: "/aws/lambda/a", log_stream: "one", timestamp_ms: 2, ingestion_ms: 5, message: "x" },
    { id: 7, log_group: "/aws/lambda/a", log_stream: "two", timestamp_ms: 1, ingestion_ms: 6, message: "y" },
    { id: 8, log_group: "one", log_stream: "/aws/lambda/a", timestamp_ms: 3, ingestion_ms: 7, message: "" },
  ];
  const insert = older.prepare(
    "INSERT INTO log_event VALUES (:id, :log_group, :log_stream, :timestamp_ms, :ingestion_ms, :message)",
  );
  for (const line of lines) insert.run(line);
  older.close();
  using state = open();
  expect(state.database.prepare("SELECT * FROM log_event ORDER BY id").all()).toEqual(lines);
  expect(warnings).toEqual([]);
});

test("a folder that can't be used is refused, saying what to do", async () => {
  await mkdir(file());
  expect(() => open()).toThrow(StateFileError);
  expect(() => open()).toThrow(/state\.sqlite can't be used: .+ choose another state folder/);
});
