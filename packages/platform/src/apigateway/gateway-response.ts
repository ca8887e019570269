import type { HeaderList } from "../front-door/client-response.ts";

/** Something that API Gateway answers itself instead of the integration. */
export class GatewayResponse extends Error {
  readonly status: number;
  /** Sent as `x-amzn-ErrorType`. */
  readonly errorType: string;
  /** The member that holds the text: denials by policy spell it with a capital letter. */
  readonly member: "message" | "Message";

  constructor(status: number, errorType: string, message: string, member: "message" | "Message" = "message") {
    super(message);
    this.name = errorType;
    this.status = status;
    this.errorType = errorType;
    this.member = member;
  }

  /** The body as API Gateway's default template writes it. */
  get body(): string {
    return JSON.stringify({ [this.member]: this.message });
  }

  get headers(): HeaderList {
    return [
      ["Content-Type", "application/json"],
      ["x-amzn-ErrorType", this.errorType],
    ];
  }
}

/**
 * The gateway responses that this stage can give, with AWS's defaults.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export const gatewayResponses = {
  /** Also what an unknown path and a wrong method get. */
  missingAuthenticationToken: () =>
    new GatewayResponse(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
  forbidden: () => new GatewayResponse(403, "ForbiddenException", "Forbidden"),
  accessDenied: (message: string) => new GatewayResponse(403, "AccessDeniedException", message, "Message"),
  requestTooLarge: (limit: number) =>
    new GatewayResponse(413, "RequestTooLargeException", `HTTP content length exceeded ${limit} bytes.`),
  /** Lambda refused the call, or the API is configured wrongly. */
  integrationRefused: () => new GatewayResponse(500, "InternalServerErrorException", "Internal server error"),
  /** The function failed, or its output can't be used. */
  badIntegrationOutput: () =>
    new GatewayResponse(502, "InternalServerErrorException", "Internal server error"),
  integrationTimeout: () =>
    new GatewayResponse(504, "InternalServerErrorException", "Endpoint request timed out"),
};
