/** Values of one metric, taken together. */
export interface MetricAggregate {
  readonly sampleCount: number;
  readonly sum: number;
  readonly least: number;
  readonly most: number;
  /**
   * How many values there are of each size, by {@link sizeOf}; nothing where that isn't known, as of statistics that were put
   * without their values.
   */
  readonly sizes: Readonly<Record<string, number>> | undefined;
}

/** Each size is so many times the one before: percentiles are right to half a hundredth. */
const growth = 1.01;
/** What is nearer to zero is zero. With the greatest, it bounds how many sizes there are. */
const leastMagnitude = 1e-6;
const mostMagnitude = 1e15;

/** A value that came so many times. */
export function aggregateOf(value: number, count = 1): MetricAggregate {
  return {
    sampleCount: count,
    sum: value * count,
    least: value,
    most: value,
    sizes: { [sizeOf(value)]: count },
  };
}

/** Both together. */
export function merged(one: MetricAggregate, other: MetricAggregate): MetricAggregate {
  return {
    sampleCount: one.sampleCount + other.sampleCount,
    sum: one.sum + other.sum,
    least: Math.min(one.least, other.least),
    most: Math.max(one.most, other.most),
    sizes: mergedSizes(one.sizes, other.sizes),
  };
}

/**
 * The value that a share of all values don't exceed.
 * @param percent - from 0 to 100.
 * @returns nothing where that isn't known, or values are negative: CloudWatch has no percentiles of those.
 */
export function percentile(aggregate: MetricAggregate, percent: number): number | undefined {
  const { sizes, least, most, sampleCount } = aggregate;
  if (sizes === undefined || least < 0) return undefined;
  if (least === most) return most;
  const rank = (percent / 100) * sampleCount;
  let count = 0;
  const ordered = Object.entries(sizes)
    .map(([size, times]) => [Number(size), times] as const)
    .sort(([left], [right]) => left - right);
  for (const [size, times] of ordered) {
    count += times;
    if (count >= rank) return Math.min(most, Math.max(least, typicalOf(size)));
  }
  return most;
}

/** The size of a value as a whole number; 0 is below all that aren't zero. */
function sizeOf(value: number): number {
  if (value < leastMagnitude) return 0;
  return Math.ceil(Math.log(Math.min(value, mostMagnitude) / leastMagnitude) / Math.log(growth)) + 1;
}

function typicalOf(size: number): number {
  return size === 0 ? 0 : leastMagnitude * growth ** (size - 1.5);
}

function mergedSizes(
  one: MetricAggregate["sizes"],
  other: MetricAggregate["sizes"],
): MetricAggregate["sizes"] {
  if (one === undefined || other === undefined) return undefined;
  const sizes = { ...one };
  for (const [size, times] of Object.entries(other)) sizes[size] = (sizes[size] ?? 0) + times;
  return sizes;
}
