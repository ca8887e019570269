import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

// An unmodified SDK reads what functions logged. Error texts are those that AWS was recorded to give.

const group = "/aws/lambda/text";
let platform: TestPlatform;
let client: CloudWatchLogsClient;
let requestId: string;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Text: scripted({ FunctionName: "text" }),
      Json: scripted({
        FunctionName: "json",
        LoggingConfig: { LogFormat: "JSON", LogGroup: "/my/group" },
      }),
    },
  });
  const { accessKeyId, secretAccessKey, sessionToken = "" } = platform.platform.credentials;
  client = new CloudWatchLogsClient({
    region: platform.platform.region,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    endpoint: platform.url,
    maxAttempts: 1,
  });
  const lines = `for (let n = 1; n <= 5; n++) console.log("line " + n); console.error("ERROR é"); await respond(id, "{}")`;
  requestId = await invoke("Text", lines);
  // A second environment at the same time, and so a second stream.
  const held = invoke("Text", `await gate("held"); await respond(id, "{}")`);
  await platform.gate.arrived("held");
  await invoke("Text", `console.log("born again"); await respond(id, "{}")`);
  await platform.gate.pass("held");
  await held;
  await invoke("Json", `console.log("plain"); await respond(id, "{}")`);
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  client.destroy();
  await platform[Symbol.asyncDispose]();
});

async function invoke(name: string, script: string): Promise<string> {
  const answer = await platform.send({
    method: "POST",
    path: `/invoke/${name}`,
    body: JSON.stringify({ script }),
  });
  await answer.ended;
  await platform.invocation(answer.requestId);
  return answer.requestId;
}

/** In the order of their first events. */
async function streamNames(logGroupName: string): Promise<string[]> {
  const { logStreams = [] } = await client.send(new DescribeLogStreamsCommand({ logGroupName }));
  return logStreams
    .toSorted((left, right) => (left.firstEventTimestamp ?? 0) - (right.firstEventTimestamp ?? 0))
    .map(({ logStreamName = "" }) => logStreamName);
}

/** Messages without the ends of their lines. */
const trimmed = (events: readonly { message?: string | undefined }[] = []) =>
  events.map(({ message = "" }) => message.trimEnd());

test("a group for each function, named as the function says", async () => {
  const { logGroups } = await client.send(new DescribeLogGroupsCommand());
  expect(logGroups).toEqual(
    [group, "/my/group"].map((name) => ({
      logGroupName: name,
      creationTime: expect.any(Number),
      metricFilterCount: 0,
      arn: `arn:aws:logs:us-east-1:123456789012:log-group:${name}:*`,
      logGroupArn: `arn:aws:logs:us-east-1:123456789012:log-group:${name}`,
      storedBytes: expect.any(Number),
      logGroupClass: "STANDARD",
    })),
  );
  const chosen = [{ logGroupNamePrefix: "/my" }, { logGroupNamePattern: "GROUP" }, { limit: 1 }];
  const found = await Promise.all(chosen.map((input) => client.send(new DescribeLogGroupsCommand(input))));
  expect(found.map(({ logGroups = [] }) => logGroups.map(({ logGroupName }) => logGroupName))).toEqual([
    ["/my/group"],
    ["/my/group"],
    [group],
  ]);
});

test("a stream for each environment, page by page", async () => {
  const pages = [];
  for await (const { logStreams = [] } of paginateDescribeLogStreams(
    { client, pageSize: 1 },
    { logGroupName: group },
  )) {
    pages.push(logStreams.map(({ logStreamName }) => logStreamName));
  }
  const name = expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  expect(pages).toEqual([[name], [name]]);
  const [first, second] = await streamNames(group);
  expect(pages.flat()).toEqual([first, second].toSorted());
  // The first environment was held until the second one was done.
  const recent = new DescribeLogStreamsCommand({
    logGroupName: group,
    orderBy: "LastEventTime",
    descending: true,
  });
  const { logStreams = [] } = await client.send(recent);
  expect(logStreams.map(({ logStreamName }) => logStreamName)).toEqual([first, second]);
});

test("the lines of an invocation in text", async () => {
  const [logStreamName = ""] = await streamNames(group);
  const { events } = await client.send(
    new GetLogEventsCommand({ logGroupName: group, logStreamName, startFromHead: true }),
  );
  const lines = trimmed(events);
  expect(lines[0]).toMatch(/^INIT_START Runtime Version: /);
  expect(lines.filter((line) => !line.startsWith("INIT_START")).slice(0, 9)).toEqual([
    `START RequestId: ${requestId} Version: $LATEST`,
    ...["line 1", "line 2", "line 3", "line 4", "line 5"],
    "ERROR é",
    `END RequestId: ${requestId}`,
    expect.stringMatching(
      new RegExp(
        String.raw`^REPORT RequestId: ${requestId}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms$`,
      ),
    ),
  ]);
});

test("the lines of an invocation in JSON", async () => {
  const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName: "/my/group" }));
  const records = trimmed(events).flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  expect(records.map(({ type }) => type)).toEqual([
    "platform.initStart",
    "platform.start",
    "platform.report",
  ]);
  expect(records[2]).toMatchObject({ record: { status: "success", metrics: { memorySizeMB: 128 } } });
  expect(trimmed(events)).toContain("plain");
});

describe("GetLogEvents", () => {
  const read = async (input: Partial<GetLogEventsCommandInput> = {}) => {
    const [logStreamName = ""] = await streamNames(group);
    return client.send(new GetLogEventsCommand({ logGroupName: group, logStreamName, ...input }));
  };

  test("reads from the end unless told otherwise, and pages in both directions", async () => {
    const whole = trimmed((await read({ startFromHead: true })).events);
    const last = await read({ limit: 2 });
    expect(trimmed(last.events)).toEqual(whole.slice(-2));
    const before = await read({ limit: 2, nextToken: last.nextBackwardToken });
    expect(trimmed(before.events)).toEqual(whole.slice(-4, -2));
    const again = await read({ limit: 2, nextToken: before.nextForwardToken });
    expect(trimmed(again.events)).toEqual(whole.slice(-2));
  });

  test("gives the token back at either end", async () => {
    const { nextForwardToken, nextBackwardToken } = await read({ startFromHead: true });
    for (const nextToken of [nextForwardToken, nextBackwardToken]) {
      const answer = await read({ nextToken });
      expect(answer.events).toEqual([]);
      expect([answer.nextForwardToken, answer.nextBackwardToken]).toContain(nextToken);
    }
  });

  test("keeps to the time that is asked for", async () => {
    const { events = [] } = await read({ startFromHead: true });
    const first = events[0]?.timestamp ?? 0;
    expect((await read({ endTime: first })).events).toEqual([]);
    expect(trimmed((await read({ startTime: first, endTime: first + 1 })).events)).toContain(
      trimmed(events)[0],
    );
  });

  test.each<[string, Partial<GetLogEventsCommandInput>, string, string]>([
    [
      "an unknown group",
      { logGroupName: "none" },
      "ResourceNotFoundException",
      "The specified log group does not exist.",
    ],
    [
      "an unknown stream",
      { logStreamName: "none" },
      "ResourceNotFoundException",
      "The specified log stream does not exist.",
    ],
    [
      "a token of nobody's",
      { nextToken: "f/none" },
      "InvalidParameterException",
      "The specified nextToken is invalid.",
    ],
    [
      "too high a limit",
      { limit: 10_001 },
      "InvalidParameterException",
      "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
    ],
    [
      "too low a limit",
      { limit: 0 },
      "InvalidParameterException",
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
  ])("refuses %s", async (_, input, name, message) => {
    await expect(read(input)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
  });
});

describe("FilterLogEvents", () => {
  const filter = (input: Partial<FilterLogEventsCommandInput>) =>
    client.send(new FilterLogEventsCommand({ logGroupName: group, ...input }));

  test.each<[string, Partial<FilterLogEventsCommandInput>, string[]]>([
    ["words", { filterPattern: "line 3" }, ["line 3"]],
    ["one word or another", { filterPattern: '?ERROR ?"born again"' }, ["ERROR é", "born again"]],
    [
      "the group's ARN",
      {
        logGroupName: undefined,
        logGroupIdentifier: `arn:aws:logs:us-east-1:123456789012:log-group:${group}`,
        filterPattern: "born",
      },
      ["born again"],
    ],
    ["no stream of that name", { logStreamNamePrefix: "1999" }, []],
    ["an expression", { filterPattern: "%line [12]%" }, ["line 1", "line 2"]],
    ["fields", { filterPattern: "[word = line, number > 3]" }, ["line 4", "line 5"]],
  ])("finds events by %s", async (_, input, expected) => {
    expect(trimmed((await filter(input)).events)).toEqual(expected);
  });

  test("a group's ARN isn't its name", async () => {
    const arn = `arn:aws:logs:us-east-1:123456789012:log-group:${group}`;
    await expect(filter({ logGroupName: arn })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: String.raw`1 validation error detected: Value '${arn}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`,
    });
  });

  test("finds events in JSON", async () => {
    const filterPattern = "{ $.type = platform.* && $.record.metrics.memorySizeMB >= 128 }";
    const { events = [] } = await client.send(
      new FilterLogEventsCommand({ logGroupName: "/my/group", filterPattern }),
    );
    expect(events.map(({ message = "" }) => JSON.parse(message).type)).toEqual(["platform.report"]);
  });

  test("finds events of chosen streams", async () => {
    const [first = "", second = ""] = await streamNames(group);
    expect(trimmed((await filter({ logStreamNames: [second], filterPattern: "line" })).events)).toEqual([]);
    expect((await filter({ logStreamNames: [first], filterPattern: "line" })).events).toHaveLength(5);
  });

  test("pages through everything, each event once", async () => {
    const whole = (await filter({})).events?.map(({ eventId }) => eventId);
    const paged = [];
    for await (const { events = [] } of paginateFilterLogEvents(
      { client, pageSize: 3 },
      { logGroupName: group },
    )) {
      expect(events.length).toBeLessThanOrEqual(3);
      paged.push(...events.map(({ eventId }) => eventId));
    }
    expect(paged).toEqual(whole);
    expect(new Set(paged).size).toBe(paged.length);
  });

  test.each<[string, Partial<FilterLogEventsCommandInput>, string]>([
    ["an unknown group", { logGroupName: "none" }, "The specified log group does not exist."],
    ["a malformed pattern", { filterPattern: "{ $.a }" }, "Invalid filter pattern"],
    [
      "a long pattern",
      { filterPattern: "a".repeat(1025) },
      "Member must have length less than or equal to 1024",
    ],
    ["names and a prefix", { logStreamNames: ["a"], logStreamNamePrefix: "a" }, "Please do not specify both"],
    ["a token of another query", { nextToken: "MQ/abc" }, "The specified nextToken is invalid."],
  ])("refuses %s", async (_, input, message) => {
    await expect(filter(input)).rejects.toThrow(message);
  });
});

test("a state that can't be written costs no invocation anything, and its lines come later", async () => {
  using other = new DatabaseSync(join(platform.folder, "state", "state.sqlite"));
  other.exec("BEGIN IMMEDIATE");
  await invoke("Text", `console.log("kept"); await respond(id, '"answered"')`);
  await platform.until((events) =>
    events.some((event) => event.kind === "warning" && event.message.includes("database is locked")),
  );
  other.exec("ROLLBACK");
  const { events } = await client.send(
    new FilterLogEventsCommand({ logGroupName: group, filterPattern: "kept" }),
  );
  expect(trimmed(events)).toEqual(["kept"]);
});
