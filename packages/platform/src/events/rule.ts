import type { PolicyDocument } from "../iam/policy.ts";
import { AwsServiceError } from "../service-error.ts";
import { type EventPattern, readEventPattern } from "./event-pattern.ts";

/** An event bus. */
export interface EventBus {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly policies: readonly PolicyDocument[];
}

/** Which events go where. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly description: string | undefined;
  readonly isEnabled: boolean;
  readonly pattern: EventPattern;
}

/** Where the events of a rule go. */
export interface RuleTarget {
  readonly id: string;
  /** Of a queue, a topic, a function or a log group. */
  readonly arn: string;
  /** What is sent in the place of the event: JSON text. */
  readonly input: string | undefined;
  /** The part of the event that is sent: `$.detail` and so on. */
  readonly inputPath: string | undefined;
}

/** What is given of a target, as the API and templates have it. */
export type GivenTarget = Readonly<Record<string, unknown>>;

/** What of a target changes nothing here: deliveries are made at once, with the rights of resource policies. */
const withoutEffect = ["RetryPolicy", "RoleArn"];
const served = ["Arn", "Id", "Input", "InputPath"];

/**
 * Reads a rule.
 * @throws {AwsServiceError} if it can't be had here: what isn't served is named.
 */
export function readRule(
  place: { readonly region: string; readonly accountId: string },
  given: {
    readonly Name: string;
    readonly EventBusName?: string | undefined;
    readonly EventPattern?: unknown;
    readonly ScheduleExpression?: string | undefined;
    readonly State?: string | undefined;
    readonly Description?: string | undefined;
  },
): Rule {
  const {
    Name,
    EventBusName,
    EventPattern: pattern,
    ScheduleExpression,
    State = "ENABLED",
    Description,
  } = given;
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(Name)) throw invalid(`Value '${Name}' at 'name' is no name of a rule.`);
  if (ScheduleExpression !== undefined) {
    throw new EventsNotServedError(
      `Rules with a ScheduleExpression are not served by this platform. It serves rules with an EventPattern.`,
    );
  }
  if (pattern === undefined) {
    throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  const busName = busNameOf(EventBusName);
  return {
    name: Name,
    arn: `arn:aws:events:${place.region}:${place.accountId}:rule/${busName === "default" ? "" : `${busName}/`}${Name}`,
    busName,
    description: Description,
    isEnabled: State !== "DISABLED",
    pattern: readEventPattern(pattern),
  };
}

/** Reads a target. @throws {AwsServiceError} if it can't be had here: what isn't served is named. */
export function readTarget(given: GivenTarget): RuleTarget {
  const set = Object.keys(given).filter((name) => given[name] !== undefined);
  const unserved = set.filter((name) => ![...served, ...withoutEffect].includes(name));
  if (unserved.length > 0) {
    throw new EventsNotServedError(
      `${unserved.join(", ")} of a target is not served by this platform. It serves Input and InputPath.`,
    );
  }
  const { Arn, Id, Input, InputPath } = given;
  const arn = String(Arn ?? "");
  if (!/^arn:aws[a-z-]*:(?:sqs|sns|lambda|logs):/.test(arn)) {
    throw new EventsNotServedError(
      `${arn} is no target that this platform serves: it sends to queues, topics, functions and log groups.`,
    );
  }
  if (InputPath !== undefined && !/^\$(?:\.[A-Za-z0-9_-]+)*$/.test(String(InputPath))) {
    throw new EventsNotServedError(
      `InputPath is ${String(InputPath)}: this platform serves $ and names with dots between them.`,
    );
  }
  return {
    id: String(Id ?? ""),
    arn,
    input: Input === undefined ? undefined : String(Input),
    inputPath: InputPath === undefined ? undefined : String(InputPath),
  };
}

/** What a target gets: JSON text. */
export function targetInput({ input, inputPath }: RuleTarget, event: object): string {
  if (input !== undefined) return input;
  const names = (inputPath ?? "$").split(".").slice(1);
  const part = names.reduce<unknown>(
    (value, name) => (Object(value) as Record<string, unknown>)[name],
    event,
  );
  return JSON.stringify(part ?? null);
}

/** A bus is named or given by its ARN. */
export function busNameOf(reference: string | undefined): string {
  return reference === undefined || reference === ""
    ? "default"
    : (reference.split("event-bus/").at(-1) ?? "");
}

/** AWS has it, and this platform hasn't. */
export class EventsNotServedError extends AwsServiceError {
  constructor(message: string) {
    super("ValidationException", 400, message);
  }
}

function invalid(message: string): AwsServiceError {
  return new AwsServiceError("ValidationException", 400, message);
}
