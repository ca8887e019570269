import { EventStreamDecoder, type TimedChunk, timedChunk } from "@sluice/protocol";
import type { InvocationRecord } from "../trace/invocation-record.ts";

/**
 * The response of `InvokeWithResponseStream` while it arrives. To read it to its end, or to leave, is the caller's: a stream
 * that nobody reads holds its function up.
 */
export class InvocationStream implements AsyncIterable<TimedChunk> {
  readonly requestId: string;
  readonly #chunks: AsyncGenerator<TimedChunk, void, undefined>;
  readonly #leaving: AbortController;
  readonly #whenOver: () => Promise<InvocationRecord>;

  /** @param leaving - aborts the request that brought the response. */
  constructor(
    response: Response,
    startedMs: number,
    leaving: AbortController,
    whenOver: (requestId: string) => Promise<InvocationRecord>,
  ) {
    this.requestId = response.headers.get("x-amzn-requestid") ?? "";
    this.#leaving = leaving;
    this.#whenOver = () => whenOver(this.requestId);
    this.#chunks = payloadsOf(response, startedMs);
  }

  /** The pieces as they arrive, with the time since the call. Who breaks out of the loop leaves. */
  [Symbol.asyncIterator](): AsyncIterator<TimedChunk, void, undefined> {
    return this.#chunks;
  }

  /** Breaks the connection off. The function runs on, as on AWS. */
  leave(): void {
    this.#leaving.abort();
  }

  /** Reads what is left, and resolves when the invocation is over. */
  async over(): Promise<InvocationRecord> {
    if (!this.#leaving.signal.aborted) for await (const _ of this.#chunks);
    return this.#whenOver();
  }
}

async function* payloadsOf(
  response: Response,
  startedMs: number,
): AsyncGenerator<TimedChunk, void, undefined> {
  const decoder = new EventStreamDecoder();
  for await (const piece of response.body ?? []) {
    for (const { headers, payload } of decoder.push(piece)) {
      // The end says no more than the record does.
      if (headers.get(":event-type")?.value !== "PayloadChunk") continue;
      yield timedChunk(payload, performance.now() - startedMs);
    }
  }
  decoder.end();
}
