import type { IncomingMessage } from "node:http";
import { withStageVariables } from "../../apigateway/stage-variables.ts";
import type { HeaderList } from "../../front-door/client-response.ts";
import { collect, exchange, headersOf } from "../../http-backend/exchange.ts";
import type { Clock } from "../../lambda/environment/index.ts";
import { type PlatformLimits, unlimitedMs } from "../../platform-limits.ts";
import type { HttpIntegration } from "../definition/http-api.ts";
import { defaultRouteKey } from "../definition/route-key.ts";
import { gatewayAnswers } from "../gateway-answer.ts";
import type { Passage } from "../passage.ts";
import type { IntegrationAnswer } from "./lambda-answer.ts";

/** What HTTP proxy integrations need of the rest of the platform. */
export interface HttpProxyOptions {
  readonly limits: PlatformLimits;
  readonly clock: Clock;
}

/** Headers of one connection, which has no part in the next. */
const connectionHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * HTTP proxy integrations: passes the request on as it is, and the whole of the answer back.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
 */
export class HttpProxy {
  readonly #options: HttpProxyOptions;

  constructor(options: HttpProxyOptions) {
    this.#options = options;
  }

  /** @throws {GatewayAnswer} with 503 if the backend can't be reached or takes too long. */
  async answer(passage: Passage, integration: HttpIntegration): Promise<IntegrationAnswer> {
    const { clock, limits } = this.#options;
    const { integration: entry } = passage.journal;
    const body = await passage.body();
    const url = backendUrl(passage, integration);
    const giveUp = new AbortController();
    const timeoutMs = limits.enforcesTimeouts ? integration.timeoutMs : unlimitedMs;
    const cancelTimeout = clock.setTimer(timeoutMs, () =>
      giveUp.abort(new Error(`It has not answered within ${timeoutMs} ms.`)),
    );
    passage.client.onLeave(() => giveUp.abort(new Error("The client left.")));
    try {
      const method = integration.method === "ANY" ? passage.request.method : integration.method;
      const answer = await exchange(
        { url, method, headers: passedHeaders(passage, body), body },
        giveUp.signal,
      );
      const bytes = await collect(answer, limits.apiPayloadBytes, giveUp.signal);
      const status = answer.statusCode ?? 0;
      if (entry !== undefined) Object.assign(entry, { status, integrationStatus: status });
      return { status, headers: answerHeaders(answer), body: bytes };
    } catch (error) {
      const reason = (giveUp.signal.aborted ? giveUp.signal.reason : error) as Error;
      const message = reason.message || String(reason);
      passage.note(`503: ${url.origin} gave no answer that can be passed on. ${message}`);
      if (entry !== undefined) entry.error = message;
      throw gatewayAnswers.unavailable();
    } finally {
      cancelTimeout();
    }
  }
}

/** Where a request goes: the default route adds its whole path, others put their variables in place. */
function backendUrl(passage: Passage, { uri }: HttpIntegration): URL {
  const { route, path, pathParameters, request, stage } = passage;
  const filled = withStageVariables(uri, stage.variables).replace(
    /\{(\w+)\+?\}/g,
    (all, name: string) => pathParameters[name] ?? all,
  );
  const url = new URL(route.key === defaultRouteKey ? filled.replace(/\/$/, "") + path : filled);
  if (request.rawQuery !== "")
    url.search = [url.search.replace(/^\?/, ""), request.rawQuery].filter(Boolean).join("&");
  return url;
}

/**
 * Headers for the backend: `X-Forwarded-*` become one `Forwarded`.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
function passedHeaders({ request, domainName, traceId }: Passage, body: Buffer): HeaderList {
  const kept = request.headers.filter(([name]) => {
    const key = name.toLowerCase();
    return (
      !connectionHeaders.has(key) &&
      !key.startsWith("x-forwarded-") &&
      !["forwarded", "host", "content-length", "x-amzn-trace-id", "expect"].includes(key)
    );
  });
  const own: HeaderList = [
    ["Forwarded", `for=${request.sourceIp};host=${domainName};proto=http`],
    ["X-Amzn-Trace-Id", traceId.split(";")[0] ?? ""],
    ["Content-Length", String(body.length)],
  ];
  return [...kept, ...own];
}

function answerHeaders(answer: IncomingMessage): HeaderList {
  return headersOf(answer)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !connectionHeaders.has(name) && name !== "content-length");
}
