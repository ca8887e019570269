import { closedBecause, type ResponseStreamWriter } from "./response-stream.ts";

/** What {@link pipe} reads: a web stream, a Node.js readable, or anything else that yields pieces. */
export type PipeSource =
  | ReadableStream<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>;

/**
 * Copies `source` to the response, no faster than the client reads, and finishes the response.
 *
 * Owns `source`: it is read to its end, or cancelled when the response can't be delivered any more, even while it is
 * silent. An error of the source is thrown; if the handler lets it through, it ends the response with error trailers.
 *
 * @throws the source's error.
 * @throws {ResponseClosedError} when the response can't be delivered any more.
 */
export async function pipe(source: PipeSource, response: ResponseStreamWriter): Promise<void> {
  const { signal } = response;
  const pieces = iterate(source);
  let interrupt: (reason: unknown) => void = () => {};
  // One promise for each piece: a promise for the abort that each read is raced against would hold on to every piece.
  const next = () =>
    new Promise<IteratorResult<string | Uint8Array>>((resolve, reject) => {
      interrupt = reject;
      if (signal.aborted) abort();
      else Promise.resolve(pieces.next()).then(resolve, reject);
    });
  const abort = () => interrupt(closedBecause(signal.reason));
  signal.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      const { done, value } = await next();
      if (done === true) break;
      await response.write(value);
    }
  } catch (error) {
    cancel(source, pieces, error);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
  await response.finish();
}

interface Pieces {
  next(): Promise<IteratorResult<string | Uint8Array>> | IteratorResult<string | Uint8Array>;
  return?: (reason: unknown) => unknown;
}

function iterate(source: PipeSource): Pieces {
  if (typeof source === "string") return iterate([source]);
  if ("getReader" in source) {
    // Not the stream's own iterator: its return() waits for a read under way, a reader's cancel() does not.
    const reader = source.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<string | Uint8Array>>,
      return: (reason) => reader.cancel(reason),
    };
  }
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return { next: () => iterator.next(), return: () => iterator.return?.() };
}

/** Stops a source that may be in the middle of a read. */
async function cancel(source: PipeSource, pieces: Pieces, reason: unknown): Promise<void> {
  // A Node.js readable's iterator, too, waits for the read under way, unless the readable is destroyed first.
  if (typeof source === "object" && "destroy" in source && typeof source.destroy === "function")
    source.destroy();
  try {
    await pieces.return?.(reason);
  } catch {
    // The error that led here is the one to tell.
  }
}
