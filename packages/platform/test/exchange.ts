import { type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from "node:http";
import { Condition } from "../src/lambda/environment/testing/condition.ts";

/** A request as it goes over the wire. */
export interface ExchangeRequest {
  readonly method?: string;
  /** Encoded, with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
  /** Leaves before there is an answer. */
  readonly signal?: AbortSignal;
  /** An address of this machine; 127.0.0.1 unless given. */
  readonly address?: string;
}

/** How an answer ended for its reader. */
export type Ending = "complete" | "broken off";

/** An answer while it arrives. */
export class Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values as sent. */
  readonly rawHeaders: readonly string[];
  /** The underlying answer, for tests that read it in their own way. */
  readonly message: IncomingMessage;
  /** Resolves when nothing follows any more. */
  readonly ended: Promise<Ending>;
  readonly #pieces: Buffer[] = [];
  readonly #condition = new Condition();

  constructor(message: IncomingMessage) {
    this.message = message;
    this.status = message.statusCode ?? 0;
    this.headers = message.headers;
    this.rawHeaders = message.rawHeaders;
    this.ended = new Promise((resolve) => {
      message.on("end", () => resolve("complete"));
      message.on("error", () => resolve("broken off"));
    });
    message.on("data", (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#condition.notify();
    });
  }

  get requestId(): string {
    return String(this.headers["x-amzn-requestid"]);
  }

  /** What has arrived so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get soFar(): string {
    return this.bytes.toString();
  }

  /** Resolves once that text has arrived. */
  async arrival(text: string): Promise<void> {
    await this.#condition.until(() => this.soFar.includes(text));
  }

  /** The whole body. */
  async text(): Promise<string> {
    await this.ended;
    return this.soFar;
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** Status, chosen headers and body, for comparison. */
  async summary(...names: string[]): Promise<Record<string, unknown>> {
    const text = await this.text();
    const headers = Object.fromEntries(names.map((name) => [name, this.headers[name]]));
    return { status: this.status, ...headers, body: text };
  }

  /** Leaves before the answer is over. */
  leave(): void {
    this.message.destroy();
  }
}

/** Sends a request to a port of this machine. Rejects if the connection ends before there is an answer. */
export function send(port: number, request: ExchangeRequest): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const { method = "GET", path, headers = {}, body, signal, address = "127.0.0.1" } = request;
    // Node leaves the length out for methods that seldom have a body.
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sending = sendRequest({
      host: address,
      port,
      method,
      path,
      headers: "transfer-encoding" in headers ? { ...headers } : { ...length, ...headers },
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    sending.on("response", (message) => resolve(new Exchange(message)));
    sending.on("error", reject);
    sending.end(body);
  });
}
