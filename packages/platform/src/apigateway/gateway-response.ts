import type { HeaderList } from "../front-door/client-response.ts";

/** What an answer of API Gateway's own consists of. */
interface Answer {
  readonly status: number;
  /** Sent as `x-amzn-ErrorType`, unless there is none. */
  readonly errorType: string | undefined;
  readonly message: string;
  readonly body: string;
  readonly contentType?: string;
}

/** Something that API Gateway answers itself instead of the integration. */
export class GatewayResponse extends Error {
  readonly status: number;
  readonly errorType: string | undefined;
  readonly body: string;
  readonly headers: HeaderList;

  constructor({ status, errorType, message, body, contentType = "application/json" }: Answer) {
    super(message);
    this.name = errorType ?? "GatewayResponse";
    this.status = status;
    this.errorType = errorType;
    this.body = body;
    this.headers = [
      ["Content-Type", contentType],
      ...(errorType === undefined ? [] : [["x-amzn-ErrorType", errorType] as const]),
    ];
  }
}

/** The body as API Gateway's default template writes it. */
function refusal(status: number, errorType: string, message: string): GatewayResponse {
  return new GatewayResponse({ status, errorType, message, body: JSON.stringify({ message }) });
}

/** Once the integration was reached, the body has a blank that other answers lack: 36 bytes for the commonest one. */
function failure(status: number, errorType: string, message: string): GatewayResponse {
  return new GatewayResponse({ status, errorType, message, body: `{"message": ${JSON.stringify(message)}}` });
}

const internal = "InternalServerErrorException";

/**
 * The gateway responses that this stage can give, with AWS's defaults.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export const gatewayResponses = {
  /** Also what an unknown path and a wrong method get. */
  missingAuthenticationToken: () =>
    refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
  /** An API or stage that doesn't exist. */
  forbidden: () => refusal(403, "ForbiddenException", "Forbidden"),
  /** A key that is missing, wrong or disabled, or that opens other stages. */
  invalidApiKey: () => refusal(403, "ForbiddenException", "Forbidden"),
  throttled: () => refusal(429, "TooManyRequestsException", "Too Many Requests"),
  quotaExceeded: () => refusal(429, "LimitExceededException", "Limit Exceeded"),
  /** What is wrong with a signature. */
  unauthenticated: refusal,
  /** Denials by policy spell the member with a capital letter. */
  accessDenied: (message: string) =>
    new GatewayResponse({
      status: 403,
      errorType: "AccessDeniedException",
      message,
      body: JSON.stringify({ Message: message }),
    }),
  /** A request of a media type that the integration has no template for. */
  unsupportedMediaType: () => refusal(415, "BadRequestException", "Unsupported Media Type"),
  /** Ours: AWS would serve the method. */
  notServed: (message: string) => refusal(501, "NotImplemented", message),
  /** Given before the stage has seen the request: plain text, without the stage's headers. */
  requestTooLarge: (limit: number) => {
    const message = `HTTP content length exceeded ${limit} bytes.`;
    return new GatewayResponse({
      status: 413,
      errorType: undefined,
      message,
      body: message,
      contentType: "text; charset=utf-8",
    });
  },
  /** The event is more than Lambda takes. */
  requestTooLong: () => failure(413, "BadRequestException", "Request Too Long"),
  /** Lambda refused the call, or the API is configured wrongly. */
  integrationRefused: () => failure(500, internal, "Internal server error"),
  /** The function failed, or its output can't be used. */
  badIntegrationOutput: () => failure(502, internal, "Internal server error"),
  integrationTimeout: () => failure(504, internal, "Endpoint request timed out"),
};
