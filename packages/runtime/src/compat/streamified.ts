import type { LambdaContext } from "../context.ts";
import { MalformedStreamingHandlerError, ResponseStreamNotEndedError } from "../errors.ts";
import { decodeEvent } from "../event-decoder.ts";
import { type Defined, define } from "../handler.ts";
import { executeStreaming } from "../handlers/streaming.ts";
import type { Invocation } from "../invocation.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";
import type { StreamifyHandler } from "./awslambda.ts";
import { toManagedContext } from "./managed-context.ts";
import { type NodeResponseStream, nodeResponseStreamClass } from "./node-response-stream.ts";
import type { StreamingTag } from "./streaming-tag.ts";

/**
 * Makes a handler of a function that `awslambda.streamifyResponse` tagged.
 *
 * It runs as under AWS's own client, with these differences, all of them failures:
 * - An error before the first byte is an invocation error; there it is a trailer after an empty body.
 * - A function that returns without having ended its stream, and without anything else that ends it, fails shortly
 *   before its deadline; there it times out. Work that it left behind, such as an unawaited `pipe`, may end the stream
 *   until then.
 */
export function fromStreamified(handle: StreamifyHandler<never>, { highWaterMark }: StreamingTag): Defined {
  const ResponseStream = nodeResponseStreamClass();
  const run = async (
    invocation: Invocation,
    context: LambdaContext,
    writer: ResponseStreamWriter,
  ): Promise<void> => {
    const event = decodeEvent(invocation.request.event, "json") as never;
    const managedContext = toManagedContext(context);
    const stream = new ResponseStream(writer, highWaterMark);
    try {
      const result: unknown = handle(event, stream, managedContext);
      if (!isThenable(result)) {
        // AWS's text.
        throw new MalformedStreamingHandlerError("Streaming does not support non-async handlers.");
      }
      if ((await result) !== undefined) {
        context.logger.warn("What a streaming handler returns is not sent. Write it to the response stream.");
      }
      await untilClosed(stream, context);
    } catch (error) {
      await untilWritten(stream);
      writer.fail(error).catch(() => {
        // The writer's settled() says the same.
      });
      // Stops what still writes.
      stream.destroy();
      throw error;
    }
  };
  return define(handle, {
    kind: "streaming",
    execute: (invocation, context) => executeStreaming(invocation, context, run),
  });
}

/** Whether a function's result is a promise in the eyes of the managed runtimes. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Waits until the stream has finished or failed; once the deadline is near, only for a stream that was ended. */
function untilClosed(stream: NodeResponseStream, context: LambdaContext): Promise<void> {
  if (stream.closed) return Promise.resolve();
  const { signal } = context;
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      if (stream.writableEnded) return;
      reject(
        new ResponseStreamNotEndedError("The handler has returned, but its response stream was never ended."),
      );
    };
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    stream.once("close", () => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    });
  });
}

/** Waits until what was written before an error is on its way: it comes before the error. */
function untilWritten(stream: NodeResponseStream): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once("close", resolve);
    if (stream.writableEnded) return;
    if (stream.writableLength === 0) return resolve();
    while (stream.writableCorked > 0) stream.uncork();
    stream.write("", () => resolve());
  });
}
