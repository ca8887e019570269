import { MalformedStreamingHandlerError } from "../errors.ts";

/** Registered globally: this is how the managed Node.js runtimes recognise a function that streams its response. */
const streamingSymbol = Symbol.for("aws.lambda.runtime.handler.streaming");
const highWaterMarkSymbol = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");

/** How a tagged function wants to be run. */
export interface StreamingTag {
  /** Of the response stream, in bytes; Node's default unless set. */
  readonly highWaterMark: number | undefined;
}

/** Tags `handle` itself, as the managed runtimes do, and returns it. */
export function tagStreaming<Handle extends object>(handle: Handle, highWaterMark?: number): Handle {
  const tag = { [streamingSymbol]: "response" };
  return Object.assign(
    handle,
    highWaterMark === undefined ? tag : { ...tag, [highWaterMarkSymbol]: highWaterMark },
  );
}

/**
 * The tag of a function, or nothing if it has none.
 * @throws {MalformedStreamingHandlerError} if it is tagged for anything but a streamed response.
 */
export function streamingTagOf(handle: object): StreamingTag | undefined {
  const { [streamingSymbol]: streaming, [highWaterMarkSymbol]: highWaterMark } = handle as {
    [symbol: symbol]: unknown;
  };
  if (!streaming) return undefined;
  if (streaming !== "response") {
    throw new MalformedStreamingHandlerError(
      `The handler is tagged for streaming ${JSON.stringify(streaming) ?? String(streaming)}; only "response" can be streamed.`,
    );
  }
  const bytes = Math.trunc(Number(highWaterMark));
  return { highWaterMark: bytes > 0 && Number.isFinite(bytes) ? bytes : undefined };
}
