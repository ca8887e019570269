import type { FunctionErrorDocument } from "@sluice/protocol";
import type { ParsedEvent } from "./event-decoder.ts";

/**
 * What `GET /runtime/invocation/next` delivers.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next
 */
export interface InvocationRequest {
  readonly requestId: string;
  /** Absolute deadline, in milliseconds since the Unix epoch. */
  readonly deadlineMs: number;
  /** The ARN as it was invoked, with version or alias when one was used. */
  readonly invokedFunctionArn: string;
  readonly traceId: string | undefined;
  /** JSON text. */
  readonly clientContext: string | undefined;
  /** JSON text. */
  readonly cognitoIdentity: string | undefined;
  readonly tenantId: string | undefined;
  /** The event's bytes, unless a managed runtime has parsed them. */
  readonly event: Buffer | ParsedEvent;
}

/** One invocation: what was asked, and the one way to answer it. Answer it once. */
export interface Invocation {
  readonly request: InvocationRequest;
  /** Aborts when the answer is of no use any more although the process lives on (local server: timeout). */
  readonly abandoned: AbortSignal | undefined;
  /**
   * Sends a buffered response. Resolves when the Runtime API has accepted it.
   * @param isLast - nothing is done after it: it may resolve when it is on its way, and `next` throws if it is refused.
   */
  respond(body: string | Uint8Array, contentType: string, isLast?: boolean): Promise<void>;
  /** Reports that the function failed before its response began. */
  reportError(error: FunctionErrorDocument): Promise<void>;
  /** The way of a streamed response. Nothing is sent before the first `write` or `finish`. */
  stream(): ResponseSink;
  /**
   * Ends an invocation whose handler can't go on (the process is about to exit): reports the error if nothing was
   * answered, ends an open stream with it, and leaves a finished answer alone.
   */
  abort(error: FunctionErrorDocument): Promise<void>;
}

/** Where a streamed response goes. Its one owner is the writer above it. */
export interface ResponseSink {
  /**
   * Writes bytes, the first of them with the head of the response.
   * @param contentType - counts for the first write only.
   * @returns a promise while downstream is full, and nothing while there is room.
   * @throws when the response can't be delivered any more.
   */
  write(chunk: string | Uint8Array, contentType: string): Promise<void> | undefined;
  /** Ends the response. Resolves when the Runtime API has accepted it whole. */
  finish(contentType: string): Promise<void>;
  /** Ends the response with an error: in trailers once bytes were written, else as an invocation error. */
  fail(error: FunctionErrorDocument): Promise<void>;
  /** Rejects, if ever, with the reason why the response can't be delivered any more. */
  readonly lost: Promise<never>;
}

/** The Runtime API as the loop sees it; the local server is another one. */
export interface RuntimeApi {
  /** Waits for the next event, for as long as it takes. */
  next(): Promise<Invocation>;
  /** Reports that the runtime could not be initialised. The process should exit afterwards. */
  reportInitError(error: FunctionErrorDocument): Promise<void>;
  /** Ends what is under way; a pending `next` rejects. */
  close(): void;
}
