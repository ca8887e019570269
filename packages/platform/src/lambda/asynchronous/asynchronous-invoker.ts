import { currentTrace, type RequestTrace, traceRequest } from "../../iam/request-trace.ts";
import { AwsServiceError } from "../../service-error.ts";
import { toServiceError } from "../../wire/error-response.ts";
import { BufferedReceiver } from "../buffered-receiver.ts";
import type { Clock } from "../environment/index.ts";
import type { BegunInvocation, InvokeFunction } from "../invocation-call.ts";
import { Destinations, type DestinationsOptions } from "./destinations.ts";
import type { EventInvokeConfig } from "./event-invoke-config.ts";
import type { EventQueue, NewEvent, QueuedEvent } from "./event-queue.ts";
import {
  deadLetterAttributes,
  type EventResponse,
  type InvocationOutcome,
  invocationRecord,
} from "./invocation-record.ts";
import { type AttemptOutcome, type FailureCondition, isTooOld, judge } from "./retry-policy.ts";

/** What asynchronous invocation needs of the rest of the platform. */
export interface AsynchronousInvokerOptions extends Omit<DestinationsOptions, "accept"> {
  readonly clock: Clock;
  readonly queue: EventQueue;
  /** Runs work in a transaction of the state. */
  readonly transaction: (work: () => void) => void;
  readonly invoke: InvokeFunction;
  /** How a function, version or alias is invoked asynchronously. */
  readonly config: (functionName: string, qualifier: string | undefined) => EventInvokeConfig;
  /** Takes what Lambda measures of events, by the name of the metric. */
  readonly measure?: (functionName: string, samples: EventSamples) => void;
  /** Takes what a developer should know about an event. */
  readonly note: (requestId: string, message: string) => void;
  /** Takes what a developer should know about the platform. */
  readonly warn: (message: string) => void;
  /** Takes errors that are bugs. */
  readonly report: (error: unknown) => void;
}

/** Values with their units. */
export type EventSamples = Readonly<Record<string, readonly [value: number, unit: string]>>;

/** An attempt that is over. */
interface Attempt {
  readonly outcome: AttemptOutcome;
  readonly response: EventResponse;
  /** Resolves when the invocation is over, which may be long after its response. */
  readonly isOver?: Promise<unknown>;
}

/**
 * Deliveries of one function at once. Ours: AWS goes as far as the concurrency, which on one machine would be a process for
 * each of a thousand events.
 */
const deliveriesOfFunction = 10;
/** How many events are known by the request that brought them. Ours: of more requests than that nobody can ask. */
const mostTraces = 1000;
/** What the caller was answered with, long ago. */
const acceptedStatus = 202;
/** How long a state that can't be written is left alone, in milliseconds. */
const writeAgainMs = 1000;

/**
 * Invokes functions with the events of a queue, each at least once, and tells destinations.
 *
 * An event is accepted when it is in the state, and leaves it in the same transaction that sends its records: whatever kills
 * the platform, it is still there, is done with, or is invoked again under the same request id.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
 */
export class AsynchronousInvoker {
  readonly #options: AsynchronousInvokerOptions;
  readonly #destinations: Destinations;
  /** Deliveries under way, by function. */
  readonly #underWay = new Map<string, number>();
  /** The requests that brought events, by the events' request ids: what becomes of them is explained there. */
  readonly #traces = new Map<string, RequestTrace>();
  #cancelTimer: (() => void) | undefined;
  #isPumpQueued = false;
  #state: "waiting" | "running" | "closed" = "waiting";
  #isFailing = false;

  constructor(options: AsynchronousInvokerOptions) {
    this.#options = options;
    this.#destinations = new Destinations({ ...options, accept: (event) => this.accept(event) });
  }

  /** Begins, once there are functions: what an earlier platform left is delivered as well. */
  start(): void {
    if (this.#state !== "waiting") return;
    this.#state = "running";
    const adopted = this.#options.queue.adopt();
    if (adopted > 0) {
      const [what, are] = adopted === 1 ? ["event", "is"] : ["events", "are"];
      this.#options.warn(
        `${adopted} ${what} of asynchronous invocations ${are} left from an earlier run, and ${are} delivered when due.`,
      );
    }
    this.#pump();
  }

  /**
   * Accepts an event: from now on it is not lost. It takes part in a transaction that is under way.
   * @throws if the state can't be written.
   */
  accept(event: NewEvent): void {
    this.#options.queue.put(event, this.#options.clock.now());
    this.#options.measure?.(event.functionName, { AsyncEventsReceived: [1, "Count"] });
    this.#remember(event.requestId);
    this.#pumpSoon();
  }

  #remember(requestId: string): void {
    const trace = currentTrace()?.continuation();
    if (trace === undefined) return;
    this.#traces.set(requestId, trace);
    if (this.#traces.size <= mostTraces) return;
    const [oldest = ""] = this.#traces.keys();
    this.#traces.delete(oldest);
  }

  /** Begins nothing more. Attempts under way are broken off by their functions' end, and made again by the next platform. */
  close(): void {
    this.#state = "closed";
    this.#cancelTimer?.();
    this.#options.queue.close();
  }

  /** Not before the transaction is over that may be under way. */
  #pumpSoon(): void {
    if (this.#isPumpQueued) return;
    this.#isPumpQueued = true;
    queueMicrotask(() => {
      this.#isPumpQueued = false;
      this.#pump();
    });
  }

  /** Begins every delivery that is due, and waits for the next. */
  #pump(): void {
    if (this.#state !== "running") return;
    const { clock, queue, transaction } = this.#options;
    try {
      const due = queue.waiting().flatMap((name) => queue.due(name, clock.now(), this.#room(name)));
      if (due.length > 0) {
        transaction(() => {
          for (const { id } of due) queue.begin(id);
        });
      }
      this.#recovered();
      for (const event of due) {
        this.#underWay.set(event.functionName, this.#count(event.functionName) + 1);
        // Whoever brought the event is asked about, not whoever woke the queue.
        void traceRequest(this.#traces.get(event.requestId), () =>
          this.#deliver({ ...event, attempts: event.attempts + 1 }),
        );
      }
      const next = queue.waiting().flatMap((name) => {
        // The end of a delivery wakes those that wait for room.
        const dueMs = this.#room(name) === 0 ? undefined : queue.nextDueMs(name);
        return dueMs === undefined ? [] : [dueMs];
      });
      if (next.length > 0) this.#wakeAfter(Math.max(0, Math.min(...next) - clock.now()));
    } catch (error) {
      this.#failed(error);
      this.#wakeAfter(writeAgainMs);
    }
  }

  #wakeAfter(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.setTimer(delayMs, () => this.#pump());
  }

  #count(functionName: string): number {
    return this.#underWay.get(functionName) ?? 0;
  }

  /** How many more deliveries of a function may begin. */
  #room(functionName: string): number {
    // More than it reserves would only be throttled. One that is turned off gives its events up.
    const reserved = this.#options.find(functionName)?.reservedConcurrency || deliveriesOfFunction;
    return Math.max(0, Math.min(reserved, deliveriesOfFunction) - this.#count(functionName));
  }

  async #deliver(event: QueuedEvent): Promise<void> {
    try {
      const attempt = await this.#attempt(event);
      await this.#settle(event, attempt);
      await attempt?.isOver;
    } catch (error) {
      // It stays in the state, and the next platform delivers it.
      if (this.#state !== "closed") this.#options.report(error);
    } finally {
      const left = this.#count(event.functionName) - 1;
      if (left > 0) this.#underWay.set(event.functionName, left);
      else this.#underWay.delete(event.functionName);
      this.#pumpSoon();
    }
  }

  /** @returns nothing if the event has become too old to be tried. */
  async #attempt(event: QueuedEvent): Promise<Attempt | undefined> {
    const { clock, config, find, invoke } = this.#options;
    if (isTooOld(event, config(event.functionName, event.qualifier), clock.now())) return undefined;
    const ageMs = clock.now() - event.acceptedMs;
    this.#options.measure?.(event.functionName, { AsyncEventAge: [ageMs, "Milliseconds"] });
    const target = find(event.functionName, event.qualifier);
    const receiver = new BufferedReceiver();
    let begun: BegunInvocation;
    try {
      if (target === undefined) {
        throw new AwsServiceError(
          "ResourceNotFoundException",
          404,
          `Function not found: ${event.invokedArn}`,
        );
      }
      const { requestId } = event;
      currentTrace()?.add({ kind: "invocation", functionName: target.name, requestId }, requestId);
      begun = await invoke(
        target,
        {
          requestId,
          event: event.payload,
          mode: "BUFFERED",
          invokedFunctionArn: event.invokedArn,
          traceId: event.traceId,
          tenantId: event.tenantId,
          answeredStatus: () => acceptedStatus,
        },
        receiver,
      );
    } catch (error) {
      const { status, message } = toServiceError(error, this.#options.report);
      const response = { statusCode: status, isFunctionError: false, payload: message };
      const isTurnedOff = status === 429 && target?.reservedConcurrency === 0;
      return { outcome: isTurnedOff ? "turned off" : "refused", response };
    }
    const { payload, isFunctionError } = await receiver.result;
    return {
      outcome: isFunctionError ? "failed" : "succeeded",
      response: {
        statusCode: 200,
        executedVersion: target.version,
        isFunctionError,
        payload: Buffer.from(payload).toString(),
      },
      isOver: begun.logTail,
    };
  }

  async #settle(event: QueuedEvent, attempt: Attempt | undefined): Promise<void> {
    const { clock, config, queue } = this.#options;
    const nowMs = clock.now();
    const hasRun = attempt?.response.statusCode === 200;
    const attempts = hasRun ? event.attempts : event.attempts - 1;
    const verdict =
      attempt === undefined
        ? ({ kind: "discard", condition: "EventAgeExceeded" } as const)
        : judge(event, attempt.outcome, config(event.functionName, event.qualifier), nowMs);
    const response = attempt?.response ?? event.lastResponse;
    if (verdict.kind === "retry") {
      const written = await this.#write(() =>
        queue.putBack(event.id, {
          dueMs: nowMs + verdict.delayMs,
          attempts,
          functionErrors: event.functionErrors + (hasRun ? 1 : 0),
          refusals: hasRun ? 0 : event.refusals + 1,
          lastResponse: response,
        }),
      );
      if (!written) return;
      const why = hasRun ? "failed" : `could not be invoked (${response?.payload})`;
      this.#note(
        event.requestId,
        `${event.functionName} ${why}. Its event is tried again in ${verdict.delayMs / 1000} s.`,
      );
      return;
    }
    const condition = verdict.kind === "complete" ? "Success" : verdict.condition;
    await this.#finish(event, {
      requestId: event.requestId,
      functionArn: event.qualifier === undefined ? `${event.invokedArn}:$LATEST` : event.invokedArn,
      condition,
      attempts,
      event: Buffer.from(event.payload).toString(),
      response,
    });
  }

  /** Takes an event out of the queue, and sends what is to be sent, in one transaction. */
  async #finish(event: QueuedEvent, outcome: InvocationOutcome): Promise<void> {
    const { clock, config, find, queue } = this.#options;
    const { onSuccess, onFailure } = config(event.functionName, event.qualifier);
    const from = find(event.functionName, event.qualifier);
    const { traceId } = event;
    const destination = outcome.condition === "Success" ? onSuccess : onFailure;
    const deadLetterArn = outcome.condition === "Success" ? undefined : from?.deadLetterArn;
    const { functionArn } = outcome;
    const invocation = { functionArn, hasSucceeded: outcome.condition === "Success" };
    const record = { body: invocationRecord(outcome, clock.now()), traceId, invocation };
    const attributes = deadLetterAttributes(outcome);
    const letter = { body: outcome.event, attributes, traceId, invocation };
    const problems: string[] = [];
    const failures = new Set<string>();
    const written = await this.#write(() => {
      problems.length = 0;
      failures.clear();
      queue.remove(event.id);
      if (from === undefined) return;
      for (const [arn, message, metric] of [
        [destination, record, "DestinationDeliveryFailures"],
        [deadLetterArn, letter, "DeadLetterErrors"],
      ] as const) {
        const problem = arn === undefined ? undefined : this.#destinations.send(arn, from, message);
        if (problem === undefined) continue;
        problems.push(problem);
        failures.add(metric);
      }
    });
    if (!written) return;
    this.#traces.delete(event.requestId);
    const isKept = destination !== undefined || deadLetterArn !== undefined;
    const isDropped = outcome.condition !== "Success" && !isKept;
    const counted = isDropped ? [...failures, "AsyncEventsDropped"] : [...failures];
    for (const metric of counted) this.#options.measure?.(event.functionName, { [metric]: [1, "Count"] });
    if (outcome.condition !== "Success") {
      this.#note(event.requestId, discarded(event.functionName, outcome.condition, isKept));
    }
    for (const problem of problems) {
      this.#note(
        event.requestId,
        `The outcome of ${event.functionName} could not be sent to its destination: ${problem}`,
      );
    }
  }

  #note(requestId: string, message: string): void {
    currentTrace()?.add({ kind: "note", message });
    this.#options.note(requestId, message);
  }

  /** Writes to the state, however long that takes. @returns false if the platform is closed before. */
  async #write(work: () => void): Promise<boolean> {
    while (this.#state !== "closed") {
      try {
        this.#options.transaction(work);
        this.#recovered();
        return true;
      } catch (error) {
        this.#failed(error);
        await new Promise<void>((resolve) => this.#options.clock.setTimer(writeAgainMs, resolve));
      }
    }
    return false;
  }

  #failed(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.warn(`Events can't be written to the state: ${reason}. They wait until they can.`);
  }

  #recovered(): void {
    if (this.#isFailing) this.#options.warn("Events are written to the state again.");
    this.#isFailing = false;
  }
}

function discarded(functionName: string, condition: FailureCondition, isKept: boolean): string {
  const why = {
    RetriesExhausted: "its retries are exhausted",
    EventAgeExceeded: "it would be older than it may",
    ZeroReservedConcurrency: "the function's reserved concurrency is 0",
  }[condition];
  const where = isKept
    ? ""
    : " Give the function an on-failure destination or a dead-letter queue to keep such events.";
  return `An event of ${functionName} is given up: ${why} (${condition}).${where}`;
}
