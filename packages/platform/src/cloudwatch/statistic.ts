import { type MetricAggregate, merged, percentile } from "./metric-aggregate.ts";
import type { MetricMinute } from "./metric-store.ts";

/** Computes a statistic. Nothing comes out where the values don't tell it. */
export type Statistic = (values: MetricAggregate) => number | undefined;

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ sampleCount }) => sampleCount,
  Sum: ({ sum }) => sum,
  Average: ({ sum, sampleCount }) => sum / sampleCount,
  Minimum: ({ least }) => least,
  Maximum: ({ most }) => most,
};

/** The names of statistics that need nothing but the aggregates, as AWS lists them. */
export const simpleStatistics: readonly string[] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

/**
 * The statistic of a name.
 * @returns a text that says why it isn't computed here, if it isn't.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
export function findStatistic(name: string): Statistic | string {
  const found = simple[name];
  if (found !== undefined) return found;
  const percent = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1];
  if (percent !== undefined) return (values) => percentile(values, Number(percent));
  if (/^(?:tm|wm|tc|ts|pr|iqm)(?:\W|\d|$)/i.test(name)) {
    return `The statistic ${name} is not computed by this platform. It computes ${simpleStatistics.join(", ")} and percentiles such as p99.`;
  }
  return `Invalid statistic: ${name}`;
}

/** A period of a metric with all its values. */
export interface MetricPeriod {
  readonly startMs: number;
  readonly unit: string;
  readonly values: MetricAggregate;
}

/**
 * Minutes gathered into periods that begin with the start of the query.
 * @param startMs - at a whole minute.
 */
export function inPeriods(
  minutes: readonly MetricMinute[],
  startMs: number,
  periodMs: number,
): MetricPeriod[] {
  const periods = new Map<string, MetricPeriod>();
  for (const { minuteMs, unit, values } of minutes) {
    const start = startMs + Math.floor((minuteMs - startMs) / periodMs) * periodMs;
    const key = `${start} ${unit}`;
    const known = periods.get(key);
    periods.set(key, {
      startMs: start,
      unit,
      values: known === undefined ? values : merged(known.values, values),
    });
  }
  return [...periods.values()];
}
