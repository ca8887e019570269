import { APIGatewayClient, APIGatewayServiceException } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client, ApiGatewayV2ServiceException } from "@aws-sdk/client-apigatewayv2";
import type { TestPlatform } from "./test-platform.ts";

/** An unmodified SDK client of the control plane of REST APIs. */
export function restClient({ platform }: Pick<TestPlatform, "platform">): APIGatewayClient {
  return new APIGatewayClient({ ...platform.clientConfig, maxAttempts: 1 });
}

/** The same for HTTP APIs. */
export function httpClient({ platform }: Pick<TestPlatform, "platform">): ApiGatewayV2Client {
  return new ApiGatewayV2Client({ ...platform.clientConfig, maxAttempts: 1 });
}

/** Status, code and text of a refusal; what was answered if there is none. */
export async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof APIGatewayServiceException) && !(error instanceof ApiGatewayV2ServiceException)) {
      throw error;
    }
    return `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`;
  }
}

/** An answer without what the SDK adds to it. */
export function answerOf<T extends { $metadata?: unknown }>({
  $metadata: _,
  ...answer
}: T): Omit<T, "$metadata"> {
  return answer;
}

/** The URI by which API Gateway invokes a function. */
export function functionUri(name: string, mode: "BUFFERED" | "STREAM" = "BUFFERED"): string {
  const arn = `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
  const path =
    mode === "STREAM"
      ? `2021-11-15/functions/${arn}/response-streaming-invocations`
      : `2015-03-31/functions/${arn}/invocations`;
  return `arn:aws:apigateway:us-east-1:lambda:path/${path}`;
}
