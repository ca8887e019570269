/** Text values by name. A name that was not sent is missing, so every look-up may give `undefined`. */
export interface NamedValues {
  [name: string]: string | undefined;
}

/** Lists of text values by name, in the order they were sent. */
export interface NamedValueLists {
  [name: string]: string[] | undefined;
}

/** The client certificate of a request to a custom domain with mutual TLS. */
export interface ClientCertificate {
  clientCertPem: string;
  subjectDN: string;
  issuerDN: string;
  serialNumber: string;
  /** Dates as the certificate prints them, for example `May 28 12:30:02 2019 GMT`. */
  validity: { notBefore: string; notAfter: string };
}

/** Who sent a request to a REST API; what does not apply is null. */
export interface ApiGatewayRestIdentity {
  accessKey: string | null;
  accountId: string | null;
  /** Present only for methods that require an API key (and in the console's test requests). */
  apiKey?: string | null;
  /** Present only for methods that require an API key (and in the console's test requests). */
  apiKeyId?: string | null;
  caller: string | null;
  /** Present only with mutual TLS. */
  clientCert?: ClientCertificate | null;
  cognitoAuthenticationProvider: string | null;
  cognitoAuthenticationType: string | null;
  cognitoIdentityId: string | null;
  cognitoIdentityPoolId: string | null;
  principalOrgId: string | null;
  sourceIp: string;
  user: string | null;
  userAgent: string | null;
  userArn: string | null;
  /** Present only for private APIs. */
  vpcId?: string;
  /** Present only for private APIs. */
  vpceId?: string;
}

/**
 * What the authorizer of a REST API method found out: `claims` with a Cognito user pool, and with a Lambda
 * authorizer `principalId`, `integrationLatency` (milliseconds) and every key of the returned context, whose
 * values API Gateway turns into text.
 */
export interface ApiGatewayRestAuthorizer {
  claims?: NamedValues;
  integrationLatency?: number;
  principalId?: string;
  [contextKey: string]: NamedValues | number | string | undefined;
}

/** `requestContext` of {@link ApiGatewayRestEvent}. */
export interface ApiGatewayRestRequestContext {
  accountId: string;
  apiId: string;
  /** Absent when no authorizer ran. */
  authorizer?: ApiGatewayRestAuthorizer;
  /** Absent in the console's test requests. */
  deploymentId?: string;
  domainName: string;
  domainPrefix: string;
  extendedRequestId: string;
  httpMethod: string;
  identity: ApiGatewayRestIdentity;
  /** Present only when the method has an operation name. */
  operationName?: string;
  /** The path as the client sent it, with the stage. */
  path: string;
  /** `HTTP/1.1`, also when the client spoke HTTP/2. */
  protocol: string;
  requestId: string;
  /** For example `04/Mar/2020:19:15:17 +0000`. */
  requestTime: string;
  /** Milliseconds since the epoch. */
  requestTimeEpoch: number;
  resourceId: string;
  resourcePath: string;
  stage: string;
}

/**
 * The event of a Lambda proxy integration in an API Gateway **REST API** (v1), the same for buffered and for
 * streamed responses. What the request did not have is null, not absent.
 *
 * Not assignable to `APIGatewayProxyEvent` of `@types/aws-lambda`, which leaves out that `headers` can be null
 * and that `identity.apiKey` can be absent; where a library asks for that type, use `as`.
 *
 * Sources: {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html}
 * and, for `requestContext`,
 * {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html}
 */
export interface ApiGatewayRestEvent {
  /** Never present: it is how HTTP API events in payload format 1.0 differ from these. */
  version?: never;
  /** The resource's template, for example `/{proxy+}`. */
  resource: string;
  /** The path without the stage; percent-escapes, double and trailing slashes are as the client sent them. */
  path: string;
  httpMethod: string;
  /** Names in the client's spelling; the last of repeated values. Null when there are none. */
  headers: NamedValues | null;
  /** Every value. Null when there are none. */
  multiValueHeaders: NamedValueLists | null;
  /** Decoded; the last of repeated values. Null when there are none. */
  queryStringParameters: NamedValues | null;
  /** Decoded, every value. Null when there are none. */
  multiValueQueryStringParameters: NamedValueLists | null;
  pathParameters: NamedValues | null;
  stageVariables: NamedValues | null;
  requestContext: ApiGatewayRestRequestContext;
  body: string | null;
  /** True when the request's content type is among the API's binary media types. */
  isBase64Encoded: boolean;
}

/** `requestContext` of {@link ApiGatewayHttpV1Event}. */
export interface ApiGatewayHttpV1RequestContext
  extends Omit<ApiGatewayRestRequestContext, "authorizer" | "deploymentId" | "resourceId"> {
  /** What a JWT authorizer found out, or the context keys of a Lambda authorizer. */
  authorizer?: {
    claims?: NamedValues | null;
    scopes?: string[] | null;
    [contextKey: string]: unknown;
  };
  resourceId: null;
}

/**
 * The event of a Lambda integration in an API Gateway **HTTP API** (v2) with payload format **1.0**: the REST
 * API's shape with a version, and header names in lower case.
 *
 * Source: {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html}
 */
export interface ApiGatewayHttpV1Event extends Omit<ApiGatewayRestEvent, "version" | "requestContext"> {
  version: "1.0";
  requestContext: ApiGatewayHttpV1RequestContext;
}

/** The caller of a request that was signed with AWS Signature Version 4. */
export interface IamAuthorizer {
  accessKey: string;
  accountId: string;
  callerId: string;
  /** Null unless the credentials came from a Cognito identity pool; always null for Function URLs. */
  cognitoIdentity: { amr: string[]; identityId: string; identityPoolId: string } | null;
  principalOrgId: string | null;
  userArn: string;
  userId: string;
}

/** The request line and the sender, in `requestContext` of events in payload format 2.0. */
export interface HttpRequestDescription {
  method: string;
  /** The decoded path; `rawPath` has the path as it was sent. */
  path: string;
  protocol: string;
  sourceIp: string;
  userAgent: string;
}

/** `requestContext` of {@link ApiGatewayHttpEvent}. */
export interface ApiGatewayHttpRequestContext {
  accountId: string;
  apiId: string;
  /** Present only with mutual TLS. */
  authentication?: { clientCert: ClientCertificate };
  /** Absent when the route has no authorizer; otherwise it has the one member for the authorizer's kind. */
  authorizer?: {
    iam?: IamAuthorizer;
    /** `scopes` is null when the route asks for none. */
    jwt?: { claims: { [name: string]: string | number | boolean | string[] }; scopes: string[] | null };
    /** The context a Lambda authorizer returned, with its types kept. */
    lambda?: { [contextKey: string]: unknown } | null;
  };
  domainName: string;
  domainPrefix: string;
  http: HttpRequestDescription;
  requestId: string;
  routeKey: string;
  stage: string;
  /** For example `12/Mar/2020:19:03:58 +0000`. */
  time: string;
  /** Milliseconds since the epoch. */
  timeEpoch: number;
}

/**
 * The event of a Lambda integration in an API Gateway **HTTP API** (v2) with payload format **2.0**. What the
 * request did not have is absent, not null. Assignable to `APIGatewayProxyEventV2` of `@types/aws-lambda`.
 *
 * Source: {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html}
 */
export interface ApiGatewayHttpEvent {
  version: "2.0";
  /** The route as configured, for example `GET /pets/{id}` or `$default`. */
  routeKey: string;
  /** The path with the stage of a named stage, without the API mapping of a custom domain. */
  rawPath: string;
  /** Not decoded, without the question mark; empty when there is no query. */
  rawQueryString: string;
  /** One `name=value` pair each. */
  cookies?: string[];
  /** Names in lower case; repeated headers are joined with commas. */
  headers: NamedValues;
  /** Decoded; repeated names are joined with commas. */
  queryStringParameters?: NamedValues;
  pathParameters?: NamedValues;
  stageVariables?: NamedValues;
  requestContext: ApiGatewayHttpRequestContext;
  body?: string;
  isBase64Encoded: boolean;
}

/** `requestContext` of {@link FunctionUrlEvent}. */
export interface FunctionUrlRequestContext {
  /** The function's owner; captured events of URLs with auth type `NONE` also show `anonymous`. */
  accountId: string;
  /** The URL's id, as `domainPrefix`. */
  apiId: string;
  /** Null or absent with auth type `NONE`. */
  authorizer?: { iam: IamAuthorizer & { cognitoIdentity: null } } | null;
  domainName: string;
  domainPrefix: string;
  http: HttpRequestDescription;
  requestId: string;
  routeKey: "$default";
  stage: "$default";
  /** For example `12/Mar/2020:19:03:58 +0000`. */
  time: string;
  /** Milliseconds since the epoch. */
  timeEpoch: number;
}

/**
 * The event of a **Lambda function URL**: payload format 2.0. What the request did not have is absent, not
 * null. The format's `pathParameters`, `stageVariables` and `requestContext.authentication` have no meaning
 * for function URLs: Lambda leaves them out or sets them to null, so this type does not have them. Assignable
 * to `LambdaFunctionURLEvent` of `@types/aws-lambda`.
 *
 * Source: {@link https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html}
 */
export interface FunctionUrlEvent {
  version: "2.0";
  routeKey: "$default";
  /** The path as it was sent, percent-escapes kept; `/` when it was empty. */
  rawPath: string;
  /** Not decoded, without the question mark; empty when there is no query. */
  rawQueryString: string;
  /** One `name=value` pair each. */
  cookies?: string[];
  /** Names in lower case; repeated headers are joined with commas. */
  headers: NamedValues;
  /** Decoded; repeated names are joined with commas. */
  queryStringParameters?: NamedValues;
  requestContext: FunctionUrlRequestContext;
  body?: string;
  /** True for bodies that are not text, such as `multipart/form-data`. */
  isBase64Encoded: boolean;
}

/** The events that stand for an HTTP request and that web handlers take. */
export type HttpEvent = ApiGatewayRestEvent | ApiGatewayHttpV1Event | ApiGatewayHttpEvent | FunctionUrlEvent;
