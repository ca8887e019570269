import { limits } from "@sluice/protocol";

/** How a function, version or alias is invoked asynchronously. */
export interface EventInvokeConfig {
  readonly maximumEventAgeSeconds: number;
  readonly maximumRetryAttempts: number;
  /** ARN of the destination for records of invocations that succeeded. */
  readonly onSuccess: string | undefined;
  /** ARN of the destination for records of events that were given up. */
  readonly onFailure: string | undefined;
}

/** What counts where nothing is configured. */
export const standardEventInvokeConfig: EventInvokeConfig = {
  maximumEventAgeSeconds: limits.eventAgeSeconds.standard,
  maximumRetryAttempts: limits.eventRetries.standard,
  onSuccess: undefined,
  onFailure: undefined,
};
