import type { LambdaContext } from "../context.ts";
import { RespondError } from "../errors.ts";
import { decodeEvent, type EventOf, type EventOption } from "../event-decoder.ts";
import { type Defined, define, splitOptions } from "../handler.ts";
import type { Invocation } from "../invocation.ts";
import { encodeOutput, reportInvokeError } from "./function-error.ts";
import type { EventOptions } from "./streaming.ts";

type Respond<Output> = (output: Output) => Promise<void>;
type Handle<Event, Output> = (
  event: Event,
  respond: Respond<Output>,
  context: LambdaContext,
) => Promise<void>;

/** Responds and works on. Made with {@link background}. */
export type BackgroundHandler<Event, Output> = Defined & Handle<Event, Output>;

/**
 * A handler that answers with `respond(output)` and works on: the caller has its answer, and the execution environment
 * takes no other event until the returned promise settles. `respond` is called once; it resolves when Lambda has
 * accepted the output, which is encoded as {@link buffered} does. Work left over counts towards the function's timeout.
 */
export function background<Event = unknown, Output = unknown>(
  handle: Handle<Event, Output>,
): BackgroundHandler<Event, Output>;
export function background<Option extends EventOption, Output>(
  options: EventOptions<Option>,
  handle: Handle<EventOf<Option>, Output>,
): BackgroundHandler<EventOf<Option>, Output>;
export function background(
  ...parts: [Handle<never, unknown>] | [EventOptions<EventOption>, Handle<never, unknown>]
): Defined {
  const { options, handle } = splitOptions(parts);
  const decoding = options.event ?? "json";
  const execute = async (invocation: Invocation, context: LambdaContext): Promise<void> => {
    let accepted: Promise<void> | undefined;
    const send = (output: unknown): Promise<void> => {
      if (accepted !== undefined) throw new RespondError("respond() was called already. Call it once.");
      const { body, contentType } = encodeOutput(output);
      accepted = invocation.respond(body, contentType);
      // A refusal is reported below, so a handler that does not wait for it must not end the process.
      accepted.catch(() => {});
      return accepted;
    };
    const respond = (output: unknown): Promise<void> => {
      try {
        return send(output);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    try {
      const event = decodeEvent(invocation.request.event, decoding);
      const decoded = (event instanceof Promise ? await event : event) as never;
      await handle(decoded, respond, context);
      if (accepted === undefined)
        throw new RespondError("The handler returned without having called respond().");
    } catch (error) {
      if (accepted === undefined) return reportInvokeError(invocation, context, error);
      context.logger.error("Error after the response was sent:", error);
    }
    await accepted;
  };
  return define(handle, { kind: "background", execute });
}
