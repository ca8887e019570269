import type { PutEventsRequestEntry, PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import * as eventsClient from "@aws-sdk/client-eventbridge";
import { parseJson } from "../json-value.ts";
import { AwsServiceError } from "../service-error.ts";
import { type CallContext, defineService, type Right, type ServiceApi } from "../wire/service-api.ts";
import { matchesEvent, readEventPattern } from "./event-pattern.ts";
import type { EventsService, TargetedRule } from "./events-service.ts";
import { busNameOf, type EventBus, type GivenTarget, type Rule, readRule, readTarget } from "./rule.ts";

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const mostEntries = 10;
const mostBytes = 1_048_576;
/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const mostTargets = 5;

interface RuleReference {
  readonly Name?: string | undefined;
  readonly Rule?: string | undefined;
  readonly EventBusName?: string | undefined;
}

/**
 * EventBridge: buses, rules by pattern, and events.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
 */
export function eventsApi(service: EventsService): ServiceApi {
  const busOf = (reference: string | undefined): EventBus => {
    const bus = service.findBus(reference);
    if (bus !== undefined) return bus;
    throw notFound(`Event bus ${busNameOf(reference)} does not exist.`);
  };
  const ruleArn = ({ Name, Rule: rule, EventBusName }: RuleReference, { region, accountId }: CallContext) => {
    const bus = busNameOf(EventBusName);
    return `arn:aws:events:${region}:${accountId}:rule/${bus === "default" ? "" : `${bus}/`}${Name ?? rule ?? ""}`;
  };
  const ruleOf = (reference: RuleReference, context: CallContext): TargetedRule => {
    const found = service.findRule(ruleArn(reference, context));
    if (found !== undefined) return found;
    const { Name, Rule: rule, EventBusName } = reference;
    throw notFound(`Rule ${Name ?? rule} does not exist on EventBus ${busNameOf(EventBusName)}.`);
  };
  const onRule = (reference: RuleReference, context: CallContext): Right[] => [
    { resource: ruleArn(reference, context) },
  ];
  const onBus = ({ Name }: { readonly Name?: string | undefined }): Right[] => [
    { resource: service.busArn(busNameOf(Name)) },
  ];

  return defineService(
    eventsClient,
    {
      CreateEventBus: {
        constraints: { Name: { length: [1, 256], pattern: String.raw`[/\.\-_A-Za-z0-9]+` } },
        rights: onBus,
        run: ({ Name = "", Description }) => ({ EventBusArn: service.createBus(Name, Description).arn }),
      },
      DeleteEventBus: {
        rights: onBus,
        run: ({ Name = "" }) => {
          if (Name === "default") {
            throw new AwsServiceError("ValidationException", 400, "Cannot delete event bus default.");
          }
          service.deleteBus(Name);
          return {};
        },
      },
      DescribeEventBus: { rights: onBus, run: ({ Name }) => shownBus(busOf(Name)) },
      ListEventBuses: ({ NamePrefix = "" }) => ({
        EventBuses: service
          .buses()
          .filter(({ name }) => name.startsWith(NamePrefix))
          .map(shownBus),
      }),
      PutRule: {
        rights: onRule,
        run: (input, context) => {
          busOf(input.EventBusName);
          const rule = readRule(context, { ...input, Name: input.Name ?? "" });
          service.putRule(rule);
          return { RuleArn: rule.arn };
        },
      },
      DescribeRule: {
        rights: onRule,
        run: (input, context) => shownRule(ruleOf(input, context).rule),
      },
      ListRules: ({ EventBusName, NamePrefix = "" }) => ({
        Rules: service
          .rules(busOf(EventBusName).name)
          .filter(({ rule }) => rule.name.startsWith(NamePrefix))
          .map(({ rule }) => shownRule(rule)),
      }),
      EnableRule: { rights: onRule, run: (input, context) => turn(ruleOf(input, context), true) },
      DisableRule: { rights: onRule, run: (input, context) => turn(ruleOf(input, context), false) },
      DeleteRule: {
        rights: onRule,
        run: (input, context) => {
          // One that isn't there is deleted already.
          const found = service.findRule(ruleArn(input, context));
          if (found !== undefined) service.deleteRule(found);
          return {};
        },
      },
      PutTargets: {
        rights: onRule,
        run: (input, context) => {
          const { rule, targets } = ruleOf(input, context);
          const given = (input.Targets ?? []).map((target) => readTarget(target as unknown as GivenTarget));
          const ids = new Set(given.map(({ id }) => id));
          const all = [...targets.filter(({ id }) => !ids.has(id)), ...given];
          if (all.length > mostTargets) {
            throw new AwsServiceError(
              "LimitExceededException",
              400,
              `The requested resource exceeds the maximum number allowed: ${mostTargets} targets of a rule.`,
            );
          }
          service.putRule(rule, all);
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
      },
      RemoveTargets: {
        rights: onRule,
        run: (input, context) => {
          const { rule, targets } = ruleOf(input, context);
          const ids = new Set(input.Ids);
          service.putRule(
            rule,
            targets.filter(({ id }) => !ids.has(id)),
          );
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
      },
      ListTargetsByRule: {
        rights: onRule,
        run: (input, context) => ({
          Targets: ruleOf(input, context).targets.map(({ id, arn, input: text, inputPath }) => ({
            Id: id,
            Arn: arn,
            ...(text === undefined ? {} : { Input: text }),
            ...(inputPath === undefined ? {} : { InputPath: inputPath }),
          })),
        }),
      },
      TestEventPattern: ({ EventPattern, Event = "" }) => {
        const pattern = readEventPattern(EventPattern);
        const event = parseJson(Event);
        if (event !== undefined) return { Result: matchesEvent(pattern, event) };
        throw new AwsServiceError("ValidationException", 400, "Parameter Event is not valid.");
      },
      PutEvents: {
        rights: ({ Entries = [] }) =>
          Entries.map(({ EventBusName, Source, DetailType }) => ({
            resource: service.busArn(busNameOf(EventBusName)),
            policies: service.findBus(EventBusName)?.policies,
            context: { "events:source": Source, "events:detail-type": DetailType },
          })),
        run: ({ Entries = [] }, { note }) => {
          checkEntries(Entries);
          const results = Entries.map((entry) => putEntry(service, entry, note));
          return {
            FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
            Entries: results,
          };
        },
      },
    },
    { requestBytes: 2 * mostBytes },
  );

  function turn({ rule }: TargetedRule, isEnabled: boolean) {
    service.putRule({ ...rule, isEnabled });
    return {};
  }
}

function checkEntries(entries: readonly PutEventsRequestEntry[]): void {
  if (entries.length === 0 || entries.length > mostEntries) {
    throw new AwsServiceError(
      "ValidationException",
      400,
      `1 validation error detected: Value '[${entries.length} entries]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${mostEntries}`,
    );
  }
  const bytes = entries.reduce(
    (sum, { Source = "", DetailType = "", Detail = "", Resources = [], Time }) =>
      sum +
      Buffer.byteLength(Source + DetailType + Detail + Resources.join("")) +
      (Time === undefined ? 0 : 14),
    0,
  );
  if (bytes <= mostBytes) return;
  throw new AwsServiceError(
    "ValidationException",
    400,
    "Total size of the entries in the request is over the limit.",
  );
}

function putEntry(
  service: EventsService,
  { Source, DetailType, Detail, EventBusName, Resources, Time, TraceHeader }: PutEventsRequestEntry,
  note: (message: string) => void,
): PutEventsResultEntry {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (value !== undefined && value !== "") continue;
    const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
    return { ErrorCode: "InvalidArgument", ErrorMessage };
  }
  if (Source?.startsWith("aws.") === true) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  const detail = parseJson(Detail ?? "");
  if (typeof detail !== "object" || detail === null || Array.isArray(detail)) {
    return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  }
  const bus = service.findBus(EventBusName);
  if (bus === undefined) {
    const ErrorMessage = `Event bus ${EventBusName} does not exist.`;
    note(ErrorMessage);
    return { ErrorCode: "ResourceNotFoundException", ErrorMessage };
  }
  const EventId = service.put(bus, {
    source: Source ?? "",
    detailType: DetailType ?? "",
    detail,
    resources: Resources,
    timeMs: Time?.getTime(),
    traceHeader: TraceHeader,
  });
  return { EventId };
}

function shownBus({ name, arn, description }: EventBus) {
  return { Name: name, Arn: arn, ...(description === undefined ? {} : { Description: description }) };
}

function shownRule({ name, arn, busName, description, isEnabled, pattern }: Rule) {
  return {
    Name: name,
    Arn: arn,
    EventBusName: busName,
    EventPattern: JSON.stringify(pattern),
    State: isEnabled ? ("ENABLED" as const) : ("DISABLED" as const),
    ...(description === undefined ? {} : { Description: description }),
  };
}

function notFound(message: string): AwsServiceError {
  return new AwsServiceError("ResourceNotFoundException", 400, message);
}
