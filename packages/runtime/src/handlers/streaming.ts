import type { LambdaContext } from "../context.ts";
import { ResponseClosedError, ResponseNotFinishedError } from "../errors.ts";
import { decodeEvent, type EventOf, type EventOption } from "../event-decoder.ts";
import { type Defined, define, splitOptions } from "../handler.ts";
import type { Invocation } from "../invocation.ts";
import { ResponseStreamWriter } from "../response-stream.ts";
import { logInvokeError } from "./function-error.ts";

type Handle<Event> = (event: Event, response: ResponseStreamWriter, context: LambdaContext) => Promise<void>;

/** Streams its response. Made with {@link streaming}. */
export type StreamingHandler<Event> = Defined & Handle<Event>;

/** How a handler wants its event. */
export interface EventOptions<Option extends EventOption> {
  readonly event: Option;
}

/**
 * A handler that streams its response: status and headers if it wants them, then bytes, then `finish`.
 *
 * The event is decoded JSON, unless `options.event` is `"bytes"` or a Standard Schema to validate it with. What the
 * handler throws becomes an invocation error before its first byte, an error trailer after it, and a log line after
 * `finish`.
 *
 * @example
 * ```ts
 * export const handler = streaming(async (event: { name: string }, response) => {
 *   await response.writeStatusAndHeaders({ statusCode: 200, headers: { "Content-Type": "text/plain" } });
 *   await response.write("Hello, ");
 *   await response.writeAndFinish(`${event.name}\n`);
 * });
 * ```
 */
export function streaming<Event = unknown>(handle: Handle<Event>): StreamingHandler<Event>;
export function streaming<Option extends EventOption>(
  options: EventOptions<Option>,
  handle: Handle<EventOf<Option>>,
): StreamingHandler<EventOf<Option>>;
export function streaming(
  ...parts: [Handle<never>] | [EventOptions<EventOption>, Handle<never>]
): StreamingHandler<never> {
  const { options, handle } = splitOptions(parts);
  const run = (invocation: Invocation, context: LambdaContext, response: ResponseStreamWriter) => {
    const event = decodeEvent(invocation.request.event, options.event ?? "json");
    if (event instanceof Promise) return event.then((value) => handle(value as never, response, context));
    return handle(event as never, response, context);
  };
  return define(handle, {
    kind: "streaming",
    execute: (invocation, context) => executeStreaming(invocation, context, run),
  });
}

/** Runs whatever writes a streamed response, and sees to it that the response ends. */
export async function executeStreaming(
  invocation: Invocation,
  context: LambdaContext,
  run: (invocation: Invocation, context: LambdaContext, response: ResponseStreamWriter) => Promise<void>,
): Promise<void> {
  const response = new ResponseStreamWriter(invocation.stream());
  try {
    await run(invocation, context, response);
    if (!response.isFinished && !response.isFailed) throw new ResponseNotFinishedError();
  } catch (error) {
    if (response.isFinished) {
      context.logger.error("Error after the response was finished:", error);
    } else if (response.isFailed) {
      const isConsequence = error === response.failure || error instanceof ResponseClosedError;
      if (!isConsequence) context.logger.error("Error after the response had failed:", error);
    } else {
      response.fail(error).catch(() => {
        // settled() below says the same.
      });
    }
  }
  await response.settled();
  if (response.isFailed) logInvokeError(context, response.failure);
}
