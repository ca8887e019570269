import type { RoutePattern } from "./route-key.ts";

/** An HTTP API, ready to serve. Routes may be added while its resources are made. */
export interface HttpApi {
  readonly routes: Route[];
  readonly cors: CorsConfiguration | undefined;
}

/** What happens to requests of one route. */
export interface Route extends RoutePattern {
  readonly operationName: string | undefined;
  readonly authorizer: Authorizer;
  /** Of which a token needs one; any token will do if there are none. */
  readonly scopes: readonly string[];
  /** What answers, why that isn't served here, or nothing where the route has no target. */
  readonly integration: Integration | { readonly unserved: string } | undefined;
}

export type Integration = LambdaIntegration | HttpIntegration;

/** A Lambda proxy integration. */
export interface LambdaIntegration {
  readonly type: "AWS_PROXY";
  /** May have stage variables in it. */
  readonly functionArn: string;
  readonly payloadFormatVersion: PayloadFormatVersion;
  readonly timeoutMs: number;
  /** ARN of the role that API Gateway assumes; `arn:aws:iam::*:user/*` stands for the caller's own credentials. */
  readonly credentials: string | undefined;
}

/** An HTTP proxy integration. */
export interface HttpIntegration {
  readonly type: "HTTP_PROXY";
  /** May have path parameters and stage variables in it. */
  readonly uri: string;
  /** `ANY` stands for that of the request. */
  readonly method: string;
  readonly timeoutMs: number;
}

export type PayloadFormatVersion = "1.0" | "2.0";

/** Who lets requests in. */
export type Authorizer =
  | { readonly kind: "NONE" }
  | { readonly kind: "AWS_IAM" }
  | JwtAuthorizer
  | LambdaAuthorizer;

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
export interface JwtAuthorizer {
  readonly kind: "JWT";
  readonly name: string;
  readonly identitySource: IdentitySource;
  /** URL, without a slash at its end unless its tokens have one. */
  readonly issuer: string;
  readonly audience: readonly string[];
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
export interface LambdaAuthorizer {
  readonly kind: "REQUEST";
  readonly id: string;
  readonly name: string;
  readonly functionArn: string;
  readonly credentials: string | undefined;
  readonly payloadFormatVersion: PayloadFormatVersion;
  readonly hasSimpleResponses: boolean;
  readonly identitySources: readonly IdentitySource[];
  /** 0 where nothing is kept. */
  readonly ttlSeconds: number;
}

/** Where in a request something stands that says who sends it. */
export interface IdentitySource {
  readonly kind: "header" | "querystring" | "context" | "stageVariables";
  readonly name: string;
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html */
export interface CorsConfiguration {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number | undefined;
  readonly allowCredentials: boolean;
}
