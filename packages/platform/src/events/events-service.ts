import { randomUUID } from "node:crypto";
import { evaluate } from "../iam/evaluate.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import type { NewEvent } from "../lambda/asynchronous/index.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { AwsServiceError } from "../service-error.ts";
import type { SnsService } from "../sns/index.ts";
import type { SqsService } from "../sqs/index.ts";
import type { StateDatabase } from "../state/database.ts";
import { RecordStore } from "../state/record-store.ts";
import { matchesEvent } from "./event-pattern.ts";
import { busNameOf, type EventBus, type Rule, type RuleTarget, targetInput } from "./rule.ts";

/** What the service needs of the rest of the platform. */
export interface EventsServiceOptions {
  readonly accountId: string;
  readonly region: string;
  readonly state: StateDatabase;
  readonly nowMs: () => number;
  /** Whether targets take from every rule. */
  readonly isUnsigned: boolean;
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly find: (functionName: string, qualifier?: string) => LambdaFunction | undefined;
  /** Accepts an event for a function. */
  readonly accept: (event: NewEvent) => void;
  readonly log: (group: string, stream: string, message: string, timeMs: number) => void;
  /** Told why an event doesn't arrive. */
  readonly warn: (message: string) => void;
}

/** An event as it is put. */
export interface NewBusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
  readonly resources?: readonly string[] | undefined;
  /** Unix time in milliseconds; now unless given. */
  readonly timeMs?: number | undefined;
  /** X-Ray header. */
  readonly traceHeader?: string | undefined;
}

/** A rule with its targets. */
export interface TargetedRule {
  readonly rule: Rule;
  readonly targets: readonly RuleTarget[];
}

/** EventBridge: buses, and rules that say which of their events go where. */
export class EventsService {
  readonly #options: EventsServiceOptions;
  readonly #buses: RecordStore<EventBus>;
  readonly #rules: RecordStore<TargetedRule>;
  #stackBuses = new Map<string, EventBus>();
  #stackRules = new Map<string, TargetedRule>();

  constructor(options: EventsServiceOptions) {
    this.#options = options;
    this.#buses = new RecordStore(options.state, "event-bus");
    this.#rules = new RecordStore(options.state, "event-rule");
  }

  /** Takes over the buses of a deployment, and its rules. */
  replaceStackRules(buses: readonly EventBus[], rules: readonly TargetedRule[]): void {
    this.#stackBuses = new Map(buses.map((bus) => [bus.name, bus]));
    this.#stackRules = new Map(rules.map((each) => [each.rule.arn, each]));
  }

  busArn(name: string): string {
    return `arn:aws:events:${this.#options.region}:${this.#options.accountId}:event-bus/${name}`;
  }

  /** By name or ARN. */
  findBus(reference: string | undefined): EventBus | undefined {
    const name = busNameOf(reference);
    if (reference?.startsWith("arn:") === true && this.busArn(name) !== reference) return undefined;
    if (name === "default") return { name, arn: this.busArn(name), description: undefined, policies: [] };
    return this.#stackBuses.get(name) ?? this.#buses.get(name);
  }

  /** The default bus first. */
  buses(): EventBus[] {
    const standard = this.findBus("default");
    const created = this.#buses.list().filter(({ name }) => !this.#stackBuses.has(name));
    return [...(standard === undefined ? [] : [standard]), ...this.#stackBuses.values(), ...created];
  }

  /** @throws {AwsServiceError} if there is one. */
  createBus(name: string, description: string | undefined): EventBus {
    if (this.findBus(name) !== undefined) {
      throw new AwsServiceError("ResourceAlreadyExistsException", 400, `Event bus ${name} already exists.`);
    }
    const bus = { name, arn: this.busArn(name), description, policies: [] };
    this.#buses.put(name, bus);
    return bus;
  }

  deleteBus(name: string): void {
    if (this.#stackBuses.has(name)) throw templateRefusal(name);
    if (this.rules(name).length > 0) {
      throw new AwsServiceError(
        "ValidationException",
        400,
        `Event bus ${name} can't be deleted since it has rules.`,
      );
    }
    this.#buses.delete(name);
  }

  /** Of a bus, in the order of their names. */
  rules(busName: string): TargetedRule[] {
    const created = this.#rules.list().filter(({ rule }) => !this.#stackRules.has(rule.arn));
    return [...this.#stackRules.values(), ...created]
      .filter(({ rule }) => rule.busName === busName)
      .sort((one, other) => (one.rule.name < other.rule.name ? -1 : 1));
  }

  findRule(arn: string): TargetedRule | undefined {
    return this.#stackRules.get(arn) ?? this.#rules.get(arn);
  }

  /** Creates a rule, or changes it. @throws {AwsServiceError} for one of a stack: the template has it. */
  putRule(rule: Rule, targets = this.findRule(rule.arn)?.targets ?? []): void {
    if (this.#stackRules.has(rule.arn)) throw templateRefusal(rule.name);
    this.#rules.put(rule.arn, { rule, targets });
  }

  /** @throws {AwsServiceError} for one of a stack, and for one that has targets. */
  deleteRule({ rule, targets }: TargetedRule): void {
    if (this.#stackRules.has(rule.arn)) throw templateRefusal(rule.name);
    if (targets.length > 0) {
      throw new AwsServiceError("ValidationException", 400, "Rule can't be deleted since it has targets.");
    }
    this.#rules.delete(rule.arn);
  }

  /**
   * Puts an event on a bus, for every rule that wants it. Each delivery is a statement, so that all take part in a
   * transaction that is under way.
   * @returns the event's id.
   */
  put(bus: EventBus, event: NewBusEvent): string {
    const { accountId, region, nowMs } = this.#options;
    const id = randomUUID();
    const timeMs = event.timeMs ?? nowMs();
    const whole = {
      version: "0",
      id,
      "detail-type": event.detailType,
      source: event.source,
      account: accountId,
      time: new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, "Z"),
      region,
      resources: event.resources ?? [],
      detail: event.detail,
    };
    for (const { rule, targets } of this.rules(bus.name)) {
      if (!rule.isEnabled || !matchesEvent(rule.pattern, whole)) continue;
      for (const target of targets) this.#deliver(rule, target, targetInput(target, whole), event, timeMs);
    }
    return id;
  }

  #deliver(rule: Rule, target: RuleTarget, input: string, event: NewBusEvent, timeMs: number): void {
    try {
      this.#send(rule, target.arn, input, event, timeMs);
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      this.#options.warn(`The rule ${rule.name} could not send an event to ${target.arn}: ${error.message}`);
    }
  }

  #send(rule: Rule, arn: string, input: string, { traceHeader }: NewBusEvent, timeMs: number): void {
    const { sqs, sns, find, accept, log, accountId } = this.#options;
    const parts = arn.split(":");
    switch (parts[2]) {
      case "sqs": {
        const queue = existing(sqs.findByArn(arn), "queue");
        this.#checkRight("sqs:SendMessage", rule, arn, queue.policies);
        sqs.send(queue, { body: input, senderId: accountId, traceHeader });
        return;
      }
      case "sns": {
        const topic = existing(sns.find(arn), "topic");
        this.#checkRight("sns:Publish", rule, arn, topic.policies);
        sns.publish(topic, { message: input, traceHeader });
        return;
      }
      case "lambda": {
        const [functionName = "", qualifier] = parts.slice(6);
        const target = existing(find(functionName, qualifier), "function");
        this.#checkRight("lambda:InvokeFunction", rule, arn, target.policies);
        accept({
          functionName,
          qualifier,
          invokedArn: arn,
          requestId: randomUUID(),
          traceId:
            traceHeader ??
            `Root=1-${Math.floor(timeMs / 1000).toString(16)}-${randomUUID().replaceAll("-", "").slice(0, 24)}`,
          tenantId: undefined,
          payload: Buffer.from(input),
        });
        return;
      }
      default:
        log(parts[6] ?? "", rule.name, input, timeMs);
    }
  }

  /** What a rule sends to must let it in. */
  #checkRight(action: string, rule: Rule, resource: string, policies: readonly PolicyDocument[]): void {
    const { accountId, isUnsigned } = this.#options;
    if (isUnsigned) return;
    const { effect } = evaluate(
      {
        action,
        resource,
        context: { "aws:SourceArn": rule.arn, "aws:SourceAccount": accountId },
        principal: { kind: "Service", name: "events.amazonaws.com", accountId: undefined },
      },
      { identity: [], resource: policies, resourceAccountId: accountId },
    );
    if (effect === "allow") return;
    throw new AwsServiceError(
      "AccessDenied",
      403,
      `Its resource policy does not let events.amazonaws.com call ${action} for this rule.`,
    );
  }
}

function existing<T>(found: T | undefined, kind: string): T {
  if (found !== undefined) return found;
  throw new AwsServiceError("ResourceNotFoundException", 400, `There is no such ${kind} here.`);
}

function templateRefusal(name: string): AwsServiceError {
  return new AwsServiceError("ValidationException", 400, `${name} belongs to a template. Change it there.`);
}
