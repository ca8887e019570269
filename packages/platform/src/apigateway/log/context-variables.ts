import { headerOf } from "../../front-door/http-request.ts";
import { commonLogTime } from "../integration/proxy-event.ts";
import type { StageRequest } from "../passage.ts";

/** What the stage is besides the request. */
export interface ContextOrigin {
  readonly accountId: string;
  readonly region: string;
  /** Milliseconds since some moment, on the clock of the journal. */
  readonly nowMs: number;
}

/**
 * What `$context` stands for in access logs and gateway responses, as far as it is known yet.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 */
export function contextVariables(
  arrival: StageRequest,
  { accountId, region, nowMs }: ContextOrigin,
): Readonly<Record<string, unknown>> {
  const { stage, request, journal, client } = arrival;
  const { routed, integration, authorizer, error, caller, apiKey, waf } = journal;
  const domainName = `${stage.apiId}.execute-api.${region}.amazonaws.com`;
  return {
    accountId,
    apiId: stage.apiId,
    requestId: arrival.requestId,
    extendedRequestId: arrival.extendedRequestId,
    stage: stage.name,
    deploymentId: stage.deploymentId,
    domainName,
    domainPrefix: stage.apiId,
    endpointType: stage.api.endpointType,
    httpMethod: request.method,
    path: arrival.stagePath,
    protocol: "HTTP/1.1",
    resourceId: routed?.resource.id,
    resourcePath: routed?.resource.path,
    operationName: routed?.method.operationName,
    requestTime: commonLogTime(journal.receivedMs),
    requestTimeEpoch: journal.receivedMs,
    xrayTraceId: arrival.traceId.split(";")[0],
    isCanaryRequest: false,
    identity: {
      accountId: caller?.accountId,
      accessKey: caller?.accessKeyId,
      caller: caller?.userId,
      user: caller?.userId,
      userArn: caller?.arn,
      apiKey: apiKey?.value,
      apiKeyId: apiKey?.id,
      userAgent: headerOf(request, "user-agent"),
      sourceIp: request.sourceIp,
    },
    authenticate: station(journal.authenticate),
    authorize: station(journal.authorize),
    authorizer: {
      ...authorizer?.context,
      ...(authorizer?.claims === undefined ? {} : { claims: authorizer.claims }),
      ...station(authorizer),
      principalId: authorizer?.principalId,
      requestId: authorizer?.requestId,
      integrationLatency: whole(authorizer?.integrationLatencyMs),
      integrationStatus: authorizer?.integrationStatus,
    },
    waf: station(waf),
    wafResponseCode: waf?.responseCode,
    webaclArn: waf?.webAclArn,
    integration: {
      error: integration?.error,
      integrationStatus: integration?.integrationStatus,
      latency: whole(integration?.latencyMs),
      requestId: integration?.requestId,
      status: integration?.status,
      responseTransferMode: integration?.responseTransferMode,
      timeToAllHeaders: whole(integration?.timeToAllHeadersMs),
      timeToFirstContent: whole(integration?.timeToFirstContentMs),
    },
    integrationErrorMessage: integration?.error,
    integrationLatency: whole(integration?.latencyMs),
    integrationStatus: integration?.integrationStatus,
    awsEndpointRequestId: integration?.requestId,
    status: client.status,
    responseLatency: whole(nowMs - journal.beganMs),
    responseLength: client.bodyBytes,
    error: {
      message: error?.message,
      messageString: error === undefined ? undefined : JSON.stringify(error.message),
      responseType: error?.responseType,
      validationErrorString: error?.validationError,
    },
  };
}

function station(entry: StageRequest["journal"]["authorize"]) {
  return { error: entry?.error, latency: whole(entry?.latencyMs), status: entry?.status };
}

function whole(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds);
}
