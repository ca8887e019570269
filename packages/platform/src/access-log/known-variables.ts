import { nearest } from "../cloudformation/index.ts";
import { variablesOf } from "./format.ts";

/** Whose log it is. */
export type LoggingApi = "REST" | "HTTP";

const common = words(
  `accountId apiId awsEndpointRequestId cipherSuite customDomain.basePathMatched deploymentId domainName domainPrefix
  error.message error.messageString error.responseType extendedRequestId httpMethod identity.accessKey identity.accountId
  identity.caller identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType identity.cognitoIdentityId
  identity.cognitoIdentityPoolId identity.principalOrgId identity.sourceIp identity.user identity.userAgent
  identity.userArn integration.error integration.integrationStatus integration.latency integration.requestId
  integration.status integrationErrorMessage integrationLatency integrationStatus path protocol requestId requestTime
  requestTimeEpoch resourceId resourcePath responseLatency responseLength stage status tlsVersion`,
);

/**
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const known: Readonly<Record<LoggingApi, readonly string[]>> = {
  REST: [
    ...common,
    ...words(
      `authenticate.error authenticate.latency authenticate.status authorize.error authorize.latency authorize.status
      customDomain.routingRuleIdMatched endpointType error.validationErrorString identity.apiKey identity.apiKeyId
      identity.vpcId identity.vpceId integration.responseTransferMode integration.timeToAllHeaders
      integration.timeToFirstContent isCanaryRequest operationName responseOverride.status waf.error waf.latency
      waf.status wafResponseCode webaclArn xrayTraceId`,
    ),
  ],
  HTTP: [...common, ...words("awsEndpointRequestId2 dataProcessed routeKey")],
};

/** Below these, names are those of others: of claims, of headers. */
const open = /^(?:authorizer|identity\.clientCert|requestOverride|responseOverride\.header)\./;

/**
 * Tells of the variables in a format that API Gateway doesn't know: it logs a dash in their place, and says nothing.
 * @returns a sentence for each.
 */
export function unknownVariables(format: string, api: LoggingApi): string[] {
  const unknown = variablesOf(format).filter((name) => !known[api].includes(name) && !open.test(name));
  return [...new Set(unknown)].map((name) => {
    const meant = nearest(name, known[api]);
    const hint = meant === undefined ? "" : ` Did you mean \`$context.${meant}\`?`;
    return `\`$context.${name}\` is no variable of ${api} APIs: the access log has - in its place.${hint}`;
  });
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
