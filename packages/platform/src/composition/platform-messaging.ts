import { busDestination, EventsService } from "../events/index.ts";
import { AsynchronousInvoker, EventQueue, standardEventInvokeConfig } from "../lambda/asynchronous/index.ts";
import { SnsService, topicDestination } from "../sns/index.ts";
import { SqsService } from "../sqs/index.ts";
import type { StackModel } from "../stack/stack-model.ts";
import type { PlatformFunctions } from "./platform-functions.ts";
import type { PlatformPort } from "./platform-port.ts";
import type { PlatformSetting } from "./platform-setting.ts";
import type { PlatformStores } from "./platform-stores.ts";

/** How long events wait for a transaction of another platform on the same state, in milliseconds. */
const stateWaitMs = 1000;

/** What messages need of the rest of the platform. */
export interface PlatformMessagingOptions {
  readonly setting: PlatformSetting;
  readonly stores: PlatformStores;
  readonly functions: PlatformFunctions;
  /** What is deployed right now. */
  readonly model: () => StackModel | undefined;
  readonly port: PlatformPort;
}

/** What passes messages on: queues, topics, event buses, and the events of asynchronous invocations, each to the others. */
export class PlatformMessaging {
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly events: EventsService;
  readonly asynchronous: AsynchronousInvoker;

  constructor({ setting, stores, functions, model, port }: PlatformMessagingOptions) {
    const { accountId, region, state, clock, isUnsigned, nowMs, warn, emit } = setting;
    const { lambda } = functions;
    this.sqs = new SqsService({ accountId, region, state, clock });
    const common = {
      accountId,
      isUnsigned,
      sqs: this.sqs,
      find: (name: string, qualifier?: string) => lambda.find(name, qualifier),
      warn,
    };
    const sender = {
      ...common,
      region,
      state,
      nowMs,
      accept: (event: Parameters<AsynchronousInvoker["accept"]>[0]) => this.asynchronous.accept(event),
    };
    this.sns = new SnsService({ ...sender, endpoint: () => port.url });
    this.events = new EventsService({
      ...sender,
      sns: this.sns,
      log: (group, stream, message, timestampMs) => stores.logs.put(group, stream, { timestampMs, message }),
    });
    this.asynchronous = new AsynchronousInvoker({
      ...common,
      clock,
      queue: new EventQueue(state, setting.template ?? ""),
      transaction: (work) => state.transaction(work, stateWaitMs),
      invoke: functions.invoke,
      config: (name, qualifier = "$LATEST") =>
        model()?.eventInvokeConfigs.get(`${name}:${qualifier}`) ?? standardEventInvokeConfig,
      rolePolicies: (arn) => model()?.roles.get(arn),
      measure: functions.metrics.event,
      services: { events: busDestination(this.events), sns: topicDestination(this.sns) },
      note: (requestId, message) => emit({ kind: "note", requestId, message }),
      report: (error) => emit({ kind: "bug", error }),
    });
  }

  /** Lets queues, topics and rules of what is deployed replace those of what was before. */
  takeOver(model: StackModel): void {
    this.sqs.replaceStackQueues([...model.queues.values()]);
    this.sns.replaceStackTopics([...model.topics.values()], [...model.subscriptions.values()]);
    this.events.replaceStackRules([...model.eventBuses.values()], [...model.eventRules.values()]);
    this.asynchronous.start();
  }

  close(): void {
    this.sqs.close();
    this.asynchronous.close();
  }
}
