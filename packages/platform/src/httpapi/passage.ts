import type { AccessLogFormat } from "../access-log/format.ts";
import { calledPath, withoutNeedlessEscapes } from "../apigateway/definition/called-path.ts";
import type { ClientResponse } from "../front-door/client-response.ts";
import type { HttpRequest } from "../front-door/http-request.ts";
import type { Caller } from "../iam/caller.ts";
import type { ThrottleLimits } from "../throttling/token-bucket.ts";
import type { CorsConfiguration, Route } from "./definition/http-api.ts";

/** A deployed stage of an HTTP API. */
export interface HttpStage {
  readonly apiId: string;
  /** `$default`, or the first part of its addresses. */
  readonly name: string;
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly routes: readonly Route[];
  readonly cors: CorsConfiguration | undefined;
  /** Limits of one route, by its key; those of the account hold as well. */
  readonly throttling: (routeKey: string) => Partial<ThrottleLimits>;
  readonly accessLog: { readonly logGroupName: string; readonly format: AccessLogFormat } | undefined;
}

/** The name of the stage that is served without a name. */
export const defaultStage = "$default";

/** A request that has reached a stage. */
export interface StageRequest {
  readonly requestId: string;
  /** The whole X-Ray header. */
  readonly traceId: string;
  readonly timeMs: number;
  readonly stage: HttpStage;
  /** Without the stage, as sent. */
  readonly path: string;
  /** With the stage, as sent. */
  readonly stagePath: string;
  readonly domainName: string;
  readonly request: HttpRequest;
  readonly client: ClientResponse;
  /** What the stations of the way found out, for the access log. */
  readonly journal: Journal;
  /**
   * Reads the body, once for all who ask.
   * @throws {GatewayAnswer} with status 413 if it is longer than API Gateway takes.
   */
  readonly body: () => Promise<Buffer>;
  /** Takes what a developer should know and the client is not told. */
  readonly note: (message: string) => void;
}

/** A request on its way to the integration of a route. */
export interface Passage extends StageRequest {
  readonly route: Route;
  /** Percent escapes kept. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** What an authorizer knows about who sent a request. */
export type Identity =
  | { readonly kind: "NONE" }
  | { readonly kind: "AWS_IAM"; readonly caller: Caller }
  | {
      readonly kind: "JWT";
      readonly claims: Readonly<Record<string, string>>;
      readonly scopes: readonly string[] | null;
    }
  | {
      readonly kind: "REQUEST";
      readonly principalId: string | undefined;
      readonly context: Readonly<Record<string, unknown>>;
    };

/** What happened to a request: what an access log is made of. */
export interface Journal {
  identity?: Identity;
  /** What an authorizer failed with. */
  authorizerError?: string;
  integration?: {
    readonly startedMs: number;
    latencyMs?: number;
    /** Status of the function's or the backend's answer. */
    status?: number;
    /** Status of the call to Lambda. */
    integrationStatus?: number;
    requestId?: string;
    error?: string;
  };
}

/** What is called for a request: `{api ARN}/{stage}/{method}{path}`. */
export function routeArn(
  arn: { readonly region: string; readonly accountId: string },
  { stage, request, path, route, pathParameters }: Passage,
): string {
  const isDefault = route.method === undefined;
  const called = isDefault ? withoutNeedlessEscapes(path) : calledPath(route.segments, pathParameters);
  return `${apiArn(arn, stage.apiId)}/${stage.name}/${request.method}${called}`;
}

/**
 * What a function sees as the source of a call: the route, whose variables keep their braces. Permissions that CDK and the
 * console write name it so.
 * @see https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-apigatewayv2-integrations/lib/http/lambda.ts
 */
export function invocationSourceArn(
  arn: { readonly region: string; readonly accountId: string },
  { stage, route, request }: Passage,
): string {
  const called = route.method === undefined ? route.key : request.method + route.key.replace(/^[A-Z]+ /, "");
  return `${apiArn(arn, stage.apiId)}/${stage.name}/${called}`;
}

export function apiArn(
  { region, accountId }: { readonly region: string; readonly accountId: string },
  apiId: string,
): string {
  return `arn:aws:execute-api:${region}:${accountId}:${apiId}`;
}
