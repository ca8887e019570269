import type { Clock } from "../lambda/environment/index.ts";
import { AwsServiceError } from "../service-error.ts";
import type { StateDatabase } from "../state/database.ts";
import { checkMessage, type NewMessage } from "./message.ts";
import { type MessageCounts, MessageStore, type ReceivedMessage } from "./message-store.ts";
import { checkQueueName, type Queue, readQueueAttributes, readQueuePolicy } from "./queue.ts";

/** What the service needs of the rest of the platform. */
export interface SqsServiceOptions {
  readonly accountId: string;
  readonly region: string;
  readonly state: StateDatabase;
  /** Moves delays, visibility timeouts and long polls. */
  readonly clock: Clock;
}

/** How messages are received. */
export interface Receiving {
  readonly most: number;
  /** The queue's own unless given. */
  readonly visibilitySeconds?: number | undefined;
  /** How long to wait for a first message; as long as the queue says unless given. */
  readonly waitSeconds?: number | undefined;
}

/** How often a long poll looks for messages of another platform on the same state, in milliseconds. Ours. */
const lookAgainMs = 1000;
/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html */
const purgePauseMs = 60_000;

/** The queues of the account: those of the stack, and those made by `CreateQueue`. Messages outlive the platform. */
export class SqsService {
  readonly #options: SqsServiceOptions;
  readonly #messages: MessageStore;
  readonly #purgedMs = new Map<string, number>();
  readonly #waiting = new Set<{ readonly queue: string; readonly wake: () => void }>();
  #stackQueues = new Map<string, Queue>();
  #isClosed = false;

  constructor(options: SqsServiceOptions) {
    this.#options = options;
    this.#messages = new MessageStore(options.state);
  }

  /** Takes over the queues of a deployment. */
  replaceStackQueues(queues: readonly Queue[]): void {
    this.#stackQueues = new Map(queues.map((queue) => [queue.name, queue]));
  }

  arnOf(name: string): string {
    return `arn:aws:sqs:${this.#options.region}:${this.#options.accountId}:${name}`;
  }

  /** By name. */
  find(name: string): Queue | undefined {
    return this.#stackQueues.get(name) ?? this.#created().find((queue) => queue.name === name);
  }

  findByArn(arn: string): Queue | undefined {
    const queue = this.find(arn.split(":").at(-1) ?? "");
    return queue?.arn === arn ? queue : undefined;
  }

  /** In the order of their names. */
  list(): Queue[] {
    const created = this.#created().filter(({ name }) => !this.#stackQueues.has(name));
    return [...this.#stackQueues.values(), ...created].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Creates a queue; one that is there already must have the same attributes. */
  create(name: string, given: Readonly<Record<string, string>>): Queue {
    checkQueueName(name);
    const attributes = readQueueAttributes(given);
    readQueuePolicy(given["Policy"]);
    const known = this.find(name);
    if (known !== undefined) {
      const other = Object.entries(known.attributes).find(
        ([key, value]) =>
          key in given &&
          JSON.stringify(value) !== JSON.stringify(attributes[key as keyof typeof attributes]),
      );
      if (other === undefined) return known;
      throw new AwsServiceError(
        "QueueNameExists",
        400,
        `A queue already exists with the same name and a different value for attribute ${other[0]}`,
      );
    }
    this.#options.state.database
      .prepare("INSERT INTO queue (name, attributes, created_ms) VALUES (?, ?, ?)")
      .run(name, JSON.stringify(given), this.#options.clock.now());
    return this.find(name) as Queue;
  }

  /** Changes attributes of a queue. @throws {AwsServiceError} for one of a stack: the template has it. */
  change(queue: Queue, given: Readonly<Record<string, string>>): void {
    if (this.#stackQueues.has(queue.name)) throw templateRefusal(queue);
    readQueueAttributes(given);
    readQueuePolicy(given["Policy"]);
    const { database } = this.#options.state;
    const row = database.prepare("SELECT attributes FROM queue WHERE name = ?").get(queue.name);
    const all = { ...(JSON.parse(String(row?.["attributes"])) as object), ...given };
    database.prepare("UPDATE queue SET attributes = ? WHERE name = ?").run(JSON.stringify(all), queue.name);
  }

  /** Deletes a queue with its messages. @throws {AwsServiceError} for one of the stack: the template has it. */
  delete(queue: Queue): void {
    if (this.#stackQueues.has(queue.name)) {
      throw new AwsServiceError(
        "UnsupportedOperation",
        400,
        `${queue.name} belongs to the template. Take it out there.`,
      );
    }
    this.#options.state.transaction(() => {
      this.#options.state.database.prepare("DELETE FROM queue WHERE name = ?").run(queue.name);
      this.#messages.purge(queue.name);
    }, 1000);
  }

  /**
   * Sends a message. It is one statement, so that it takes part in a transaction that is under way.
   * @returns the message's id.
   * @throws {AwsServiceError} if the message can't be sent.
   */
  send(queue: Queue, message: NewMessage): string {
    const { DelaySeconds, MaximumMessageSize } = queue.attributes;
    checkMessage(message, MaximumMessageSize);
    const delaySeconds = message.delaySeconds ?? DelaySeconds;
    const id = this.#messages.put(queue.name, message, delaySeconds, this.#options.clock.now());
    // Not before the transaction is over.
    queueMicrotask(() => this.#wake(queue.name));
    return id;
  }

  /**
   * Receives messages, and waits for the first one if need be.
   * @param signal - aborts when nobody waits for them any more.
   */
  async receive(queue: Queue, receiving: Receiving, signal: AbortSignal): Promise<ReceivedMessage[]> {
    const { clock } = this.#options;
    const { attributes } = queue;
    const visibilityMs = (receiving.visibilitySeconds ?? attributes.VisibilityTimeout) * 1000;
    const waitMs = (receiving.waitSeconds ?? attributes.ReceiveMessageWaitTimeSeconds) * 1000;
    const endMs = clock.now() + waitMs;
    for (;;) {
      if (signal.aborted || this.#isClosed) return [];
      const nowMs = clock.now();
      this.#messages.expire(queue.name, nowMs - attributes.MessageRetentionPeriod * 1000);
      const taken = this.#messages.take(queue.name, attributes, receiving.most, visibilityMs, nowMs);
      if (taken.length > 0 || nowMs >= endMs) return taken;
      const nextMs = this.#messages.nextVisibleMs(queue.name, nowMs) ?? endMs;
      await this.#change(queue.name, Math.min(nextMs - nowMs, endMs - nowMs, lookAgainMs), signal);
    }
  }

  /** Deletes the message of a receipt, if it is still there. */
  deleteMessage(queue: Queue, receiptHandle: string): void {
    checkReceipt(receiptHandle);
    this.#messages.delete(queue.name, receiptHandle);
  }

  /** Shows the message of a receipt again after so many seconds. */
  changeVisibility(queue: Queue, receiptHandle: string, seconds: number): void {
    checkReceipt(receiptHandle);
    const nowMs = this.#options.clock.now();
    if (!this.#messages.changeVisibility(queue.name, receiptHandle, nowMs + seconds * 1000, nowMs)) {
      throw new AwsServiceError(
        "InvalidParameterValueException",
        400,
        `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      );
    }
    this.#wake(queue.name);
  }

  /** Deletes all messages of a queue. @throws {AwsServiceError} within a minute of the last time. */
  purge(queue: Queue): void {
    const nowMs = this.#options.clock.now();
    const lastMs = this.#purgedMs.get(queue.name);
    if (lastMs !== undefined && nowMs - lastMs < purgePauseMs) {
      throw new AwsServiceError(
        "PurgeQueueInProgress",
        403,
        `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
      );
    }
    this.#purgedMs.set(queue.name, nowMs);
    this.#messages.purge(queue.name);
  }

  count(queue: Queue): MessageCounts {
    const nowMs = this.#options.clock.now();
    this.#messages.expire(queue.name, nowMs - queue.attributes.MessageRetentionPeriod * 1000);
    return this.#messages.count(queue.name, nowMs);
  }

  /** Ends every long poll. */
  close(): void {
    this.#isClosed = true;
    for (const { wake } of this.#waiting) wake();
  }

  #created(): Queue[] {
    const rows = this.#options.state.database.prepare("SELECT * FROM queue").all();
    return rows.map((row) => {
      const attributes = JSON.parse(String(row["attributes"])) as Record<string, string>;
      return {
        name: String(row["name"]),
        arn: this.arnOf(String(row["name"])),
        createdMs: Number(row["created_ms"]),
        attributes: readQueueAttributes(attributes),
        policies: readQueuePolicy(attributes["Policy"]),
      };
    });
  }

  #wake(queue: string): void {
    for (const waiting of this.#waiting) if (waiting.queue === queue) waiting.wake();
  }

  /** Resolves after `delayMs`, or when there may be a message, or nobody waits for one any more. */
  #change(queue: string, delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const waiting = { queue, wake };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", wake);
      const cancel = this.#options.clock.setTimer(delayMs, wake);
    });
  }
}

function templateRefusal({ name }: Queue): AwsServiceError {
  const message = `${name} belongs to the template. Take it out there.`;
  return new AwsServiceError("UnsupportedOperation", 400, message);
}

function checkReceipt(receiptHandle: string): void {
  const text = Buffer.from(receiptHandle, "base64").toString();
  if (/^\d+:[0-9a-f-]{36}$/.test(text)) return;
  throw new AwsServiceError(
    "ReceiptHandleIsInvalid",
    404,
    `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
  );
}
