import { type ManagedContext, toManagedContext } from "../compat/managed-context.ts";
import { isThenable } from "../compat/streamified.ts";
import { type BufferedHandler, buffered } from "../handlers/buffered.ts";

/** A function as the managed Node.js runtimes take it: what it returns is its response. */
export type PlainFunction = (event: unknown, context: ManagedContext) => unknown;

/** The older form: what it calls back with is its response. */
export type CallbackFunction = (
  event: unknown,
  context: ManagedContext,
  callback: (error?: unknown, output?: unknown) => void,
) => unknown;

/** Makes a handler of a function that returns its response or a promise of it. */
export function fromFunction(handle: PlainFunction): BufferedHandler<unknown, unknown> {
  return buffered(async (event: unknown, context) => asJson(await handle(event, toManagedContext(context))));
}

/**
 * Makes a handler of a function that gives its response to a callback. A promise that it returns counts as well; the
 * first answer wins.
 *
 * The response is sent when the callback is called. `context.callbackWaitsForEmptyEventLoop` is not waited for, although
 * it is `true`: the runtime's own connection keeps the event loop from ever being empty. What the function left running
 * goes on with the next invocation, as it does on Lambda with `false`.
 */
export function fromCallbackFunction(handle: CallbackFunction): BufferedHandler<unknown, unknown> {
  return buffered(async (event: unknown, context) => {
    const output = await new Promise<unknown>((resolve, reject) => {
      const callback = (error?: unknown, output?: unknown) => {
        if (error === undefined || error === null) resolve(output);
        else reject(error);
      };
      const result = handle(event, toManagedContext(context), callback);
      if (isThenable(result)) result.then(resolve, reject);
    });
    return asJson(output);
  });
}

/** The managed runtimes know JSON only, so bytes are sent as `JSON.stringify` writes them; `buffered` would send them raw. */
function asJson(output: unknown): unknown {
  return output instanceof Uint8Array ? JSON.parse(JSON.stringify(output)) : output;
}
