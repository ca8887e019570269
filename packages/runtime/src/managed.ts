import { tagStreaming } from "./compat/streaming-tag.ts";
import { InvalidHandlerError } from "./errors.ts";
import { type Defined, define, definitionOf, type Handler } from "./handler.ts";
import { separateInvocations } from "./invocation-scope.ts";
import { executeManaged, type GivenContext } from "./managed/managed-invocation.ts";
import { type ManagedResponseStream, OutputSink, StreamSink } from "./managed/response-sinks.ts";
import type { LambdaRuntimeOptions } from "./runtime.ts";

/** A function that Lambda's own Node.js runtimes call; {@link LambdaRuntime} takes it as well. */
export type ManagedHandler = Defined &
  ((event: unknown, contextOrStream: unknown, context?: unknown) => Promise<unknown>);

/**
 * Makes a handler one that Lambda's own Node.js runtimes (`nodejs22.x`, `nodejs24.x`) run, so that one source serves
 * them and custom runtimes.
 *
 * - `buffered` returns its output. The managed runtimes know JSON only: bytes that aren't JSON fail the invocation.
 * - `streaming`, `web` and `background` stream. Invoked with a buffered `Invoke`, or behind an HTTP API, Lambda collects
 *   the stream, so a `web` handler whose response mode is buffered, or "auto" with an HTTP API, works there too.
 * - `background` answers with a stream of content type `application/json` that ends with `respond()`; the caller has it
 *   then, and the handler works on. There is no other way to answer before the handler returns.
 *
 * Status and headers are sent in every case, also before an empty body. A promise for the end of a response resolves when
 * its bytes have left the process, since the managed runtimes don't tell when Lambda has accepted them. Events that a
 * handler wants as bytes are JSON again, not the caller's own bytes. Errors are reported by the managed runtime: always
 * in trailers for what streams.
 *
 * @param handler - made with `streaming`, `buffered`, `background` or `web`.
 * @throws {InvalidHandlerError} for anything else.
 *
 * @example
 * ```ts
 * export const handler = managed(streaming(async (event, response) => {
 *   await response.writeAndFinish("Hello\n");
 * }));
 * // Does nothing under a managed runtime, which calls the export.
 * await new LambdaRuntime(handler).run();
 * ```
 * @see https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
 */
export function managed(
  handler: Handler,
  options: Pick<LambdaRuntimeOptions, "deadlineMarginMs"> = {},
): ManagedHandler {
  const definition = definitionOf(handler);
  if (definition === undefined) {
    throw new InvalidHandlerError(
      "managed() takes a handler made with streaming(), buffered(), background() or web().",
    );
  }
  if (process.env["AWS_LAMBDA_MAX_CONCURRENCY"] !== undefined) separateInvocations();
  if (definition.kind === "buffered") {
    const handle = (event: unknown, context: unknown) =>
      executeManaged(definition, event, context as GivenContext, new OutputSink(), options);
    return define(handle, definition);
  }
  const handle = (event: unknown, stream: unknown, context: unknown) => {
    const sink = new StreamSink(stream as ManagedResponseStream);
    return executeManaged(definition, event, context as GivenContext, sink, options);
  };
  return tagStreaming(define(handle, definition));
}
