import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "../http-of-node.ts";
import { Turnstile } from "./turnstile.ts";

/** Answers one request. Rejecting means a bug: the client gets a bare 500. */
export type RequestListener = (message: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Request line and headers, in bytes. Ours: more than any front door of AWS takes, so that each can answer itself. */
const maxHeaderBytes = 64 * 1024;

/**
 * What a connection keeps of an answer before its writer has to wait. Ours: a chunk of 64 KB would fill Node's own 64 KB,
 * so that every one of them would stop the function and let it go on.
 */
const bufferedBytes = 256 * 1024;

/** How long a client may take. */
export interface ServerPatience {
  /** From the connection to the last header, in milliseconds. */
  readonly headMs: number;
  /** How often that is looked at, in milliseconds. */
  readonly checkMs: number;
}

/** Node's own: whoever holds connections open with a header now and then is rid of after a minute and a half. */
const standardPatience: ServerPatience = { headMs: 60_000, checkMs: 30_000 };

/** The port can't be had. */
export class ListenError extends Error {
  /** Node's error code, such as `EADDRINUSE`. */
  readonly code: string;

  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.name = "ListenError";
    this.code = code;
  }
}

/** One HTTP port on one or several addresses of this machine. */
export class HttpServer {
  readonly #servers: Server[] = [];
  readonly #listener: RequestListener;
  readonly #report: (error: unknown) => void;
  readonly #patience: ServerPatience;
  readonly #turnstile = new Turnstile();
  /** What is not yet answered, by connection. */
  readonly #open = new WeakMap<Socket, Set<IncomingMessage>>();
  #port = 0;

  /** @param report - takes errors that are bugs. */
  constructor(
    listener: RequestListener,
    report: (error: unknown) => void,
    patience: ServerPatience = standardPatience,
  ) {
    this.#listener = listener;
    this.#report = report;
    this.#patience = patience;
  }

  /** The port in use; 0 before `listen`. */
  get port(): number {
    return this.#port;
  }

  /**
   * Opens the port on every host. `::1` is left out where the machine has no IPv6.
   * @param port - 0 for any free one.
   * @throws {ListenError} if it is taken, or a host isn't this machine's.
   */
  async listen(hosts: readonly string[], port: number): Promise<void> {
    this.#port = port;
    for (const host of hosts) {
      const server = createServer(
        {
          maxHeaderSize: maxHeaderBytes,
          keepAliveTimeout: 60_000,
          highWaterMark: bufferedBytes,
          headersTimeout: this.#patience.headMs,
          connectionsCheckingInterval: this.#patience.checkMs,
        },
        (message, response) => {
          this.#track(message, response);
          this.#turnstile.enter(() => this.#answer(message, response));
        },
      );
      server.on("clientError", (error, socket) => this.#refuse(error, socket as Socket));
      try {
        server.listen(this.#port, host);
        await once(server, "listening");
      } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        if (host === "::1" && (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT")) continue;
        await this.close();
        this.#port = 0;
        throw new ListenError(listenProblem(code, host, port, error), code, error);
      }
      this.#servers.push(server);
      this.#port = (server.address() as AddressInfo).port;
    }
  }

  /** Closes the port and every connection. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.splice(0).map((server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    // The client has left before its turn: nothing has begun for it.
    if (response.destroyed) return;
    try {
      await this.#listener(message, response);
    } catch (error) {
      // A client that breaks off in the middle of its request is no bug.
      if (message.destroyed && !message.complete) return;
      this.#report(error);
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(500, { "Content-Type": "application/json", Connection: "close" })
          .end('{"message":null}');
    }
  }

  #track(message: IncomingMessage, response: ServerResponse): void {
    const { socket } = message;
    const open = this.#open.get(socket) ?? new Set();
    this.#open.set(socket, open.add(message));
    response.on("close", () => open.delete(message));
  }

  /** Answers what is no request. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    // Behind a request that waits for its answer the refusal would be taken for that answer, or for a part of it.
    const isBehind = [...(this.#open.get(socket) ?? [])].some(({ complete }) => complete);
    if (!socket.writable || error.code === "ECONNRESET" || isBehind) socket.destroy();
    else socket.end(refusalOf(error));
  }
}

function refusalOf(error: NodeJS.ErrnoException): string {
  const [status, type] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", "RequestHeaderFieldsTooLarge"]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "RequestTimeoutException"]
        : ["400 Bad Request", "MalformedHttpRequestException"];
  const body = JSON.stringify({ message: `${error.message}` });
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nx-amzn-ErrorType: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function listenProblem(code: string, host: string, port: number, error: unknown): string {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} of ${host} is in use by another program. Stop it, or choose another port: --port ${port + 1}.`;
    case "EACCES":
      return `Port ${port} may not be used without special rights. Choose one above 1023: --port 7000.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine. Leave --host out, or give one of its addresses.`;
    default:
      return `The platform can't listen on ${host}:${port}: ${(error as Error).message}`;
  }
}
