import type { AsyncLocalStorage } from "node:async_hooks";
import type { LambdaContext } from "./context.ts";

/**
 * Which invocation the running code belongs to. With one invocation at a time that is the last one that began; with
 * several it is kept per asynchronous call chain.
 */
let storage: AsyncLocalStorage<LambdaContext> | undefined;
let latest: LambdaContext | undefined;

/** The context of the invocation that the calling code belongs to; undefined during init. */
export function currentContext(): LambdaContext | undefined {
  return storage === undefined ? latest : storage.getStore();
}

/** From now on several invocations run at once. */
export function separateInvocations(): void {
  const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");
  storage ??= new AsyncLocalStorage();
}

/**
 * Runs an invocation's code in its scope. With one invocation at a time, `_X_AMZN_TRACE_ID` is set for it as well: the
 * variable is the whole process's, so concurrent invocations must read {@link currentContext} instead.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-build
 */
export function runInScope<T>(context: LambdaContext, run: () => T): T {
  if (storage !== undefined) return storage.run(context, run);
  latest = context;
  if (context.traceId !== undefined) process.env["_X_AMZN_TRACE_ID"] = context.traceId;
  else delete process.env["_X_AMZN_TRACE_ID"];
  return run();
}
