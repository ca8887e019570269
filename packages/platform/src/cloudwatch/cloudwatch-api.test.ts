import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  type PutMetricDataCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Queue: { Type: "AWS::SQS::Queue" } } });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const settings = {
  defaultNamespace: "com.amazonaws.cloudwatch",
  xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
  version: "2010-08-01",
  serviceTarget: "GraniteServiceVersion20100801",
};
const client = (more: object = {}) =>
  new CloudWatchClient({ ...platform.platform.clientConfig, maxAttempts: 1, ...more });
const put = (input: Partial<PutMetricDataCommandInput>, more?: object) =>
  client(more).send(new PutMetricDataCommand({ Namespace: "Shop", MetricData: [], ...input }));

/** Begins with a whole minute, some of them ago. */
const minute = (ago: number) => new Date(Math.floor(Date.now() / 60_000) * 60_000 - ago * 60_000);
const range = { StartTime: minute(30), EndTime: minute(-1) };
const statistics = (MetricName: string, more: object = {}, options?: object) =>
  client(options).send(
    new GetMetricStatisticsCommand({
      Namespace: "Shop",
      MetricName,
      Period: 60,
      Statistics: ["Sum", "SampleCount", "Average", "Minimum", "Maximum"],
      ...range,
      ...more,
    }),
  );

describe.each([
  ["JSON 1.0", {}],
  ["CBOR", { protocol: new AwsSmithyRpcV2CborProtocol(settings) }],
  ["query", { protocol: new AwsQueryProtocol(settings) }],
])("over %s", (name, options) => {
  test("values come back by the minute, in the time and the unit that they were put with", async () => {
    const MetricName = `Orders ${name}`;
    const Dimensions = [{ Name: "Country", Value: "NL" }];
    const at = (ago: number) => ({ MetricName, Dimensions, Unit: "Count" as const, Timestamp: minute(ago) });
    await put(
      {
        MetricData: [
          { ...at(5), Value: 3 },
          { ...at(5), Values: [1, 2], Counts: [1, 4] },
          { ...at(2), StatisticValues: { SampleCount: 10, Sum: 50, Minimum: 1, Maximum: 9 } },
        ],
      },
      options,
    );
    const { Datapoints, Label } = await statistics(MetricName, { Dimensions }, options);
    expect(Label).toBe(MetricName);
    const by = { Unit: "Count" };
    expect(Datapoints).toEqual([
      { ...by, Timestamp: minute(5), Sum: 12, SampleCount: 6, Average: 2, Minimum: 1, Maximum: 3 },
      { ...by, Timestamp: minute(2), Sum: 50, SampleCount: 10, Average: 5, Minimum: 1, Maximum: 9 },
    ]);
    const whole = await statistics(MetricName, { Dimensions, Period: 3600 }, options);
    expect(whole.Datapoints).toMatchObject([{ Timestamp: minute(30), Sum: 62, SampleCount: 16 }]);
    expect((await statistics(MetricName, {}, options)).Datapoints ?? []).toEqual([]);
  });

  test("an error has the code of the query protocol, whichever protocol is spoken", async () => {
    const wrong = put({ MetricData: [{ MetricName: "A", Value: 1, Values: [1] }] }, options);
    await expect(wrong).rejects.toMatchObject({
      name: expect.stringMatching(/^InvalidParameterCombination/),
      $metadata: { httpStatusCode: 400 },
    });
  });
});

test("GetMetricData gives percentiles to a hundredth, the latest first, and pages", async () => {
  const Values = Array.from({ length: 100 }, (_, index) => index + 1);
  await put({
    MetricData: [9, 8, 7].map((ago) => ({ MetricName: "Time", Values, Timestamp: minute(ago) })),
  });
  const Metric = { Namespace: "Shop", MetricName: "Time" };
  const query = (Id: string, Stat: string) => ({ Id, MetricStat: { Metric, Period: 60, Stat } });
  const read = (more: object) =>
    client().send(
      new GetMetricDataCommand({
        MetricDataQueries: [query("high", "p99"), query("all", "Sum")],
        ...range,
        ...more,
      }),
    );
  const { MetricDataResults = [] } = await read({});
  const [high, all] = MetricDataResults;
  expect(high?.Timestamps).toEqual([minute(7), minute(8), minute(9)]);
  for (const value of high?.Values ?? []) expect(Math.abs(value / 99 - 1)).toBeLessThan(0.01);
  expect(all).toMatchObject({ Id: "all", Label: "Time", StatusCode: "Complete", Values: [5050, 5050, 5050] });

  const first = await read({ MaxDatapoints: 4, ScanBy: "TimestampAscending" });
  expect(first.MetricDataResults?.map(({ Values: own, StatusCode }) => [own?.length, StatusCode])).toEqual([
    [3, "Complete"],
    [1, "PartialData"],
  ]);
  const second = await read({ NextToken: first.NextToken, ScanBy: "TimestampAscending" });
  expect(second.MetricDataResults?.map(({ Timestamps }) => Timestamps)).toEqual([[], [minute(8), minute(7)]]);
  expect(second.NextToken).toBeUndefined();
});

test("ListMetrics finds metrics by namespace, name and dimensions", async () => {
  const Dimensions = [
    { Name: "B", Value: "2" },
    { Name: "A", Value: "1" },
  ];
  await put({ Namespace: "List", MetricData: [{ MetricName: "One", Dimensions, Value: 1 }] });
  await put({ Namespace: "List", MetricData: [{ MetricName: "Two", Value: 1 }] });
  const names = async (input: object) => {
    const { Metrics = [] } = await client().send(new ListMetricsCommand({ Namespace: "List", ...input }));
    return Metrics.map(({ MetricName }) => MetricName);
  };
  expect(await names({})).toEqual(["One", "Two"]);
  expect(await names({ MetricName: "Two", RecentlyActive: "PT3H" })).toEqual(["Two"]);
  expect(await names({ Dimensions: [{ Name: "A" }, { Name: "B", Value: "2" }] })).toEqual(["One"]);
  expect(await names({ Dimensions: [{ Name: "A", Value: "2" }] })).toEqual([]);
});

test("a request that the client compresses is read", async () => {
  const MetricData = Array.from({ length: 500 }, (_, index) => ({
    MetricName: `Metric of a rather long name ${index}`,
    Value: index,
  }));
  await put({ Namespace: "Packed", MetricData }, { requestMinCompressionSizeBytes: 1024 });
  const { Metrics } = await client().send(new ListMetricsCommand({ Namespace: "Packed" }));
  expect(Metrics).toHaveLength(500);
});

describe("refused is", () => {
  const queries = (query: object) => ({ MetricDataQueries: [{ Id: "q", ...query }], ...range });
  const metric = { Metric: { Namespace: "Shop", MetricName: "Time" }, Period: 60 };
  test.each([
    [
      "a namespace of AWS",
      () => put({ Namespace: "AWS/Lambda", MetricData: [{ MetricName: "A", Value: 1 }] }),
      "The value AWS/ for parameter Namespace is invalid.",
    ],
    ["no data", () => put({}), "The parameter MetricData is required."],
    [
      "what is no number",
      () => put({ MetricData: [{ MetricName: "A", Value: 1e200 }] }),
      /^The value 1e\+200 for parameter MetricData\.member\.1\.Value is invalid\.$/,
    ],
    [
      "a range that ends before it begins",
      () => statistics("A", { EndTime: minute(40) }),
      "The parameter StartTime must be less than the parameter EndTime.",
    ],
    [
      "a period of seconds",
      () => statistics("A", { Period: 10 }),
      "A period of 10 s is not served by this platform: it keeps metrics by the minute. Use 60 s or a multiple.",
    ],
    [
      "more points than there may be",
      () => statistics("A", { StartTime: minute(2000) }),
      /^You have requested up to 2001 datapoints, which exceeds the limit of 1440\./,
    ],
    [
      "an expression",
      () => client().send(new GetMetricDataCommand(queries({ Expression: "m1 / 2" }))),
      'Expressions are not served by this platform: the query q has "m1 / 2". Use MetricStat.',
    ],
    [
      "a statistic that isn't computed here",
      () =>
        client().send(new GetMetricDataCommand(queries({ MetricStat: { ...metric, Stat: "TM(10%:90%)" } }))),
      /^The statistic TM\(10%:90%\) is not computed by this platform\./,
    ],
    [
      "an alarm",
      () =>
        client().send(
          new PutMetricAlarmCommand({
            AlarmName: "a",
            EvaluationPeriods: 1,
            ComparisonOperator: "GreaterThanThreshold",
          }),
        ),
      /^PutMetricAlarm is not served by this platform\. Of CloudWatch it serves PutMetricData, /,
    ],
  ])("%s", async (_, call, text) => {
    await expect(call()).rejects.toMatchObject({ message: expect.stringMatching(text) });
  });
});
