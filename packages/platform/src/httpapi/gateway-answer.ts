import type { HeaderList } from "../front-door/client-response.ts";

/** Something that API Gateway answers itself instead of the integration. */
export class GatewayAnswer extends Error {
  readonly status: number;
  readonly headers: HeaderList;

  constructor(status: number, message: string, headers: HeaderList = []) {
    super(message);
    this.name = "GatewayAnswer";
    this.status = status;
    this.headers = headers;
  }

  get body(): string {
    return JSON.stringify({ message: this.message });
  }
}

/**
 * What HTTP APIs answer. Of 413, 431 and 503 only the status is common knowledge; their texts are those of HTTP.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
 */
export const gatewayAnswers = {
  unauthorized: (challenge?: string) =>
    new GatewayAnswer(401, "Unauthorized", challenge === undefined ? [] : [["www-authenticate", challenge]]),
  forbidden: (challenge?: string) =>
    new GatewayAnswer(403, "Forbidden", challenge === undefined ? [] : [["www-authenticate", challenge]]),
  /** There is no such API, stage or route. */
  notFound: () => new GatewayAnswer(404, "Not Found"),
  requestTooLarge: () => new GatewayAnswer(413, "Request Entity Too Large"),
  tooManyRequests: () => new GatewayAnswer(429, "Too Many Requests"),
  headersTooLarge: () => new GatewayAnswer(431, "Request Header Fields Too Large"),
  /** The function failed, answered what can't be used, or may not be called. */
  internalError: () => new GatewayAnswer(500, "Internal Server Error"),
  /** Ours: AWS would serve the route. */
  notServed: (message: string) => new GatewayAnswer(501, message),
  /** The integration can't be reached, or takes too long. */
  unavailable: () => new GatewayAnswer(503, "Service Unavailable"),
};
