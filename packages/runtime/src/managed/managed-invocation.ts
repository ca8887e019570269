import type { FunctionErrorDocument } from "@sluice/protocol";
import { type ContextOptions, type FunctionIdentity, LambdaContext } from "../context.ts";
import { describeError } from "../errors.ts";
import { ParsedEvent } from "../event-decoder.ts";
import type { HandlerDefinition } from "../handler.ts";
import type { Invocation, InvocationRequest, ResponseSink } from "../invocation.ts";
import { runInScope } from "../invocation-scope.ts";
import { Log, type LogLevel, type LogSubject } from "../logging.ts";
import type { ManagedSink } from "./response-sinks.ts";

/** What is used of a managed runtime's context object. */
export interface GivenContext {
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly clientContext?: unknown;
  readonly identity?: unknown;
  readonly tenantId?: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Runs one invocation that a managed runtime has received.
 * @returns what the managed runtime is to send, for a handler that it does not stream.
 * @throws what the handler failed with, so that the managed runtime reports it.
 */
export async function executeManaged(
  definition: HandlerDefinition,
  event: unknown,
  given: GivenContext,
  sink: ManagedSink,
  options: ContextOptions,
): Promise<unknown> {
  const invocation = new ManagedInvocation(toRequest(event, given), sink);
  const context = new LambdaContext(invocation.request, toIdentity(given), new ConsoleLog(), options);
  try {
    await runInScope(context, () => definition.execute(invocation, context));
    if (sink.failure === undefined) return sink.output();
  } catch (error) {
    throw toError(describeError(error));
  } finally {
    context.close();
  }
  throw toError(sink.failure);
}

/** An invocation whose answer goes through the managed runtime. */
class ManagedInvocation implements Invocation {
  readonly request: InvocationRequest;
  readonly abandoned = undefined;
  readonly #sink: ResponseSink;

  constructor(request: InvocationRequest, sink: ResponseSink) {
    this.request = request;
    this.#sink = sink;
  }

  async respond(body: string | Uint8Array, contentType: string): Promise<void> {
    await this.#sink.write(body, contentType);
    await this.#sink.finish(contentType);
  }

  reportError(error: FunctionErrorDocument): Promise<void> {
    return this.#sink.fail(error);
  }

  stream(): ResponseSink {
    return this.#sink;
  }

  abort(error: FunctionErrorDocument): Promise<void> {
    return this.#sink.fail(error);
  }
}

/** Writes through the console, to which the managed runtime gives Lambda's log format and level. */
class ConsoleLog extends Log {
  constructor() {
    super({}, () => {});
  }

  override line(level: LogLevel, _subject: LogSubject | undefined, parameters: readonly unknown[]): void {
    // The managed runtime writes the same line about what the handler throws.
    if (parameters[0] === "Invoke Error") return;
    const sink = console as Console & { fatal?: Console["error"] };
    const write = level === "FATAL" ? (sink.fatal ?? sink.error) : sink[methods[level]];
    write.apply(console, [...parameters]);
  }
}

const methods = { TRACE: "trace", DEBUG: "debug", INFO: "info", WARN: "warn", ERROR: "error" } as const;

function toRequest(event: unknown, given: GivenContext): InvocationRequest {
  return {
    requestId: given.awsRequestId,
    deadlineMs: Date.now() + given.getRemainingTimeInMillis(),
    invokedFunctionArn: given.invokedFunctionArn,
    traceId: currentTraceId(),
    // Parsed already; text again only for who asks.
    get clientContext() {
      return toJson(given.clientContext);
    },
    get cognitoIdentity() {
      return toJson(given.identity);
    },
    tenantId: given.tenantId || undefined,
    event: new ParsedEvent(event),
  };
}

function toJson(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function toIdentity(given: GivenContext): FunctionIdentity {
  const { functionName, functionVersion, logGroupName, logStreamName } = given;
  const memoryLimitMb = Number(given.memoryLimitInMB);
  return { functionName, functionVersion, memoryLimitMb, logGroupName, logStreamName };
}

/** With several invocations at once the variable would be another one's. */
function currentTraceId(): string | undefined {
  const { awslambda } = globalThis as { awslambda?: { InvokeStore?: { getXRayTraceId(): unknown } } };
  const kept = awslambda?.InvokeStore?.getXRayTraceId();
  if (typeof kept === "string" && kept !== "") return kept;
  return process.env["AWS_LAMBDA_MAX_CONCURRENCY"] === undefined
    ? process.env["_X_AMZN_TRACE_ID"] || undefined
    : undefined;
}

/** The managed runtimes report an error's name as its type, and its stack line by line. */
function toError({ errorType, errorMessage, trace }: FunctionErrorDocument): Error {
  return Object.assign(new Error(errorMessage), { name: errorType, stack: trace.join("\n") });
}
