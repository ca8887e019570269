import { get, getMap, getString, isMap, type Value, type ValueMap } from "../../../value.ts";
import { inResource, invalidEvent, unsupported } from "../../errors.ts";
import type { GeneratedResource } from "../../generated-resource.ts";
import { checkedProperties, type PropertySchema } from "../../property-schema.ts";
import { shown, typeName } from "../../text.ts";
import type { TransformContext } from "../../types.ts";
import { apiEventSchema, expandApiEvent, linkRestApi } from "./api.ts";
import type { EventSource, EventTarget } from "./event-source.ts";
import { expandHttpApiEvent, httpApiEventSchema, linkHttpApi } from "./http-api.ts";
import { expandScheduleEvent, scheduleSchema } from "./schedule.ts";
import { expandScheduleV2Event, scheduleV2Schema } from "./schedule-v2.ts";
import { expandSqsEvent, sqsEventSchema } from "./sqs.ts";

/** An event whose type and properties are right, and what it takes to expand it. */
interface LinkedEvent {
  readonly eventId: string;
  readonly logicalId: string;
  readonly properties: ValueMap;
  /** Events are expanded in this order; it decides which of two for one method is the second. */
  readonly order: string;
  readonly expand: (source: EventSource) => GeneratedResource[];
}

const schemas: Readonly<Record<string, PropertySchema>> = {
  Api: apiEventSchema,
  HttpApi: httpApiEventSchema,
  Schedule: scheduleSchema,
  ScheduleV2: scheduleV2Schema,
  SQS: sqsEventSchema,
};

/** The event types that the transform expands. */
const supportedEvents: readonly string[] = Object.keys(schemas);

/** Event types that AWS expands and this transform refuses by name. */
export const refusedEvents: readonly string[] = [
  "AlexaSkill",
  "CloudWatchEvent",
  "CloudWatchLogs",
  "Cognito",
  "DocumentDB",
  "DynamoDB",
  "EventBridgeRule",
  "IoTRule",
  "Kinesis",
  "MQ",
  "MSK",
  "S3",
  "SNS",
  "SelfManagedKafka",
];

/** Checks all events of a function, before any of them is expanded. @throws {SamError} for the first mistake. */
export function linkEvents(
  logicalId: string,
  properties: ValueMap,
  context: TransformContext,
): LinkedEvent[] {
  const events = Object.entries(getMap(properties, "Events") ?? {});
  return events.map(([eventId, event]) =>
    inResource(logicalId, () => linkEvent(logicalId, eventId, event, context.resources)),
  );
}

/** What the events of a function become. */
export function expandEvents(
  logicalId: string,
  events: readonly LinkedEvent[],
  target: EventTarget,
  role: GeneratedResource,
  context: TransformContext,
): GeneratedResource[] {
  const ordered = [...events].sort((a, b) => (a.order === b.order ? 0 : a.order < b.order ? -1 : 1));
  return ordered.flatMap((event) =>
    inResource(logicalId, () => event.expand({ ...event, target, role, context })),
  );
}

function linkEvent(functionId: string, eventId: string, event: Value, resources: ValueMap): LinkedEvent {
  const type = getString(event, "Type");
  const schema = type !== undefined && Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (type === undefined || schema === undefined) {
    // The translator stumbles over an event that is no map, and its words for that are what AWS answers.
    if (!isMap(event)) throw invalidEvent(eventId, `'${typeName(event)}' object has no attribute 'get'`);
    throw unknownType(functionId, eventId, get(event, "Type"));
  }
  const logicalId = functionId + eventId;
  const given = get(event, "Properties");
  const properties = checkedProperties(logicalId, type, given, schema);
  const order = getString(properties, "Path") ?? eventId;
  return { eventId, logicalId, properties, order, expand: expander(type, eventId, properties, resources) };
}

function expander(
  type: string,
  eventId: string,
  properties: ValueMap,
  resources: ValueMap,
): (source: EventSource) => GeneratedResource[] {
  switch (type) {
    case "Api": {
      const api = linkRestApi(properties, eventId, resources);
      return (source) => expandApiEvent(source, api);
    }
    case "HttpApi": {
      const api = linkHttpApi(properties, resources);
      return (source) => expandHttpApiEvent(source, api);
    }
    case "Schedule":
      return expandScheduleEvent;
    case "ScheduleV2":
      return expandScheduleV2Event;
    default:
      return expandSqsEvent;
  }
}

function unknownType(functionId: string, eventId: string, type: Value | undefined): Error {
  if (typeof type === "string" && refusedEvents.includes(type)) {
    return unsupported(
      functionId,
      `Event [${eventId}] has the type '${type}'; the types that work here are ${supportedEvents.join(", ")}. ` +
        "Take the event out to run the function locally, and invoke it with an event file instead.",
    );
  }
  return invalidEvent(
    eventId,
    `Resource dict has missing or invalid value for key Type. Event Type is: ${shown(type)}.`,
  );
}
