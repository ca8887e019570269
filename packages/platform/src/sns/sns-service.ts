import { createHash, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { evaluate } from "../iam/evaluate.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import type { NewEvent } from "../lambda/asynchronous/index.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { AwsServiceError } from "../service-error.ts";
import type { MessageAttributes, SqsService } from "../sqs/index.ts";
import type { StateDatabase } from "../state/database.ts";
import { RecordStore } from "../state/record-store.ts";
import { passesFilter } from "./filter-policy.ts";
import { functionEvent, messageFor, type Publication, queueBody } from "./notification.ts";
import {
  checkTopic,
  invalid,
  readSubscription,
  readTopicPolicy,
  type Subscription,
  type Topic,
  type TopicTags,
} from "./topic.ts";

/** What the service needs of the rest of the platform. */
export interface SnsServiceOptions {
  readonly accountId: string;
  readonly region: string;
  readonly state: StateDatabase;
  readonly nowMs: () => number;
  /** The platform's address. */
  readonly endpoint: () => string;
  /** Whether queues and functions take from every topic. */
  readonly isUnsigned: boolean;
  readonly sqs: SqsService;
  readonly find: (functionName: string, qualifier?: string) => LambdaFunction | undefined;
  /** Accepts an event for a function. */
  readonly accept: (event: NewEvent) => void;
  /** Told why something that was published doesn't arrive. */
  readonly warn: (message: string) => void;
}

/** What is published, as a publisher says it. */
export interface NewPublication {
  readonly message: string;
  readonly subject?: string | undefined;
  /** Whether the message is a JSON object with a text for each protocol. */
  readonly isByProtocol?: boolean;
  readonly attributes?: MessageAttributes | undefined;
  readonly traceHeader?: string | undefined;
}

/** @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const mostBytes = 262_144;

/** The topics of the account: those of stacks, and those that the API made. */
export class SnsService {
  readonly #options: SnsServiceOptions;
  readonly #topics: RecordStore<Topic>;
  readonly #subscriptions: RecordStore<Subscription>;
  #stackTopics = new Map<string, Topic>();
  #stackSubscriptions = new Map<string, Subscription>();

  constructor(options: SnsServiceOptions) {
    this.#options = options;
    this.#topics = new RecordStore(options.state, "topic");
    this.#subscriptions = new RecordStore(options.state, "subscription");
  }

  /** Takes over the topics of a deployment, and its subscriptions. */
  replaceStackTopics(topics: readonly Topic[], subscriptions: readonly Subscription[]): void {
    this.#stackTopics = new Map(topics.map((topic) => [topic.arn, topic]));
    this.#stackSubscriptions = new Map(subscriptions.map((each) => [each.arn, each]));
  }

  arnOf(name: string): string {
    return `arn:aws:sns:${this.#options.region}:${this.#options.accountId}:${name}`;
  }

  find(arn: string): Topic | undefined {
    return this.#stackTopics.get(arn) ?? this.#topics.get(arn);
  }

  /** In the order of their ARNs. */
  list(): Topic[] {
    const created = this.#topics.list().filter(({ arn }) => !this.#stackTopics.has(arn));
    return [...this.#stackTopics.values(), ...created].sort((one, other) => (one.arn < other.arn ? -1 : 1));
  }

  /**
   * Creates a topic; one that is there already stays as it is.
   * @throws {AwsServiceError} if that one has other tags than those that are given.
   */
  create(name: string, attributes: Readonly<Record<string, string>>, tags: TopicTags = {}): Topic {
    checkTopic(name, attributes);
    const arn = this.arnOf(name);
    const known = this.find(arn);
    if (known !== undefined) {
      if (Object.keys(tags).length === 0 || isDeepStrictEqual({ ...known.tags }, { ...tags })) return known;
      throw invalid("Tags Reason: Topic already exists with different tags");
    }
    const { DisplayName: displayName = "", Policy } = attributes;
    const topic = { name, arn, displayName, tags, policies: readTopicPolicy(Policy) };
    this.#topics.put(arn, topic);
    return topic;
  }

  /** Changes a topic. @throws {AwsServiceError} for one of a stack: the template has it. */
  change(topic: Topic, attribute: string, value: string): void {
    this.#refuseStacks(topic);
    checkTopic(topic.name, { [attribute]: value });
    if (attribute === "DisplayName") this.#topics.put(topic.arn, { ...topic, displayName: value });
    if (attribute === "Policy") this.#topics.put(topic.arn, { ...topic, policies: readTopicPolicy(value) });
  }

  /** Deletes a topic with its subscriptions. @throws {AwsServiceError} for one of a stack. */
  delete(topic: Topic): void {
    this.#refuseStacks(topic);
    for (const { arn } of this.subscriptions(topic.arn)) this.#subscriptions.delete(arn);
    this.#topics.delete(topic.arn);
  }

  /** Of a topic, or of all of them. */
  subscriptions(topicArn?: string): Subscription[] {
    const created = this.#subscriptions.list().filter(({ arn }) => !this.#stackSubscriptions.has(arn));
    const all = [...this.#stackSubscriptions.values(), ...created];
    return topicArn === undefined ? all : all.filter((each) => each.topicArn === topicArn);
  }

  findSubscription(arn: string): Subscription | undefined {
    return this.#stackSubscriptions.get(arn) ?? this.#subscriptions.get(arn);
  }

  /** Subscribes; who is subscribed already has that subscription. */
  subscribe(
    topic: Topic,
    to: { readonly Protocol: string; readonly Endpoint: string },
    attributes: Readonly<Record<string, unknown>>,
  ): Subscription {
    const known = this.subscriptions(topic.arn).find(
      ({ protocol, endpoint }) => protocol === to.Protocol && endpoint === to.Endpoint,
    );
    const subscription = readSubscription(topic.arn, randomUUID(), to, attributes);
    if (known !== undefined) return known;
    this.#subscriptions.put(subscription.arn, subscription);
    return subscription;
  }

  /** Changes an attribute of a subscription. @throws {AwsServiceError} for one of a stack. */
  changeSubscription(subscription: Subscription, attribute: string, value: string): void {
    this.#refuseStacks(subscription);
    const { topicArn, arn, protocol, endpoint, isRaw, filterPolicy, filterScope } = subscription;
    const now: Record<string, unknown> = {
      RawMessageDelivery: isRaw,
      FilterPolicy: filterPolicy,
      FilterPolicyScope: filterScope,
      [attribute]: value,
    };
    const id = arn.slice(topicArn.length + 1);
    this.#subscriptions.put(
      arn,
      readSubscription(topicArn, id, { Protocol: protocol, Endpoint: endpoint }, now),
    );
  }

  unsubscribe(subscription: Subscription): void {
    this.#refuseStacks(subscription);
    this.#subscriptions.delete(subscription.arn);
  }

  /**
   * Publishes a message. Each delivery is a statement, so that all take part in a transaction that is under way.
   * @returns the message's id.
   * @throws {AwsServiceError} if the message can't be published.
   */
  publish(
    topic: Topic,
    { message, subject, isByProtocol, attributes = {}, traceHeader }: NewPublication,
  ): string {
    const size = Object.entries(attributes).reduce(
      (sum, [name, { DataType, StringValue = "", BinaryValue = "" }]) =>
        sum + Buffer.byteLength(name + DataType + StringValue + BinaryValue),
      Buffer.byteLength(message),
    );
    if (message === "")
      throw new AwsServiceError("InvalidParameter", 400, "Invalid parameter: Empty message");
    if (size > mostBytes)
      throw new AwsServiceError("InvalidParameter", 400, "Invalid parameter: Message too long");
    const publication: Publication = {
      messageId: randomUUID(),
      topicArn: topic.arn,
      subject,
      messages: isByProtocol === true ? readMessages(message) : { default: message },
      attributes,
      timeMs: this.#options.nowMs(),
      traceHeader,
    };
    for (const subscription of this.subscriptions(topic.arn)) this.#deliver(publication, subscription);
    return publication.messageId;
  }

  #deliver(publication: Publication, subscription: Subscription): void {
    const { filterPolicy, filterScope, protocol, endpoint, topicArn } = subscription;
    const { attributes } = publication;
    if (
      filterPolicy !== undefined &&
      !passesFilter(filterPolicy, filterScope, messageFor(publication, subscription), attributes)
    ) {
      return;
    }
    try {
      if (protocol === "sqs") this.#toQueue(publication, subscription);
      else this.#toFunction(publication, subscription);
    } catch (error) {
      // As on AWS, the publisher is not told.
      if (!(error instanceof AwsServiceError)) throw error;
      this.#options.warn(
        `What was published to ${topicArn} (${publication.messageId}) did not reach ${endpoint}: ${error.message}`,
      );
    }
  }

  #toQueue(publication: Publication, subscription: Subscription): void {
    const { sqs, endpoint, accountId } = this.#options;
    const queue = sqs.findByArn(subscription.endpoint);
    if (queue === undefined) throw undelivered("There is no such queue here.");
    this.#checkRight("sqs:SendMessage", subscription, queue.policies);
    const { attributes, traceHeader } = publication;
    sqs.send(queue, {
      body: queueBody(publication, subscription, endpoint()),
      // The document has them already.
      attributes: subscription.isRaw ? attributes : {},
      senderId: accountId,
      traceHeader,
    });
  }

  #toFunction(publication: Publication, subscription: Subscription): void {
    const { find, accept, endpoint } = this.#options;
    const [functionName = "", qualifier] = subscription.endpoint.split(":").slice(6);
    const target = find(functionName, qualifier);
    if (target === undefined) throw undelivered("There is no such function here.");
    this.#checkRight("lambda:InvokeFunction", subscription, target.policies);
    accept({
      functionName,
      qualifier,
      invokedArn: subscription.endpoint,
      requestId: randomUUID(),
      traceId: publication.traceHeader ?? newTraceHeader(publication),
      tenantId: undefined,
      payload: Buffer.from(functionEvent(publication, subscription, endpoint())),
    });
  }

  /** A queue or a function must let the topic in. */
  #checkRight(
    action: string,
    { endpoint, topicArn }: Subscription,
    policies: readonly PolicyDocument[],
  ): void {
    const { accountId, isUnsigned } = this.#options;
    if (isUnsigned) return;
    const { effect } = evaluate(
      {
        action,
        resource: endpoint,
        context: { "aws:SourceArn": topicArn, "aws:SourceAccount": accountId },
        principal: { kind: "Service", name: "sns.amazonaws.com", accountId: undefined },
      },
      { identity: [], resource: policies, resourceAccountId: accountId },
    );
    if (effect === "allow") return;
    throw undelivered(`Its resource policy does not let sns.amazonaws.com call ${action} for this topic.`);
  }

  #refuseStacks({ arn }: { readonly arn: string }): void {
    if (!this.#stackTopics.has(arn) && !this.#stackSubscriptions.has(arn)) return;
    throw new AwsServiceError("InvalidParameter", 400, `${arn} belongs to a template. Change it there.`);
  }
}

function undelivered(reason: string): AwsServiceError {
  return new AwsServiceError("InvalidParameter", 400, reason);
}

function newTraceHeader({ messageId, timeMs }: Publication): string {
  const id = createHash("sha256").update(messageId).digest("hex");
  return `Root=1-${Math.floor(timeMs / 1000).toString(16)}-${id.slice(0, 24)}`;
}

function readMessages(message: string): Readonly<Record<string, string>> {
  let document: unknown;
  try {
    document = JSON.parse(message);
  } catch {
    document = undefined;
  }
  const reason = "Invalid parameter: Message Structure - ";
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new AwsServiceError("InvalidParameter", 400, `${reason}JSON message body failed to parse`);
  }
  if (typeof (document as Record<string, unknown>)["default"] !== "string") {
    throw new AwsServiceError("InvalidParameter", 400, `${reason}No default entry in JSON message body`);
  }
  return document as Record<string, string>;
}
