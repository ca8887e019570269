/** Why the service takes no further invocation, as `TooManyRequestsException` says it. */
export type ThrottlingReason =
  | "ConcurrentInvocationLimitExceeded"
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded"
  | "ReservedFunctionInvocationRateLimitExceeded";

/** What a version of a function has of concurrency. */
export interface VersionUse {
  /** Invocations under way. */
  readonly concurrency: number;
  /** Invocations that it may always have. */
  readonly provisioned: number;
}

/** What a function has of concurrency. */
export interface FunctionUse {
  /** What it may have at most, and always: nobody else gets it. */
  readonly reserved: number | undefined;
  readonly versions: readonly VersionUse[];
}

/**
 * Says why a version may not have one more invocation. It uses up its provisioned concurrency first; what is beyond that
 * is taken from what its function has reserved, less what is provisioned, or else from what no function of the account
 * has for itself.
 *
 * @param functions - all of the account's, `own` among them.
 * @param account - concurrency of the account.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export function findThrottling(
  version: VersionUse,
  own: FunctionUse,
  functions: Iterable<FunctionUse>,
  account: number,
): ThrottlingReason | undefined {
  if (version.concurrency < version.provisioned) return undefined;
  if (own.reserved !== undefined) {
    const isFree = claimed(own) < own.reserved;
    return isFree ? undefined : "ReservedFunctionConcurrentInvocationLimitExceeded";
  }
  let free = account;
  for (const use of functions) free -= use.reserved ?? claimed(use);
  return free > 0 ? undefined : "ConcurrentInvocationLimitExceeded";
}

/** What nobody else can have: what is provisioned, used or not, and what is under way beyond it. */
function claimed({ versions }: FunctionUse): number {
  let sum = 0;
  for (const { concurrency, provisioned } of versions) sum += Math.max(concurrency, provisioned);
  return sum;
}
