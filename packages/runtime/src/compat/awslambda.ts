import { httpIntegrationContentType } from "@sluice/protocol";
import { InvocationScopeStore, type InvokeStore } from "./invoke-store.ts";
import type { ManagedContext } from "./managed-context.ts";
import type { NodeResponseStream } from "./node-response-stream.ts";
import { tagStreaming } from "./streaming-tag.ts";

/** A function that streams its response, as `awslambda.streamifyResponse` takes it. */
export type StreamifyHandler<Event = unknown> = (
  event: Event,
  responseStream: NodeResponseStream,
  context: ManagedContext,
) => Promise<void>;

/** How a streamed response is written. */
export interface StreamifyOptions {
  /** How many bytes the stream holds before `write` returns `false`; Node's default unless set. */
  readonly highWaterMark?: number | undefined;
}

/** Puts status and headers before a stream. */
export interface HttpResponseStream {
  /**
   * Sends `prelude` as JSON, and the eight NUL bytes that end it, before the first bytes of the body; with an empty body,
   * before its end.
   *
   * @param prelude - `statusCode`, `headers`, `multiValueHeaders`, `cookies`. Sent as it is: whoever receives it checks it.
   * @returns `responseStream` itself.
   * @throws {InvalidStreamingOperationError} after the first write.
   * @throws {TypeError} if JSON can't hold the prelude.
   */
  from<Stream extends Pick<NodeResponseStream, "setContentType" | "_onBeforeFirstWrite">>(
    responseStream: Stream,
    prelude: object,
  ): Stream;
}

/** The `awslambda` global of the managed Node.js runtimes. */
export interface AwsLambda {
  /**
   * Tells the runtime to run `handler` with a response stream. Tags the function itself and returns it.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
   */
  streamifyResponse<Event = unknown>(
    handler: StreamifyHandler<Event>,
    options?: StreamifyOptions,
  ): StreamifyHandler<Event>;
  readonly HttpResponseStream: HttpResponseStream;
  /** Data of the invocation under way. Absent only on managed runtimes that are older than it. */
  readonly InvokeStore?: InvokeStore | undefined;
}

/** Where {@link installAwsLambda} puts the global. */
export interface AwsLambdaScope {
  awslambda?: Partial<AwsLambda> | undefined;
}

const delimiter = "\0".repeat(8);

const httpResponseStream: HttpResponseStream = {
  from(responseStream, prelude) {
    const text = JSON.stringify(prelude);
    if (text === undefined)
      throw new TypeError("HttpResponseStream.from() takes an object that JSON can hold.");
    responseStream.setContentType(httpIntegrationContentType);
    responseStream._onBeforeFirstWrite = (write) => write(text + delimiter);
    return responseStream;
  },
};

/**
 * Makes the `awslambda` global, unless a managed runtime has brought its own.
 *
 * @param environment - with `AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA` at `1` or `true` nothing global is set.
 * @param scope - `globalThis`.
 * @returns what is, or would be, the global.
 */
export function installAwsLambda(environment: NodeJS.ProcessEnv, scope: AwsLambdaScope): AwsLambda {
  const existing = scope.awslambda;
  if (existing?.streamifyResponse !== undefined && existing.HttpResponseStream !== undefined) {
    return existing as AwsLambda;
  }
  const made: AwsLambda = {
    ...existing,
    streamifyResponse: (handler, options) => tagStreaming(handler, options?.highWaterMark),
    HttpResponseStream: httpResponseStream,
    InvokeStore: new InvocationScopeStore(),
  };
  const isRefused = ["1", "true"].includes(environment["AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA"] ?? "");
  if (!isRefused) scope.awslambda = made;
  return made;
}
