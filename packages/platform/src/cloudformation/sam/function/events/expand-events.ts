import { get, getMap, getString, isMap, type Value, type ValueMap } from "../../../value.ts";
import { inResource, invalidEvent } from "../../errors.ts";
import type { GeneratedResource } from "../../generated-resource.ts";
import { checkedProperties, type PropertySchema } from "../../property-schema.ts";
import { shown, typeName } from "../../text.ts";
import type { TransformContext } from "../../types.ts";
import { apiEventSchema, expandApiEvent, linkRestApi } from "./api.ts";
import { cognitoSchema, expandCognitoEvent, linkUserPool } from "./cognito.ts";
import {
  alexaSkillSchema,
  cloudWatchLogsSchema,
  expandAlexaSkill,
  expandCloudWatchLogs,
  expandIotRule,
  iotRuleSchema,
} from "./direct-events.ts";
import { eventRuleSchema, expandEventRule } from "./event-rule.ts";
import type { EventSource, EventTarget } from "./event-source.ts";
import { expandPolledEvent, polledSchemas } from "./event-source-mapping.ts";
import { expandHttpApiEvent, httpApiEventSchema, linkHttpApi } from "./http-api.ts";
import { expandS3Event, linkBucket, s3Schema } from "./s3.ts";
import { expandScheduleEvent, scheduleSchema } from "./schedule.ts";
import { expandScheduleV2Event, scheduleV2Schema } from "./schedule-v2.ts";
import { expandSnsEvent, snsSchema } from "./sns.ts";

/** An event whose type and properties are right, and what it takes to expand it. */
interface LinkedEvent {
  readonly eventId: string;
  readonly logicalId: string;
  readonly properties: ValueMap;
  /** Events are expanded in this order; it decides which of two for one method is the second. */
  readonly order: string;
  readonly expand: (source: EventSource) => GeneratedResource[];
}

/** The properties of an event, by its type. */
export const eventSchemas: Readonly<Record<string, PropertySchema>> = {
  AlexaSkill: alexaSkillSchema,
  Api: apiEventSchema,
  CloudWatchEvent: eventRuleSchema,
  CloudWatchLogs: cloudWatchLogsSchema,
  Cognito: cognitoSchema,
  EventBridgeRule: eventRuleSchema,
  HttpApi: httpApiEventSchema,
  IoTRule: iotRuleSchema,
  S3: s3Schema,
  SNS: snsSchema,
  Schedule: scheduleSchema,
  ScheduleV2: scheduleV2Schema,
  ...polledSchemas,
};

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
  const schema = type !== undefined && Object.hasOwn(eventSchemas, type) ? eventSchemas[type] : undefined;
  if (type === undefined || schema === undefined) {
    // The translator stumbles over an event that is no map, and its words for that are what AWS answers.
    if (!isMap(event)) throw invalidEvent(eventId, `'${typeName(event)}' object has no attribute 'get'`);
    throw unknownType(eventId, get(event, "Type"));
  }
  const logicalId = functionId + eventId;
  const given = get(event, "Properties");
  const properties = checkedProperties(logicalId, type, given, schema);
  const order = getString(properties, "Path") ?? eventId;
  return {
    eventId,
    logicalId,
    properties,
    order,
    expand: expander(type, { eventId, logicalId, properties }, resources),
  };
}

function expander(
  type: string,
  { eventId, logicalId, properties }: Pick<LinkedEvent, "eventId" | "logicalId" | "properties">,
  resources: ValueMap,
): LinkedEvent["expand"] {
  switch (type) {
    case "Api": {
      const api = linkRestApi(properties, eventId, resources);
      return (source) => expandApiEvent(source, api);
    }
    case "HttpApi": {
      const api = linkHttpApi(properties, resources);
      return (source) => expandHttpApiEvent(source, api);
    }
    case "S3": {
      const bucketId = linkBucket(properties, eventId, resources);
      return (source) => expandS3Event(source, bucketId);
    }
    case "Cognito": {
      const poolId = linkUserPool(properties, eventId, logicalId, resources);
      return (source) => expandCognitoEvent(source, poolId);
    }
    default:
      return expanders[type] ?? ((source) => expandPolledEvent(type, source));
  }
}

/** The events that need nothing of another resource. */
const expanders: Readonly<Record<string, LinkedEvent["expand"]>> = {
  AlexaSkill: expandAlexaSkill,
  CloudWatchEvent: expandEventRule,
  CloudWatchLogs: expandCloudWatchLogs,
  EventBridgeRule: expandEventRule,
  IoTRule: expandIotRule,
  SNS: expandSnsEvent,
  Schedule: expandScheduleEvent,
  ScheduleV2: expandScheduleV2Event,
};

function unknownType(eventId: string, type: Value | undefined): Error {
  return invalidEvent(
    eventId,
    `Resource dict has missing or invalid value for key Type. Event Type is: ${shown(type)}.`,
  );
}
