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
const logOfGrowth = Math.log(growth);
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
  const both = new GrowingAggregate();
  both.add(one);
  both.add(other);
  return both.values();
}

/** Values of one metric that come one by one: each costs the same, however many there are. */
export class GrowingAggregate {
  #sampleCount = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  #sizes: Map<number, number> | undefined = new Map();

  addValue(value: number): void {
    this.#sampleCount += 1;
    this.#sum += value;
    if (value < this.#least) this.#least = value;
    if (value > this.#most) this.#most = value;
    this.#addSize(sizeOf(value), 1);
  }

  add({ sampleCount, sum, least, most, sizes }: MetricAggregate): void {
    this.#sampleCount += sampleCount;
    this.#sum += sum;
    this.#least = Math.min(this.#least, least);
    this.#most = Math.max(this.#most, most);
    if (sizes === undefined) this.#sizes = undefined;
    else for (const [size, times] of Object.entries(sizes)) this.#addSize(Number(size), times);
  }

  values(): MetricAggregate {
    return {
      sampleCount: this.#sampleCount,
      sum: this.#sum,
      least: this.#least,
      most: this.#most,
      sizes: this.#sizes && Object.fromEntries(this.#sizes),
    };
  }

  #addSize(size: number, times: number): void {
    this.#sizes?.set(size, (this.#sizes.get(size) ?? 0) + times);
  }
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
  return Math.ceil(Math.log(Math.min(value, mostMagnitude) / leastMagnitude) / logOfGrowth) + 1;
}

function typicalOf(size: number): number {
  return size === 0 ? 0 : leastMagnitude * growth ** (size - 1.5);
}
