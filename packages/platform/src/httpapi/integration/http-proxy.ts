import type { IncomingMessage } from "node:http";
import { request as sendHttp } from "node:http";
import { request as sendHttps } from "node:https";
import type { HeaderList } from "../../front-door/client-response.ts";
import type { Clock } from "../../lambda/environment/index.ts";
import { type PlatformLimits, unlimitedMs } from "../../platform-limits.ts";
import type { HttpIntegration } from "../definition/http-api.ts";
import { defaultRouteKey } from "../definition/route-key.ts";
import { gatewayAnswers } from "../gateway-answer.ts";
import { type Passage, withStageVariables } from "../passage.ts";
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
      const answer = await exchange(url, method, passedHeaders(passage, body), body, giveUp.signal);
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
  const filled = withStageVariables(uri, stage).replace(
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
function passedHeaders({ request, domainName, traceId }: Passage, body: Buffer): string[] {
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
  return [...kept, ...own].flat();
}

function exchange(
  url: URL,
  method: string,
  headers: readonly string[],
  body: Buffer,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? sendHttps : sendHttp;
    const sending = send(url, {
      method,
      // Headers as a list don't get one of their own from the URL.
      headers: ["Host", url.host, ...headers],
      agent: false,
      signal,
    });
    sending.on("response", resolve);
    sending.on("error", reject);
    sending.end(body);
  });
}

async function collect(answer: IncomingMessage, most: number, signal: AbortSignal): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of answer) {
    signal.throwIfAborted();
    length += (piece as Buffer).length;
    if (length > most) throw new Error(`Its answer has more than ${most} bytes.`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

function answerHeaders({ rawHeaders }: IncomingMessage): HeaderList {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (!connectionHeaders.has(name) && name !== "content-length")
      headers.push([name, rawHeaders[index + 1] ?? ""]);
  }
  return headers;
}
