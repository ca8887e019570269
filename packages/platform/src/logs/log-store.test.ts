import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StateDatabase } from "../state/database.ts";
import { LogStore } from "./log-store.ts";

let folder: string;
let state: StateDatabase;
let warnings: string[];
let store: LogStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-store-"));
  state = StateDatabase.open(folder, () => {});
  warnings = [];
  store = new LogStore(
    state,
    (message) => warnings.push(message),
    () => 5_000,
  );
});
afterEach(() => {
  if (state.database.isOpen) state.close();
  rmSync(folder, { recursive: true });
});

const messages = (query: Partial<Parameters<LogStore["read"]>[0]> = {}) =>
  store.read({ logGroupName: "g", limit: 100, ...query }).map(({ message }) => message);

describe("events", () => {
  beforeEach(() => {
    for (const [timestampMs, stream, message] of [
      [30, "s", "third"],
      [10, "s", "first"],
      [20, "t", "second"],
      [30, "t", "fourth"],
    ] as const) {
      store.put("g", stream, { timestampMs, message });
    }
    store.put("other", "s", { timestampMs: 1, message: "elsewhere: é" });
  });

  test("are read in the order of their times, then of their arrival", () => {
    expect(messages()).toEqual(["first", "second", "third", "fourth"]);
    expect(messages({ isBackward: true, limit: 2 })).toEqual(["fourth", "third"]);
  });

  test("are read page by page in both directions, although later ones arrived earlier", () => {
    for (const isBackward of [false, true]) {
      const pages: string[] = [];
      let past: { timestampMs: number; eventId: number } | undefined;
      for (let page = 0; page < 4; page++) {
        const [event] = store.read({ logGroupName: "g", limit: 1, isBackward, past });
        pages.push(event?.message ?? "none");
        past = event;
      }
      const inOrder = ["first", "second", "third", "fourth"];
      expect(pages).toEqual(isBackward ? inOrder.toReversed() : inOrder);
      expect(store.read({ logGroupName: "g", limit: 1, isBackward, past })).toEqual([]);
    }
  });

  test("are read by stream and time, the end left out", () => {
    expect(messages({ logStreamName: "s" })).toEqual(["first", "third"]);
    expect(messages({ startMs: 10, endMs: 30 })).toEqual(["first", "second"]);
  });

  test("make groups and streams", () => {
    expect(store.groups()).toEqual([
      { name: "g", createdMs: 10, bytes: 22, retentionDays: undefined, tags: {} },
      { name: "other", createdMs: 1, bytes: 13, retentionDays: undefined, tags: {} },
    ]);
    expect(store.streams("g")).toEqual([
      { name: "s", firstMs: 10, lastMs: 30, lastIngestionMs: 5_000 },
      { name: "t", firstMs: 20, lastMs: 30, lastIngestionMs: 5_000 },
    ]);
    expect([store.has("g"), store.has("g", "t"), store.has("g", "u"), store.has("h")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

test("many events are written without being asked for", () => {
  for (let index = 0; index < 2_000; index++) store.put("g", "s", { timestampMs: index, message: "x" });
  expect(state.database.prepare("SELECT count(*) AS n FROM log_event").get()).toEqual({ n: 2_000 });
});

describe("a state that can't be written", () => {
  /** No page more than there is: what a full disk looks like to SQLite. */
  const fillDisk = () => {
    const { page_count: pages } = state.database.prepare("PRAGMA page_count").get() as { page_count: number };
    state.database.exec(`PRAGMA max_page_count = ${pages}`);
  };
  const big = "x".repeat(100_000);

  test("is told once, costs no event, and is written again when there is room", () => {
    store.put("g", "s", { timestampMs: 1, message: "before" });
    store.flush();
    fillDisk();
    store.put("g", "s", { timestampMs: 2, message: big });
    store.flush();
    store.put("g", "s", { timestampMs: 3, message: "after" });
    store.flush();
    expect(warnings).toEqual([expect.stringContaining("database or disk is full")]);
    expect(state.database.isTransaction).toBe(false);
    expect(messages()).toEqual(["before"]);
    state.database.exec("PRAGMA max_page_count = 1000000");
    expect(messages()).toEqual(["before", big, "after"]);
    expect(warnings).toEqual([expect.anything(), expect.stringContaining("again")]);
  });

  test("because another process holds it waits no longer than a moment", () => {
    using other = new DatabaseSync(join(folder, "state.sqlite"));
    other.exec("BEGIN IMMEDIATE");
    store.put("g", "s", { timestampMs: 1, message: "later" });
    store.flush();
    expect(messages()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("database is locked")]);
    other.exec("ROLLBACK");
    expect(messages()).toEqual(["later"]);
  });

  test("keeps the latest events only, however many come", () => {
    fillDisk();
    store.put("g", "s", { timestampMs: 0, message: big });
    store.flush();
    for (let index = 1; index <= 10_050; index++) store.put("g", "s", { timestampMs: index, message: "x" });
    store.flush();
    state.database.exec("PRAGMA max_page_count = 1000000");
    store.flush();
    expect(
      state.database.prepare("SELECT count(*) AS n, min(timestamp_ms) AS first FROM log_event").get(),
    ).toEqual({
      n: 10_000,
      first: 51,
    });
  });

  test("may be closed before the store is", () => {
    state.close();
    store.put("g", "s", { timestampMs: 1, message: "late" });
    store.flush();
    expect(warnings).toEqual([expect.stringContaining("database is not open")]);
    store.close();
    store.put("g", "s", { timestampMs: 2, message: "later" });
    store.flush();
    expect(warnings).toHaveLength(1);
  });
});
