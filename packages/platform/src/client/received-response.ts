import { type TimedChunk, timedChunk } from "@sluice/protocol";

/** An HTTP answer as its client received it. */
export interface ReceivedResponse {
  readonly kind: "stream";
  readonly status: number;
  readonly headers: Headers;
  /** The body in the pieces in which it arrived; `atMs` counts from the call of `receive`. */
  readonly chunks: readonly TimedChunk[];
  /** The whole body as text. */
  readonly text: string;
  /** Why the body is not whole: the connection broke off. */
  readonly error: { readonly errorType: "BrokenOff"; readonly errorMessage: string } | undefined;
  readonly endedAtMs: number;
}

/**
 * Reads an answer to its end, and notes when each piece of it arrives. A connection that breaks off does not make it
 * reject; it is in `error`.
 *
 * @example
 * ```ts
 * const received = await receive(await platform.function("Numbers").fetch("/"));
 * expect(received).toHaveArrivedInPieces(4);
 * ```
 */
export async function receive(response: Response): Promise<ReceivedResponse> {
  const startedMs = performance.now();
  const chunks: TimedChunk[] = [];
  let error: ReceivedResponse["error"];
  try {
    for await (const piece of response.body ?? []) {
      chunks.push(timedChunk(piece, performance.now() - startedMs));
    }
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    error = { errorType: "BrokenOff", errorMessage: cause instanceof Error ? cause.message : String(cause) };
  }
  return {
    kind: "stream",
    status: response.status,
    headers: response.headers,
    chunks,
    text: Buffer.concat(chunks).toString(),
    error,
    endedAtMs: performance.now() - startedMs,
  };
}
