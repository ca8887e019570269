/** How the caller wants the response. */
export type InvokeMode = "BUFFERED" | "RESPONSE_STREAM";

/** One invocation, as it reaches an execution environment. */
export interface InvocationRequest {
  /** The same for every attempt of one event. */
  readonly requestId: string;
  readonly event: Uint8Array;
  /** With the qualifier that was used, if one was. */
  readonly invokedFunctionArn: string;
  /** `BUFFERED` limits the response to 6,291,556 bytes, `RESPONSE_STREAM` to 200 MB. */
  readonly invokeMode: InvokeMode;
  /** Media type of the event; `application/json` unless given. */
  readonly contentType?: string | undefined;
  /** The X-Ray header. With `Sampled=1` the REPORT line names the trace. */
  readonly traceId?: string | undefined;
  /** JSON text, decoded from base64. */
  readonly clientContext?: string | undefined;
  /** JSON text. */
  readonly cognitoIdentity?: string | undefined;
  readonly tenantId?: string | undefined;
  /** Lifts or lowers the limit of the invoke mode, in bytes. */
  readonly responseLimitBytes?: number | undefined;
}

/** How a response begins. */
export interface ResponseStart {
  /** As the runtime sent it. */
  readonly contentType: string | undefined;
  /** Whether the runtime announced a streamed response. On AWS the caller's invoke mode decides, not this. */
  readonly isStreaming: boolean;
}

/** How an invocation ended for its caller. */
export type InvocationEnd =
  | { readonly kind: "complete" }
  /**
   * The response had begun and did not end well: with an error of the function in its trailers, or, when streamed, cut
   * off by a failure of the function's process or its timeout.
   */
  | {
      readonly kind: "streamError";
      /** The trailer as the runtime sent it, or a type of the platform such as `Runtime.TruncatedResponse`. */
      readonly errorType: string;
      /** JSON text if the runtime sent any; empty for a failure that the platform found. */
      readonly errorBody: string;
    }
  /** The function reported an error: nothing of a response was sent. */
  | {
      readonly kind: "functionError";
      readonly errorType: string;
      /** Verbatim. */
      readonly payload: Uint8Array;
      readonly contentType: string | undefined;
    }
  /** The platform found a failure. Whatever came of a buffered response does not count. */
  | {
      readonly kind: "platformError";
      readonly errorType: string;
      readonly errorMessage: string;
      /** The error document that `Invoke` answers with. */
      readonly payload: Uint8Array;
    };

/** Who gets a response, piece by piece as the runtime writes it. */
export interface InvocationReceiver {
  /** Not called when there is no response, only an error. */
  start(start: ResponseStart): void;
  /**
   * Takes bytes, which stay as they are: at most one chunk of the runtime's.
   * @returns a promise while it can take no more. The function's writes wait as long. A rejection counts as leaving.
   */
  chunk(bytes: Uint8Array): Promise<void> | undefined;
  /** Called exactly once, and nothing after it. After a failure it may come while a promise of `chunk` is pending. */
  end(end: InvocationEnd): void;
}

/** An invocation that has begun. */
export interface Invocation {
  readonly requestId: string;
  /** Resolves when the invocation is over and its log is complete, which may be long after the response has ended. */
  readonly done: Promise<InvocationReport>;
  /** Resolves when the environment can take another invocation, or never will. */
  readonly released: Promise<void>;
  /**
   * The caller has left. The function runs on; what it still sends is read and discarded.
   * @param onlooker - is told of it instead; must never hold it up.
   */
  detach(onlooker?: InvocationReceiver): void;
  /**
   * As `detach`, and the runtime's connection is broken off in the middle of the response, as soon as there is one: a
   * runtime can tell its handler. AWS never does this.
   */
  abandon(onlooker?: InvocationReceiver): void;
}

/** What REPORT says of an invocation, and more. */
export interface InvocationReport {
  readonly requestId: string;
  readonly status: "success" | "error" | "timeout";
  /** Why the environment had to be reset. A handler's error is a success of the environment. */
  readonly errorType: string | undefined;
  readonly durationMs: number;
  readonly billedDurationMs: number;
  /** Only where the Init phase preceded this invocation. */
  readonly initDurationMs: number | undefined;
  readonly memorySizeMb: number;
  readonly maxMemoryUsedMb: number;
  /** Bytes of the response, delivered or discarded. */
  readonly producedBytes: number;
  /** From the delivery of the event to the beginning of the response. */
  readonly responseLatencyMs: number | undefined;
  /** From the beginning of the response to its end. */
  readonly responseDurationMs: number | undefined;
  readonly logStreamName: string;
  /** Whether the caller had left before the end. */
  readonly isDetached: boolean;
}
