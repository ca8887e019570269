import { allValues, commonLogTime, lastValues } from "../../apigateway/integration/proxy-event.ts";
import type { HttpRequest } from "../../front-door/http-request.ts";
import { isText, type SignedBy } from "./payload-format-2.ts";

/** What an HTTP API knows about a request besides the request itself. */
export interface RequestContext1 {
  readonly accountId: string;
  readonly apiId: string;
  readonly domainName: string;
  /** With the stage, where its name is part of the address. */
  readonly path: string;
  /** The path of the route, or `$default`. */
  readonly resourcePath: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>> | undefined;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly timeMs: number;
  readonly operationName: string | undefined;
  /** Member of the request context; empty where nothing is known. */
  readonly authorizer: Readonly<Record<string, unknown>>;
  readonly caller: SignedBy | undefined;
}

/**
 * The event of payload format 1.0: that of a REST API, but for the version, and names of headers in lower case.
 * @param headers - lower-case names and values, repeated ones included.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function payload1Event(
  request: HttpRequest,
  headers: readonly (readonly [string, string])[],
  body: Buffer,
  context: RequestContext1,
): Record<string, unknown> {
  const contentType = headers.find(([name]) => name === "content-type")?.[1];
  const isBase64Encoded = body.length > 0 && !isText(contentType, body);
  return {
    ...bodilessEvent1(request, headers, context),
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? "base64" : "utf8"),
    isBase64Encoded,
  };
}

/** The event without the members that the body has. */
export function bodilessEvent1(
  request: HttpRequest,
  headers: readonly (readonly [string, string])[],
  context: RequestContext1,
): Record<string, unknown> {
  const query = [...new URLSearchParams(request.rawQuery)];
  const { pathParameters, stageVariables } = context;
  return {
    version: "1.0",
    resource: context.resourcePath,
    path: context.path,
    httpMethod: request.method,
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    queryStringParameters: query.length === 0 ? null : lastValues(query),
    multiValueQueryStringParameters: query.length === 0 ? null : allValues(query),
    requestContext: requestContext(request, context),
    pathParameters: Object.keys(pathParameters).length === 0 ? null : pathParameters,
    stageVariables: stageVariables ?? null,
  };
}

function requestContext(request: HttpRequest, context: RequestContext1): Record<string, unknown> {
  const { caller, operationName } = context;
  return {
    accountId: context.accountId,
    apiId: context.apiId,
    authorizer: context.authorizer,
    domainName: context.domainName,
    domainPrefix: context.domainName.split(".")[0],
    extendedRequestId: context.requestId,
    httpMethod: request.method,
    identity: {
      accessKey: caller?.accessKeyId ?? null,
      accountId: caller?.accountId ?? null,
      caller: caller?.userId ?? null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp,
      user: caller?.userId ?? null,
      userAgent: request.headers.find(([name]) => name.toLowerCase() === "user-agent")?.[1] ?? null,
      userArn: caller?.userArn ?? null,
    },
    ...(operationName === undefined ? {} : { operationName }),
    path: context.path,
    protocol: "HTTP/1.1",
    requestId: context.requestId,
    requestTime: commonLogTime(context.timeMs),
    requestTimeEpoch: context.timeMs,
    resourceId: null,
    resourcePath: context.resourcePath,
    stage: context.stage,
  };
}
