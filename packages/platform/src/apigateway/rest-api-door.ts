import type { IncomingMessage } from "node:http";
import type { ClientResponse } from "../front-door/client-response.ts";
import { bodyReader, type HttpRequest, headerOf } from "../front-door/http-request.ts";
import { type Clock, systemClock } from "../lambda/environment/index.ts";
import type { TokenBucket } from "../throttling/token-bucket.ts";
import { type AuthorizationOptions, MethodAuthorization } from "./authorization/method-authorization.ts";
import { shaped } from "./gateway-response/customisation.ts";
import { GatewayResponse, gatewayResponses } from "./gateway-response/gateway-response.ts";
import { HttpProxy, type HttpProxyOptions } from "./integration/http-proxy.ts";
import { LambdaProxy, type LambdaProxyOptions } from "./integration/lambda-proxy.ts";
import { type MockIntegration, mockAnswer } from "./integration/mock-integration.ts";
import { parseQuery } from "./integration/proxy-event.ts";
import { contextVariables } from "./log/context-variables.ts";
import { shownHeaders } from "./log/execution-log.ts";
import { type PutLogEvent, StageLogs } from "./log/stage-logs.ts";
import {
  checkLengths,
  type Passage,
  routeRequest,
  type Stage,
  type StageRequest,
  splitStagePath,
  withMethodOverride,
} from "./passage.ts";
import { idHeaders, requestIds } from "./request-ids.ts";
import { validateRequest } from "./request-validation/request-validation.ts";
import { requireApiKey } from "./usage/api-key.ts";
import type { UsageByDay } from "./usage/quota-counter.ts";
import { StageThrottling } from "./usage/stage-throttling.ts";
import type { UsagePlans } from "./usage/usage-plans.ts";
import { passWebAcl } from "./web-acl-station.ts";

/** What the door needs of the rest of the platform. */
export interface RestApiDoorOptions extends LambdaProxyOptions, HttpProxyOptions, AuthorizationOptions {
  readonly find: (apiId: string, stageName: string) => Stage | undefined;
  /** Takes what a developer should know and the client is not told. */
  readonly note: (requestId: string, message: string) => void;
  readonly usagePlans: () => UsagePlans;
  /** Of all APIs of the account. */
  readonly accountRequests: TokenBucket;
  readonly putLog: PutLogEvent;
  /** Takes requests that are over; the time is on the clock of their journals. */
  readonly onOver?: (arrival: StageRequest, nowMs: number) => void;
}

/**
 * Answers requests to the stages of REST APIs: the stations that a request passes, in AWS's order, until one of them
 * answers.
 */
export class RestApiDoor {
  readonly #options: RestApiDoorOptions;
  readonly #clock: Clock;
  readonly #authorization: MethodAuthorization;
  readonly #lambdaProxy: LambdaProxy;
  readonly #httpProxy: HttpProxy;
  readonly #throttling: StageThrottling;
  readonly #logs: StageLogs;

  constructor(options: RestApiDoorOptions) {
    this.#options = options;
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#authorization = new MethodAuthorization(options);
    this.#lambdaProxy = new LambdaProxy(options);
    this.#httpProxy = new HttpProxy(options);
    this.#logs = new StageLogs(options.putLog, () => clock.now());
    this.#throttling = new StageThrottling(
      clock,
      () => clock.now(),
      () => options.accountRequests.take(options.limits.apiRequests),
    );
  }

  /** @param rawPath - `/{stage}/…`, as sent. */
  async answer(
    apiId: string,
    rawPath: string,
    sent: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    const request = withMethodOverride(sent);
    const ids = requestIds(request);
    const { stageName, rest } = splitStagePath(rawPath);
    const stage = this.#options.find(apiId, stageName);
    if (stage === undefined) {
      const { status, headers, body } = gatewayResponses.forbidden();
      client.send(status, [...headers, ...idHeaders(ids)], body);
      return;
    }
    const { apiPayloadBytes } = this.#options.limits;
    const arrival: StageRequest = {
      ...ids,
      stage,
      path: rest.replace(/^\/*/, "/"),
      stagePath: `/${stageName}${rest}`,
      request,
      client,
      journal: { receivedMs: this.#clock.now(), beganMs: this.#clock.monotonicMs() },
      body: bodyReader(message, apiPayloadBytes, () => gatewayResponses.requestTooLarge(apiPayloadBytes)),
      note: (text) => this.#options.note(ids.requestId, text),
    };
    try {
      await this.#pass(arrival);
    } catch (error) {
      if (!(error instanceof GatewayResponse)) throw error;
      this.#refuse(arrival, error);
    } finally {
      this.#conclude(arrival);
    }
  }

  /** Forgets what authorizers answered to requests to a stage. */
  flushAuthorizers(apiId: string, stageName: string): void {
    const stage = this.#options.find(apiId, stageName);
    if (stage !== undefined) this.#authorization.forget(stage.api);
  }

  /** How much of a plan's quota a key has used, by day. */
  usage(planId: string, keyId: string): UsageByDay {
    return this.#throttling.usage(planId, keyId);
  }

  async #pass(arrival: StageRequest): Promise<void> {
    checkLengths(arrival);
    const inspected = await passWebAcl(arrival, this.#clock);
    if (inspected === undefined) return;
    const passage = routeRequest(inspected);
    this.#beginLog(passage);
    const identity = await this.#authorization.admit(passage);
    const client = requireApiKey(passage, this.#options.usagePlans(), identity.usageIdentifierKey);
    // Who sends more than may be sent is told before anything runs.
    const body = await passage.body();
    passage.journal.execution?.data(() => `Method request body before transformations: ${body}`);
    await validateRequest(passage);
    this.#throttling.admit(passage, client);
    const { integration } = passage.method;
    if (integration.type === "mock") answerMock(passage, integration);
    else if (integration.type === "http_proxy") await this.#httpProxy.answer(passage, integration);
    else await this.#lambdaProxy.answer(passage, integration, identity);
  }

  #beginLog(passage: Passage): void {
    const { journal, request, resource, method, pathParameters } = passage;
    const log = this.#logs.execution(passage, passage.settings);
    journal.execution = log;
    if (log === undefined) return;
    log.info(`Extended Request Id: ${passage.extendedRequestId}`);
    log.info(`Starting execution for request: ${passage.requestId}`);
    log.info(`HTTP Method: ${request.method}, Resource Path: ${resource.path}`);
    const isKeyed = method.isApiKeyRequired;
    if (!isKeyed) {
      log.info(
        `API Key  authorized because method '${request.method} ${resource.path}' does not require API Key. Request will not contribute to throttle or quota limits`,
      );
    }
    log.data(() => `Method request path: ${shownHeaders(Object.entries(pathParameters))}`);
    log.data(() => `Method request query string: ${shownHeaders(parseQuery(request.rawQuery))}`);
    log.data(() => `Method request headers: ${shownHeaders(request.headers)}`);
  }

  #refuse(arrival: StageRequest, answer: GatewayResponse): void {
    const { journal, client, stage, request } = arrival;
    const { validationError, message } = answer;
    journal.error = { message, responseType: answer.type ?? "DEFAULT_4XX", validationError };
    const { status, headers, body } = shaped(answer, stage.api.gatewayResponses, {
      context: this.#context(arrival),
      stageVariables: stage.variables ?? {},
      parameter: (location, name) => parameterOf(request, location, name),
      accept: (headerOf(request, "accept") ?? "")
        .split(",")
        .map((type) => type.split(";")[0]?.trim().toLowerCase() ?? ""),
    });
    const { execution } = journal;
    execution?.info(`Gateway response type: ${answer.type ?? "DEFAULT_5XX"} with status code: ${status}`);
    execution?.data(() => `Gateway response body: ${body}`);
    execution?.data(() => `Gateway response headers: ${shownHeaders(headers)}`);
    // What is answered before the stage has seen the request lacks the stage's headers.
    client.send(status, answer.errorType === undefined ? headers : [...headers, ...idHeaders(arrival)], body);
  }

  /** Writes down what became of a request. */
  #conclude(arrival: StageRequest): void {
    const { execution, error, integration } = arrival.journal;
    const { status } = arrival.client;
    // A stream that broke off has its status, and did not succeed.
    if (error === undefined && integration?.error === undefined)
      execution?.info("Successfully completed execution");
    const line = `Method completed with status: ${status}`;
    if (status >= 400) execution?.error(line);
    else execution?.info(line);
    this.#logs.access(arrival, this.#origin);
    this.#options.onOver?.(arrival, this.#clock.monotonicMs());
  }

  #context(arrival: StageRequest) {
    return contextVariables(arrival, this.#origin);
  }

  get #origin() {
    const { accountId, region } = this.#options;
    return { accountId, region, nowMs: this.#clock.monotonicMs() };
  }
}

function answerMock(passage: Passage, integration: MockIntegration): void {
  const { request, stage, note, client } = passage;
  const { status, headers, body } = mockAnswer(integration, request, stage.api.binaryMediaTypes, note);
  client.send(status, [...headers, ...idHeaders(passage)], body);
}

function parameterOf(request: HttpRequest, location: string, name: string): string | undefined {
  if (location === "header") return headerOf(request, name.toLowerCase());
  return location === "querystring"
    ? parseQuery(request.rawQuery).find(([key]) => key === name)?.[1]
    : undefined;
}
