import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { httpApiId, sendTo } from "../../test/http-api.ts";
import { proxyTo, restStage, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const visible = (MetricName: string) => ({
  CloudWatchMetricsEnabled: true,
  SampledRequestsEnabled: false,
  MetricName,
});
const stageArn = { "Fn::Sub": `arn:aws:apigateway:\${AWS::Region}::/restapis/\${Api}/stages/test` };
const blocksEvil = {
  Name: "NoEvil",
  Priority: 0,
  Action: { Block: {} },
  VisibilityConfig: visible("evil"),
  Statement: {
    ByteMatchStatement: {
      SearchString: "evil",
      FieldToMatch: { QueryString: {} },
      PositionalConstraint: "CONTAINS",
      TextTransformations: [{ Priority: 0, Type: "NONE" }],
    },
  },
};

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      F: scripted({
        Events: { Get: { Type: "HttpApi", Properties: { Path: "/x", Method: "post" } } },
      }),
      Url: scripted({ FunctionUrlConfig: { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" } }),
      Ready: scripted({
        AutoPublishAlias: "live",
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      }),
      Narrow: scripted({ ReservedConcurrentExecutions: 1 }),
      Lost: scripted({
        EventInvokeConfig: {
          MaximumRetryAttempts: 0,
          DestinationConfig: {
            OnFailure: { Type: "SQS", Destination: "arn:aws:sqs:us-east-1:123456789012:nowhere" },
          },
        },
      }),
      ...restStage({
        invokes: ["F"],
        paths: { "/s": { post: proxyTo("F", "STREAM") }, "/b": { post: proxyTo("F", "BUFFERED") } },
        stage: { MethodSettings: [{ ResourcePath: "/s", HttpMethod: "*", MetricsEnabled: true }] },
      }),
      Acl: {
        Type: "AWS::WAFv2::WebACL",
        Properties: {
          Name: "guard",
          Scope: "REGIONAL",
          DefaultAction: { Allow: {} },
          VisibilityConfig: visible("guard"),
          Rules: [blocksEvil],
        },
      },
      Association: {
        Type: "AWS::WAFv2::WebACLAssociation",
        DependsOn: "Stage",
        Properties: { WebACLArn: { "Fn::GetAtt": ["Acl", "Arn"] }, ResourceArn: stageArn },
      },
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const client = () => new CloudWatchClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
const dimensionsOf = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([Name, Value]) => ({ Name, Value }));

/** Sum and count of a metric's values so far; nothing where there are none. */
async function read(Namespace: string, MetricName: string, given: Readonly<Record<string, string>>) {
  const { Datapoints = [] } = await client().send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: dimensionsOf(given),
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 86_400,
      Statistics: ["Sum", "SampleCount"],
    }),
  );
  return Datapoints.map(({ Sum, SampleCount, Unit }) => [Sum, SampleCount, Unit])[0];
}

const prelude = JSON.stringify({ statusCode: 200 });
const streams = `const s = stream(id, "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n");
  s.write(chunk(${JSON.stringify(prelude)} + "\\0".repeat(8))); s.write(chunk("hello ")); s.write(chunk("world")); s.end("0\\r\\n\\r\\n"); await answered(s);`;
const answers = (statusCode: number) =>
  `await respond(id, JSON.stringify({ statusCode: ${statusCode}, body: "x" }))`;

test("requests to a REST API are counted and timed, by stage and, where the stage says so, by method", async () => {
  const send = (path: string, body: string) =>
    platform.send({ method: "POST", path: stagePath(platform) + path, body });
  const exchanges = [
    await send("/s", streams),
    await send("/b", answers(404)),
    await send("/b", answers(502)),
    await send("/b?evil", ""),
  ];
  const answered = await Promise.all(exchanges.map((exchange) => exchange.summary()));
  expect(answered.map((summary) => summary["status"])).toEqual([200, 404, 502, 403]);

  const stage = { ApiName: "Api", Stage: "test" };
  const method = { ...stage, Resource: "/s", Method: "POST" };
  const values = async (name: string, dimensions: Record<string, string>, namespace = "AWS/ApiGateway") =>
    read(namespace, name, dimensions);
  expect(await values("Count", { ApiName: "Api" })).toEqual([4, 4, "Count"]);
  expect(await values("4XXError", stage)).toEqual([2, 4, "Count"]);
  expect(await values("5XXError", stage)).toEqual([1, 4, "Count"]);
  expect(await values("Latency", stage)).toEqual([expect.any(Number), 4, "Milliseconds"]);
  expect(await values("IntegrationLatency", stage)).toEqual([expect.any(Number), 3, "Milliseconds"]);
  expect(await values("Count", method)).toEqual([1, 1, "Count"]);
  expect(await values("Count", { ...stage, Resource: "/b", Method: "POST" })).toBeUndefined();
  expect(await values("StreamedBytes", stage, "Sluice")).toEqual(["hello world".length, 1, "Bytes"]);
  const [first = 0] = (await values("TimeToFirstByte", stage, "Sluice")) ?? [];
  const [latency = 0] = (await values("Latency", stage)) ?? [];
  expect(first).toBeLessThanOrEqual(latency as number);
  expect(first).toBeGreaterThan(0);
});

test("web ACLs count what they decided, under the names of their visibility configurations", async () => {
  const acl = { Region: "us-east-1", WebACL: "guard" };
  const count = (metric: string, Rule: string) => read("AWS/WAFV2", metric, { ...acl, Rule });
  expect(await count("BlockedRequests", "evil")).toEqual([1, 1, "Count"]);
  expect(await count("AllowedRequests", "Default_Action")).toEqual([3, 3, "Count"]);
  expect(await count("BlockedRequests", "ALL")).toEqual([1, 1, "Count"]);
});

test("requests to an HTTP API are counted under the names of its own", async () => {
  const body = answers(201);
  const answer = await sendTo(platform, "ServerlessHttpApi", { method: "POST", path: "/x", body });
  expect((await answer.summary())["status"]).toBe(201);
  const ApiId = httpApiId(platform, "ServerlessHttpApi");
  const stage = { ApiId, Stage: "$default" };
  expect(await read("AWS/ApiGateway", "Count", { ApiId })).toEqual([1, 1, "Count"]);
  expect(await read("AWS/ApiGateway", "4xx", stage)).toEqual([0, 1, "Count"]);
  expect(await read("AWS/ApiGateway", "DataProcessed", stage)).toEqual([body.length + 1, 1, "Bytes"]);
  expect(await read("AWS/ApiGateway", "IntegrationLatency", stage)).toEqual([
    expect.any(Number),
    1,
    "Milliseconds",
  ]);
});

test("requests to a function URL are counted and timed, by function", async () => {
  const send = (body: string) =>
    platform.send({
      method: "POST",
      path: `${platform.urlPath("Url")}/`,
      headers: { "content-type": "text/plain" },
      body,
    });
  const exchanges = [await send(streams), await send(`await fail(id, "{}")`)];
  const answered = await Promise.all(exchanges.map((exchange) => exchange.summary()));
  expect(answered.map((summary) => summary["status"])).toEqual([200, 502]);

  for (const of of [{ FunctionName: "Url" }, { FunctionName: "Url", Resource: "Url" }]) {
    expect(await read("AWS/Lambda", "UrlRequestCount", of)).toEqual([2, 2, "Count"]);
    expect(await read("AWS/Lambda", "Url4xxCount", of)).toEqual([0, 2, "Count"]);
    expect(await read("AWS/Lambda", "Url5xxCount", of)).toEqual([1, 2, "Count"]);
    expect(await read("AWS/Lambda", "UrlRequestLatency", of)).toEqual([
      expect.any(Number),
      2,
      "Milliseconds",
    ]);
  }
});

test("functions count invocations, errors, throttles and what becomes of events", async () => {
  const lambda = platform.client();
  const invoke = (FunctionName: string, script: string, InvocationType: "Event" | "RequestResponse") =>
    lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify({ script }) }));
  const requestOf = ({ $metadata }: Awaited<ReturnType<typeof invoke>>) => $metadata.requestId ?? "";

  const failing = await invoke("Lost", `await fail(id, '{"errorMessage":"no","errorType":"No"}')`, "Event");
  await platform.until(() => platform.notes(requestOf(failing)).length === 2);
  const busy = invoke("Narrow", `await gate("busy"); await respond(id, "1")`, "RequestResponse");
  await platform.gate.arrived("busy");
  await expect(invoke("Narrow", "", "RequestResponse")).rejects.toMatchObject({
    name: "TooManyRequestsException",
  });
  await platform.gate.pass("busy");
  await platform.invocation(requestOf(await busy));

  const of = (FunctionName: string) => (metric: string) => read("AWS/Lambda", metric, { FunctionName });
  const lost = of("Lost");
  expect(await lost("Invocations")).toEqual([1, 1, "Count"]);
  expect(await lost("Errors")).toEqual([1, 1, "Count"]);
  expect(await lost("Duration")).toEqual([expect.any(Number), 1, "Milliseconds"]);
  expect(await lost("AsyncEventsReceived")).toEqual([1, 1, "Count"]);
  expect(await lost("AsyncEventAge")).toEqual([expect.any(Number), 1, "Milliseconds"]);
  expect(await lost("DestinationDeliveryFailures")).toEqual([1, 1, "Count"]);
  const narrow = of("Narrow");
  expect((await narrow("Throttles"))?.[0]).toBe(1);
  expect(await narrow("Invocations")).toEqual([1, 1, "Count"]);
  expect(await narrow("ConcurrentExecutions")).toEqual([1, 1, "Count"]);
  expect(await read("Sluice", "TimeToFirstByte", { FunctionName: "Narrow" })).toBeDefined();
});

test("a log line in the embedded metric format is a metric, with its dimensions and its unit", async () => {
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: "Embedded", Dimensions: [["Model"]], Metrics: [{ Name: "Tokens", Unit: "Count" }] },
      ],
    },
    Model: "small",
    Tokens: [7, 8],
  };
  const script = `console.log(${JSON.stringify(JSON.stringify(line))}); await respond(id, "1")`;
  const answer = await platform
    .client()
    .send(new InvokeCommand({ FunctionName: "F", Payload: JSON.stringify({ script }) }));
  await platform.invocation(answer.$metadata.requestId ?? "");
  await platform.until((events) =>
    events.some((event) => event.kind === "log" && event.message.includes("Embedded")),
  );
  expect(await read("Embedded", "Tokens", { Model: "small" })).toEqual([15, 2, "Count"]);
});

test("provisioned concurrency is measured by the alias: what it takes, and what spills over", async () => {
  const invoke = (gate: string) =>
    platform.client().send(
      new InvokeCommand({
        FunctionName: "Ready",
        Qualifier: "live",
        Payload: JSON.stringify({ script: `await gate("${gate}"); await respond(id, "{}")` }),
      }),
    );
  const first = invoke("first");
  await platform.gate.arrived("first");
  const second = invoke("second");
  await Promise.all([platform.gate.pass("second"), platform.gate.pass("first"), first, second]);
  const of = (metric: string) =>
    read("AWS/Lambda", metric, { FunctionName: "Ready", Resource: "Ready:live" });
  expect(await of("ProvisionedConcurrencyInvocations")).toEqual([1, 1, "Count"]);
  expect(await of("ProvisionedConcurrencySpilloverInvocations")).toEqual([1, 1, "Count"]);
  expect(await of("ProvisionedConcurrentExecutions")).toEqual([2, 2, "Count"]);
  expect(await of("ProvisionedConcurrencyUtilization")).toEqual([2, 2, "None"]);
  expect(
    await read("AWS/Lambda", "ProvisionedConcurrencyInvocations", { FunctionName: "Narrow" }),
  ).toBeUndefined();
});
