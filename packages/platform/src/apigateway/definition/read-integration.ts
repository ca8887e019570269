import { readMockIntegration } from "../integration/mock-integration.ts";
import type { ApiMethod, LambdaIntegration } from "./rest-api.ts";
import { RestApiError, UnservedMethodError } from "./rest-api-error.ts";

/** What PutIntegration stores when nothing is given, in milliseconds. */
const defaultTimeoutMs = 29_000;

const invokeUri =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/(2015-03-31|2021-11-15)\/functions\/(.+?)\/(invocations|response-streaming-invocations)$/;

/**
 * Reads `x-amazon-apigateway-integration`.
 * @throws {RestApiError} if AWS refuses to deploy it.
 * @throws {UnservedMethodError} if only AWS serves it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
 */
export function readIntegration(
  integration: Record<string, unknown>,
  place: string,
): ApiMethod["integration"] {
  const { type, uri, credentials, responseTransferMode = "BUFFERED", timeoutInMillis } = integration;
  if (typeof type !== "string") {
    throw new RestApiError(
      place,
      "The method has no x-amazon-apigateway-integration, so it could not be deployed.",
    );
  }
  if (type.toLowerCase() === "mock") return readMockIntegration(integration, place);
  if (type.toLowerCase() !== "aws_proxy") {
    throw new UnservedMethodError(
      place,
      `Integrations of type ${type} are not served here yet. Use aws_proxy, or try this method on AWS.`,
    );
  }
  if (responseTransferMode !== "BUFFERED" && responseTransferMode !== "STREAM") {
    throw new RestApiError(
      place,
      `responseTransferMode is "${String(responseTransferMode)}"; API Gateway takes BUFFERED or STREAM.`,
    );
  }
  const match = invokeUri.exec(typeof uri === "string" ? uri : "");
  if (match?.[2] === undefined) {
    throw new RestApiError(place, `"${String(uri)}" is not the invocation URI of a Lambda function.`);
  }
  const isStreamUri = match[3] === "response-streaming-invocations";
  if (isStreamUri !== (responseTransferMode === "STREAM")) {
    throw new RestApiError(
      place,
      isStreamUri
        ? "The URI is that of streaming invocations, and responseTransferMode is not STREAM: API Gateway does not support that. Add responseTransferMode: STREAM."
        : "responseTransferMode is STREAM, and the URI is that of buffered invocations: API Gateway does not support that. End the URI with /2021-11-15/functions/…/response-streaming-invocations.",
    );
  }
  return {
    type: "aws_proxy",
    functionArn: match[2],
    transferMode: responseTransferMode,
    timeoutMs: readTimeout(timeoutInMillis, responseTransferMode, place),
    credentials: typeof credentials === "string" && credentials !== "" ? credentials : undefined,
  };
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html for the 15 minutes. */
function readTimeout(value: unknown, transferMode: LambdaIntegration["transferMode"], place: string): number {
  if (value === undefined || value === null) return defaultTimeoutMs;
  const milliseconds = Number(value);
  const most = transferMode === "STREAM" ? 900_000 : 300_000;
  if (Number.isInteger(milliseconds) && milliseconds >= 50 && milliseconds <= most) return milliseconds;
  throw new RestApiError(place, `timeoutInMillis is ${String(value)}; API Gateway takes 50 to ${most} here.`);
}
