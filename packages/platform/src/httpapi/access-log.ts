import { commonLogTime } from "../apigateway/integration/proxy-event.ts";
import { headerOf } from "../front-door/http-request.ts";
import type { Route } from "./definition/http-api.ts";
import type { GatewayAnswer } from "./gateway-answer.ts";
import type { Identity, StageRequest } from "./passage.ts";

/** How a request was answered. */
export interface AnsweredRequest {
  readonly accountId: string;
  readonly arrival: StageRequest;
  readonly route: Route | undefined;
  readonly status: number;
  readonly responseBytes: number;
  /** What API Gateway answered itself, if it did. */
  readonly refusal: GatewayAnswer | undefined;
  readonly latencyMs: number;
}

/**
 * What `$context` stands for in the access log of an HTTP API.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export function accessLogContext(answered: AnsweredRequest): Readonly<Record<string, unknown>> {
  const { accountId, arrival, route, refusal, status, responseBytes, latencyMs } = answered;
  const { request, stage, domainName, requestId, timeMs, journal } = arrival;
  const { identity, integration, authorizerError } = journal;
  const caller = identity?.kind === "AWS_IAM" ? identity.caller : undefined;
  return {
    accountId,
    apiId: stage.apiId,
    authorizer: { ...authorizerContext(identity), error: authorizerError },
    awsEndpointRequestId: integration?.requestId,
    dataProcessed: Number(headerOf(request, "content-length") ?? 0) + responseBytes,
    domainName,
    domainPrefix: domainName.split(".")[0],
    error:
      refusal === undefined
        ? undefined
        : { message: refusal.message, messageString: JSON.stringify(refusal.message) },
    extendedRequestId: requestId,
    httpMethod: request.method,
    identity: {
      accountId: caller?.accountId,
      caller: caller?.userId,
      sourceIp: request.sourceIp,
      user: caller?.userId,
      userAgent: headerOf(request, "user-agent"),
      userArn: caller?.arn,
    },
    integration:
      integration === undefined
        ? undefined
        : {
            error: integration.error,
            integrationStatus: integration.integrationStatus,
            latency: integration.latencyMs,
            requestId: integration.requestId,
            status: integration.status,
          },
    integrationErrorMessage: integration?.error,
    integrationLatency: integration?.latencyMs,
    integrationStatus: integration?.integrationStatus,
    path: arrival.stagePath,
    protocol: "HTTP/1.1",
    requestId,
    requestTime: commonLogTime(timeMs),
    requestTimeEpoch: timeMs,
    responseLatency: Math.round(latencyMs),
    responseLength: responseBytes,
    routeKey: route?.key,
    stage: stage.name,
    status,
  };
}

function authorizerContext(identity: Identity | undefined): Readonly<Record<string, unknown>> {
  if (identity?.kind === "JWT") return { claims: identity.claims };
  if (identity?.kind !== "REQUEST") return {};
  const { principalId, context } = identity;
  return { ...context, ...(principalId === undefined ? {} : { principalId }) };
}
