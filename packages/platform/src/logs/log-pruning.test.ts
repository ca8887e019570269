import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StateDatabase } from "../state/database.ts";
import { TestClock } from "../test-clock.ts";
import { LogPruning } from "./log-pruning.ts";
import { LogStore } from "./log-store.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const startMs = 100 * dayMs;

let folder: string;
let state: StateDatabase;
let clock: TestClock;
let store: LogStore;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-pruning-"));
  state = StateDatabase.open(folder, () => {});
  clock = new TestClock(startMs);
  warnings = [];
  const warn = (message: string) => warnings.push(message);
  store = new LogStore(state, warn, () => clock.now());
});
afterEach(() => {
  store.close();
  state.close();
  rmSync(folder, { recursive: true });
});

const put = (group: string, ...timesMs: number[]) => {
  for (const timestampMs of timesMs)
    store.put(group, "s", { timestampMs, message: `${timestampMs - startMs}` });
};
const messages = (logGroupName: string) =>
  store.read({ logGroupName, limit: 10_000 }).map(({ message }) => message);
/** How many events are in the state, to be read or not. */
const kept = (group: string) =>
  state.database.prepare("SELECT count(*) AS n FROM log_event WHERE log_group = ?").get(group)?.["n"];
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("events of a group with a retention of a day", () => {
  beforeEach(() => {
    store.createGroup("g", { retentionDays: 1 });
    put("g", startMs - dayMs - 1, startMs - dayMs, startMs - 1);
    put("for ever", 1);
  });

  test("are not answered once they are older, whether or not they are in the state", () => {
    expect([messages("g"), kept("g")]).toEqual([[String(-dayMs), "-1"], 3]);
    clock.advance(1);
    expect(messages("g")).toEqual(["-1"]);
    expect(store.groups()).toMatchObject([
      { name: "for ever", retentionDays: undefined },
      { name: "g", retentionDays: 1, bytes: 2 },
    ]);
  });

  test("leave the state within an hour", () => {
    using _pruning = new LogPruning(store, clock, (message) => warnings.push(message));
    store.flush();
    clock.advance(hourMs);
    expect([kept("g"), kept("for ever")]).toEqual([1, 1]);
    clock.advance(dayMs);
    expect([kept("g"), kept("for ever"), store.has("g"), warnings]).toEqual([0, 1, true, []]);
  });

  test("come back when they are to be kept for longer, unless they have left", () => {
    store.changeGroup("g", { retentionDays: 3 });
    expect(messages("g")).toHaveLength(3);
    store.changeGroup("g", {});
    expect(messages("g")).toHaveLength(3);
  });

  test("leave a bit at a time, with time for others in between", () => {
    put("g", ...numbers(2_500));
    using _pruning = new LogPruning(store, clock, () => {});
    store.flush();
    clock.advance(hourMs);
    expect(kept("g")).toBe(1_503);
    clock.advance(100);
    expect(kept("g")).toBe(503);
    clock.advance(100);
    expect(kept("g")).toBe(1);
  });

  test("leave later where another process holds the state, and that is told", () => {
    using _pruning = new LogPruning(store, clock, (message) => warnings.push(message));
    store.flush();
    using other = new DatabaseSync(join(folder, "state.sqlite"));
    other.exec("BEGIN IMMEDIATE");
    clock.advance(hourMs);
    expect([kept("g"), warnings]).toEqual([3, [expect.stringContaining("database is locked")]]);
    other.exec("ROLLBACK");
    clock.advance(hourMs);
    expect(kept("g")).toBe(1);
  });

  test("stay once nobody prunes any more", () => {
    new LogPruning(store, clock, () => {})[Symbol.dispose]();
    store.flush();
    clock.advance(dayMs);
    expect(kept("g")).toBe(3);
  });
});

describe("a group that is deleted", () => {
  test("is gone at once with its events, which leave a bit at a time", () => {
    put("g", ...numbers(2_500));
    store.deleteGroup("g");
    expect([store.has("g"), store.groups(), messages("g"), store.streams("g")]).toEqual([false, [], [], []]);
    expect(kept("g")).toBe(2_500);
    using _pruning = new LogPruning(store, clock, () => {});
    clock.advance(hourMs + 200);
    expect(kept("g")).toBe(0);
  });

  test("begins anew with its next event, or when it is created again", () => {
    put("g", 1, 2, 3);
    store.createGroup("h", { retentionDays: 3, tags: { team: "a" } });
    for (const group of ["g", "h"]) store.deleteGroup(group);
    put("g", 4);
    store.createGroup("h", {});
    expect(store.groups()).toEqual([
      { name: "g", createdMs: 4, bytes: 11, retentionDays: undefined, tags: {} },
      { name: "h", createdMs: startMs, bytes: 0, retentionDays: undefined, tags: {} },
    ]);
    expect(() => store.createGroup("g", {})).toThrow("The specified log group already exists");
  });

  test("takes events along that were not written yet", () => {
    put("g", 1);
    store.flush();
    put("g", 2);
    store.deleteGroup("g");
    expect(messages("g")).toEqual([]);
  });
});

test("whatever happens to groups, what is read was put since the last deletion, and is not too old", () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), ageDays: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ kind: fc.constantFrom("delete" as const, "prune" as const) }),
    // Longer ones bring back what has not left yet, and nobody knows how much that is.
    fc.record({ kind: fc.constant("keep at most" as const), days: fc.constantFrom(3, 1) }),
  );
  let run = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b"), action), { maxLength: 40 }), (steps) => {
      run += 1;
      const model = new Map<string, { timesMs: number[]; days: number | undefined }>();
      for (const [letter, step] of steps) {
        const name = `${run}/${letter}`;
        const group = model.get(name);
        expect(store.has(name)).toBe(group !== undefined);
        if (step.kind === "put") {
          const timestampMs = startMs - step.ageDays * dayMs - 1;
          put(name, timestampMs);
          model.set(name, { days: group?.days, timesMs: [...(group?.timesMs ?? []), timestampMs] });
        } else if (step.kind === "prune") {
          store.prune(2);
        } else if (group !== undefined && step.kind === "delete") {
          store.deleteGroup(name);
          model.delete(name);
        } else if (group !== undefined && step.kind === "keep at most") {
          group.days = Math.min(group.days ?? step.days, step.days);
          store.changeGroup(name, { retentionDays: group.days });
        }
      }
      for (const [name, { timesMs, days = 100 }] of model) {
        const expected = timesMs.filter((timeMs) => timeMs >= startMs - days * dayMs).sort((a, b) => a - b);
        expect(messages(name)).toEqual(expected.map((timeMs) => String(timeMs - startMs)));
      }
    }),
  );
});
