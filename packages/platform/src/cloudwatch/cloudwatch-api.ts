import type {
  Datapoint,
  Dimension,
  MetricDataQuery,
  MetricDataResult,
  MetricDatum,
  StandardUnit,
} from "@aws-sdk/client-cloudwatch";
import * as cloudWatchClient from "@aws-sdk/client-cloudwatch";
import { AwsServiceError } from "../service-error.ts";
import type { WireErrorName } from "../wire/error-response.ts";
import { defineService, type InputOf, type OutputOf, type ServiceApi } from "../wire/service-api.ts";
import { aggregateOf, type MetricAggregate, merged } from "./metric-aggregate.ts";
import type { Dimensions, MetricId, MetricStore } from "./metric-store.ts";
import { findStatistic, inPeriods, type Statistic, simpleStatistics } from "./statistic.ts";

type Client = typeof cloudWatchClient;

const minuteMs = 60_000;
/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
const mostStatistics = 1440;
/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const mostDatapoints = 100_800;
const mostQueries = 500;
const mostListed = 500;
/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const mostPut = 1000;
const mostValues = 150;
const mostDimensions = 30;
const recentMs = 3 * 60 * minuteMs;

/**
 * CloudWatch's metrics, by the minute.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
 */
export function cloudWatchApi(metrics: MetricStore, nowMs: () => number): ServiceApi {
  return defineService(
    cloudWatchClient,
    {
      PutMetricData: {
        constraints: { Namespace: { length: [1, 255], pattern: "[^:].*" } },
        rights: ({ Namespace }) => [{ resource: "*", context: { "cloudwatch:namespace": Namespace } }],
        run: (input) => {
          putMetricData(metrics, input);
          return {};
        },
      },
      GetMetricStatistics: (input) => getMetricStatistics(metrics, input),
      GetMetricData: (input) => getMetricData(metrics, input),
      ListMetrics: (input) => listMetrics(metrics, input, nowMs()),
    },
    {
      actionPrefix: "cloudwatch",
      requestBytes: 16 * 1024 * 1024,
      validationCode: "InvalidParameterValueException",
      nameError,
    },
  );
}

function putMetricData(
  metrics: MetricStore,
  { Namespace = "", MetricData = [], EntityMetricData = [] }: InputOf<Client, "PutMetricData">,
): void {
  if (Namespace.startsWith("AWS/")) {
    throw invalid("The value AWS/ for parameter Namespace is invalid.");
  }
  const data = [...MetricData, ...EntityMetricData.flatMap(({ MetricData: own = [] }) => own)];
  if (data.length === 0) {
    throw new AwsServiceError(
      "MissingRequiredParameterException",
      400,
      "The parameter MetricData is required.",
    );
  }
  if (data.length > mostPut) {
    throw invalid(
      `The collection MetricData must not have a size greater than ${mostPut}. It has ${data.length}.`,
    );
  }
  // All or none.
  const samples = data.map((datum, index) => ({
    namespace: Namespace,
    name: datum.MetricName ?? "",
    dimensions: readDimensions(datum.Dimensions ?? []),
    unit: datum.Unit ?? "None",
    timestampMs: datum.Timestamp?.getTime(),
    values: readValues(datum, `MetricData.member.${index + 1}`),
  }));
  for (const sample of samples) metrics.put(sample);
}

function readValues(datum: MetricDatum, place: string): MetricAggregate {
  const { MetricName = "", Value, Values = [], Counts, StatisticValues } = datum;
  if (MetricName === "" || MetricName.length > 255)
    throw invalid(`The value ${MetricName} for parameter ${place}.MetricName is invalid.`);
  const given = [Value, Values.length === 0 ? undefined : Values, StatisticValues];
  if (given.filter((each) => each !== undefined).length !== 1) {
    throw new AwsServiceError(
      "InvalidParameterCombinationException",
      400,
      `The parameters ${place}.Value, ${place}.Values and ${place}.StatisticValues are mutually exclusive and you have specified ${given.every((each) => each === undefined) ? "none" : "more than one"}.`,
    );
  }
  if (StatisticValues !== undefined) {
    const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = StatisticValues;
    for (const value of [SampleCount, Sum, Minimum, Maximum]) checkNumber(value, place);
    const whole = { sampleCount: SampleCount, sum: Sum, least: Minimum, most: Maximum };
    const isOneValue = Minimum === Maximum;
    return {
      ...whole,
      sizes: isOneValue ? aggregateOf(Minimum, SampleCount).sizes : undefined,
    };
  }
  const values = Value === undefined ? Values : [Value];
  if (values.length > mostValues || (Counts !== undefined && Counts.length !== values.length)) {
    throw invalid(
      `The parameters ${place}.Values and ${place}.Counts must be of equal size, ${mostValues} at most.`,
    );
  }
  return values
    .map((value, index) => {
      checkNumber(value, place);
      return aggregateOf(value, Counts?.[index] ?? 1);
    })
    .reduce(merged);
}

function checkNumber(value: number, place: string): void {
  // As AWS limits it: 2 to the power of ±360.
  if (Number.isFinite(value) && Math.abs(value) <= 2 ** 360) return;
  throw invalid(`The value ${value} for parameter ${place}.Value is invalid.`);
}

function readDimensions(given: readonly Dimension[]): Dimensions {
  if (given.length > mostDimensions)
    throw invalid(`The collection Dimensions must not have a size greater than ${mostDimensions}.`);
  return given.map(({ Name = "", Value = "" }) => {
    if (Name !== "" && Value !== "") return [Name, Value] as const;
    throw invalid(`The value ${Name}=${Value} for parameter Dimensions is invalid.`);
  });
}

/** AWS rounds the start down to a whole minute. */
function readRange(start: Date | undefined, end: Date | undefined) {
  const startMs = Math.floor((start?.getTime() ?? 0) / minuteMs) * minuteMs;
  const endMs = end?.getTime() ?? 0;
  if (startMs >= endMs) {
    throw invalid("The parameter StartTime must be less than the parameter EndTime.");
  }
  return { startMs, endMs };
}

function readPeriod(period: number | undefined): number {
  const seconds = period ?? 0;
  if ([1, 5, 10, 20, 30].includes(seconds)) {
    throw invalid(
      `A period of ${seconds} s is not served by this platform: it keeps metrics by the minute. Use 60 s or a multiple.`,
    );
  }
  if (seconds > 0 && seconds % 60 === 0) return seconds * 1000;
  throw invalid(
    `The parameter Period must be a value in the set [ 1, 5, 10, 20, 30 ] or be a multiple of 60.`,
  );
}

function readStatistic(name: string): Statistic {
  const found = findStatistic(name);
  if (typeof found === "string") throw invalid(found);
  return found;
}

function getMetricStatistics(
  metrics: MetricStore,
  input: InputOf<Client, "GetMetricStatistics">,
): OutputOf<Client, "GetMetricStatistics"> {
  const { Namespace = "", MetricName = "", Dimensions: dimensions = [], Unit } = input;
  const { Statistics = [], ExtendedStatistics = [] } = input;
  if (Statistics.length + ExtendedStatistics.length === 0) {
    throw new AwsServiceError(
      "MissingRequiredParameterException",
      400,
      "The parameter Statistics or ExtendedStatistics must be specified.",
    );
  }
  for (const name of Statistics) {
    if (!simpleStatistics.includes(name)) throw invalid(`Invalid statistic: ${name}`);
  }
  const { startMs, endMs } = readRange(input.StartTime, input.EndTime);
  const periodMs = readPeriod(input.Period);
  const points = Math.ceil((endMs - startMs) / periodMs);
  if (points > mostStatistics) {
    throw new AwsServiceError(
      "InvalidParameterCombinationException",
      400,
      `You have requested up to ${points} datapoints, which exceeds the limit of ${mostStatistics}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const simple = Statistics.map((name) => [name, readStatistic(name)] as const);
  const extended = ExtendedStatistics.map((name) => [name, readStatistic(name)] as const);
  const minutes = metrics.read({
    namespace: Namespace,
    name: MetricName,
    dimensions: readDimensions(dimensions),
    unit: Unit,
    startMs,
    endMs,
  });
  const Datapoints = inPeriods(minutes, startMs, periodMs).map(
    ({ startMs: at, unit, values }): Datapoint => ({
      Timestamp: new Date(at),
      Unit: unit as StandardUnit,
      ...computed(simple, values),
      ...(extended.length === 0 ? {} : { ExtendedStatistics: computed(extended, values) }),
    }),
  );
  return { Label: MetricName, Datapoints };
}

function computed(
  statistics: readonly (readonly [string, Statistic])[],
  values: MetricAggregate,
): Record<string, number> {
  return Object.fromEntries(
    statistics.flatMap(([name, statistic]) => {
      const value = statistic(values);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function getMetricData(
  metrics: MetricStore,
  input: InputOf<Client, "GetMetricData">,
): OutputOf<Client, "GetMetricData"> {
  const { MetricDataQueries = [], ScanBy = "TimestampDescending", NextToken, MaxDatapoints } = input;
  const range = readRange(input.StartTime, input.EndTime);
  const most = Math.min(MaxDatapoints ?? mostDatapoints, mostDatapoints);
  if (MetricDataQueries.length > mostQueries)
    throw invalid(`The collection MetricDataQueries must not have a size greater than ${mostQueries}.`);
  const results = MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false).map((query) =>
    readQuery(metrics, query, range, ScanBy),
  );
  return cutToPage(results, readToken(NextToken), most);
}

function readQuery(
  metrics: MetricStore,
  { Id, MetricStat, Expression, Label }: MetricDataQuery,
  { startMs, endMs }: ReturnType<typeof readRange>,
  scanBy: string,
): MetricDataResult {
  if (Expression !== undefined) {
    throw invalid(
      `Expressions are not served by this platform: the query ${Id} has ${JSON.stringify(Expression)}. Use MetricStat.`,
    );
  }
  const { Metric: metric, Period, Stat = "", Unit } = MetricStat ?? {};
  if (metric === undefined) throw invalid(`The query ${Id} has neither MetricStat nor Expression.`);
  const statistic = readStatistic(Stat);
  const minutes = metrics.read({
    namespace: metric.Namespace ?? "",
    name: metric.MetricName ?? "",
    dimensions: readDimensions(metric.Dimensions ?? []),
    unit: Unit,
    startMs,
    endMs,
  });
  const points = inPeriods(minutes, startMs, readPeriod(Period)).flatMap(({ startMs: at, values }) => {
    const value = statistic(values);
    return value === undefined ? [] : [{ at, value }];
  });
  if (scanBy === "TimestampDescending") points.reverse();
  return {
    Id: Id ?? "",
    Label: Label ?? metric.MetricName ?? "",
    Timestamps: points.map(({ at }) => new Date(at)),
    Values: points.map(({ value }) => value),
    StatusCode: "Complete",
  };
}

/** Results one after the other, from a point on and as many points as fit. */
function cutToPage(
  results: readonly MetricDataResult[],
  from: number,
  most: number,
): OutputOf<Client, "GetMetricData"> {
  let before = 0;
  let room = most;
  const page = results.map((result): MetricDataResult => {
    const { Timestamps = [], Values = [] } = result;
    const skipped = Math.min(Math.max(0, from - before), Values.length);
    before += Values.length;
    const end = Math.min(skipped + room, Values.length);
    room -= end - skipped;
    return {
      ...result,
      Timestamps: Timestamps.slice(skipped, end),
      Values: Values.slice(skipped, end),
      StatusCode: end < Values.length ? "PartialData" : "Complete",
    };
  });
  const next = from + most - room;
  return { MetricDataResults: page, Messages: [], ...(next < before ? { NextToken: tokenOf(next) } : {}) };
}

function listMetrics(
  metrics: MetricStore,
  input: InputOf<Client, "ListMetrics">,
  nowMs: number,
): OutputOf<Client, "ListMetrics"> {
  const { Namespace, MetricName, Dimensions: filters = [], NextToken, RecentlyActive } = input;
  const isWanted = ({ namespace, name, dimensions }: MetricId) =>
    (Namespace === undefined || namespace === Namespace) &&
    (MetricName === undefined || name === MetricName) &&
    filters.every(({ Name, Value }) =>
      dimensions.some(([key, value]) => key === Name && (Value === undefined || value === Value)),
    );
  const found = metrics.list(RecentlyActive === undefined ? 0 : nowMs - recentMs).filter(isWanted);
  const from = readToken(NextToken);
  return {
    Metrics: found.slice(from, from + mostListed).map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })),
    })),
    ...(from + mostListed < found.length ? { NextToken: tokenOf(from + mostListed) } : {}),
  };
}

function tokenOf(position: number): string {
  return Buffer.from(String(position)).toString("base64");
}

function readToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const text = Buffer.from(token, "base64").toString();
  if (/^\d+$/.test(text)) return Number(text);
  throw new AwsServiceError("InvalidNextToken", 400, "Invalid nextToken");
}

function invalid(message: string): AwsServiceError {
  return new AwsServiceError("InvalidParameterValueException", 400, message);
}

/** The codes of the query protocol, which clients of the other protocols match on as well. */
const queryErrors: Readonly<Record<string, string>> = {
  InvalidParameterCombinationException: "InvalidParameterCombination",
  InvalidParameterValueException: "InvalidParameterValue",
  MissingRequiredParameterException: "MissingParameter",
};

function nameError(code: string): WireErrorName {
  const known = queryErrors[code];
  return known === undefined
    ? { type: code, queryError: code }
    : { type: `com.amazonaws.cloudwatch#${code}`, queryError: known };
}
