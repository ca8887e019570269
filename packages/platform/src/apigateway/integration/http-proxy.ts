import type { IncomingMessage } from "node:http";
import { limits } from "@sluice/protocol";
import type { HeaderList } from "../../front-door/client-response.ts";
import {
  AnswerTooLargeError,
  type BackendRequest,
  collect,
  exchange,
  headersOf,
} from "../../http-backend/exchange.ts";
import { type Clock, systemClock } from "../../lambda/environment/index.ts";
import type { InvocationReceiver } from "../../lambda/environment/invocation.ts";
import { PacedReceiver } from "../../lambda/paced-receiver.ts";
import { type PlatformLimits, unlimitedMs } from "../../platform-limits.ts";
import type { HttpProxyIntegration } from "../definition/rest-api.ts";
import { type GatewayResponse, gatewayResponses } from "../gateway-response/gateway-response.ts";
import { contextVariables } from "../log/context-variables.ts";
import { shownHeaders } from "../log/execution-log.ts";
import type { IntegrationEntry } from "../log/stage-journal.ts";
import type { Passage } from "../passage.ts";
import { idHeaders, traceHeader } from "../request-ids.ts";
import { mappedRequest } from "./backend-request.ts";
import { remappedHeaders, withContentType } from "./proxy-response.ts";
import { LimitedStream } from "./stream-limits.ts";

/** What HTTP proxy integrations need of the rest of the platform. */
export interface HttpProxyOptions {
  readonly accountId: string;
  readonly region: string;
  readonly limits: PlatformLimits;
  /** For timeouts; that of this machine unless given. */
  readonly clock?: Clock | undefined;
}

/** Headers of the backend that API Gateway has of its own, as recorded. */
const ownHeaders = new Set(["content-length", "x-amzn-requestid", "x-amz-apigw-id"]);

/** Why there is no answer of the backend's. */
class GivenUp extends Error {
  readonly answer: GatewayResponse | undefined;

  /** @param answer - what the client gets instead; nothing where nobody is there. */
  constructor(message: string, answer?: GatewayResponse) {
    super(message);
    this.answer = answer;
  }
}

/**
 * HTTP proxy integrations of both transfer modes.
 *
 * A client that leaves ends the request to the backend. What AWS does then is not documented; for functions it says that
 * they may run on, and there nobody can be told to stop.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-http.html
 */
export class HttpProxy {
  readonly #options: HttpProxyOptions;
  readonly #clock: Clock;

  constructor(options: HttpProxyOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** @throws {GatewayResponse} if the backend has no answer that can be passed on. */
  async answer(passage: Passage, integration: HttpProxyIntegration): Promise<void> {
    const { journal, client } = passage;
    const request = await this.#request(passage, integration);
    const streams = integration.transferMode === "STREAM";
    const entry: IntegrationEntry = {
      responseTransferMode: streams ? "STREAMED" : "BUFFERED",
      beganMs: this.#clock.monotonicMs(),
    };
    journal.integration = entry;
    const giveUp = new AbortController();
    client.onLeave(() => giveUp.abort(new GivenUp("The client left.")));
    try {
      if (streams) await this.#stream(passage, integration, entry, request, giveUp);
      else await this.#buffer(passage, integration, entry, request, giveUp);
    } catch (error) {
      this.#fail(passage, request, giveUp.signal.aborted ? giveUp.signal.reason : error);
    } finally {
      entry.latencyMs = this.#elapsedMs(entry);
    }
  }

  async #request(passage: Passage, integration: HttpProxyIntegration): Promise<BackendRequest> {
    const { accountId, region } = this.#options;
    const { execution } = passage.journal;
    const context = contextVariables(passage, { accountId, region, nowMs: this.#clock.monotonicMs() });
    const { url: text, headers } = mappedRequest(passage, integration, context);
    const body = await passage.body();
    const method = integration.httpMethod === "ANY" ? passage.request.method : integration.httpMethod;
    execution?.data(() => `Endpoint request URI: ${text}`);
    execution?.data(() => `Endpoint request headers: ${shownHeaders(headers)}`);
    execution?.data(() => `Endpoint request body after transformations: ${body}`);
    const url = URL.parse(text);
    if (url === null || /[{}]/.test(text)) {
      const why = /[{}]/.test(text)
        ? " A parameter of its path has no value: map it with integration.request.path.…"
        : "";
      this.#tell(passage, "Execution failed due to configuration error: Invalid endpoint address");
      passage.note(`500: ${text} is no URL.${why}`);
      throw gatewayResponses.integrationRefused();
    }
    execution?.data(() => `Sending request to ${text}`);
    const length: HeaderList =
      body.length > 0 || !/^(?:GET|HEAD|OPTIONS|DELETE)$/.test(method)
        ? [["Content-Length", String(body.length)]]
        : [];
    return { url, method, headers: [...headers, ...length], body, isUnverified: integration.isUnverified };
  }

  async #buffer(
    passage: Passage,
    { timeoutMs }: HttpProxyIntegration,
    entry: IntegrationEntry,
    request: BackendRequest,
    giveUp: AbortController,
  ): Promise<void> {
    const { limits: platform } = this.#options;
    const cancel = this.#clock.setTimer(this.#timeoutMs(timeoutMs), () =>
      giveUp.abort(
        new GivenUp(`It has not answered within ${timeoutMs} ms.`, gatewayResponses.integrationTimeout()),
      ),
    );
    try {
      const answer = await exchange(request, giveUp.signal);
      const body = await collect(answer, platform.apiPayloadBytes, giveUp.signal);
      const { status, headers } = this.#head(passage, entry, answer);
      passage.journal.execution?.data(() => `Endpoint response body before transformations: ${body}`);
      passage.client.send(status, headers, body);
    } finally {
      cancel();
    }
  }

  async #stream(
    passage: Passage,
    { timeoutMs }: HttpProxyIntegration,
    entry: IntegrationEntry,
    request: BackendRequest,
    giveUp: AbortController,
  ): Promise<void> {
    const { client } = passage;
    client.onFirstContent(() => {
      entry.timeToFirstContentMs = this.#elapsedMs(entry);
    });
    using stream = new LimitedStream(
      this.#paced({ start: () => {}, chunk: (bytes) => client.write(bytes), end: () => client.end() }),
      {
        timeoutMs: this.#timeoutMs(timeoutMs),
        idleMs: limits.apiStreamIdleMs[passage.stage.api.endpointType],
      },
      (why) => {
        giveUp.abort(new GivenUp(`The integration's ${why}.`, gatewayResponses.integrationTimeout()));
        // A client that is slow would be waited for.
        if (client.hasBegun) client.breakOff();
      },
      this.#clock,
    );
    const answer = await exchange(request, giveUp.signal);
    const { status, headers } = this.#head(passage, entry, answer);
    entry.timeToAllHeadersMs = this.#elapsedMs(entry);
    client.begin(status, headers);
    for await (const piece of answer) {
      await stream.chunk(piece as Buffer);
      giveUp.signal.throwIfAborted();
    }
    stream.end({ kind: "complete" });
  }

  /** API Gateway's own bandwidth. */
  #paced(receiver: InvocationReceiver): InvocationReceiver {
    const bytesPerSecond = this.#options.limits.streamBytesPerSecond;
    if (bytesPerSecond === Number.POSITIVE_INFINITY) return receiver;
    return new PacedReceiver(receiver, { ...limits.apiStreamBandwidth, bytesPerSecond }, this.#clock);
  }

  /** Status and headers for the client, once all of the backend's headers are there. */
  #head(
    passage: Passage,
    entry: IntegrationEntry,
    answer: IncomingMessage,
  ): { readonly status: number; readonly headers: HeaderList } {
    const { execution } = passage.journal;
    const status = answer.statusCode ?? 0;
    entry.status = status;
    entry.integrationStatus = status;
    const sent = headersOf(answer);
    const latencyMs = Math.round(this.#elapsedMs(entry));
    execution?.data(() => `Received response. Status: ${status}, Integration latency: ${latencyMs} ms`);
    execution?.data(() => `Endpoint response headers: ${shownHeaders(sent)}`);
    const headers = [
      ...withContentType(remappedHeaders(sent, ownHeaders)),
      ...idHeaders(passage),
      traceHeader(passage),
    ];
    execution?.data(() => `Method response headers: ${shownHeaders(headers)}`);
    return { status, headers };
  }

  /** @throws {GatewayResponse} where the client can still be answered. */
  #fail(passage: Passage, { url }: BackendRequest, error: unknown): void {
    const { client } = passage;
    if (client.hasLeft) {
      passage.note(`The client left; the request to ${url.origin} is ended.`);
      return;
    }
    const { line, answer } = outcomeOf(error);
    const reason = error instanceof Error ? error.message || String(error) : String(error);
    this.#tell(passage, line);
    passage.note(`${answer.status}: ${url.origin} gave no answer that can be passed on. ${reason}`);
    if (!client.hasBegun) throw answer;
    client.breakOff();
  }

  #tell({ journal }: Passage, line: string): void {
    if (journal.integration !== undefined) journal.integration.error = line;
    journal.execution?.error(line);
  }

  #timeoutMs(timeoutMs: number): number {
    return this.#options.limits.enforcesTimeouts ? timeoutMs : unlimitedMs;
  }

  #elapsedMs({ beganMs }: IntegrationEntry): number {
    return this.#clock.monotonicMs() - beganMs;
  }
}

/** Line of the execution log, and answer, for what went wrong. */
function outcomeOf(error: unknown): { readonly line: string; readonly answer: GatewayResponse } {
  if (error instanceof GivenUp && error.answer !== undefined) {
    return { line: "Execution failed due to a timeout error", answer: error.answer };
  }
  if (error instanceof AnswerTooLargeError) {
    return {
      line: `Execution failed due to configuration error: ${error.message}`,
      answer: gatewayResponses.integrationRefused(),
    };
  }
  if ((error as NodeJS.ErrnoException).code === "ENOTFOUND") {
    return {
      line: "Execution failed due to configuration error: Invalid endpoint address",
      answer: gatewayResponses.integrationRefused(),
    };
  }
  return {
    line: "Execution failed due to a network error communicating with endpoint",
    answer: gatewayResponses.networkError(),
  };
}
