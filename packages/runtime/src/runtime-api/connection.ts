import { connect, type NetConnectOpts, type Socket } from "node:net";
import { RuntimeApiConnectionError, RuntimeApiUnrecoverableError } from "../errors.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { refusal } from "./refusal.ts";
import { type HttpResponse, ResponseParser } from "./response-parser.ts";

const readBufferBytes = 64 * 1024;
/**
 * How much may wait for the kernel before a write has to wait. Less than the smallest chunk that is written without a
 * copy: once such a write has been waited for, its buffer is free to be filled again.
 */
const writableHighWaterMark = 8 * 1024;

/** Hears that the execution environment can't recover, whether or not anyone waits for the answer that says so. */
export type UnrecoverableListener = (error: RuntimeApiUnrecoverableError) => void;

/** A request whose answer is awaited. */
interface Exchange {
  /** What is still being sent, of a request with a chunked body. */
  readonly body: ChunkedBody | undefined;
  resolve(response: HttpResponse): void;
  reject(error: Error): void;
}

/**
 * One HTTP/1.1 keep-alive connection to the Runtime API. It connects when it is first used and again after it was lost;
 * what is in flight at that moment fails. Answers belong to the requests in the order of these.
 */
export class Connection {
  readonly host: string;
  readonly port: number;
  readonly #onUnrecoverable: UnrecoverableListener;
  #socket: Socket | undefined;
  #exchanges: Exchange[] = [];
  /** One buffer for all reads: the parser copies what it keeps. */
  readonly #readBuffer = Buffer.allocUnsafeSlow(readBufferBytes);

  /** @param onUnrecoverable - told of every refusal that asks the process to exit at once. */
  constructor(host: string, port: number, onUnrecoverable: UnrecoverableListener = () => {}) {
    this.host = host;
    this.port = port;
    this.#onUnrecoverable = onUnrecoverable;
  }

  /** @throws the error that the answer to a report means, unless it is the 202 of one that was taken. */
  checkAccepted(call: string, response: HttpResponse): void {
    if (response.status !== 202) throw this.refusal(call, response);
  }

  /** The error that an unwelcome answer means. */
  refusal(call: string, response: HttpResponse): Error {
    const error = refusal(call, response);
    if (error instanceof RuntimeApiUnrecoverableError) this.#onUnrecoverable(error);
    return error;
  }

  /**
   * Sends a whole request.
   * @param bytes - head and body.
   * @throws {RuntimeApiConnectionError} if the connection can't be made or breaks before the answer is whole.
   * @throws {RuntimeApiProtocolError} if the answer is not HTTP/1.1 within the client's limits.
   */
  send(bytes: string | Buffer): Promise<HttpResponse> {
    return this.#send(bytes);
  }

  /**
   * Sends a report, twice if need be: a keep-alive connection may close just as the request leaves, and the request id
   * makes a second try harmless.
   * @param _isLast - the sender asks for the next event as soon as it may, whatever becomes of the report.
   * @throws the errors of `send` and `checkAccepted`.
   */
  async post(call: string, bytes: string | Buffer, _isLast = false): Promise<void> {
    let response: HttpResponse;
    try {
      response = await this.#send(bytes);
    } catch (error) {
      if (!(error instanceof RuntimeApiConnectionError)) throw error;
      response = await this.#send(bytes);
    }
    this.checkAccepted(call, response);
  }

  /**
   * Begins a request with a chunked body. The head leaves together with the first chunk.
   * @param head - request line and headers, `Transfer-Encoding: chunked` among them, with the empty line.
   * @returns the body to write, and the answer, which may come before the body has ended.
   */
  sendChunked(head: string): { body: ChunkedBody; response: Promise<HttpResponse> } {
    const body = new ChunkedBody(this.open(), head);
    return { body, response: this.#expect(body) };
  }

  /** Closes the connection; a request in flight fails. */
  close(): void {
    this.#lose(new RuntimeApiConnectionError("The connection to the Runtime API was closed."));
  }

  /** The connection, made if need be. */
  protected open(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    const parser = new ResponseParser((response) => this.#answer(response));
    // The option goes to the stream beneath, which the types of connect() leave out.
    const options: NetConnectOpts & { readonly writableHighWaterMark: number } = {
      ...this.endpoint(),
      writableHighWaterMark,
      onread: {
        buffer: this.#readBuffer,
        callback: (length, buffer) => {
          this.#guard(socket, () => parser.push((buffer as Buffer).subarray(0, length)));
          return true;
        },
      },
    };
    const socket: Socket = connect(options);
    socket.on("end", () => {
      this.#guard(socket, () => parser.end());
      this.#lose(new RuntimeApiConnectionError("The Runtime API closed the connection."), socket);
    });
    socket.on("error", (cause) => {
      const message = `The connection to the Runtime API at ${this.host}:${this.port} failed: ${cause.message}`;
      this.#lose(new RuntimeApiConnectionError(message, { cause }), socket);
    });
    socket.on("close", () => {
      this.#lose(new RuntimeApiConnectionError("The connection to the Runtime API was lost."), socket);
    });
    this.#socket = socket;
    return socket;
  }

  /** What to connect to. */
  protected endpoint(): NetConnectOpts {
    return { host: this.host, port: this.port, noDelay: true };
  }

  /** For reports as well, which follow what a kind of connection may do about `send`. */
  #send(bytes: string | Buffer): Promise<HttpResponse> {
    const socket = this.open();
    const response = this.#expect();
    socket.write(bytes);
    return response;
  }

  #expect(body?: ChunkedBody): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      this.#exchanges.push({ resolve, reject, body });
    });
  }

  #guard(socket: Socket, parse: () => void): void {
    try {
      parse();
    } catch (error) {
      this.#lose(error as Error, socket);
    }
  }

  #answer(response: HttpResponse): void {
    const exchange = this.#exchanges.shift();
    if (exchange === undefined) {
      throw new RuntimeApiConnectionError("The Runtime API sent an answer that nothing asked for.");
    }
    // An answer before the body's end refuses the rest of it; what was sent can't be taken back, so the connection goes.
    const { body } = exchange;
    const isEarly = body !== undefined && !body.isEnded;
    if (isEarly || !response.keepAlive) this.close();
    if (isEarly) body.close(this.refusal("an unfinished response", response));
    exchange.resolve(response);
  }

  /** @param socket - the socket the news is about; news of an earlier one is ignored. */
  #lose(error: Error, socket = this.#socket): void {
    if (socket === undefined || socket !== this.#socket) return;
    this.#socket = undefined;
    const exchanges = this.#exchanges;
    this.#exchanges = [];
    socket.destroy();
    for (const { body, reject } of exchanges) {
      body?.close(error);
      reject(error);
    }
  }
}

/** Splits `host:port`, the form of `AWS_LAMBDA_RUNTIME_API`. */
export function parseAddress(address: string): { host: string; port: number } {
  const url = URL.parse(`http://${address}`);
  // A URL, or a path behind the port, would be parsed as well.
  if (url === null || /[/?#@]/.test(address)) {
    throw new RuntimeApiConnectionError(`AWS_LAMBDA_RUNTIME_API is "${address}", not host:port.`);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 80) };
}
