import type { LambdaContext } from "../context.ts";
import { EventValidationError, NotAnHttpEventError } from "../errors.ts";
import { decodeEvent, type StandardSchemaV1 } from "../event-decoder.ts";
import type { HttpEvent } from "../events.ts";
import { type Defined, define, splitOptions } from "../handler.ts";
import type { Invocation } from "../invocation.ts";
import { pipe } from "../pipe.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";
import {
  isHttpEvent,
  RequestMethodError,
  responseFormat,
  toBufferedResult,
  toHttpPrelude,
  toRequest,
} from "../web-event.ts";
import { encodeOutput, reportInvokeError } from "./function-error.ts";
import { executeStreaming } from "./streaming.ts";

/** How an HTTP response leaves a web handler. */
export type ResponseMode = "auto" | "stream" | "buffered";

/** The context of a web handler: it has the event that the request was made from, as the schema yields it. */
export type WebContext<Event = HttpEvent> = LambdaContext & { readonly event: Event };

type Handle<Event> = (request: Request, context: WebContext<Event>) => Response | Promise<Response>;

/** Answers Web-standard requests. Made with {@link web}. */
export type WebHandler<Event = HttpEvent> = Defined & Handle<Event>;

/** What a web handler can be told. */
export interface WebHandlerOptions<Schema extends StandardSchemaV1> {
  /** Validates the event; a mismatch is answered with 400 and the places that are wrong. */
  readonly event?: Schema | undefined;
  /**
   * `"stream"` for a Function URL with `RESPONSE_STREAM` and a REST API with `STREAM`; `"buffered"` for the JSON result
   * that an HTTP API or a buffered integration wants. `"auto"`, the default, streams to REST APIs and Function URLs and
   * buffers for HTTP APIs, which can't stream. An event does not tell the invoke mode, so say `"buffered"` behind a
   * Function URL or a REST API that buffers.
   */
  readonly responseMode?: ResponseMode | undefined;
}

/**
 * A handler of Web-standard requests, such as a framework's `fetch`, over REST API, HTTP API and Function URL events.
 * The request's signal is `context.signal`.
 *
 * @example
 * ```ts
 * export const handler = web((request) => app.fetch(request));
 * ```
 */
export function web(handle: Handle<HttpEvent>): WebHandler;
export function web<Schema extends StandardSchemaV1 = StandardSchemaV1<unknown, HttpEvent>>(
  options: WebHandlerOptions<Schema>,
  handle: Handle<StandardSchemaV1.Output<Schema>>,
): WebHandler<StandardSchemaV1.Output<Schema>>;
export function web(
  ...parts: [Handle<never>] | [WebHandlerOptions<StandardSchemaV1>, Handle<never>]
): WebHandler<never> {
  const { options, handle } = splitOptions(parts);
  const mode = options.responseMode ?? "auto";

  const execute = async (invocation: Invocation, context: LambdaContext): Promise<void> => {
    let event: HttpEvent;
    try {
      const decoded = decodeEvent(invocation.request.event, "json");
      if (!isHttpEvent(decoded)) throw new NotAnHttpEventError();
      event = decoded;
    } catch (error) {
      return reportInvokeError(invocation, context, error);
    }
    const answer = () => answerRequest(event, invocation, context, options.event, handle);
    if ((mode === "auto" ? responseFormat(event) : mode) === "stream") {
      return executeStreaming(invocation, context, async (_invocation, _context, response) => {
        await streamAnswer(await answer(), event, response);
      });
    }
    let output: ReturnType<typeof encodeOutput>;
    try {
      output = encodeOutput(await toBufferedResult(await answer(), event));
    } catch (error) {
      return reportInvokeError(invocation, context, error);
    }
    await invocation.respond(output.body, output.contentType);
  };
  return define(handle, { kind: "web", execute });
}

async function answerRequest(
  event: HttpEvent,
  invocation: Invocation,
  context: LambdaContext,
  schema: StandardSchemaV1 | undefined,
  handle: Handle<never>,
): Promise<Response> {
  let request: Request;
  let validated: unknown = event;
  try {
    request = toRequest(event, context.signal);
    keepUntilAbort(request, context.signal);
    if (schema !== undefined) validated = await decodeEvent(invocation.request.event, schema);
  } catch (error) {
    if (error instanceof EventValidationError) {
      return Response.json({ message: error.message, issues: error.issues }, { status: 400 });
    }
    if (error instanceof RequestMethodError) {
      return Response.json({ message: error.message }, { status: error.statusCode });
    }
    throw error;
  }
  const webContext = Object.assign(context, { event: validated as never });
  const response = await handle(request, webContext);
  if (!(response instanceof Response)) {
    throw new TypeError("A web handler returns a Response, and this one returned something else.");
  }
  // Found out before status and headers have left.
  if (response.bodyUsed || response.body?.locked === true) {
    throw new TypeError("The body of the Response that the web handler returned was read already.");
  }
  return response;
}

/**
 * A request's own signal does not abort once the request was collected, and a handler that only waits for it is all that
 * would hold the request.
 */
function keepUntilAbort(request: Request, signal: AbortSignal): void {
  signal.addEventListener("abort", () => void request.signal, { once: true });
}

async function streamAnswer(
  answer: Response,
  event: HttpEvent,
  response: ResponseStreamWriter,
): Promise<void> {
  await response.writeStatusAndHeaders(toHttpPrelude(answer, event));
  if (answer.body === null) await response.finish();
  else await pipe(answer.body, response);
}
