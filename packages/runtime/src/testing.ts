import {
  type FunctionErrorDocument,
  type HttpPrelude,
  HttpPreludeDecoder,
  httpIntegrationContentType,
  type TimedChunk,
  timedChunk,
} from "@sluice/protocol";
import { functionIdentity, LambdaContext } from "./context.ts";
import { definitionOf, type Handler } from "./handler.ts";
import type { Invocation, InvocationRequest, ResponseSink } from "./invocation.ts";
import { runInScope } from "./invocation-scope.ts";
import { Log } from "./logging.ts";

export type { TimedChunk };

/** What can be said about an invocation besides its event. */
export interface InvokeOptions {
  readonly requestId?: string;
  /** Time until the deadline, in milliseconds; 3,000 unless set, a function's default timeout. */
  readonly timeoutMs?: number;
  readonly invokedFunctionArn?: string;
  readonly traceId?: string;
  readonly tenantId?: string;
  readonly clientContext?: unknown;
  readonly cognitoIdentity?: { readonly cognitoIdentityId: string; readonly cognitoIdentityPoolId: string };
  /** How long before the deadline `context.signal` aborts, in milliseconds; 500 unless set. */
  readonly deadlineMarginMs?: number;
  /** Variables such as `AWS_LAMBDA_FUNCTION_NAME` and `AWS_LAMBDA_LOG_FORMAT`; none unless set. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a handler did with an invocation. */
export interface InvokeResult {
  /** How it answered. An error that came after the first byte of a stream leaves this "stream". */
  readonly kind: "buffered" | "stream" | "error";
  /** Content type on the Runtime API. */
  readonly contentType: string | undefined;
  /** Status, headers and cookies, if the handler sent them. */
  readonly prelude: Partial<HttpPrelude> | undefined;
  /** The body as it was written, piece by piece, without the prelude: each a `Buffer` that knows when, as `atMs`. */
  readonly chunks: readonly TimedChunk[];
  /** The whole body as text. */
  readonly text: string;
  /** The error that was reported to Lambda, in either way. */
  readonly error: FunctionErrorDocument | undefined;
  /** Log lines that the runtime or `context.logger` wrote. */
  readonly logs: readonly string[];
}

/**
 * Runs one invocation of a handler without the network: the event is encoded and decoded as on Lambda, schemas
 * validate it, and everything the handler writes is kept.
 *
 * @param event - encoded as JSON, unless it is bytes.
 * @throws {TypeError} if `handler` isn't one, or writes by hand a prelude that is none.
 *
 * @example
 * ```ts
 * const result = await invoke(handler, { name: "Ada" });
 * expect(result.prelude?.statusCode).toBe(200);
 * expect(result.text).toBe("Hello, Ada\n");
 * ```
 */
export async function invoke(
  handler: Handler,
  event: unknown,
  options: InvokeOptions = {},
): Promise<InvokeResult> {
  const definition = definitionOf(handler);
  if (definition === undefined) {
    throw new TypeError("invoke() takes a handler made with streaming(), buffered(), background() or web().");
  }
  const logs: string[] = [];
  const environment = options.environment ?? {};
  const invocation = new RecordedInvocation(toRequest(event, options));
  const context = new LambdaContext(
    invocation.request,
    functionIdentity(environment),
    new Log(environment, (line) => logs.push(line)),
    options,
  );
  try {
    await runInScope(context, () => definition.execute(invocation, context));
  } finally {
    context.close();
  }
  return { ...invocation.result(), logs };
}

function toRequest(event: unknown, options: InvokeOptions): InvocationRequest {
  const { clientContext, cognitoIdentity } = options;
  return {
    requestId: options.requestId ?? crypto.randomUUID(),
    deadlineMs: Date.now() + (options.timeoutMs ?? 3_000),
    invokedFunctionArn: options.invokedFunctionArn ?? "arn:aws:lambda:us-east-1:000000000000:function:test",
    traceId: options.traceId,
    tenantId: options.tenantId,
    clientContext: clientContext === undefined ? undefined : JSON.stringify(clientContext),
    cognitoIdentity: cognitoIdentity === undefined ? undefined : JSON.stringify(cognitoIdentity),
    event: event instanceof Uint8Array ? Buffer.from(event) : Buffer.from(JSON.stringify(event) ?? "null"),
  };
}

class RecordedInvocation implements Invocation {
  readonly request: InvocationRequest;
  readonly abandoned = undefined;
  #kind: InvokeResult["kind"] = "stream";
  #contentType: string | undefined;
  #error: FunctionErrorDocument | undefined;
  readonly #pieces: TimedChunk[] = [];
  readonly #startedMs = performance.now();

  constructor(request: InvocationRequest) {
    this.request = request;
  }

  async respond(body: string | Uint8Array, contentType: string): Promise<void> {
    this.#kind = "buffered";
    this.#contentType = contentType;
    this.#keep(body);
  }

  async reportError(error: FunctionErrorDocument): Promise<void> {
    this.#kind = "error";
    this.#error = error;
  }

  async abort(error: FunctionErrorDocument): Promise<void> {
    await this.stream().fail(error);
  }

  stream(): ResponseSink {
    return {
      // Nothing gets lost on the way into memory.
      lost: new Promise(() => {}),
      write: (chunk, contentType) => {
        this.#contentType ??= contentType;
        this.#keep(chunk);
        return undefined;
      },
      finish: async (contentType) => {
        this.#contentType ??= contentType;
      },
      fail: async (error) => {
        this.#error = error;
        if (this.#contentType === undefined) this.#kind = "error";
      },
    };
  }

  #keep(bytes: string | Uint8Array): void {
    this.#pieces.push(timedChunk(bytes, performance.now() - this.#startedMs));
  }

  result(): Omit<InvokeResult, "logs"> {
    const { prelude, chunks } = splitPrelude(this.#pieces, this.#contentType, this.#error !== undefined);
    return {
      kind: this.#kind,
      contentType: this.#contentType,
      prelude,
      chunks,
      text: Buffer.concat(chunks).toString(),
      error: this.#error,
    };
  }
}

function splitPrelude(
  pieces: readonly TimedChunk[],
  contentType: string | undefined,
  isBroken: boolean,
): { prelude: Partial<HttpPrelude> | undefined; chunks: TimedChunk[] } {
  if (contentType !== httpIntegrationContentType) return { prelude: undefined, chunks: [...pieces] };
  const decoder = new HttpPreludeDecoder();
  for (const [index, piece] of pieces.entries()) {
    const decoded = decoder.push(piece);
    if (decoded.kind === "incomplete") continue;
    if (decoded.kind === "invalid") throw new TypeError(decoded.message);
    const rest = decoded.rest.length > 0 ? [timedChunk(decoded.rest, piece.atMs)] : [];
    return { prelude: decoded.prelude, chunks: [...rest, ...pieces.slice(index + 1)] };
  }
  // A response that failed may have failed within its prelude, and an empty one never began it.
  if (!isBroken && pieces.length > 0) {
    throw new TypeError("The response ended before the prelude was complete.");
  }
  return { prelude: undefined, chunks: [] };
}
