import type { Socket } from "node:net";
import { limits, runtimeApiVersion } from "@sluice/protocol";
import { type Answer, accepted, encodeAnswer, notFound, refusal } from "./answer.ts";
import { ConcurrentStates } from "./concurrent-states.ts";
import { type BodyReader, type Exchange, RuntimeApiConnection } from "./connection.ts";
import { type ConnectionSource, openPort } from "./connection-source.ts";
import { type Delivery, type ErrorReport, readErrorReport, readTrailerError } from "./delivery.ts";
import { type ExtensionFailure, ExtensionsApi, type FunctionMetadata } from "./extensions-api.ts";
import { isForeign, isPerCall, secondProcess } from "./hand-started.ts";
import type { InvocationStates } from "./invocation-states.ts";
import { RuntimeStates } from "./runtime-states.ts";
import { readWhole } from "./whole-body.ts";

/** What happens at a Runtime API, for the execution environment. */
export interface RuntimeApiListener {
  /** The runtime, and every extension, wait for an event: Init, or an invocation, is over. May be called again. */
  idle(): void;
  /** The runtime waits for an event, and an extension does not yet. */
  runtimeDone(): void;
  initError(error: ErrorReport): void;
  extensionFailure(failure: ExtensionFailure): void;
  /** A process that was started by hand, and had asked for an event, has closed its last connection. */
  left(): void;
}

/** Takes subscriptions to the Telemetry API. */
export interface TelemetrySubscriptions {
  /** @param name - of the extension. */
  subscribe(name: string, body: string): Answer;
}

/** What a {@link RuntimeApiServer} needs. */
export interface RuntimeApiOptions {
  readonly function: FunctionMetadata;
  readonly randomId: () => string;
  readonly telemetry: TelemetrySubscriptions;
  /** How many invocations the runtime may have at once. */
  readonly maxConcurrency: number;
  readonly listener: RuntimeApiListener;
  /** Whether an answer may wait for the next one, when its request was followed by another at once. */
  readonly pipelines?: boolean;
  /** Serves whoever connects here, one process that was started by hand; a port of its own unless given. */
  readonly connections?: ConnectionSource | undefined;
}

/** Connections that one runtime may hold open. Ours: far above what any runtime opens. */
const maxConnections = 128;

/** Far above any subscription. Ours. */
const maxSubscriptionBytes = 64 * 1024;

/** Largest error report, in bytes: as for a response. */
const maxErrorBytes = limits.bufferedResponseBytes;

const pong = encodeAnswer(200, "Content-Type: text/plain; charset=utf-8\r\n", "pong");
const invalidMode = refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode");
const truncated = refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");

const runtimePath = `/${runtimeApiVersion}/runtime/`;
const invocationPath = `${runtimePath}invocation/`;
const extensionPath = "/2020-01-01/extension/";
const telemetryPath = /^\/2022-07-01\/telemetry\/?$/;

/**
 * The Runtime API of one execution environment, on a port of its own, for as long as one process lives.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApiServer {
  /** The value of `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** A Unix socket that does the same, where there is one: its name in Linux's abstract namespace. */
  readonly unixName: string | undefined;
  readonly #stop: () => void;
  readonly #isByHand: boolean;
  readonly #listener: RuntimeApiListener;
  readonly #extensions: ExtensionsApi;
  readonly #telemetry: TelemetrySubscriptions;
  readonly #isConcurrent: boolean;
  readonly #pipelines: boolean;
  readonly #states: InvocationStates<Delivery>;
  readonly #connections = new Set<RuntimeApiConnection>();
  /** The calls that are blocked in `next`, oldest first. */
  readonly #waiting = new Set<Exchange>();
  /** Given out while no call waited, oldest first. */
  readonly #undelivered: Delivery[] = [];
  #onEmpty: (() => void) | undefined;
  /** It has asked for an event, on connections that tell by their end that it has left. */
  #mayLeave = false;
  /** What the last event was answered to. */
  #holder: Exchange | undefined;

  private constructor(source: ConnectionSource, options: RuntimeApiOptions) {
    const { function: metadata, randomId, telemetry, maxConcurrency, listener, connections } = options;
    this.#pipelines = options.pipelines === true;
    this.#isByHand = connections !== undefined;
    this.#isConcurrent = maxConcurrency > 1;
    this.#states = this.#isConcurrent ? new ConcurrentStates(maxConcurrency) : new RuntimeStates();
    this.#telemetry = telemetry;
    this.#listener = listener;
    this.address = source.address;
    this.unixName = source.unixName;
    this.#extensions = new ExtensionsApi({
      function: metadata,
      randomId,
      // With several invocations at once extensions are told of none.
      knowsInvoke: !this.#isConcurrent,
      isInitializing: () => this.#states.isInitializing,
      onReady: () => this.#reportIdle(),
      onFailure: (failure) => this.#listener.extensionFailure(failure),
    });
    this.#stop = source.accept((socket) => this.#accept(socket));
  }

  /** Listens on a free port of 127.0.0.1, unless it is given its connections. */
  static async start(options: RuntimeApiOptions): Promise<RuntimeApiServer> {
    const { maxConcurrency, pipelines = false } = options;
    const source = options.connections ?? (await openPort(maxConnections * maxConcurrency, pipelines));
    return new RuntimeApiServer(source, options);
  }

  get extensions(): ExtensionsApi {
    return this.#extensions;
  }

  /** Whether the runtime, and every extension, wait for an event. */
  get isIdle(): boolean {
    return this.#states.isReady && this.#waiting.size > 0 && this.#extensions.isReady;
  }

  /** Whether a response is being read. */
  get isReceiving(): boolean {
    return this.#states.isReceiving;
  }

  /** How many connections of the runtime are open. */
  get connections(): number {
    let count = 0;
    for (const { isOfExtension } of this.#connections) if (!isOfExtension) count++;
    return count;
  }

  /** How many invocations the runtime has, will get, or may still work on. */
  get outstanding(): number {
    return this.#undelivered.length + this.#states.outstanding;
  }

  /** Gives an event to the runtime, which must have room for it. */
  deliver(delivery: Delivery): void {
    this.#extensions.invoke(delivery);
    const [exchange] = this.#waiting;
    if (exchange === undefined) this.#undelivered.push(delivery);
    else this.#answerNext(exchange, delivery);
  }

  /** An invocation's time is up: the runtime need not get it, or need not answer it any more. */
  expire(delivery: Delivery): void {
    const index = this.#undelivered.indexOf(delivery);
    if (index === -1) this.#states.expire(delivery);
    else this.#undelivered.splice(index, 1);
  }

  /** Resolves once no connection of the runtime is open. It is expected to be gone. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      this.#checkEmpty();
    });
  }

  /** Breaks every connection of the runtime. A response that is under way ends as truncated. */
  closeRuntime(): void {
    for (const connection of this.#connections) if (!connection.isOfExtension) connection.destroy();
  }

  /** Breaks every connection. */
  close(): void {
    this.#stop();
    for (const connection of this.#connections) connection.destroy();
  }

  #accept(socket: Socket): void {
    const connection = new RuntimeApiConnection(
      socket,
      (exchange) => this.#handle(exchange),
      this.#pipelines,
    );
    this.#connections.add(connection);
    socket.on("close", () => {
      this.#connections.delete(connection);
      this.#checkEmpty();
      if (this.#mayLeave && this.connections === 0) this.#listener.left();
    });
  }

  #checkEmpty(): void {
    if (this.connections === 0) this.#onEmpty?.();
  }

  #handle(exchange: Exchange): BodyReader | undefined {
    const { method, path } = exchange.head;
    const foreign = this.#isByHand ? isForeign(exchange.head) : undefined;
    if (foreign !== undefined) {
      exchange.answerLast(foreign);
      return undefined;
    }
    if (path.startsWith(invocationPath)) return this.#handleInvocation(exchange, method, path);
    if (method === "POST" && path === `${runtimePath}init/error`) {
      return readWhole(maxErrorBytes, (body) => this.#initError(exchange, body));
    }
    if (method === "GET" && path === `/${runtimeApiVersion}/ping`) {
      exchange.answer(pong);
      return undefined;
    }
    if (path.startsWith(extensionPath)) {
      const handled = this.#extensions.handle(exchange, `${method} ${path.slice(extensionPath.length)}`);
      if (handled !== undefined) return handled.reader;
    }
    if (method === "PUT" && telemetryPath.test(path)) return this.#subscribe(exchange);
    exchange.answer(notFound);
    return undefined;
  }

  #subscribe(exchange: Exchange): BodyReader | undefined {
    const extension = this.#extensions.identify(exchange);
    if (Buffer.isBuffer(extension)) {
      exchange.answer(extension);
      return undefined;
    }
    return readWhole(maxSubscriptionBytes, (body) => {
      const text = body.kind === "whole" ? body.bytes.toString() : "";
      exchange.answer(this.#telemetry.subscribe(extension.name, text));
    });
  }

  #handleInvocation(exchange: Exchange, method: string, path: string): BodyReader | undefined {
    const rest = path.slice(invocationPath.length);
    if (method === "GET" && rest === "next") {
      this.#next(exchange);
      return undefined;
    }
    const slash = rest.indexOf("/");
    const call = rest.slice(slash + 1);
    if (method === "POST" && slash > 0 && (call === "response" || call === "error")) {
      return this.#answerOf(exchange, call, rest.slice(0, slash));
    }
    exchange.answer(notFound);
    return undefined;
  }

  #next(exchange: Exchange): void {
    const next = this.#states.next(this.#waiting.size);
    if (this.#isByHand) {
      if (this.#isSecondProcess(exchange, next)) {
        exchange.answerLast(secondProcess);
        return;
      }
      this.#mayLeave = !isPerCall(exchange.head);
    }
    if (next === "wait") {
      this.#waiting.add(exchange);
      // An event must not be given to a runtime that has hung up.
      exchange.onGone(() => this.#waiting.delete(exchange));
      const undelivered = this.#undelivered.shift();
      if (undelivered === undefined) this.#reportIdle();
      else this.#answerNext(exchange, undelivered);
    } else exchange.answer(Buffer.isBuffer(next) ? next : next.answer);
  }

  /** It asks for an event while the process that was there first waits, or has one and is still connected. */
  #isSecondProcess(exchange: Exchange, next: Delivery | "wait" | Answer): boolean {
    if (this.#isConcurrent) return false;
    if (next === "wait") return this.#waiting.size > 0;
    const holder = this.#holder?.connection;
    return holder !== undefined && holder !== exchange.connection && this.#connections.has(holder);
  }

  #answerNext(exchange: Exchange, delivery: Delivery): void {
    this.#holder = exchange;
    this.#waiting.delete(exchange);
    this.#states.deliver(delivery);
    exchange.answer(delivery.answer);
  }

  #reportIdle(): void {
    if (this.isIdle) this.#listener.idle();
    else if (this.#states.isReady && this.#waiting.size > 0) this.#listener.runtimeDone();
  }

  #answerOf(exchange: Exchange, call: "response" | "error", requestId: string): BodyReader | undefined {
    const invocationId = exchange.head.headers.get("lambda-runtime-invocation-id");
    const delivery = this.#states.begin(call, requestId, invocationId);
    if (Buffer.isBuffer(delivery)) {
      exchange.answer(delivery);
      return undefined;
    }
    return call === "response" ? this.#response(exchange, delivery) : this.#error(exchange, delivery);
  }

  #response(exchange: Exchange, delivery: Delivery): BodyReader | undefined {
    const { headers } = exchange.head;
    const mode = headers.get("lambda-runtime-function-response-mode") ?? "";
    if (mode !== "" && mode !== "streaming") {
      // The state has changed by now and stays: this invocation can no more be answered.
      if (this.#isConcurrent) this.#states.answered(delivery);
      delivery.end({ kind: "invalid-mode" });
      exchange.answer(invalidMode);
      return undefined;
    }
    const limit = delivery.responseLimitBytes;
    const tooLarge = () => {
      this.#states.answered(delivery);
      delivery.end({ kind: "too-large" });
      const message = `Exceeded maximum allowed payload size (${limit} bytes).`;
      exchange.answer(refusal(413, "RequestEntityTooLarge", message));
    };
    const head = { contentType: headers.get("content-type"), isStreaming: mode === "streaming" };
    delivery.begin(head, () => exchange.breakOff());
    if (Number(headers.get("content-length") ?? 0) > limit) {
      tooLarge();
      return undefined;
    }
    let received = 0;
    return {
      data: (bytes) => {
        received += bytes.length;
        if (received <= limit) return delivery.data(bytes);
        tooLarge();
        return undefined;
      },
      end: (trailers) => {
        const refused = this.#states.answered(delivery);
        delivery.end({ kind: "complete", error: readTrailerError(headers, trailers) });
        exchange.answer(refused ?? accepted);
      },
      broken: () => {
        this.#states.answered(delivery);
        delivery.end({ kind: "truncated" });
        exchange.answer(truncated);
      },
    };
  }

  #error(exchange: Exchange, delivery: Delivery): BodyReader {
    return readWhole(maxErrorBytes, (body) => {
      const refused = this.#states.answered(delivery);
      if (body.kind === "whole") {
        delivery.end({ kind: "error", ...readErrorReport(exchange.head.headers, body.bytes) });
        exchange.answer(refused ?? accepted);
      } else {
        delivery.end({ kind: body.kind });
        exchange.answer(body.kind === "truncated" ? truncated : errorTooLarge);
      }
    });
  }

  #initError(exchange: Exchange, body: Parameters<Parameters<typeof readWhole>[1]>[0]): void {
    if (body.kind !== "whole") {
      exchange.answer(body.kind === "truncated" ? truncated : errorTooLarge);
      return;
    }
    const refused = this.#states.initError();
    exchange.answer(refused ?? accepted);
    if (refused === undefined) this.#listener.initError(readErrorReport(exchange.head.headers, body.bytes));
  }
}

const errorTooLarge = refusal(
  413,
  "RequestEntityTooLarge",
  `Exceeded maximum allowed payload size (${maxErrorBytes} bytes).`,
);
