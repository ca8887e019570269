import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Condition } from "./condition.ts";
import { DoubleInvocation, type InvokeOptions } from "./double-invocation.ts";
import {
  ExtensionsApiDouble,
  type FunctionMetadata,
  type RegisteredExtension,
} from "./extensions-api-double.ts";
import { answerWith, type Fault, FaultQueue, type FaultRoute } from "./fault.ts";
import { type Answer, HttpConnection, jsonAnswer } from "./http-connection.ts";
import { type Fields, type IncomingRequest, MalformedRequestError } from "./http-request.ts";
import { findRoute, type Route } from "./route.ts";
import { type AnswerKind, Concurrent, OneAtATime, type RuntimeStates, refusal } from "./runtime-states.ts";
import { TruncatedRequestError } from "./socket-reader.ts";

/**
 * The largest response to a buffered invocation, in bytes: 6 MiB and 100 bytes.
 *
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator (`internal/lambda/interop/model.go`)
 */
const maxPayloadBytes = 6 * 1024 * 1024 + 100;

const accepted = jsonAnswer(202, { status: "OK" });
const notFound: Answer = {
  status: 404,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body: Buffer.from("404 page not found\n"),
};

interface RuntimeApiDoubleOptions {
  /** Acts as a Lambda Managed Instances environment with so many invocations at once. Default: one at a time. */
  readonly maxConcurrency?: number;
  /** What extensions are told about the function. */
  readonly function?: Partial<FunctionMetadata>;
}

/** What a runtime posted to `init/error`. */
interface InitError {
  readonly headers: Fields;
  readonly body: Buffer;
  /** As the platform takes it: a type that does not follow AWS's pattern is replaced. */
  readonly errorType: string;
}

/**
 * A Lambda Runtime API for tests: a server on a real socket that follows AWS's rules, shows what the runtime did down
 * to each chunk, and misbehaves where it is told to.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApiDouble implements AsyncDisposable {
  /** The value for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Every request, from the moment its head is there; the body grows as it comes in. */
  readonly requests: IncomingRequest[] = [];
  /** What was sent that is not valid HTTP/1.1. A test of a runtime expects this to stay empty. */
  readonly protocolErrors: string[] = [];
  readonly initError: Promise<InitError>;
  readonly #server: Server;
  readonly #states: RuntimeStates;
  readonly #isManaged: boolean;
  readonly #extensions: ExtensionsApiDouble;
  readonly #faults = new FaultQueue();
  readonly #condition = new Condition();
  readonly #queue: DoubleInvocation[] = [];
  readonly #invocations: DoubleInvocation[] = [];
  /** The calls that are blocked in `next`. */
  readonly #waiting = new Set<(invocation: DoubleInvocation | undefined) => void>();
  readonly #open = new Set<HttpConnection>();
  readonly #serving = new Set<Promise<void>>();
  #connections = 0;
  #initError: InitError | undefined;

  private constructor(server: Server, options: RuntimeApiDoubleOptions) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#isManaged = options.maxConcurrency !== undefined;
    this.#states =
      options.maxConcurrency === undefined ? new OneAtATime() : new Concurrent(options.maxConcurrency);
    const metadata: FunctionMetadata = {
      functionName: "test-function",
      functionVersion: "$LATEST",
      handler: "index.handler",
      accountId: "123456789012",
      ...options.function,
    };
    this.#extensions = new ExtensionsApiDouble(metadata, this.#isManaged ? [] : ["INVOKE"]);
    this.initError = this.#condition.until(() => this.#initError);
    server.on("connection", (socket) => this.#accept(socket));
  }

  /** Starts a server on a free port of 127.0.0.1. */
  static async start(options: RuntimeApiDoubleOptions = {}): Promise<RuntimeApiDouble> {
    // Half-open, so that a runtime that ended its side too early can still be told that its request was truncated.
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return new RuntimeApiDouble(server, options);
  }

  /** How many connections were opened so far. */
  get connections(): number {
    return this.#connections;
  }

  /** How many connections are open now. */
  get openConnections(): number {
    return this.#open.size;
  }

  get extensions(): readonly RegisteredExtension[] {
    return this.#extensions.extensions;
  }

  /**
   * Queues an event for `next`.
   *
   * @param event - Bytes and strings are sent as they are, anything else as JSON text.
   */
  invoke(event: string | Uint8Array | object, options: InvokeOptions = {}): DoubleInvocation {
    const invocation = new DoubleInvocation(event, options, () => this.#condition.notify());
    this.#invocations.push(invocation);
    this.#queue.push(invocation);
    this.#deliver();
    return invocation;
  }

  /** Spoils the next call of this kind; several faults are used up in turn. */
  failNext(route: FaultRoute, fault: Fault): void {
    this.#faults.add(route, fault);
  }

  /** Breaks every connection that is open, blocked or not. */
  dropConnections(): void {
    for (const connection of this.#open) connection.destroy();
  }

  /**
   * Resolves when the runtime is blocked in `next`.
   *
   * @param count - In how many calls at once; default 1.
   */
  async waitForNext(count = 1): Promise<void> {
    await this.waitFor(() => this.#waiting.size >= count);
  }

  /** Resolves when `predicate` holds, which is asked again whenever something happens on the wire. */
  async waitFor(predicate: (api: RuntimeApiDouble) => boolean): Promise<void> {
    await this.#condition.until(() => predicate(this));
  }

  /** Breaks every connection, and rejects what a test still waits for. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.dropConnections();
    await Promise.all([...this.#serving, closed]);
    const reason = new Error("the Runtime API double was closed");
    for (const invocation of this.#invocations) invocation.close(reason);
    this.#condition.close(reason);
  }

  #accept(socket: Socket): void {
    this.#connections += 1;
    const connection = new HttpConnection(this.#connections, socket);
    this.#open.add(connection);
    socket.on("close", () => {
      this.#open.delete(connection);
      this.#condition.notify();
    });
    const serving = this.#serve(connection).finally(() => this.#serving.delete(serving));
    this.#serving.add(serving);
    this.#condition.notify();
  }

  async #serve(connection: HttpConnection): Promise<void> {
    try {
      for (;;) {
        const request = await connection.nextRequest();
        if (!request) break;
        this.requests.push(request);
        const route = findRoute(request);
        const fault = this.#faults.take(route.name);
        this.#condition.notify();
        const work = () => this.#handle(route, request, connection);
        const isReusable = await answerWith(fault, connection, request, route.name, work);
        if (request.body.state === "malformed") this.#reject("the body is not chunked as HTTP/1.1 has it");
        if (!isReusable || request.body.state !== "complete") break;
      }
    } catch (error) {
      if (error instanceof MalformedRequestError) {
        this.#reject(error.message);
        await connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      } else if (!(error instanceof TruncatedRequestError)) throw error;
    } finally {
      connection.end();
    }
  }

  #reject(message: string): void {
    this.protocolErrors.push(message);
    this.#condition.notify();
  }

  #handle(
    route: Route,
    request: IncomingRequest,
    connection: HttpConnection,
  ): Promise<Answer | undefined> | Answer {
    switch (route.name) {
      case "ping":
        return { status: 200, headers: {}, body: Buffer.from("pong") };
      case "next":
        return this.#next(connection);
      case "response":
      case "error":
        return this.#receive(route.name, route.requestId, request, connection);
      case "init-error":
        return this.#receiveInitError(request);
      case "register":
        return this.#extensions.register(request, this.#states.isInitializing);
      case "event-next":
        return this.#extensions.next(request, connection, () => this.#deliver());
      case "extension-init-error":
        return this.#extensions.reportError(request, "InitError");
      case "extension-exit-error":
        return this.#extensions.reportError(request, "ExitError");
      case "unknown":
        return notFound;
    }
  }

  async #next(connection: HttpConnection): Promise<Answer | undefined> {
    const known = this.#states.next(this.#waiting.size);
    if (known && !(known instanceof DoubleInvocation)) return known;
    const invocation = known ?? (await this.#nextInvocation(connection));
    return invocation?.nextAnswer(this.#isManaged);
  }

  /** `undefined` if the runtime ends the connection first, even if only its own side: no event may be lost on it. */
  #nextInvocation(connection: HttpConnection): Promise<DoubleInvocation | undefined> {
    const { promise, resolve } = Promise.withResolvers<DoubleInvocation | undefined>();
    this.#waiting.add(resolve);
    void connection.ended.then(() => {
      this.#waiting.delete(resolve);
      resolve(undefined);
    });
    this.#deliver();
    return promise;
  }

  #deliver(): void {
    for (const resolve of this.#waiting) {
      const invocation = this.#queue[0];
      if (!invocation || !this.#states.canDeliver() || !this.#extensions.isReady) break;
      this.#queue.shift();
      this.#waiting.delete(resolve);
      this.#states.deliver(invocation);
      this.#extensions.invoke(invocation);
      resolve(invocation);
    }
    this.#condition.notify();
  }

  async #receive(
    kind: AnswerKind,
    requestId: string,
    request: IncomingRequest,
    connection: HttpConnection,
  ): Promise<Answer> {
    const { headers, body } = request;
    const invocation = this.#states.begin(kind, requestId, headers["lambda-runtime-invocation-id"]);
    if (!(invocation instanceof DoubleInvocation)) return invocation;
    invocation.receive(kind, request, connection);

    const mode = headers["lambda-runtime-function-response-mode"] ?? "";
    if (kind === "response" && mode !== "" && mode !== "streaming") {
      // The state has changed by now and does not change again: this invocation can no more be answered.
      invocation.settleRefused("Runtime.InvalidResponseModeHeader");
      return refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode");
    }

    const invokeMode =
      invocation.options.invokeMode ?? (mode === "streaming" ? "RESPONSE_STREAM" : "BUFFERED");
    const limit =
      kind === "response" && invokeMode === "BUFFERED" ? maxPayloadBytes : Number.POSITIVE_INFINITY;
    let received = 0;
    while (received <= limit) {
      const chunk = await body.next();
      if (!chunk) break;
      received += chunk.bytes.length;
      invocation.progress();
    }
    return this.#conclude(kind, request, invocation, received > limit);
  }

  #conclude(
    kind: AnswerKind,
    { headers, body }: IncomingRequest,
    invocation: DoubleInvocation,
    isTooLarge: boolean,
  ): Answer {
    this.#states.finish(invocation);
    this.#deliver();
    if (isTooLarge) {
      const message = `Response payload size exceeded maximum allowed payload size (${maxPayloadBytes} bytes).`;
      invocation.settleRefused("Function.ResponseSizeTooLarge", message);
      return refusal(
        413,
        "RequestEntityTooLarge",
        `Exceeded maximum allowed payload size (${maxPayloadBytes} bytes).`,
      );
    }
    if (body.state !== "complete") {
      invocation.settle("Runtime.TruncatedResponse");
      return refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");
    }
    // A type in the trailers goes to the invoker as it is; only the one in a header is checked.
    const errorType = "lambda-runtime-function-error-type";
    invocation.settle(kind === "error" ? platformErrorType(headers[errorType]) : body.trailers[errorType]);
    return accepted;
  }

  async #receiveInitError({ headers, body }: IncomingRequest): Promise<Answer> {
    await body.drain(Number.POSITIVE_INFINITY);
    const refused = this.#states.initError();
    if (refused) return refused;
    const errorType = platformErrorType(headers["lambda-runtime-function-error-type"]);
    this.#initError = { headers, body: body.bytes, errorType };
    this.#condition.notify();
    return accepted;
  }
}

/** What the platform makes of `Lambda-Runtime-Function-Error-Type`. */
function platformErrorType(type = ""): string {
  if (/^(Runtime|Function)\.[A-Z][a-zA-Z]+$/.test(type)) return type;
  return type.startsWith("Function.") ? "Function.Unknown" : "Runtime.Unknown";
}
