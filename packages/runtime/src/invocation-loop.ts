import { type ContextOptions, type FunctionIdentity, LambdaContext } from "./context.ts";
import {
  describeError,
  RuntimeApiConnectionError,
  RuntimeApiProtocolError,
  RuntimeApiUnrecoverableError,
} from "./errors.ts";
import type { HandlerDefinition } from "./handler.ts";
import type { Invocation, RuntimeApi } from "./invocation.ts";
import { runInScope } from "./invocation-scope.ts";
import type { Log } from "./logging.ts";

/** What every slot of the loop shares. */
export interface LoopOptions {
  readonly definition: HandlerDefinition;
  readonly identity: FunctionIdentity;
  readonly log: Log;
  readonly context: ContextOptions;
  /** Ends the loop after the invocation under way. */
  readonly signal: AbortSignal;
  /** The invocations under way, kept for the case that the process must exit. */
  readonly active: Set<Invocation>;
}

/** Attempts to reach the Runtime API before the process gives up; with the pauses between them about three seconds. */
const maxConnectionAttempts = 10;
const longestPauseMs = 1_000;

/**
 * Polls, handles and responds, one invocation at a time, until the signal aborts.
 *
 * A Runtime API that refuses a call, breaks the connection or talks nonsense is logged, and the loop goes on.
 * @throws {RuntimeApiUnrecoverableError} if it answers 500.
 * @throws {RuntimeApiConnectionError} if it can't be reached ten times in a row.
 */
export async function runLoop(api: RuntimeApi, options: LoopOptions): Promise<void> {
  const { signal } = options;
  const close = () => api.close();
  let idle = true;
  const onAbort = () => {
    if (idle) close();
  };
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      idle = true;
      const invocation = await nextInvocation(api, options);
      idle = false;
      if (invocation !== undefined) await handle(invocation, options);
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    close();
  }
}

/** Waits for an event, however often the Runtime API has to be asked; nothing once the signal has aborted. */
async function nextInvocation(
  api: RuntimeApi,
  { log, signal }: LoopOptions,
): Promise<Invocation | undefined> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await api.next();
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof RuntimeApiUnrecoverableError) throw error;
      if (error instanceof RuntimeApiConnectionError && failures >= maxConnectionAttempts) throw error;
      log.line("ERROR", undefined, [messageOf(error)]);
      await pause(Math.min(10 * 2 ** (failures - 1), longestPauseMs), signal);
    }
  }
  return undefined;
}

async function handle(invocation: Invocation, options: LoopOptions): Promise<void> {
  const { definition, identity, log, active } = options;
  const context = new LambdaContext(invocation.request, identity, log, options.context);
  active.add(invocation);
  try {
    if (Number.isFinite(invocation.request.deadlineMs)) {
      const execution = runInScope(context, () => definition.execute(invocation, context));
      await (invocation.abandoned === undefined
        ? execution
        : untilAbandoned(execution, invocation.abandoned, context));
    } else {
      const error = new RuntimeApiProtocolError(
        "The Runtime API delivered an event with a malformed deadline.",
      );
      log.line("ERROR", context, [error.message]);
      await invocation.reportError(describeError(error));
    }
  } catch (error) {
    if (error instanceof RuntimeApiUnrecoverableError) throw error;
    log.line("ERROR", context, [`The answer could not be delivered. ${messageOf(error)}`]);
  } finally {
    active.delete(invocation);
    context.close();
  }
}

/** The local server gives an invocation up at its deadline, where Lambda would end the process. */
async function untilAbandoned(
  execution: Promise<void>,
  signal: AbortSignal,
  context: LambdaContext,
): Promise<void> {
  const abandoned = Promise.withResolvers<void>();
  const abandon = () => {
    context.abort(signal.reason);
    // What the handler still does concerns nobody.
    execution.catch(() => {});
    abandoned.resolve();
  };
  signal.addEventListener("abort", abandon, { once: true });
  try {
    await Promise.race([execution, abandoned.promise]);
  } finally {
    signal.removeEventListener("abort", abandon);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
