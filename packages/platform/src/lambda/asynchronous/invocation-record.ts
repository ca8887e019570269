import type { MessageAttributes } from "../../sqs/index.ts";
import type { FailureCondition } from "./retry-policy.ts";

/** What the last attempt of an event answered. */
export interface EventResponse {
  /** 200 where the function ran, whether it failed or not; else the status that Lambda refused it with. */
  readonly statusCode: number;
  readonly executedVersion?: string | undefined;
  readonly isFunctionError: boolean;
  /** What the function answered, or the text of the refusal. */
  readonly payload: string;
}

/** What a record tells. */
export interface InvocationOutcome {
  readonly requestId: string;
  /** With its version or alias. */
  readonly functionArn: string;
  readonly condition: "Success" | FailureCondition;
  readonly attempts: number;
  /** JSON text. */
  readonly event: string;
  /** Nothing if there was no attempt. */
  readonly response: EventResponse | undefined;
}

/** Most of an error message that a dead-letter queue gets, in bytes. */
const errorMessageBytes = 1024;

/**
 * The record of an invocation, as a destination gets it: JSON text. A response that isn't JSON, which AWS's page leaves open,
 * stands in it as text.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function invocationRecord(outcome: InvocationOutcome, nowMs: number): string {
  const { response } = outcome;
  const hasRun = response?.statusCode === 200;
  return JSON.stringify({
    version: "1.0",
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId: outcome.requestId,
      functionArn: outcome.functionArn,
      condition: outcome.condition,
      approximateInvokeCount: outcome.attempts,
    },
    requestPayload: jsonOrText(outcome.event),
    ...(response === undefined || outcome.condition === "ZeroReservedConcurrency"
      ? {}
      : {
          responseContext: {
            statusCode: response.statusCode,
            ...(hasRun ? { executedVersion: response.executedVersion } : {}),
            ...(response.isFunctionError ? { functionError: "Unhandled" } : {}),
          },
          ...(hasRun ? { responsePayload: jsonOrText(response.payload) } : {}),
        }),
  });
}

/**
 * The attributes that go to a dead-letter queue with the event.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
 */
export function deadLetterAttributes({ requestId, response }: InvocationOutcome): MessageAttributes {
  const message = response === undefined ? "" : errorMessageOf(response);
  const bytes = Buffer.from(message).subarray(0, errorMessageBytes);
  return {
    RequestID: { DataType: "String", StringValue: requestId },
    ...(response === undefined
      ? {}
      : { ErrorCode: { DataType: "Number", StringValue: String(response.statusCode) } }),
    // SQS takes no empty text. A character that was cut through is left out.
    ...(message === ""
      ? {}
      : { ErrorMessage: { DataType: "String", StringValue: bytes.toString().replace(/\uFFFD$/, "") } }),
  };
}

function errorMessageOf({ statusCode, payload }: EventResponse): string {
  if (statusCode !== 200) return payload;
  const document = jsonOrText(payload);
  const message = (document as { errorMessage?: unknown } | null)?.errorMessage;
  return typeof message === "string" ? message : payload;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
