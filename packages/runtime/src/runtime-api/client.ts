import {
  categorizedErrorType,
  errorTypeTrailer,
  type FunctionErrorDocument,
  runtimeApiVersion,
} from "@sluice/protocol";
import { RuntimeApiProtocolError } from "../errors.ts";
import type { Invocation, InvocationRequest, ResponseSink, RuntimeApi } from "../invocation.ts";
import { Connection, parseAddress, type UnrecoverableListener } from "./connection.ts";
import type { HttpResponse } from "./response-parser.ts";
import { StreamedResponse } from "./streamed-response.ts";

/**
 * Client of the Lambda Runtime API over one keep-alive connection: one invocation at a time.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApiClient implements RuntimeApi {
  readonly #connection: Connection;
  readonly #host: string;
  readonly #next: string;

  /**
   * @param address - `AWS_LAMBDA_RUNTIME_API`: host and port.
   * @param onUnrecoverable - told of a 500 at once; a handler may not look at the answer for long, or ever.
   * @param connectTo - makes the connection.
   */
  constructor(address: string, onUnrecoverable?: UnrecoverableListener, connectTo: ConnectTo = plainly) {
    const { host, port } = parseAddress(address);
    this.#connection = connectTo(host, port, onUnrecoverable);
    this.#host = `Host: ${address}\r\nUser-Agent: sluice/0.1\r\n`;
    this.#next = `GET /${runtimeApiVersion}/runtime/invocation/next HTTP/1.1\r\n${this.#host}\r\n`;
  }

  /**
   * Waits for the next event. No time-out: the environment may be frozen in between.
   * @throws {RuntimeApiError} on any answer but 200; `RuntimeApiUnrecoverableError` on 500.
   * @throws {RuntimeApiProtocolError} if the answer lacks the request id, or has a malformed one.
   */
  async next(): Promise<Invocation> {
    const response = await this.#connection.send(this.#next);
    if (response.status !== 200) throw this.#connection.refusal("next", response);
    return new HttpInvocation(this.#connection, this.#host, response);
  }

  async reportInitError(error: FunctionErrorDocument): Promise<void> {
    const path = `/${runtimeApiVersion}/runtime/init/error`;
    const response = await this.#connection.send(errorRequest(path, this.#host, error));
    this.#connection.checkAccepted("init/error", response);
  }

  close(): void {
    this.#connection.close();
  }
}

/** Makes a connection, with the parameters of {@link Connection}. */
export type ConnectTo = (...parameters: ConstructorParameters<typeof Connection>) => Connection;

const plainly: ConnectTo = (...parameters) => new Connection(...parameters);

class HttpInvocation implements Invocation {
  readonly request: InvocationRequest;
  readonly abandoned = undefined;
  readonly #connection: Connection;
  readonly #path: string;
  readonly #headers: string;
  #isAnswered = false;
  #stream: StreamedResponse | undefined;

  constructor(connection: Connection, hostHeaders: string, response: HttpResponse) {
    const { headers } = response;
    this.request = readInvocation(response);
    this.#connection = connection;
    this.#path = `/${runtimeApiVersion}/runtime/invocation/${this.request.requestId}`;
    // Unique per attempt, where a retry has the same request id: the API can tell a late answer from a current one.
    const invocationId = headers["lambda-runtime-invocation-id"];
    this.#headers =
      invocationId === undefined
        ? hostHeaders
        : `${hostHeaders}Lambda-Runtime-Invocation-Id: ${invocationId}\r\n`;
  }

  respond(body: string | Uint8Array, contentType: string, isLast?: boolean): Promise<void> {
    this.#isAnswered = true;
    const head = postHead(`${this.#path}/response`, this.#headers, contentType, body);
    const request =
      typeof body === "string" ? head + body : Buffer.concat([Buffer.from(head, "latin1"), body]);
    return this.#connection.post("response", request, isLast);
  }

  reportError(error: FunctionErrorDocument): Promise<void> {
    this.#isAnswered = true;
    return this.#connection.post("error", errorRequest(`${this.#path}/error`, this.#headers, error));
  }

  stream(): ResponseSink {
    this.#stream = new StreamedResponse(
      this.#connection,
      `POST ${this.#path}/response HTTP/1.1\r\n${this.#headers}`,
      (error) => this.reportError(error),
    );
    return this.#stream;
  }

  async abort(error: FunctionErrorDocument): Promise<void> {
    if (this.#stream?.isOpen) await this.#stream.fail(error);
    else if (!this.#isAnswered && !this.#stream?.isEnded) await this.reportError(error);
  }
}

function readInvocation({ headers, body }: HttpResponse): InvocationRequest {
  const requestId = headers["lambda-runtime-aws-request-id"] ?? "";
  // It becomes part of a request line, so it must not be able to end one.
  if (!/^[\w.:-]{1,256}$/.test(requestId)) {
    throw new RuntimeApiProtocolError(
      `The Runtime API delivered an event with ${requestId === "" ? "no request id" : "a malformed request id"}.`,
    );
  }
  return {
    requestId,
    // NaN where there are no digits; Number("") would be 1970.
    deadlineMs: Number.parseInt(headers["lambda-runtime-deadline-ms"] ?? "", 10),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"] ?? "",
    // The managed-instances variant sends every header, empty or not.
    traceId: headers["lambda-runtime-trace-id"] || undefined,
    clientContext: utf8(headers["lambda-runtime-client-context"]) || undefined,
    cognitoIdentity: utf8(headers["lambda-runtime-cognito-identity"]) || undefined,
    tenantId: headers["lambda-runtime-aws-tenant-id"] || undefined,
    event: body,
  };
}

/** Header bytes arrive as Latin-1 characters; JSON in a header is UTF-8. */
function utf8(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value, "latin1").toString("utf8");
}

function errorRequest(path: string, headers: string, error: FunctionErrorDocument): string {
  const body = JSON.stringify(error);
  const typeHeader = `${errorTypeTrailer}: ${categorizedErrorType(error.errorType)}\r\n`;
  return postHead(path, headers + typeHeader, "application/json", body) + body;
}

function postHead(path: string, headers: string, contentType: string, body: string | Uint8Array): string {
  return `POST ${path} HTTP/1.1\r\n${headers}Content-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
}
