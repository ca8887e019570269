import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { limits } from "@sluice/protocol";
import { requestIds } from "../apigateway/request-ids.ts";
import type { ClientResponse, HeaderList } from "../front-door/client-response.ts";
import { bodyReader, type HttpRequest } from "../front-door/http-request.ts";
import type { LogEvent } from "../logs/log-store.ts";
import type { TokenBucket } from "../throttling/token-bucket.ts";
import { type AnsweredRequest, accessLogContext } from "./access-log.ts";
import { RouteAuthorization, type RouteAuthorizationOptions } from "./authorization/route-authorization.ts";
import { corsHeaders, isPreflight, preflightHeaders, withoutCorsHeaders } from "./cors.ts";
import type { HttpIntegration, LambdaIntegration, Route } from "./definition/http-api.ts";
import { matchRoute } from "./definition/route-key.ts";
import { GatewayAnswer, gatewayAnswers } from "./gateway-answer.ts";
import { HttpProxy } from "./integration/http-proxy.ts";
import type { IntegrationAnswer } from "./integration/lambda-answer.ts";
import { LambdaProxy } from "./integration/lambda-proxy.ts";
import { defaultStage, type HttpStage, type Identity, type Passage, type StageRequest } from "./passage.ts";
import { RouteThrottling } from "./route-throttling.ts";

/** What the door needs of the rest of the platform. */
export interface HttpApiDoorOptions extends RouteAuthorizationOptions {
  /** A stage that is deployed. */
  readonly find: (apiId: string, stageName: string) => HttpStage | undefined;
  /** Of all APIs of the account. */
  readonly accountRequests: TokenBucket;
  /** Takes lines of access logs. */
  readonly log: (group: string, stream: string, event: LogEvent) => void;
  /** Takes requests that are over. */
  readonly onOver?: (answered: AnsweredRequest) => void;
  /** Takes what a developer should know and the client is not told. */
  readonly note: (requestId: string, message: string) => void;
}

/**
 * Answers requests to HTTP APIs: the stations that a request passes until one of them answers. Nothing streams here: the
 * answer leaves when it is whole.
 */
export class HttpApiDoor {
  readonly #options: HttpApiDoorOptions;
  readonly #authorization: RouteAuthorization;
  readonly #throttling: RouteThrottling;
  readonly #lambdaProxy: LambdaProxy;
  readonly #httpProxy: HttpProxy;

  constructor(options: HttpApiDoorOptions) {
    this.#options = options;
    this.#authorization = new RouteAuthorization(options);
    this.#throttling = new RouteThrottling(
      options.clock,
      options.accountRequests,
      options.limits.apiRequests,
    );
    this.#lambdaProxy = new LambdaProxy(options);
    this.#httpProxy = new HttpProxy(options);
  }

  /** @param rawPath - as sent: with the stage in front, unless it is the default one. */
  async answer(
    apiId: string,
    rawPath: string,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    // Eleven bytes in base64 with a padding sign, as AWS's look.
    const requestId = randomBytes(11).toString("base64");
    const selected = this.#selectStage(apiId, rawPath);
    if (selected === undefined) {
      sendRefusal(client, requestId, gatewayAnswers.notFound(), []);
      return;
    }
    const { stage, path } = selected;
    const { apiPayloadBytes } = this.#options.limits;
    const arrival: StageRequest = {
      requestId,
      traceId: requestIds(request).traceId,
      timeMs: Date.now(),
      stage,
      path,
      stagePath: rawPath,
      domainName: `${apiId}.execute-api.${this.#options.region}.amazonaws.com`,
      request,
      client,
      journal: {},
      body: bodyReader(message, apiPayloadBytes, gatewayAnswers.requestTooLarge),
      note: (text) => this.#options.note(requestId, text),
    };
    await this.#answerStage(arrival);
  }

  /** A stage that the path names goes before the default one. */
  #selectStage(apiId: string, rawPath: string): { stage: HttpStage; path: string } | undefined {
    const [, name = "", rest = "/"] = /^\/([^/]*)(\/.*)?$/.exec(rawPath) ?? [];
    const named = name === defaultStage ? undefined : this.#options.find(apiId, name);
    if (named !== undefined) return { stage: named, path: rest };
    const stage = this.#options.find(apiId, defaultStage);
    return stage && { stage, path: rawPath };
  }

  async #answerStage(arrival: StageRequest): Promise<void> {
    const { stage, request, client, requestId } = arrival;
    const match = matchRoute(stage.routes, request.method, arrival.path);
    const cors = stage.cors === undefined ? [] : corsHeaders(request, stage.cors);
    const startedMs = performance.now();
    const log = (status: number, responseBytes: number, refusal?: GatewayAnswer): void =>
      this.#log({
        accountId: this.#options.accountId,
        arrival,
        route: match?.route,
        status,
        responseBytes,
        refusal,
        latencyMs: performance.now() - startedMs,
      });
    try {
      const answer = await this.#pass(arrival, match);
      if (answer === undefined) return;
      const ignoresOwn = stage.cors !== undefined && match !== undefined && !isPreflight(request);
      const own = ignoresOwn ? withoutCorsHeaders(answer.headers) : answer.headers;
      client.send(answer.status, [...own, ...cors, ["apigw-requestid", requestId]], answer.body);
      log(answer.status, answer.body.length);
    } catch (error) {
      if (!(error instanceof GatewayAnswer)) throw error;
      sendRefusal(client, requestId, error, cors);
      log(error.status, Buffer.byteLength(error.body), error);
    }
  }

  async #pass(
    arrival: StageRequest,
    match: { readonly route: Route; readonly pathParameters: Readonly<Record<string, string>> } | undefined,
  ): Promise<IntegrationAnswer | undefined> {
    const { request, stage, note } = arrival;
    if (headBytes(request) > limits.httpApiHeadBytes) throw gatewayAnswers.headersTooLarge();
    const isAnsweredHere = stage.cors !== undefined && isPreflight(request);
    if (match === undefined) {
      if (isAnsweredHere) return answerPreflight(arrival);
      note(`404: the API has no route for ${request.method} ${arrival.path}.`);
      throw gatewayAnswers.notFound();
    }
    const passage: Passage = { ...arrival, ...match };
    this.#throttling.admit(passage);
    // A route that takes OPTIONS takes preflights as well: without a token its authorizer refuses them.
    const identity = await this.#authorization.admit(passage);
    if (identity === undefined) return undefined;
    arrival.journal.identity = identity;
    if (isAnsweredHere) return answerPreflight(arrival);
    // Who sends more than may be sent is told before anything runs.
    await passage.body();
    return this.#integrate(passage, identity);
  }

  async #integrate(passage: Passage, identity: Identity): Promise<IntegrationAnswer | undefined> {
    const { route, note, journal } = passage;
    const { integration } = route;
    if (integration === undefined) {
      note(`500: the route ${route.key} has no integration.`);
      throw gatewayAnswers.internalError();
    }
    if ("unserved" in integration) {
      note(`501: ${route.key}: ${integration.unserved}`);
      throw gatewayAnswers.notServed(integration.unserved);
    }
    const startedMs = performance.now();
    journal.integration = { startedMs };
    try {
      return await this.#call(passage, integration, identity);
    } finally {
      journal.integration.latencyMs = Math.round(performance.now() - startedMs);
    }
  }

  #call(
    passage: Passage,
    integration: LambdaIntegration | HttpIntegration,
    identity: Identity,
  ): Promise<IntegrationAnswer | undefined> {
    return integration.type === "AWS_PROXY"
      ? this.#lambdaProxy.answer(passage, integration, identity)
      : this.#httpProxy.answer(passage, integration);
  }

  #log(answered: AnsweredRequest): void {
    this.#options.onOver?.(answered);
    const { stage, timeMs } = answered.arrival;
    if (stage.accessLog === undefined) return;
    const { logGroupName, format } = stage.accessLog;
    const message = format.render(accessLogContext(answered));
    this.#options.log(logGroupName, `${stage.apiId}/${stage.name}`, { timestampMs: timeMs, message });
  }
}

function answerPreflight({ request, stage }: StageRequest): IntegrationAnswer {
  const headers = stage.cors === undefined ? [] : preflightHeaders(request, stage.cors);
  return { status: 204, headers, body: Buffer.alloc(0) };
}

/** Request line and headers, as they came. */
function headBytes({ method, rawPath, rawQuery, headers }: HttpRequest): number {
  const line = `${method} ${rawPath}${rawQuery === "" ? "" : "?"}${rawQuery} HTTP/1.1\r\n`;
  return headers.reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value) + 4, line.length);
}

function sendRefusal(
  client: ClientResponse,
  requestId: string,
  answer: GatewayAnswer,
  cors: HeaderList,
): void {
  const headers: HeaderList = [
    ["content-type", "application/json"],
    ...answer.headers,
    ...cors,
    ["apigw-requestid", requestId],
  ];
  client.send(answer.status, headers, answer.body);
}
