import { limits } from "@sluice/protocol";
import type { ClientResponse } from "../front-door/client-response.ts";
import { type HttpRequest, headerOf } from "../front-door/http-request.ts";
import type { WebAcl } from "../wafv2/index.ts";
import { calledPath } from "./definition/called-path.ts";
import { matchResource } from "./definition/resource-matcher.ts";
import { type ApiMethod, type ApiResource, findMethod, type RestApi } from "./definition/rest-api.ts";
import { gatewayResponses } from "./gateway-response/gateway-response.ts";
import type { StageJournal } from "./log/stage-journal.ts";
import { type EffectiveSettings, type MethodSetting, settingsOf } from "./method-settings.ts";
import type { RequestIds } from "./request-ids.ts";

/** Where a stage's access log goes, and what a line of it looks like. */
export interface AccessLog {
  readonly group: string;
  readonly format: string;
}

/** A deployed stage of an API. */
export interface Stage {
  readonly apiId: string;
  /** `arn:aws:execute-api:{region}:{account}:{api id}`. */
  readonly apiArn: string;
  readonly name: string;
  readonly deploymentId: string;
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly methodSettings: readonly MethodSetting[];
  readonly accessLog: AccessLog | undefined;
  /** What looks at requests first. */
  readonly webAcl: WebAcl | undefined;
  readonly api: RestApi;
}

/** A request that has reached a stage. */
export interface StageRequest extends RequestIds {
  readonly stage: Stage;
  /** Without the stage, as sent, but for slashes doubled at its beginning. */
  readonly path: string;
  /** With the stage, as sent. */
  readonly stagePath: string;
  readonly request: HttpRequest;
  readonly client: ClientResponse;
  /** Each station of the way writes its part. */
  readonly journal: StageJournal;
  /**
   * Reads the body, once for all who ask.
   * @throws {GatewayResponse} with status 413 if it is longer than API Gateway takes.
   */
  readonly body: () => Promise<Buffer>;
  /** Takes what a developer should know and the client is not told. */
  readonly note: (message: string) => void;
}

/** A request on its way to the integration of a method. */
export interface Passage extends StageRequest {
  readonly resource: ApiResource;
  readonly method: ApiMethod;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** What the stage sets for the method. */
  readonly settings: EffectiveSettings;
}

/** Splits `/{stage}/…` as sent into the stage's name and what follows it. */
export function splitStagePath(rawPath: string): { readonly stageName: string; readonly rest: string } {
  const [, stageName = "", rest = ""] = /^\/+([^/]*)(\/.*)?$/.exec(rawPath) ?? [];
  return { stageName, rest };
}

/**
 * A request as API Gateway takes it: a header can give it another method. What a signature then covers is not documented;
 * here it is the method that the header gives.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
export function withMethodOverride(request: HttpRequest): HttpRequest {
  const method = headerOf(request, "x-http-method-override")?.toUpperCase() ?? "";
  return /^(?:DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/.test(method) ? { ...request, method } : request;
}

/**
 * Refuses what is longer than API Gateway takes.
 * @throws {GatewayResponse} with 414 or 431.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export function checkLengths(arrival: StageRequest): void {
  const { stagePath, request, stage } = arrival;
  const query = request.rawQuery === "" ? 0 : request.rawQuery.length + 1;
  if (stagePath.length + query > limits.apiUrlBytes) {
    arrival.note(`414: the URL is longer than ${limits.apiUrlBytes} bytes.`);
    throw gatewayResponses.uriTooLong();
  }
  const arnLength = `${stage.apiArn}/${request.method}`.length + Buffer.byteLength(stagePath);
  if (arnLength > limits.apiMethodArnBytes) {
    arrival.note(
      `414: the ARN of what is called, which the path is a part of, is longer than ${limits.apiMethodArnBytes} bytes.`,
    );
    throw gatewayResponses.uriTooLong();
  }
  const headerBytes = request.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (headerBytes > limits.apiHeaderBytes) {
    arrival.note(`431: the headers have more than ${limits.apiHeaderBytes} bytes together.`);
    throw gatewayResponses.headersTooLarge();
  }
}

/**
 * Finds the method that a request is for.
 * @throws {GatewayResponse} if there is none, or if it isn't served here.
 */
export function routeRequest(arrival: StageRequest): Passage {
  const { stage, path, request } = arrival;
  const methodOf = (resource: ApiResource) => findMethod(resource, request.method);
  const match = matchResource(stage.api.resources, path, (resource) => methodOf(resource) !== undefined);
  const method = match && methodOf(match.resource);
  if (match === undefined || method === undefined) {
    arrival.note(`403: the API has no method for ${request.method} ${path}.`);
    throw gatewayResponses.missingAuthenticationToken();
  }
  if (typeof method === "string") {
    arrival.note(`501: ${request.method} ${match.resource.path}: ${method}`);
    throw gatewayResponses.notServed(method);
  }
  const { resource, pathParameters } = match;
  const settings = settingsOf(stage.methodSettings, resource.path, method.httpMethod);
  arrival.journal.routed = { resource, method, settings };
  return { ...arrival, resource, pathParameters, method, settings };
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html */
export function methodArn({ stage, request, resource, pathParameters }: Passage): string {
  return `${stage.apiArn}/${stage.name}/${request.method}${calledPath(resource.segments, pathParameters)}`;
}
