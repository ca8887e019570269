import type { StateDatabase } from "../state/database.ts";
import { GrowingAggregate, type MetricAggregate, merged } from "./metric-aggregate.ts";

/** Names and values, in the order of the names. */
export type Dimensions = readonly (readonly [name: string, value: string])[];

/** A metric. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
}

/** What is measured. */
export interface MetricSample extends MetricId {
  readonly unit: string;
  /** Unix time in milliseconds; now unless given. */
  readonly timestampMs?: number | undefined;
  readonly values: MetricAggregate;
}

/** A minute of a metric. */
export interface MetricMinute {
  readonly minuteMs: number;
  readonly unit: string;
  readonly values: MetricAggregate;
}

/** What to read of a metric. */
export interface MetricQuery extends MetricId {
  /** Every unit unless given. */
  readonly unit?: string | undefined;
  /** Inclusive. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
}

/** Samples that the platform takes itself, of one thing in one moment. */
export interface MetricRecording {
  readonly namespace: string;
  /** Each gets every sample. The same objects as the last time are found sooner. */
  readonly dimensions: readonly Dimensions[];
  readonly samples: Readonly<Record<string, readonly [value: number, unit: string] | undefined>>;
}

const minuteMs = 60_000;
/** How long what was measured waits in memory before it is written, in milliseconds. Ours. */
const batchMs = 1000;
/** How many recordings are added up together. Ours: those of some tens of requests. */
const addedUpAtOnce = 128;
/** How many minutes of metrics wait while they can't be written. Ours: some megabytes. */
const keptMinutes = 10_000;
/**
 * How long CloudWatch keeps what it has by the minute.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
 */
const retentionMs = 15 * 24 * 60 * minuteMs;
const pruneEveryMs = 60 * minuteMs;
/** How long a batch waits for a transaction of another platform, in milliseconds: streams stand still meanwhile. */
const waitMs = 200;

interface WaitingMinute {
  readonly id: MetricId;
  readonly unit: string;
  readonly minuteMs: number;
  readonly values: GrowingAggregate;
}

/** What waits of one minute, namespace and set of dimensions, by the names of the metrics. */
type WaitingGroup = Map<string, WaitingMinute>;

/** What waits of one minute and set of dimensions, by namespaces. */
interface LatestGroups {
  readonly minuteMs: number;
  readonly groups: Map<string, WaitingGroup>;
}

/**
 * The local CloudWatch's metrics: aggregates by the minute. What is measured is added up in memory and written once a second,
 * so that no request waits for it. A store that can't be written says so once, and tries again.
 */
export class MetricStore {
  readonly #state: StateDatabase;
  readonly #warn: (message: string) => void;
  readonly #now: () => number;
  #waiting = new Map<string, WaitingGroup>();
  #waitingMinutes = 0;
  /** The platform's own, all of one minute: added up together, each costs a fraction of what it would by itself. */
  #recorded: MetricRecording[] = [];
  #recordedMs = 0;
  /** Where the platform's own samples went last: there are many of the same dimensions. */
  #latest = new WeakMap<Dimensions, LatestGroups>();
  #timer: NodeJS.Timeout | undefined;
  #prunedMs = 0;
  #isFailing = false;
  #isClosed = false;

  /**
   * @param warn - told when metrics can't be written, and when they can be again.
   * @param now - Unix time in milliseconds.
   */
  constructor(state: StateDatabase, warn: (message: string) => void, now: () => number = Date.now) {
    this.#state = state;
    this.#warn = warn;
    this.#now = now;
  }

  /** Adds samples of the platform's own. Does nothing once the store is closed. */
  record(recording: MetricRecording): void {
    if (this.#isClosed) return;
    const minute = minuteOf(this.#now());
    if (minute !== this.#recordedMs) this.#addUp();
    this.#recordedMs = minute;
    this.#recorded.push(recording);
    if (this.#recorded.length >= addedUpAtOnce) this.#addUp();
    this.#flushLater();
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => this.flush(), batchMs).unref();
  }

  /** Adds up what was recorded. */
  #addUp(): void {
    const recorded = this.#recorded;
    const minute = this.#recordedMs;
    this.#recorded = [];
    for (const { namespace, dimensions, samples } of recorded) {
      for (const each of dimensions) {
        const group = this.#latestGroup(namespace, each, minute);
        for (const name in samples) {
          const sample = samples[name];
          if (sample === undefined) continue;
          this.#minute(group, namespace, name, each, sample[1], minute)?.addValue(sample[0]);
        }
      }
    }
  }

  /** Adds a sample. Does nothing once the store is closed. */
  put({ namespace, name, dimensions, unit, values, timestampMs = this.#now() }: MetricSample): void {
    if (this.#isClosed) return;
    this.#flushLater();
    const group = this.#group(namespace, dimensions, timestampMs);
    this.#minute(group, namespace, name, dimensions, unit, timestampMs)?.add(values);
  }

  /** @param start - of the minute. */
  #latestGroup(namespace: string, dimensions: Dimensions, start: number): WaitingGroup {
    let latest = this.#latest.get(dimensions);
    if (latest?.minuteMs !== start) {
      latest = { minuteMs: start, groups: new Map() };
      this.#latest.set(dimensions, latest);
    }
    let group = latest.groups.get(namespace);
    if (group === undefined) {
      group = this.#group(namespace, dimensions, start);
      latest.groups.set(namespace, group);
    }
    return group;
  }

  #group(namespace: string, dimensions: Dimensions, timestampMs: number): WaitingGroup {
    let key = `${minuteOf(timestampMs)}\n${namespace}`;
    for (const [name, value] of sortedByName(dimensions)) key += `\n${name}\n${value}`;
    let group = this.#waiting.get(key);
    if (group === undefined) {
      group = new Map();
      if (this.#waitingMinutes < keptMinutes) this.#waiting.set(key, group);
    }
    return group;
  }

  #minute(
    group: WaitingGroup,
    namespace: string,
    name: string,
    dimensions: Dimensions,
    unit: string,
    timestampMs: number,
  ): GrowingAggregate | undefined {
    const first = group.get(name);
    if (first?.unit === unit) return first.values;
    // Nearly every metric has one unit.
    const key = first === undefined ? name : `${name}\n${unit}`;
    const known = first && group.get(key);
    if (known !== undefined || this.#waitingMinutes === keptMinutes) return known?.values;
    const id = { namespace, name, dimensions: sortedByName(dimensions) };
    const values = new GrowingAggregate();
    group.set(key, { id, unit, minuteMs: minuteOf(timestampMs), values });
    this.#waitingMinutes += 1;
    return values;
  }

  /** Writes what waits, if it can be written. */
  flush(): void {
    this.#addUp();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    try {
      this.#state.transaction(() => {
        this.#write([...this.#waiting.values()].flatMap((group) => [...group.values()]));
        this.#prune();
      }, waitMs);
    } catch (error) {
      if (!this.#isFailing) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#warn(`Metrics can't be written to the state: ${reason}. They wait for the next try.`);
      }
      this.#isFailing = true;
      return;
    }
    this.#waiting = new Map();
    this.#waitingMinutes = 0;
    this.#latest = new WeakMap();
    if (this.#isFailing) this.#warn("Metrics are written to the state again.");
    this.#isFailing = false;
  }

  /** Writes what waits, for the last time. */
  close(): void {
    this.flush();
    clearTimeout(this.#timer);
    this.#isClosed = true;
  }

  /** Every metric that has values, in the order of namespaces and names. */
  list(sinceMs = 0): MetricId[] {
    this.flush();
    return this.#state.database
      .prepare(
        `SELECT DISTINCT namespace, name, dimensions FROM metric WHERE last_ms >= ?
         ORDER BY namespace, name, dimensions`,
      )
      .all(Math.max(sinceMs, this.#now() - retentionMs))
      .map((row) => ({
        namespace: String(row["namespace"]),
        name: String(row["name"]),
        dimensions: JSON.parse(String(row["dimensions"])) as Dimensions,
      }));
  }

  /** The minutes of a metric, in their order. Its dimensions must be exactly those that are asked for. */
  read({ namespace, name, dimensions, unit, startMs, endMs }: MetricQuery): MetricMinute[] {
    this.flush();
    const sorted = sortedByName(dimensions);
    return this.#state.database
      .prepare(
        `SELECT metric.unit AS unit, metric_minute.* FROM metric JOIN metric_minute ON metric_minute.metric = metric.id
         WHERE namespace = :namespace AND name = :name AND dimensions = :dimensions AND (:unit IS NULL OR unit = :unit)
           AND minute_ms >= :start AND minute_ms < :end ORDER BY minute_ms`,
      )
      .all({
        namespace,
        name,
        dimensions: JSON.stringify(sorted),
        unit: unit ?? null,
        start: Math.max(startMs, this.#now() - retentionMs),
        end: endMs,
      })
      .map((row) => ({
        minuteMs: Number(row["minute_ms"]),
        unit: String(row["unit"]),
        values: aggregateFrom(row),
      }));
  }

  #write(minutes: Iterable<WaitingMinute>): void {
    const { database } = this.#state;
    const putMetric = database.prepare(
      `INSERT INTO metric (namespace, name, dimensions, unit, last_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (namespace, name, dimensions, unit) DO UPDATE SET last_ms = max(last_ms, excluded.last_ms)
       RETURNING id`,
    );
    const getMinute = database.prepare("SELECT * FROM metric_minute WHERE metric = ? AND minute_ms = ?");
    const putMinute = database.prepare("INSERT OR REPLACE INTO metric_minute VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (const { id, unit, minuteMs: start, values } of minutes) {
      const metric = putMetric.get(id.namespace, id.name, JSON.stringify(id.dimensions), unit, start);
      const key = Number(metric?.["id"]);
      const known = getMinute.get(key, start);
      const all = known === undefined ? values.values() : merged(aggregateFrom(known), values.values());
      const sizes = all.sizes === undefined ? null : JSON.stringify(all.sizes);
      putMinute.run(key, start, all.sampleCount, all.sum, all.least, all.most, sizes);
    }
  }

  #prune(): void {
    const nowMs = this.#now();
    if (nowMs - this.#prunedMs < pruneEveryMs) return;
    this.#prunedMs = nowMs;
    const { database } = this.#state;
    database.prepare("DELETE FROM metric_minute WHERE minute_ms < ?").run(nowMs - retentionMs);
    database.prepare("DELETE FROM metric WHERE last_ms < ?").run(nowMs - retentionMs);
  }
}

function minuteOf(timestampMs: number): number {
  return Math.floor(timestampMs / minuteMs) * minuteMs;
}

function sortedByName(dimensions: Dimensions): Dimensions {
  return dimensions.length < 2
    ? dimensions
    : dimensions.toSorted(([left], [right]) => (left < right ? -1 : 1));
}

function aggregateFrom(row: Record<string, unknown>): MetricAggregate {
  const sizes = row["sizes"];
  return {
    sampleCount: Number(row["sample_count"]),
    sum: Number(row["sum"]),
    least: Number(row["least"]),
    most: Number(row["most"]),
    sizes: sizes === null ? undefined : (JSON.parse(String(sizes)) as Record<string, number>),
  };
}
