import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StateDatabase } from "../state/database.ts";
import { aggregateOf, merged, percentile } from "./metric-aggregate.ts";
import { MetricStore } from "./metric-store.ts";

const day = 24 * 3_600_000;
const id = { namespace: "N", name: "M", dimensions: [["D", "1"]] as const };
const all = { ...id, startMs: 0, endMs: Number.MAX_SAFE_INTEGER };

let folder: string;
let nowMs = 20 * day;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "metrics-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function open(state: StateDatabase, warn: (message: string) => void = () => {}) {
  return new MetricStore(state, warn, () => nowMs);
}
const put = (store: MetricStore, value: number) =>
  store.put({ ...id, unit: "Count", values: aggregateOf(value) });

test("values of a minute are one, over restarts as well", () => {
  for (const value of [1, 2]) {
    using state = StateDatabase.open(folder, () => {});
    const store = open(state);
    put(store, value);
    store.close();
  }
  using state = StateDatabase.open(folder, () => {});
  expect(open(state).read(all)).toMatchObject([
    { minuteMs: nowMs, unit: "Count", values: { sampleCount: 2, sum: 3, least: 1, most: 2 } },
  ]);
});

test("each of the platform's own samples is of the minute in which it came, however many there are", () => {
  using state = StateDatabase.open(folder, () => {});
  const store = open(state);
  const startMs = nowMs;
  const record = (value: number) =>
    store.record({ namespace: "N", dimensions: [id.dimensions, []], samples: { M: [value, "Count"] } });
  for (let value = 1; value <= 300; value++) record(value);
  nowMs += 59_999;
  record(301);
  nowMs += 1;
  record(7);
  store.close();
  record(8);
  for (const dimensions of [id.dimensions, []]) {
    expect(store.read({ ...all, dimensions })).toMatchObject([
      { minuteMs: startMs, values: { sampleCount: 301, sum: (301 * 302) / 2, least: 1, most: 301 } },
      { minuteMs: startMs + 60_000, values: { sampleCount: 1, sum: 7 } },
    ]);
  }
});

test("what is older than fifteen days is gone", () => {
  using state = StateDatabase.open(folder, () => {});
  const store = open(state);
  put(store, 1);
  store.flush();
  nowMs += 15 * day + 60_000;
  expect([store.read(all), store.list()]).toEqual([[], []]);
  put(store, 2);
  store.flush();
  const rows = state.database.prepare("SELECT sum FROM metric_minute").all();
  expect(rows.map(({ sum }) => sum)).toEqual([2]);
});

test("a state that can't be written keeps nothing from being measured, and gets it all once it can be", () => {
  using state = StateDatabase.open(folder, () => {});
  const warnings: string[] = [];
  const store = open(state, (message) => warnings.push(message));
  state.database.exec("ALTER TABLE metric_minute RENAME TO away");
  put(store, 1);
  store.flush();
  put(store, 2);
  store.flush();
  state.database.exec("ALTER TABLE away RENAME TO metric_minute");
  expect(store.read(all)).toMatchObject([{ values: { sampleCount: 2, sum: 3 } }]);
  expect(warnings).toEqual([
    "Metrics can't be written to the state: no such table: metric_minute. They wait for the next try.",
    "Metrics are written to the state again.",
  ]);
});

test("percentiles are right to a hundredth, whatever the values and however they are put together", () => {
  const values = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (list, percent) => {
      const sorted = [...list].sort((left, right) => left - right);
      const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
      const found = percentile(list.map((value) => aggregateOf(value)).reduce(merged), percent) ?? 0;
      expect(Math.abs(found / exact - 1)).toBeLessThan(0.01);
    }),
  );
});

test("there is no percentile of negative values, nor of statistics alone", () => {
  expect(percentile(merged(aggregateOf(-1), aggregateOf(1)), 50)).toBeUndefined();
  expect(percentile({ sampleCount: 2, sum: 3, least: 1, most: 2, sizes: undefined }, 50)).toBeUndefined();
});
