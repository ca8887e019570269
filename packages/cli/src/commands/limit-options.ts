import type { PlatformLimits } from "@sluice/platform";
import { type CommandInput, textOption, UsageError } from "../command.ts";

/** Options for limits other than AWS's, each on its own. */
export const limitOptions = {
  "api-rate": { type: "string" },
  bandwidth: { type: "string" },
  concurrency: { type: "string" },
  "request-size": { type: "string" },
  "response-size": { type: "string" },
  timeout: { type: "string" },
} as const;

export const limitUsage =
  "[--api-rate N] [--bandwidth unlimited] [--concurrency N] [--request-size unlimited] [--response-size unlimited] [--timeout unlimited]";

/** For `--help`. */
export const limitDetails = `Limits are AWS's unless you say otherwise:

  --api-rate NUMBER         requests a second that all APIs take together: 10000 unless given, or "unlimited"
  --bandwidth RATE          MB a second that a stream gets after its first 6 MB, or 10 MB through a REST API:
                            2 unless given, or "unlimited"
  --concurrency NUMBER      invocations that may run at once: 1000 unless given, or "unlimited"
  --request-size unlimited  take events of more than 6 MB, and requests to REST APIs of more than 10 MB
  --response-size unlimited take buffered responses of more than 6 MB, and streams of more than 200 MB
  --timeout unlimited       let functions and integrations take as long as they want
`;

const unlimited = "unlimited";
const lifted = Number.POSITIVE_INFINITY;
const mb = 1024 * 1024;

/** The limits that differ from AWS's, and how. @throws {UsageError} */
export function limitsOf(input: CommandInput): {
  readonly limits: Partial<PlatformLimits>;
  /** Such as `bandwidth unlimited`. */
  readonly differences: readonly string[];
} {
  const rate = number(input, "bandwidth");
  const concurrency = number(input, "concurrency");
  const apiRate = number(input, "api-rate");
  const limits: Partial<PlatformLimits> = {
    // AWS sets the burst by the rate: half of it at the usual one.
    ...(apiRate === undefined
      ? {}
      : { apiRequests: { ratePerSecond: apiRate, burst: Math.ceil(apiRate / 2) } }),
    ...(rate === undefined ? {} : { streamBytesPerSecond: rate * mb }),
    ...(concurrency === undefined ? {} : { accountConcurrency: concurrency }),
    ...(isLifted(input, "request-size") ? { eventBytes: lifted, apiPayloadBytes: lifted } : {}),
    ...(isLifted(input, "response-size")
      ? { bufferedResponseBytes: lifted, streamedResponseBytes: lifted }
      : {}),
    ...(isLifted(input, "timeout") ? { enforcesTimeouts: false } : {}),
  };
  const differences = Object.keys(limitOptions).flatMap((name) => {
    const text = textOption(input, name);
    return text === undefined ? [] : [`${name} ${text}`];
  });
  return { limits, differences };
}

function number(input: CommandInput, name: string): number | undefined {
  const text = textOption(input, name);
  if (text === undefined) return undefined;
  if (text === unlimited) return lifted;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value > 0) return value;
  throw new UsageError(`--${name} is "${text}"; give a whole number from 1, or ${unlimited}.`);
}

function isLifted(input: CommandInput, name: string): boolean {
  const text = textOption(input, name);
  if (text === undefined || text === unlimited) return text === unlimited;
  throw new UsageError(
    `--${name} is "${text}"; it can only be ${unlimited}. AWS has one limit for everyone.`,
  );
}
