import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { ClientResponse } from "../front-door/client-response.ts";
import { readRequestHead } from "../front-door/http-request.ts";
import { createServer, request as httpRequest } from "../http-of-node.ts";
import { matchResource } from "./definition/resource-matcher.ts";
import type { ApiMethod, ApiResource, RestApi } from "./definition/rest-api.ts";
import type { Stage } from "./passage.ts";
import { RestApiDoor, type RestApiDoorOptions } from "./rest-api-door.ts";
import type { UsageByDay } from "./usage/quota-counter.ts";

/** How long a method that is tried may take, in milliseconds, and how long its answer may be, in bytes. */
const longestMs = 35_000;
const largestBytes = 1024 * 1024;

const stageName = "test-invoke-stage";

/** A request to a method, before anything is deployed. */
export interface TestInvocation {
  readonly apiId: string;
  readonly apiArn: string;
  readonly api: RestApi;
  readonly resource: ApiResource;
  readonly httpMethod: string;
  /** With the query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

/** What a method answered, and how it came to that. */
export interface TestAnswer {
  /** 0 if there were no headers in time. */
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Lines of the execution log; none of a streamed answer. */
  readonly log: string | undefined;
  readonly latencyMs: number;
}

/** What the control plane of REST APIs asks of the part that serves them. */
export interface TestInvocations {
  readonly invoke: (test: TestInvocation) => Promise<TestAnswer>;
  readonly flushAuthorizers: (apiId: string, stageName: string) => void;
  readonly usage: (planId: string, keyId: string) => UsageByDay;
}

/**
 * Sends a request to a method as it is now. Nobody asks who sends it, and neither keys nor a web ACL are in its way.
 * A streamed answer is given whole: what came within 35 seconds, and of that 1 MB.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
 */
export async function testInvoke(options: RestApiDoorOptions, test: TestInvocation): Promise<TestAnswer> {
  const { resource, method } = openMethod(test);
  const lines: string[] = [];
  const stage: Stage = {
    apiId: test.apiId,
    apiArn: test.apiArn,
    name: stageName,
    deploymentId: "",
    variables: test.variables,
    methodSettings: [{ resourcePath: "*", httpMethod: "*", loggingLevel: "INFO", dataTraceEnabled: true }],
    accessLog: undefined,
    webAcl: undefined,
    api: { ...test.api, resources: [resource], policy: undefined },
  };
  const door = new RestApiDoor({
    ...options,
    find: () => stage,
    putLog: (_group, _stream, message, timeMs) => lines.push(logLine(message, timeMs)),
    onOver: () => {},
  });
  const path = pathOf(test);
  await using server = await listen(async (message, client) => {
    const head = readRequestHead(message);
    const sent = { ...head, headers: test.headers, sourceIp: "test-invoke-source-ip" };
    await door.answer(test.apiId, head.rawPath, sent, message, client);
  });
  const answer = await receive(server.port, `/${stageName}${path}`, test);
  const isStream = "transferMode" in method.integration && method.integration.transferMode === "STREAM";
  const requestId = /\(([0-9a-f-]{36})\)/.exec(lines[0] ?? "")?.[1] ?? "";
  const log = [`Execution log for request ${requestId}`, ...lines.flatMap(shownLine), ""].join("\n");
  return { ...answer, log: isStream ? undefined : log };
}

/** The method without what could keep the request from it. */
function openMethod({ resource, httpMethod }: TestInvocation): { resource: ApiResource; method: ApiMethod } {
  const method = resource.methods.get(httpMethod) ?? resource.methods.get("ANY");
  if (method === undefined) throw new TypeError(`${resource.path} has no method ${httpMethod}.`);
  const open: ApiMethod = { ...method, authorization: "NONE", isApiKeyRequired: false };
  return { resource: { ...resource, methods: new Map([[open.httpMethod, open]]) }, method: open };
}

/** The path that is sent: that of the resource where the one that is given isn't one of its own. */
function pathOf({ path, resource }: TestInvocation): string {
  const [given = "", query] = path.split("?");
  const isOwn = matchResource([resource], given, () => true) !== undefined;
  return `${isOwn ? given : resource.path}${query === undefined ? "" : `?${query}`}`;
}

async function listen(answer: (message: IncomingMessage, client: ClientResponse) => Promise<void>) {
  const server = createServer((message, response) => {
    const client = new ClientResponse(response);
    answer(message, client).catch(() => client.send(500, [], '{"message": "Internal server error"}'));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function receive(
  port: number,
  path: string,
  { httpMethod, body, signal }: TestInvocation,
): Promise<Omit<TestAnswer, "log">> {
  const beganMs = performance.now();
  const latencyMs = () => Math.round(performance.now() - beganMs);
  const pieces: Buffer[] = [];
  let answer: IncomingMessage | undefined;
  const method = httpMethod === "ANY" ? "GET" : httpMethod;
  const over = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const sending = httpRequest({ host: "127.0.0.1", port, path, method, agent: false, signal: over });
  sending.setHeader("Content-Length", Buffer.byteLength(body));
  sending.end(body);
  try {
    [answer] = (await once(sending, "response")) as [IncomingMessage];
    let length = 0;
    for await (const piece of answer as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length > largestBytes) break;
    }
  } catch (error) {
    // Broken off: what came until then is the answer.
    if (answer === undefined && !over.aborted) throw error;
  } finally {
    sending.destroy();
  }
  const text = Buffer.concat(pieces).subarray(0, largestBytes).toString();
  const headers = answer === undefined ? [] : shownHeaders(answer.rawHeaders);
  return { status: answer?.statusCode ?? 0, headers, body: text, latencyMs: latencyMs() };
}

/** Headers of the answer itself, without those of the connection and of the stage. */
function shownHeaders(raw: readonly string[]): [string, string][] {
  const pairs = raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ""] as [string, string]] : [],
  );
  return pairs.filter(([name]) => !hidden.has(name.toLowerCase()));
}

const hidden: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "transfer-encoding",
  "x-amz-apigw-id",
  "x-amzn-requestid",
]);

function logLine(message: string, timeMs: number): string {
  const [day, date, month, year, time] = new Date(timeMs).toUTCString().split(/[ ,]+/);
  return `${day} ${month} ${date} ${time} UTC ${year} : ${message}`;
}

/** A line without the request's id, and none of what only stages log. */
function shownLine(line: string): string[] {
  const text = line.replace(/ : \([^)]*\) /, " : ");
  return / : (?:Extended Request Id|API Key {2}authorized)/.test(text) ? [] : [text];
}
