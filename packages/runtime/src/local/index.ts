import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { eventBytes } from "@sluice/protocol";
import { LocalServerError, RuntimeApiConnectionError } from "../errors.ts";
import type { Invocation, InvocationRequest, RuntimeApi } from "../invocation.ts";
import { LocalInvocation } from "./local-invocation.ts";
import { LocalResponse, type ResponseView } from "./local-response.ts";
import { type LocalServerSettings, readSettings, unknownSettings } from "./settings.ts";

/**
 * Serves one function on this machine: `POST /invoke` with an event as the body answers with what the function writes,
 * as it writes it. Requests wait for each other.
 *
 * @param environment - `LOCAL_LAMBDA_HOST`, `LOCAL_LAMBDA_PORT`, `LOCAL_LAMBDA_INVOCATION_ENDPOINT`,
 * `LOCAL_LAMBDA_TIMEOUT`.
 * @param print - takes what there is to tell the user.
 * @throws {LocalServerError} if a setting can't be used or the port is taken.
 */
export async function startLocalServer(
  environment: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<RuntimeApi> {
  const settings = readSettings(environment);
  print(unknownSettings(environment));
  const local = new LocalServer(settings, environment, print);
  await local.listen();
  return local;
}

/** A request that waits for the function. */
interface Waiting {
  readonly event: Buffer;
  readonly requestId: string;
  readonly headers: IncomingMessage["headers"];
  readonly response: LocalResponse;
}

class LocalServer implements RuntimeApi {
  readonly #settings: LocalServerSettings;
  readonly #functionName: string;
  readonly #region: string;
  readonly #print: (text: string) => void;
  readonly #server: Server;
  readonly #queue: Waiting[] = [];
  #last: LocalResponse | undefined;
  #poll: { resolve(invocation: Invocation): void; reject(error: Error): void } | undefined;

  constructor(settings: LocalServerSettings, environment: NodeJS.ProcessEnv, print: (text: string) => void) {
    this.#settings = settings;
    this.#functionName = environment["AWS_LAMBDA_FUNCTION_NAME"] ?? "local";
    this.#region = environment["AWS_REGION"] ?? "us-east-1";
    this.#print = print;
    this.#server = createServer((request, response) => {
      this.#take(request, response).catch((error) => {
        // The client broke its own request off; there is nobody to answer.
        response.destroy(error);
      });
    });
  }

  async listen(): Promise<void> {
    const { host, port, path, timeoutSeconds } = this.#settings;
    try {
      this.#server.listen(port, host);
      await once(this.#server, "listening");
    } catch (cause) {
      throw new LocalServerError(listenProblem(cause as NodeJS.ErrnoException, host, port), { cause });
    }
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${(this.#server.address() as AddressInfo).port}${path}`;
    this.#print(
      `The function waits for events at ${url}, one at a time.\n` +
        `It may take ${timeoutSeconds} s for each (LOCAL_LAMBDA_TIMEOUT). Try:\n\n` +
        `  curl -v --no-buffer --header "Content-Type: application/json" --data '"this is not used"' ${url}\n\n` +
        `The raw stream, prelude included: add --header "Sluice-View: raw", or ?view=raw to the URL.\n\n`,
    );
  }

  next(): Promise<Invocation> {
    if (!this.#server.listening) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#poll = { resolve, reject };
      this.#deliver();
    });
  }

  async reportInitError(): Promise<void> {
    // The process prints the error itself and ends.
  }

  close(): void {
    for (const { response } of this.#queue.splice(0)) response.destroy();
    const closeServer = () => {
      this.#server.close();
      this.#server.closeAllConnections();
    };
    // The last answer may still be on its way, and for Node.js a connection is idle before its answer has left.
    if (this.#last === undefined) closeServer();
    else this.#last.whenClosed(closeServer);
    this.#poll?.reject(closed());
    this.#poll = undefined;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    response.setHeader("X-Amzn-RequestId", requestId);
    const { path, query } = parseTarget(request.url ?? "");
    const problem = this.#findProblem(request, path);
    const event = await readBody(request, problem === undefined ? eventBytes : 0);
    if (problem !== undefined) return sendError(response, problem);
    if (event === undefined) return sendError(response, tooLarge);
    const syntaxError = findSyntaxError(event);
    if (syntaxError !== undefined) return sendError(response, syntaxError);
    if (this.#queue.length >= longestQueue) return sendError(response, tooMany);
    response.setHeader("X-Amz-Executed-Version", "$LATEST");
    const view: ResponseView =
      request.headers["sluice-view"] === "raw" || query.get("view") === "raw" ? "raw" : "http";
    const waiting: Waiting = {
      // An empty payload reaches a function as an empty object.
      event: event.length === 0 ? Buffer.from("{}") : event,
      requestId,
      headers: request.headers,
      response: new LocalResponse(response, view),
    };
    waiting.response.whenClosed(() => this.#forget(waiting));
    this.#queue.push(waiting);
    this.#deliver();
  }

  #findProblem(request: IncomingMessage, path: string): Problem | undefined {
    if (!this.#isOwnHost(request.headers.host)) {
      return {
        status: 403,
        type: "ForbiddenHost",
        message: `"${request.headers.host ?? ""}" is not a name of this server. A web page must not reach it under another one.`,
      };
    }
    if (path !== this.#settings.path) {
      return {
        status: 404,
        type: "NotFound",
        message: `There is nothing at ${path}. Send a POST request to ${this.#settings.path}.`,
      };
    }
    if (request.method !== "POST") {
      return {
        status: 405,
        type: "MethodNotAllowed",
        message: `${this.#settings.path} takes POST requests whose body is the event.`,
      };
    }
    return undefined;
  }

  /** A page of a site whose name points to this machine would send that name. */
  #isOwnHost(header = ""): boolean {
    const { host } = this.#settings;
    const name = header.replace(/:\d+$/, "").toLowerCase();
    const isLoopback = host === "127.0.0.1" || host === "::1" || host === "localhost";
    return !isLoopback || ["127.0.0.1", "[::1]", "localhost"].includes(name) || name.endsWith(".localhost");
  }

  #deliver(): void {
    if (this.#poll === undefined) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    const { resolve } = this.#poll;
    this.#poll = undefined;
    this.#last = waiting.response;
    const invocation = new LocalInvocation(
      this.#invocationRequest(waiting),
      waiting.response,
      this.#settings.timeoutSeconds,
    );
    this.#printWhenOver(invocation, waiting.response);
    resolve(invocation);
  }

  /** A client that leaves while its event waits makes room for another. */
  #forget(waiting: Waiting): void {
    const index = this.#queue.indexOf(waiting);
    if (index === -1) return;
    this.#queue.splice(index, 1);
    this.#print(`${waiting.requestId} the client left before the function could take its event\n`);
  }

  #invocationRequest({ event, requestId, headers }: Waiting): InvocationRequest {
    const context = headers["x-amz-client-context"];
    const tenantId = headers["x-amz-tenant-id"];
    return {
      requestId,
      deadlineMs: Date.now() + this.#settings.timeoutSeconds * 1000,
      invokedFunctionArn: `arn:aws:lambda:${this.#region}:000000000000:function:${this.#functionName}`,
      traceId: `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")};Sampled=0`,
      clientContext: typeof context === "string" ? Buffer.from(context, "base64").toString() : undefined,
      cognitoIdentity: undefined,
      tenantId: typeof tenantId === "string" ? tenantId : undefined,
      event,
    };
  }

  async #printWhenOver(invocation: LocalInvocation, response: LocalResponse): Promise<void> {
    const start = performance.now();
    await invocation.over;
    // Whoever ended the invocation still has to say how it came out.
    await new Promise(setImmediate);
    const { status, firstByteAtMs, writes, bytes, outcome } = response.summary;
    const parts = [
      `${invocation.request.requestId} ${status}`,
      firstByteAtMs === undefined ? "no byte" : `first byte ${Math.round(firstByteAtMs - start)} ms`,
      `${writes} ${writes === 1 ? "write" : "writes"}, ${bytes} bytes`,
      `${Math.round(performance.now() - start)} ms`,
    ];
    if (outcome !== undefined) parts.push(outcome);
    this.#print(`${parts.join(" · ")}\n`);
  }
}

interface Problem {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

const tooLarge: Problem = {
  status: 413,
  type: "RequestTooLargeException",
  message: `Request must be smaller than ${eventBytes} bytes for the InvokeFunction operation`,
};

/** Requests that may wait. Ours: a queue without an end would take any amount of memory. */
const longestQueue = 100;

const tooMany: Problem = { status: 429, type: "TooManyRequestsException", message: "Rate Exceeded." };

function findSyntaxError(event: Buffer): Problem | undefined {
  if (event.length === 0) return undefined;
  try {
    JSON.parse(event.toString());
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      status: 400,
      type: "InvalidRequestContentException",
      message: `Could not parse request body into json: Could not parse payload into json: ${reason}`,
    };
  }
}

function sendError(response: ServerResponse, { status, type, message }: Problem): void {
  if (status === 405) response.setHeader("Allow", "POST");
  // A body that was too long to be read to its end may still be on its way.
  response.setHeader("Connection", "close");
  response.writeHead(status, { "Content-Type": "application/json", "x-amzn-ErrorType": type });
  response.end(`${JSON.stringify({ Type: "User", message })}\n`);
}

/** The request's path and query. Not resolved as a URL: the path "//x/invoke" would become /invoke on a host x. */
function parseTarget(target: string): { path: string; query: URLSearchParams } {
  const [path = "", query] = target.replace(/^https?:\/\/[^/?]*/i, "").split("?", 2);
  return { path, query: new URLSearchParams(query) };
}

/** What is read of a request that is refused, in bytes. Ours: many clients see no answer before they have sent it all. */
const longestRefusedBody = 64 * 1024 * 1024;

/** @returns the body, or nothing if it is longer than `limit` bytes. */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > longestRefusedBody) break;
    if (length <= limit) pieces.push(piece);
  }
  return length <= limit ? Buffer.concat(pieces) : undefined;
}

function listenProblem(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `Port ${port} of ${host} is in use by another program. Stop it, or choose another port: LOCAL_LAMBDA_PORT=${port < 65_535 ? port + 1 : 7000}.`;
    case "EACCES":
      return `Port ${port} may not be used without special rights. Choose one above 1023: LOCAL_LAMBDA_PORT=7000.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine. Set LOCAL_LAMBDA_HOST to 127.0.0.1, or leave it out.`;
    default:
      return `The local server can't listen on ${host}:${port}: ${error.message}`;
  }
}

function closed(): RuntimeApiConnectionError {
  return new RuntimeApiConnectionError("The local server is closed.");
}
