import type { IncomingMessage } from "node:http";
import type { ClientResponse } from "../front-door/client-response.ts";
import { type HttpRequest, readBody } from "../front-door/http-request.ts";
import { systemClock } from "../lambda/environment/index.ts";
import { TokenBucket } from "../throttling/token-bucket.ts";
import { type AuthorizationOptions, MethodAuthorization } from "./authorization/method-authorization.ts";
import { GatewayResponse, gatewayResponses } from "./gateway-response.ts";
import { LambdaProxy, type LambdaProxyOptions } from "./integration/lambda-proxy.ts";
import { type MockIntegration, mockAnswer } from "./integration/mock-integration.ts";
import { type Passage, routeRequest, type Stage, type StageRequest, splitStagePath } from "./passage.ts";
import { idHeaders, type RequestIds, requestIds } from "./request-ids.ts";
import { requireApiKey } from "./usage/api-key.ts";
import { StageThrottling } from "./usage/stage-throttling.ts";
import type { UsagePlans } from "./usage/usage-plans.ts";

/** What the door needs of the rest of the platform. */
export interface RestApiDoorOptions extends LambdaProxyOptions, AuthorizationOptions {
  readonly find: (apiId: string, stageName: string) => Stage | undefined;
  /** Takes what a developer should know and the client is not told. */
  readonly note: (requestId: string, message: string) => void;
  readonly usagePlans: () => UsagePlans;
}

/**
 * Answers requests to the stages of REST APIs: the stations that a request passes, in AWS's order, until one of them
 * answers.
 */
export class RestApiDoor {
  readonly #options: RestApiDoorOptions;
  readonly #authorization: MethodAuthorization;
  readonly #lambdaProxy: LambdaProxy;
  readonly #throttling: StageThrottling;

  constructor(options: RestApiDoorOptions) {
    this.#options = options;
    this.#authorization = new MethodAuthorization(options);
    this.#lambdaProxy = new LambdaProxy(options);
    const clock = options.clock ?? systemClock;
    const account = new TokenBucket(clock);
    this.#throttling = new StageThrottling(
      clock,
      () => clock.now(),
      () => account.take(options.limits.apiRequests),
    );
  }

  /** @param rawPath - `/{stage}/…`, as sent. */
  async answer(
    apiId: string,
    rawPath: string,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    const ids = requestIds(request);
    const { stageName, rest } = splitStagePath(rawPath);
    const stage = this.#options.find(apiId, stageName);
    if (stage === undefined) {
      refuse(client, ids, gatewayResponses.forbidden());
      return;
    }
    const arrival: StageRequest = {
      ...ids,
      stage,
      path: rest.replace(/^\/*/, "/"),
      stagePath: `/${stageName}${rest}`,
      request,
      client,
      journal: { receivedMs: Date.now() },
      body: this.#bodyReader(message),
      note: (text) => this.#options.note(ids.requestId, text),
    };
    try {
      await this.#pass(arrival);
    } catch (error) {
      if (!(error instanceof GatewayResponse)) throw error;
      refuse(client, ids, error);
    }
  }

  async #pass(arrival: StageRequest): Promise<void> {
    const passage = routeRequest(arrival);
    const identity = await this.#authorization.admit(passage);
    const client = requireApiKey(passage, this.#options.usagePlans(), identity.usageIdentifierKey);
    // Who sends more than may be sent is told before anything runs.
    await passage.body();
    this.#throttling.admit(passage, client);
    const { integration } = passage.method;
    if (integration.type === "mock") answerMock(passage, integration);
    else await this.#lambdaProxy.answer(passage, integration, identity);
  }

  #bodyReader(message: IncomingMessage): () => Promise<Buffer> {
    const { apiPayloadBytes } = this.#options.limits;
    let reading: Promise<Buffer> | undefined;
    const read = async (): Promise<Buffer> => {
      const body = await readBody(message, apiPayloadBytes);
      if (body === undefined) throw gatewayResponses.requestTooLarge(apiPayloadBytes);
      return body;
    };
    return () => {
      reading ??= read();
      return reading;
    };
  }
}

function answerMock(passage: Passage, integration: MockIntegration): void {
  const { request, stage, note, client } = passage;
  const { status, headers, body } = mockAnswer(integration, request, stage.api.binaryMediaTypes, note);
  client.send(status, [...headers, ...idHeaders(passage)], body);
}

function refuse(client: ClientResponse, ids: RequestIds, answer: GatewayResponse): void {
  // What is answered before the stage has seen the request lacks the stage's headers.
  const headers = answer.errorType === undefined ? answer.headers : [...answer.headers, ...idHeaders(ids)];
  client.send(answer.status, headers, answer.body);
}
