import type { LambdaContext } from "../context.ts";
import { decodeEvent, type EventOf, type EventOption } from "../event-decoder.ts";
import { type Defined, define, splitOptions } from "../handler.ts";
import type { Invocation } from "../invocation.ts";
import { encodeOutput, reportInvokeError } from "./function-error.ts";
import type { EventOptions } from "./streaming.ts";

type Handle<Event, Output> = (event: Event, context: LambdaContext) => Promise<Output> | Output;

/** Returns its response. Made with {@link buffered}. */
export type BufferedHandler<Event, Output> = Defined & Handle<Event, Output>;

/**
 * A handler that returns its response, which is sent as JSON; a `Uint8Array` is sent as it is.
 * The event is decoded JSON, unless `options.event` is `"bytes"` or a Standard Schema to validate it with.
 */
export function buffered<Event = unknown, Output = unknown>(
  handle: Handle<Event, Output>,
): BufferedHandler<Event, Output>;
export function buffered<Option extends EventOption, Output>(
  options: EventOptions<Option>,
  handle: Handle<EventOf<Option>, Output>,
): BufferedHandler<EventOf<Option>, Output>;
export function buffered(
  ...parts: [Handle<never, unknown>] | [EventOptions<EventOption>, Handle<never, unknown>]
): BufferedHandler<never, unknown> {
  const { options, handle } = splitOptions(parts);
  const decoding = options.event ?? "json";
  const execute = async (invocation: Invocation, context: LambdaContext): Promise<void> => {
    let answer: ReturnType<typeof encodeOutput>;
    try {
      const event = decodeEvent(invocation.request.event, decoding);
      const decoded = (event instanceof Promise ? await event : event) as never;
      answer = encodeOutput(await handle(decoded, context));
    } catch (error) {
      return reportInvokeError(invocation, context, error);
    }
    await invocation.respond(answer.body, answer.contentType, true);
  };
  return define(handle, { kind: "buffered", execute });
}
