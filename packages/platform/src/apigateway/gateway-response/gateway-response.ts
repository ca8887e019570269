import type { HeaderList } from "../../front-door/client-response.ts";

/**
 * The types of answers that API Gateway gives itself and that an API can shape.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export const gatewayResponseTypes = [
  "ACCESS_DENIED",
  "API_CONFIGURATION_ERROR",
  "AUTHORIZER_CONFIGURATION_ERROR",
  "AUTHORIZER_FAILURE",
  "BAD_REQUEST_BODY",
  "BAD_REQUEST_PARAMETERS",
  "EXPIRED_TOKEN",
  "INTEGRATION_FAILURE",
  "INTEGRATION_TIMEOUT",
  "INVALID_API_KEY",
  "INVALID_SIGNATURE",
  "MISSING_AUTHENTICATION_TOKEN",
  "QUOTA_EXCEEDED",
  "REQUEST_TOO_LARGE",
  "RESOURCE_NOT_FOUND",
  "THROTTLED",
  "UNAUTHORIZED",
  "UNSUPPORTED_MEDIA_TYPE",
  "WAF_FILTERED",
] as const;

export type GatewayResponseType = (typeof gatewayResponseTypes)[number];

/** What an answer of API Gateway's own consists of. */
interface Answer {
  /** None for what no API can shape. */
  readonly type: GatewayResponseType | undefined;
  readonly status: number;
  /** Sent as `x-amzn-ErrorType`, unless there is none. */
  readonly errorType: string | undefined;
  readonly message: string;
  readonly body: string;
  readonly contentType?: string;
  /** What is wrong with the request's body. */
  readonly validationError?: string | undefined;
}

/** Something that API Gateway answers itself instead of the integration. */
export class GatewayResponse extends Error {
  readonly type: GatewayResponseType | undefined;
  readonly status: number;
  readonly errorType: string | undefined;
  readonly body: string;
  readonly headers: HeaderList;
  readonly validationError: string | undefined;

  constructor(answer: Answer) {
    const { type, status, errorType, message, body, contentType = "application/json" } = answer;
    super(message);
    this.name = errorType ?? "GatewayResponse";
    this.type = type;
    this.status = status;
    this.errorType = errorType;
    this.body = body;
    this.validationError = answer.validationError;
    this.headers = [
      ["Content-Type", contentType],
      ...(errorType === undefined ? [] : [["x-amzn-ErrorType", errorType] as const]),
    ];
  }
}

/** The body as API Gateway's default template writes it. */
function refusal(
  type: GatewayResponseType | undefined,
  status: number,
  errorType: string,
  message: string | null,
): GatewayResponse {
  const body = JSON.stringify({ message });
  return new GatewayResponse({ type, status, errorType, message: message ?? "null", body });
}

/** Once the integration was reached, the body has a blank that other answers lack: 36 bytes for the commonest one. */
function failure(
  type: GatewayResponseType,
  status: number,
  errorType: string,
  message: string,
): GatewayResponse {
  const body = `{"message": ${JSON.stringify(message)}}`;
  return new GatewayResponse({ type, status, errorType, message, body });
}

const internal = "InternalServerErrorException";
const badRequest = "BadRequestException";

const signatureTypes = new Map<string, GatewayResponseType>([
  ["MissingAuthenticationTokenException", "MISSING_AUTHENTICATION_TOKEN"],
  ["IncompleteSignatureException", "INVALID_SIGNATURE"],
  ["InvalidSignatureException", "INVALID_SIGNATURE"],
  ["ExpiredTokenException", "EXPIRED_TOKEN"],
]);

/** The gateway responses that stages can give, with AWS's defaults. */
export const gatewayResponses = {
  /** Also what an unknown path and a wrong method get. */
  missingAuthenticationToken: () =>
    refusal(
      "MISSING_AUTHENTICATION_TOKEN",
      403,
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    ),
  /** An API or stage that doesn't exist. */
  forbidden: () => refusal(undefined, 403, "ForbiddenException", "Forbidden"),
  /** A web ACL blocked the request. */
  wafFiltered: () => refusal("WAF_FILTERED", 403, "ForbiddenException", "Forbidden"),
  /** A key that is missing, wrong or disabled, or that opens other stages. */
  invalidApiKey: () => refusal("INVALID_API_KEY", 403, "ForbiddenException", "Forbidden"),
  throttled: () => refusal("THROTTLED", 429, "TooManyRequestsException", "Too Many Requests"),
  quotaExceeded: () => refusal("QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded"),
  /** What is wrong with a signature. */
  unauthenticated: (status: number, errorType: string, message: string) =>
    refusal(signatureTypes.get(errorType) ?? "ACCESS_DENIED", status, errorType, message),
  /** An authorizer's source is missing, or it refused. */
  unauthorized: (message = "Unauthorized") => refusal("UNAUTHORIZED", 401, "UnauthorizedException", message),
  /** An authorizer failed. */
  authorizerFailure: () => refusal("AUTHORIZER_FAILURE", 500, internal, null),
  /** What an authorizer gave can't be used, or it can't be called. */
  authorizerConfigurationError: () =>
    refusal("AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", null),
  /** Denials by policy spell the member with a capital letter. */
  accessDenied: (message: string) =>
    new GatewayResponse({
      type: "ACCESS_DENIED",
      status: 403,
      errorType: "AccessDeniedException",
      message,
      body: JSON.stringify({ Message: message }),
    }),
  /** A body that is not as the method's model has it. */
  badRequestBody: (validationError: string) =>
    new GatewayResponse({
      type: "BAD_REQUEST_BODY",
      status: 400,
      errorType: badRequest,
      message: "Invalid request body",
      body: JSON.stringify({ message: "Invalid request body" }),
      validationError,
    }),
  /** Parameters that the method requires and the request lacks. */
  badRequestParameters: (names: readonly string[]) =>
    refusal(
      "BAD_REQUEST_PARAMETERS",
      400,
      badRequest,
      `Missing required request parameters: [${names.join(", ")}]`,
    ),
  /** A request of a media type that the integration has no template for. */
  unsupportedMediaType: () => refusal("UNSUPPORTED_MEDIA_TYPE", 415, badRequest, "Unsupported Media Type"),
  /** Ours: AWS would serve the method. */
  notServed: (message: string) => refusal(undefined, 501, "NotImplemented", message),
  /** Given before the stage has seen the request: plain text, without the stage's headers. */
  requestTooLarge: (limit: number) => {
    const message = `HTTP content length exceeded ${limit} bytes.`;
    return new GatewayResponse({
      type: undefined,
      status: 413,
      errorType: undefined,
      message,
      body: message,
      contentType: "text; charset=utf-8",
    });
  },
  /** The ARN of what is called is longer than API Gateway takes, or the URL; of the latter only the limit is documented. */
  uriTooLong: () => refusal(undefined, 414, badRequest, "Request URI too long"),
  /** There is more of headers than API Gateway takes. Only the limit is documented. */
  headersTooLarge: () => refusal(undefined, 431, badRequest, "Request Header Fields Too Large"),
  /** The event is more than Lambda takes. */
  requestTooLong: () => failure("REQUEST_TOO_LARGE", 413, badRequest, "Request Too Long"),
  /** Lambda refused the call, or the API is configured wrongly. */
  integrationRefused: () => failure("API_CONFIGURATION_ERROR", 500, internal, "Internal server error"),
  /** The function failed, or its output can't be used. */
  badIntegrationOutput: () => failure("INTEGRATION_FAILURE", 502, internal, "Internal server error"),
  /** The backend of an HTTP integration can't be reached, or ends the connection before it answers. */
  networkError: () =>
    failure("INTEGRATION_FAILURE", 504, internal, "Network error communicating with endpoint"),
  integrationTimeout: () => failure("INTEGRATION_TIMEOUT", 504, internal, "Endpoint request timed out"),
};
