import type {
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
} from "@aws-sdk/client-cloudwatch-logs";
import * as logsClient from "@aws-sdk/client-cloudwatch-logs";
import { AwsServiceError } from "../service-error.ts";
import { defineService, type ServiceApi } from "../wire/service-api.ts";
import { readFilterPattern } from "./filter-pattern.ts";
import { type GroupInput, groupConstraints, logGroupOperations } from "./log-group-operations.ts";
import type { LogPosition, LogStore } from "./log-store.ts";
import { pageToken, readPageToken } from "./page-token.ts";

/** Events in one answer, unless the caller wants fewer. */
const mostEvents = 10_000;
/** Groups or streams in one answer, unless the caller wants fewer. */
const mostNames = 50;

/**
 * The operations of CloudWatch Logs that read, and those that make, keep and delete log groups.
 * @param arnPrefix - `arn:aws:logs:{region}:{account}`.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export function logsApi(store: LogStore, arnPrefix: string): ServiceApi {
  const onStream = (input: GroupInput, stream = "") => {
    const name =
      input.logGroupName ?? input.logGroupIdentifier?.replace(/^arn:.*:log-group:|:\*$/g, "") ?? "";
    return [{ resource: `${arnPrefix}:log-group:${name}:log-stream:${stream}` }];
  };
  return defineService(
    logsClient,
    {
      ...logGroupOperations(store, arnPrefix, onStream),
      DescribeLogGroups: {
        rights: () => onStream({}),
        run: (input) => describeGroups(store, arnPrefix, input),
      },
      DescribeLogStreams: {
        constraints: groupConstraints,
        rights: (input) => onStream(input),
        run: (input) => describeStreams(store, arnPrefix, input),
      },
      GetLogEvents: {
        constraints: groupConstraints,
        rights: (input) => onStream(input, input.logStreamName),
        run: (input) => getEvents(store, input),
      },
      FilterLogEvents: {
        constraints: { ...groupConstraints, filterPattern: { length: [0, 1024] } },
        rights: (input) => onStream(input),
        run: (input) => filterEvents(store, input),
      },
    },
    { validationCode: "InvalidParameterException" },
  );
}

function describeGroups(
  store: LogStore,
  arnPrefix: string,
  input: DescribeLogGroupsRequest,
): DescribeLogGroupsResponse {
  const { logGroupNamePrefix = "", logGroupNamePattern = "", nextToken } = input;
  const query = `groups ${logGroupNamePrefix} ${logGroupNamePattern}`;
  const groups = store
    .groups()
    .filter(
      ({ name }) =>
        name.startsWith(logGroupNamePrefix) && name.toLowerCase().includes(logGroupNamePattern.toLowerCase()),
    );
  const page = pageOf(groups, query, nextToken, limitOf(input.limit, mostNames));
  return {
    logGroups: page.items.map(({ name, createdMs, bytes, retentionDays }) => ({
      logGroupName: name,
      creationTime: createdMs,
      ...(retentionDays === undefined ? {} : { retentionInDays: retentionDays }),
      metricFilterCount: 0,
      arn: `${arnPrefix}:log-group:${name}:*`,
      logGroupArn: `${arnPrefix}:log-group:${name}`,
      storedBytes: bytes,
      logGroupClass: "STANDARD",
    })),
    ...page.next,
  };
}

function describeStreams(
  store: LogStore,
  arnPrefix: string,
  input: DescribeLogStreamsRequest,
): DescribeLogStreamsResponse {
  const { logStreamNamePrefix = "", descending = false, orderBy = "LogStreamName", nextToken } = input;
  if (orderBy === "LastEventTime" && logStreamNamePrefix !== "") {
    throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const limit = limitOf(input.limit, mostNames);
  const group = existingGroup(store, input.logGroupName, input.logGroupIdentifier);
  const streams = store.streams(group).filter(({ name }) => name.startsWith(logStreamNamePrefix));
  if (orderBy === "LastEventTime") streams.sort((left, right) => left.lastMs - right.lastMs);
  if (descending) streams.reverse();
  const query = `streams ${group} ${logStreamNamePrefix} ${orderBy} ${descending}`;
  const page = pageOf(streams, query, nextToken, limit);
  return {
    logStreams: page.items.map(({ name, firstMs, lastMs, lastIngestionMs }) => ({
      logStreamName: name,
      creationTime: firstMs,
      firstEventTimestamp: firstMs,
      lastEventTimestamp: lastMs,
      lastIngestionTime: lastIngestionMs,
      arn: `${arnPrefix}:log-group:${group}:log-stream:${name}`,
      storedBytes: 0,
    })),
    ...page.next,
  };
}

/** Reads from the end of the stream unless told otherwise. A token that leads nowhere comes back as it is. */
function getEvents(store: LogStore, input: GetLogEventsRequest): GetLogEventsResponse {
  const limit = limitOf(input.limit, mostEvents);
  const group = existingGroup(store, input.logGroupName, input.logGroupIdentifier);
  const { logStreamName = "", startTime, endTime, nextToken } = input;
  if (!store.has(group, logStreamName)) throw missing("stream");
  const query = `events ${group} ${logStreamName}`;
  const [direction, past] = readDirection(query, nextToken);
  const isBackward = direction === "b" || (direction === undefined && input.startFromHead !== true);
  const events = store.read({
    logGroupName: group,
    logStreamName,
    startMs: startTime,
    endMs: endTime,
    past,
    isBackward,
    limit,
  });
  if (isBackward) events.reverse();
  const nowhere = past ?? { timestampMs: startTime ?? 0, eventId: 0 };
  const token = (letter: "f" | "b", position: LogPosition) =>
    `${letter}/${pageToken(query, `${letter} ${textOf(position)}`)}`;
  return {
    events: events.map(({ timestampMs, ingestionMs, message }) => ({
      timestamp: timestampMs,
      ingestionTime: ingestionMs,
      message,
    })),
    nextForwardToken: token("f", events.at(-1) ?? nowhere),
    nextBackwardToken: token("b", events[0] ?? nowhere),
  };
}

function readDirection(
  query: string,
  token: string | undefined,
): [direction: "f" | "b" | undefined, past: LogPosition | undefined] {
  if (token === undefined) return [undefined, undefined];
  const [letter = "", position = ""] = readPageToken(query, token.slice(2)).split(/ (.*)/);
  if ((letter !== "f" && letter !== "b") || !token.startsWith(`${letter}/`)) {
    throw invalid("The specified nextToken is invalid.");
  }
  return [letter, positionOf(position)];
}

/** A page is so many events that were looked at, of which fewer may match, as on AWS. */
function filterEvents(store: LogStore, input: FilterLogEventsRequest): FilterLogEventsResponse {
  const limit = limitOf(input.limit, mostEvents);
  const group = existingGroup(store, input.logGroupName, input.logGroupIdentifier);
  const { logStreamNames, logStreamNamePrefix, filterPattern = "", startTime, endTime, nextToken } = input;
  if (logStreamNames !== undefined && logStreamNamePrefix !== undefined) {
    throw invalid("Please do not specify both logStreamNames and logStreamNamePrefix.");
  }
  const matches = readFilterPattern(filterPattern);
  const query = `filter ${group} ${filterPattern} ${logStreamNames?.join(":")} ${logStreamNamePrefix}`;
  const seen = store.read({
    logGroupName: group,
    startMs: startTime,
    endMs: endTime,
    past: nextToken === undefined ? undefined : positionOf(readPageToken(query, nextToken)),
    limit,
  });
  const last = seen.at(-1);
  return {
    events: seen
      .filter(
        ({ logStreamName, message }) =>
          (logStreamNames?.includes(logStreamName) ?? true) &&
          logStreamName.startsWith(logStreamNamePrefix ?? "") &&
          matches(message),
      )
      .map((event) => ({
        logStreamName: event.logStreamName,
        timestamp: event.timestampMs,
        ingestionTime: event.ingestionMs,
        message: event.message,
        eventId: String(event.eventId).padStart(56, "0"),
      })),
    searchedLogStreams: [],
    ...(seen.length === limit && last !== undefined ? { nextToken: pageToken(query, textOf(last)) } : {}),
  };
}

function textOf({ timestampMs, eventId }: LogPosition): string {
  return `${timestampMs} ${eventId}`;
}

function positionOf(text: string): LogPosition {
  const [timestampMs = Number.NaN, eventId = Number.NaN] = text.split(" ").map(Number);
  return { timestampMs, eventId };
}

function pageOf<T>(items: readonly T[], query: string, token: string | undefined, limit: number) {
  const start = token === undefined ? 0 : Number(readPageToken(query, token));
  const end = start + limit;
  return {
    items: items.slice(start, end),
    next: end < items.length ? { nextToken: pageToken(query, String(end)) } : {},
  };
}

/** The name of the group, which may be given as an ARN. */
function existingGroup(store: LogStore, name: string | undefined, identifier: string | undefined): string {
  const found = name ?? identifier?.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, "").replace(/:\*$/, "");
  if (found === undefined) throw invalid("Give logGroupName or logGroupIdentifier.");
  if (!store.has(found)) throw missing("group");
  return found;
}

function limitOf(limit: number | undefined, most: number): number {
  if (limit === undefined) return most;
  if (limit < 1) throw outOfRange(limit, "greater than or equal to 1");
  if (limit > most) throw outOfRange(limit, `less than or equal to ${most}`);
  return limit;
}

function outOfRange(limit: number, rule: string): AwsServiceError {
  return invalid(
    `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value ${rule}`,
  );
}

function missing(what: "group" | "stream"): AwsServiceError {
  return new AwsServiceError("ResourceNotFoundException", 400, `The specified log ${what} does not exist.`);
}

function invalid(message: string): AwsServiceError {
  return new AwsServiceError("InvalidParameterException", 400, message);
}
