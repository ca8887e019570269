import {
  DescribeLogGroups$,
  type DescribeLogGroupsRequest,
  DescribeLogStreams$,
  type DescribeLogStreamsRequest,
  FilterLogEvents$,
  type FilterLogEventsRequest,
  GetLogEvents$,
  type GetLogEventsRequest,
} from "@aws-sdk/client-cloudwatch-logs";
import { AwsServiceError } from "../service-error.ts";
import { type JsonOperation, pageToken, readPageToken } from "../wire/json-rpc.ts";
import type { LogStore, StoredLogEvent } from "./log-store.ts";

/** What precedes the operation in `X-Amz-Target`. */
export const logsTarget = "Logs_20140328";

/** Events in one answer, unless the caller wants fewer. */
const defaultLimit = 10_000;

/**
 * The operations of CloudWatch Logs that read.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export function logsOperations(store: LogStore, arnPrefix: string): JsonOperation[] {
  return [
    {
      schema: DescribeLogGroups$,
      run: (input) => describeGroups(store, arnPrefix, input as DescribeLogGroupsRequest),
    },
    {
      schema: DescribeLogStreams$,
      run: (input) => describeStreams(store, arnPrefix, input as unknown as DescribeLogStreamsRequest),
    },
    { schema: GetLogEvents$, run: (input) => getEvents(store, input as unknown as GetLogEventsRequest) },
    { schema: FilterLogEvents$, run: (input) => filterEvents(store, input as FilterLogEventsRequest) },
  ];
}

function describeGroups(store: LogStore, arnPrefix: string, input: DescribeLogGroupsRequest): object {
  const { logGroupNamePrefix = "", logGroupNamePattern = "" } = input;
  const groups = store
    .groups()
    .filter(({ name }) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern));
  return {
    logGroups: groups.map(({ name, firstMs, bytes }) => ({
      logGroupName: name,
      creationTime: firstMs,
      metricFilterCount: 0,
      arn: `${arnPrefix}:log-group:${name}:*`,
      logGroupArn: `${arnPrefix}:log-group:${name}`,
      storedBytes: bytes,
      logGroupClass: "STANDARD",
    })),
  };
}

function describeStreams(store: LogStore, arnPrefix: string, input: DescribeLogStreamsRequest): object {
  const group = groupName(input.logGroupName, input.logGroupIdentifier);
  requireGroup(store, group);
  const { logStreamNamePrefix = "", descending = false, orderBy = "LogStreamName" } = input;
  const streams = store.streams(group).filter(({ name }) => name.startsWith(logStreamNamePrefix));
  if (orderBy === "LastEventTime") streams.sort((left, right) => left.lastMs - right.lastMs);
  if (descending) streams.reverse();
  return {
    logStreams: streams.slice(0, input.limit ?? 50).map(({ name, firstMs, lastMs }) => ({
      logStreamName: name,
      creationTime: firstMs,
      firstEventTimestamp: firstMs,
      lastEventTimestamp: lastMs,
      lastIngestionTime: lastMs,
      arn: `${arnPrefix}:log-group:${group}:log-stream:${name}`,
      storedBytes: 0,
    })),
  };
}

function getEvents(store: LogStore, input: GetLogEventsRequest): object {
  const group = groupName(input.logGroupName, input.logGroupIdentifier);
  requireGroup(store, group);
  const { logStreamName = "", startTime, endTime, nextToken } = input;
  const query = `${group}/${logStreamName}`;
  const events = store.read({
    logGroupName: group,
    logStreamName,
    startMs: startTime,
    endMs: endTime,
    afterEventId: nextToken === undefined ? undefined : readPageToken(query, nextToken.replace(/^f\//, "")),
    limit: limitOf(input.limit),
  });
  // At the end of the stream the token stays as it is, which is how clients know.
  const last = events.at(-1)?.eventId;
  const forward =
    last === undefined ? (nextToken ?? `f/${pageToken(query, 0)}`) : `f/${pageToken(query, last)}`;
  return {
    events: events.map(({ timestampMs, ingestionMs, message }) => ({
      timestamp: timestampMs,
      ingestionTime: ingestionMs,
      message,
    })),
    nextForwardToken: forward,
    nextBackwardToken: nextToken ?? forward,
  };
}

function filterEvents(store: LogStore, input: FilterLogEventsRequest): object {
  const group = groupName(input.logGroupName, input.logGroupIdentifier);
  requireGroup(store, group);
  const pattern = input.filterPattern?.trim() ?? "";
  if (/[[{%]/.test(pattern)) {
    throw new AwsServiceError(
      "InvalidParameterException",
      400,
      "Filter patterns with fields, JSON selectors or regular expressions are not served by this platform. Use words.",
    );
  }
  const limit = limitOf(input.limit);
  const events = store.read({
    logGroupName: group,
    startMs: input.startTime,
    endMs: input.endTime,
    afterEventId: input.nextToken === undefined ? undefined : readPageToken(group, input.nextToken),
    limit,
  });
  const last = events.at(-1);
  const isWanted = (event: StoredLogEvent) =>
    (input.logStreamNames?.includes(event.logStreamName) ?? true) &&
    event.logStreamName.startsWith(input.logStreamNamePrefix ?? "") &&
    words(pattern).every((word) => event.message.includes(word));
  return {
    events: events.filter(isWanted).map((event) => ({
      logStreamName: event.logStreamName,
      timestamp: event.timestampMs,
      ingestionTime: event.ingestionMs,
      message: event.message,
      eventId: String(event.eventId).padStart(56, "0"),
    })),
    searchedLogStreams: [],
    ...(events.length === limit && last !== undefined ? { nextToken: pageToken(group, last.eventId) } : {}),
  };
}

/** Words, and texts in quotes. */
function words(pattern: string): string[] {
  return [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

function groupName(name: string | undefined, identifier: string | undefined): string {
  const found = name ?? identifier?.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, "").replace(/:\*$/, "");
  if (found !== undefined) return found;
  throw new AwsServiceError("InvalidParameterException", 400, "Give logGroupName or logGroupIdentifier.");
}

function requireGroup(store: LogStore, group: string): void {
  if (store.groups().some(({ name }) => name === group)) return;
  throw new AwsServiceError("ResourceNotFoundException", 400, "The specified log group does not exist.");
}

function limitOf(limit: number | undefined): number {
  return Math.min(Math.max(limit ?? defaultLimit, 1), defaultLimit);
}
