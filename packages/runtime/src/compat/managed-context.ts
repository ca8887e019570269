import type { CognitoIdentity, LambdaContext } from "../context.ts";

/**
 * The context object of the managed Node.js runtimes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export interface ManagedContext {
  readonly awsRequestId: string;
  /** The ARN as it was invoked, with version or alias when one was used. */
  readonly invokedFunctionArn: string;
  readonly functionName: string;
  readonly functionVersion: string;
  /** Configured memory, in MB, as text. */
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** What the caller put into the client context, parsed. */
  readonly clientContext: unknown;
  readonly identity: CognitoIdentity | undefined;
  /** Tenant ID of a function with tenant isolation. */
  readonly tenantId: string | undefined;
  /** Time left until the deadline, in milliseconds; 0 once it has passed. */
  readonly getRemainingTimeInMillis: () => number;
  /**
   * Here for functions that set it. A callback handler's response is sent when its callback is called, whatever this
   * says: see `fromCallbackFunction`.
   */
  callbackWaitsForEmptyEventLoop: boolean;
}

/**
 * Makes the context that functions for the managed runtimes expect. A plain object: functions copy and print it.
 * @throws {SyntaxError} if the client context or the identity isn't JSON.
 */
export function toManagedContext(context: LambdaContext): ManagedContext {
  return {
    awsRequestId: context.requestId,
    invokedFunctionArn: context.invokedFunctionArn,
    functionName: context.functionName,
    functionVersion: context.functionVersion,
    memoryLimitInMB: String(context.memoryLimitMb),
    logGroupName: context.logGroupName,
    logStreamName: context.logStreamName,
    clientContext: context.clientContext,
    identity: context.identity,
    tenantId: context.tenantId,
    getRemainingTimeInMillis: () => context.remainingTimeMs(),
    callbackWaitsForEmptyEventLoop: true,
  };
}
