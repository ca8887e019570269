import type { InvocationRequest } from "./invocation.ts";
import type { Log, Logger } from "./logging.ts";

/** What the function's configuration says, as Lambda passes it in environment variables. */
export interface FunctionIdentity {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly memoryLimitMb: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/** Reads {@link FunctionIdentity} from the variables that Lambda sets. */
export function functionIdentity(environment: NodeJS.ProcessEnv): FunctionIdentity {
  return {
    functionName: environment["AWS_LAMBDA_FUNCTION_NAME"] ?? "",
    functionVersion: environment["AWS_LAMBDA_FUNCTION_VERSION"] ?? "",
    memoryLimitMb: Number(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] ?? 0),
    logGroupName: environment["AWS_LAMBDA_LOG_GROUP_NAME"] ?? "",
    logStreamName: environment["AWS_LAMBDA_LOG_STREAM_NAME"] ?? "",
  };
}

/** Who called through the AWS Mobile SDK. */
export interface CognitoIdentity {
  readonly cognitoIdentityId: string;
  readonly cognitoIdentityPoolId: string;
}

/** How {@link LambdaContext.signal} and the clock behave. */
export interface ContextOptions {
  /** How long before the deadline the signal aborts, in milliseconds; 500 unless set. */
  readonly deadlineMarginMs?: number | undefined;
}

/**
 * What a handler knows about its invocation.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next
 */
export class LambdaContext implements FunctionIdentity {
  /** Request ID. Retries of an asynchronous invocation share it. */
  readonly requestId: string;
  /** The ARN as it was invoked, with version or alias when one was used. */
  readonly invokedFunctionArn: string;
  /** The X-Ray tracing header, if there is tracing data. */
  readonly traceId: string | undefined;
  /** Tenant ID of a function with tenant isolation. */
  readonly tenantId: string | undefined;
  readonly functionName: string;
  readonly functionVersion: string;
  /** Configured memory, in MB. */
  readonly memoryLimitMb: number;
  readonly logGroupName: string;
  readonly logStreamName: string;

  readonly #request: InvocationRequest;
  readonly #options: ContextOptions;
  readonly #log: Log;
  #logger: Logger | undefined;
  #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #controller: AbortController | undefined;

  constructor(request: InvocationRequest, identity: FunctionIdentity, log: Log, options: ContextOptions) {
    this.requestId = request.requestId;
    this.invokedFunctionArn = request.invokedFunctionArn;
    this.traceId = request.traceId;
    this.tenantId = request.tenantId;
    this.functionName = identity.functionName;
    this.functionVersion = identity.functionVersion;
    this.memoryLimitMb = identity.memoryLimitMb;
    this.logGroupName = identity.logGroupName;
    this.logStreamName = identity.logStreamName;
    this.#request = request;
    this.#options = options;
    this.#log = log;
  }

  /** Writes log lines that carry the request ID. */
  get logger(): Logger {
    this.#logger ??= this.#log.logger(() => this);
    return this.#logger;
  }

  /** The moment at which Lambda stops the function. */
  get deadline(): Date {
    return new Date(this.#request.deadlineMs);
  }

  /** Time left until the deadline, in milliseconds; 0 once it has passed. */
  remainingTimeMs(): number {
    return Math.max(0, this.#request.deadlineMs - Date.now());
  }

  /**
   * What the caller put into the client context, parsed.
   * @throws {SyntaxError} if it isn't JSON.
   */
  get clientContext(): unknown {
    const text = this.#request.clientContext;
    return text === undefined ? undefined : JSON.parse(text);
  }

  /**
   * The caller's Cognito identity, when it came through the AWS Mobile SDK.
   * @throws {SyntaxError} if Lambda's header isn't JSON.
   */
  get identity(): CognitoIdentity | undefined {
    const text = this.#request.cognitoIdentity;
    return text === undefined ? undefined : JSON.parse(text);
  }

  /**
   * Aborts shortly before the deadline, by default 500 ms, so that a stream can be ended with grace
   * (`deadlineMarginMs` of the runtime's options), and when the local server gives an invocation up.
   */
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.#signal = controller.signal;
      const delay = this.remainingTimeMs() - (this.#options.deadlineMarginMs ?? 500);
      const abort = () => controller.abort(new DOMException("The deadline is near.", "TimeoutError"));
      // Past 2^31 - 1 ms a timer fires at once.
      if (delay <= 0) abort();
      else this.#timer = setTimeout(abort, Math.min(delay, 2 ** 31 - 1)).unref();
    }
    return this.#signal;
  }

  /** Aborts {@link signal} now, if anyone looked at it. @internal */
  abort(reason: Error): void {
    clearTimeout(this.#timer);
    this.#controller?.abort(reason);
  }

  /** The invocation is over: no timer is left behind. @internal */
  close(): void {
    clearTimeout(this.#timer);
  }
}
