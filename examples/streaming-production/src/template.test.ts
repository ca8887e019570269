import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Platform, receive } from "@sluice/platform";
import "@sluice/platform/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const template = new URL("../template.yaml", import.meta.url);

// Few of everything, so that a test soon has too many.
const parameters = { PauseMs: "100", Concurrency: "2", RequestsPerSecond: "1", Burst: "10" };
let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start({ template, parameters });
});
afterAll(() => platform.close());

const api = () => platform.api("StreamingApi");
const message = async (response: Response) => {
  const body = (await response.json()) as { message: string };
  return [response.status, body.message];
};

/** Messages of a log group, those that a filter pattern finds. */
async function logged(logGroupName: string, filterPattern: string): Promise<string[]> {
  const logs = new CloudWatchLogsClient(platform.clientConfig);
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
  return events.map((event) => event.message ?? "");
}

/** What a metric adds up to by now. */
async function sum(Namespace: string, MetricName: string, dimensions: Readonly<Record<string, string>>) {
  const metrics = new CloudWatchClient(platform.clientConfig);
  const { Datapoints = [] } = await metrics.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 60,
      Statistics: ["Sum"],
    }),
  );
  return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0);
}

test("a signed request gets its stream, and the logs have it", async () => {
  const response = await api().fetch("/stream");
  expect(await receive(response)).toHaveStreamed("Number: 1\nNumber: 2\nNumber: 3\nStreaming complete!\n");

  const requestId = response.headers.get("x-amzn-requestid");
  const [line = ""] = await logged("/aws/apigateway/sluice/access", `"${requestId}"`);
  expect(JSON.parse(line)).toMatchObject({
    status: "200",
    caller: "arn:aws:sts::123456789012:assumed-role/Administrator/sluice",
    responseTransferMode: "STREAMED",
    timeToFirstContent: expect.stringMatching(/^\d+$/),
  });
  const apiId = /execute-api\/(\w+)/.exec(api().url)?.[1];
  expect(await logged(`API-Gateway-Execution-Logs_${apiId}/prod`, `"${requestId}"`)).toContain(
    `(${requestId}) Method completed with status: 200`,
  );
  expect(await logged("/aws/lambda/sluice/StreamingNumbers", "Streaming")).toHaveLength(1);
});

test.each(["GET", "POST"])("an unsigned %s is refused", async (method) => {
  const response = await fetch(`${api().url}stream`, { method });
  expect(await message(response)).toEqual([403, "Missing Authentication Token"]);
});

describe("the web ACL", () => {
  test.each([
    ["SQL", "q=1' or '1'='1"],
    ["a script", "q=<script>alert(1)</script>"],
    ["more than it should have", `q=${"x".repeat(1024)}`],
  ])("lets no query in with %s", async (_what, query) => {
    const response = await fetch(`${api().url}stream?${encodeURI(query)}`);
    expect(await message(response)).toEqual([403, "Forbidden"]);
  });

  test("holds an address to its rate, before anyone looks at its signatures", async () => {
    await using strict = await Platform.start({
      template,
      parameters: { RequestsPerMinuteOfAnAddress: "10" },
    });
    const statuses: number[] = [];
    for (let request = 1; request <= 11; request++) {
      statuses.push((await fetch(`${strict.api("StreamingApi").url}stream`)).status);
    }
    expect(statuses).toEqual([...Array(10).fill(403), 429]);
  });

  test("lets nobody in from an address that is blocked", async () => {
    await using closed = await Platform.start({
      template,
      parameters: { BlockedAddresses: "192.0.2.0/24,127.0.0.1/32" },
    });
    expect(await message(await closed.api("StreamingApi").fetch("/stream"))).toEqual([403, "Forbidden"]);
  });
});

test("no more streams run at once than the function has concurrency for", async () => {
  const responses = await Promise.all([1, 2, 3].map(() => api().fetch("/stream")));
  await Promise.all(responses.map((response) => response.text()));

  expect(responses.map(({ status }) => status).sort()).toEqual([200, 200, 500]);
  expect(await sum("AWS/Lambda", "Throttles", { FunctionName: "StreamingNumbers" })).toBe(1);
});

test("without its key the function's variables can't be read, and it does not run", async () => {
  const kms = new KMSClient(platform.clientConfig);
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: "alias/sluice" }));
  const KeyId = KeyMetadata?.KeyId;

  await kms.send(new DisableKeyCommand({ KeyId }));
  await expect(platform.function("StreamingNumbers").invoke()).rejects.toThrow(
    "Lambda was unable to decrypt the environment variables because the KMS key used is disabled.",
  );
  expect((await api().fetch("/stream")).status).toBe(500);
  await kms.send(new EnableKeyCommand({ KeyId }));
});

test("an event that fails is in the dead-letter queue, with its error", async () => {
  const requestId = await platform.function("StreamingNumbers").invokeLater({ order: 7 });

  const sqs = new SQSClient(platform.clientConfig);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "FailedEvents" }));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ["All"] }),
  );
  expect(Messages).toHaveLength(1);
  expect(Messages[0]).toMatchObject({
    Body: '{"order":7}',
    MessageAttributes: {
      RequestID: { StringValue: requestId },
      ErrorMessage: { StringValue: "The event is no request to the REST API." },
    },
  });
});

test("more requests than the stage lets through get 429, and are counted", async () => {
  const responses = await Promise.all(Array.from({ length: 20 }, () => api().fetch("/stream")));
  const throttled = responses.filter(({ status }) => status === 429);
  expect(throttled.length).toBeGreaterThan(0);
  expect(await message(throttled[0] as Response)).toEqual([429, "Too Many Requests"]);
  expect(await sum("AWS/ApiGateway", "4XXError", { ApiName: "StreamingApi" })).toBeGreaterThanOrEqual(
    throttled.length,
  );
});

describe("in a VPC", () => {
  const SubnetIds = "subnet-0123456789abcdef0";

  test("the function's role may do what Lambda needs to connect it", async () => {
    const told: string[] = [];
    await using _inVpc = await Platform.start({
      template,
      parameters: { SubnetIds, SecurityGroupIds: "sg-0123456789abcdef0" },
      onEvent: (event) => {
        if (event.kind === "deployed") told.push(...event.diagnostics.map((each) => each.message));
      },
    });
    expect(told).toEqual([expect.stringMatching(/^VpcConfig of StreamingNumbers has no effect/)]);
  });

  test("it has security groups as well as subnets", async () => {
    await expect(Platform.start({ template, parameters: { SubnetIds } })).rejects.toMatchObject({
      diagnostics: [{ message: "SubnetIds and SecurityIds must coexist or be both empty list." }],
    });
  });
});
