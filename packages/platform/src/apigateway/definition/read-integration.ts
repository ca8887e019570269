import { readMockIntegration } from "../integration/mock-integration.ts";
import { readHttpProxy } from "./read-http-proxy.ts";
import type { ApiMethod, LambdaIntegration } from "./rest-api.ts";
import { RestApiError, UnservedMethodError } from "./rest-api-error.ts";
import { readTimeout, readTransferMode } from "./transfer-mode.ts";

const invokeUri =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/(2015-03-31|2021-11-15)\/functions\/(.+?)\/(invocations|response-streaming-invocations)$/;

/** What to do instead of what only AWS serves. */
const unservedTypes: Readonly<Record<string, string>> = {
  aws: "Integrations of type AWS, which map requests and responses by templates, are not served by this platform. Use AWS_PROXY for a Lambda function; another service of AWS can only be called on AWS.",
  http: "Integrations of type HTTP, which map requests and responses by templates, are not served by this platform. Use HTTP_PROXY, which passes both on as they are.",
};

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
  const { type, connectionType } = integration;
  if (typeof type !== "string") {
    throw new RestApiError(
      place,
      "The method has no x-amazon-apigateway-integration, so it could not be deployed.",
    );
  }
  if (String(connectionType).toUpperCase() === "VPC_LINK") {
    throw new UnservedMethodError(
      place,
      "Integrations by VPC link are not served by this platform, which has no VPC. Use connectionType: INTERNET with a URL that this machine reaches.",
    );
  }
  switch (type.toLowerCase()) {
    case "mock":
      return readMockIntegration(integration, place);
    case "http_proxy":
      return readHttpProxy(integration, place);
    case "aws_proxy":
      return readLambdaProxy(integration, place);
    default: {
      const reason = unservedTypes[type.toLowerCase()];
      if (reason !== undefined) throw new UnservedMethodError(place, reason);
      throw new RestApiError(
        place,
        `"${type}" is no type of integration. API Gateway takes aws_proxy, http_proxy, mock, aws and http.`,
      );
    }
  }
}

function readLambdaProxy(integration: Record<string, unknown>, place: string): LambdaIntegration {
  const { uri, credentials } = integration;
  const transferMode = readTransferMode(integration, place);
  const match = invokeUri.exec(typeof uri === "string" ? uri : "");
  if (match?.[2] === undefined) {
    throw new RestApiError(place, `"${String(uri)}" is not the invocation URI of a Lambda function.`);
  }
  const isStreamUri = match[3] === "response-streaming-invocations";
  if (isStreamUri !== (transferMode === "STREAM")) {
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
    transferMode,
    timeoutMs: readTimeout(integration, transferMode, place),
    credentials: typeof credentials === "string" && credentials !== "" ? credentials : undefined,
  };
}
