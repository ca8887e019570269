import { RestApiError } from "./rest-api-error.ts";

/** How an integration's answer reaches the client. */
export type TransferMode = "BUFFERED" | "STREAM";

/** What PutIntegration stores when nothing is given, in milliseconds. */
const defaultTimeoutMs = 29_000;

/** @throws {RestApiError} if it is no mode that API Gateway has. */
export function readTransferMode(
  { responseTransferMode = "BUFFERED" }: Readonly<Record<string, unknown>>,
  place: string,
): TransferMode {
  if (responseTransferMode === "BUFFERED" || responseTransferMode === "STREAM") return responseTransferMode;
  throw new RestApiError(
    place,
    `responseTransferMode is "${String(responseTransferMode)}"; API Gateway takes BUFFERED or STREAM.`,
  );
}

/**
 * How long an integration may take, in milliseconds.
 * @throws {RestApiError} if that is more than API Gateway waits in this mode, or less.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html for the 15 minutes.
 */
export function readTimeout(
  { timeoutInMillis: value }: Readonly<Record<string, unknown>>,
  transferMode: TransferMode,
  place: string,
): number {
  if (value === undefined || value === null) return defaultTimeoutMs;
  const milliseconds = Number(value);
  const most = transferMode === "STREAM" ? 900_000 : 300_000;
  if (Number.isInteger(milliseconds) && milliseconds >= 50 && milliseconds <= most) return milliseconds;
  throw new RestApiError(place, `timeoutInMillis is ${String(value)}; API Gateway takes 50 to ${most} here.`);
}
