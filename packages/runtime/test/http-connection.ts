import type { Socket } from "node:net";
import { IncomingRequest } from "./http-request.ts";
import { SocketReader } from "./socket-reader.ts";

/** An HTTP answer before it is put on the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Sends the body in two chunks instead of with a `Content-Length`. */
  readonly chunked?: boolean;
  /** Announces, with `Connection: close`, that the connection ends after this answer. */
  readonly close?: boolean;
}

/** How much of a body that nobody wants is read so that the connection can be kept: as in Go's `net/http`. */
const drainLimitBytes = 256 * 1024;

const reasonPhrases: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  410: "Gone",
  413: "Request Entity Too Large",
  500: "Internal Server Error",
};

/** Makes an answer with a JSON body. As in Go's `json.Encoder`, which the real API shows, a newline ends it. */
export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return { status, headers: { ...headers, "Content-Type": "application/json" }, body };
}

/** The bytes of an answer, with its head apart so that a fault can cut either. */
export function encodeAnswer(answer: Answer): { head: Buffer; body: Buffer } {
  const lines = [`HTTP/1.1 ${answer.status} ${reasonPhrases[answer.status] ?? "Scripted"}`];
  for (const [name, value] of Object.entries(answer.headers)) lines.push(`${name}: ${value}`);
  lines.push(answer.chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${answer.body.length}`);
  if (answer.close) lines.push("Connection: close");
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  return { head, body: answer.chunked ? encodeTwoChunks(answer.body) : answer.body };
}

function encodeTwoChunks(bytes: Buffer): Buffer {
  const half = Math.ceil(bytes.length / 2);
  const encoded = [bytes.subarray(0, half), bytes.subarray(half)]
    .filter((part) => part.length > 0)
    .map((part) =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]),
    );
  return Buffer.concat([...encoded, Buffer.from("0\r\n\r\n")]);
}

/** One connection that a runtime opened. Owns its socket. */
export class HttpConnection {
  readonly id: number;
  readonly #socket: Socket;
  readonly #reader: SocketReader;

  constructor(id: number, socket: Socket) {
    this.id = id;
    this.#socket = socket;
    this.#reader = new SocketReader(socket);
    // The reader reports a broken connection; an "error" event without a listener would end the process.
    socket.on("error", () => {});
    socket.setNoDelay(true);
  }

  /** Resolves once the runtime has ended or broken the connection, or {@link HttpConnection.destroy} was called. */
  get ended(): Promise<void> {
    return this.#reader.ended;
  }

  /**
   * Waits for the head of the next request; `undefined` when the connection ended instead.
   *
   * @throws {MalformedRequestError} if what came is not an HTTP/1.1 request.
   */
  async nextRequest(): Promise<IncomingRequest | undefined> {
    const request = await IncomingRequest.read(this.#reader, this.id);
    if (request?.headers["expect"] === "100-continue") await this.write("HTTP/1.1 100 Continue\r\n\r\n");
    return request;
  }

  /** Resolves once the bytes went to the operating system, or were dropped because the connection is gone. */
  write(bytes: Buffer | string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.writable) this.#socket.write(bytes, () => resolve());
      else resolve();
    });
  }

  /**
   * Answers a request whose body may not have been read to its end.
   *
   * Like Go's server, and so like AWS's own emulator: what is left of the body is read first if it is short; if it is
   * long, the answer overtakes it and the connection ends.
   *
   * @returns Whether the connection can serve another request.
   * @see https://github.com/aws/aws-lambda-runtime-interface-emulator
   */
  async answer(request: IncomingRequest, answer: Answer): Promise<boolean> {
    const drained = await request.body.drain(drainLimitBytes);
    const close = answer.close || request.body.state !== "complete" || !request.keepAlive;
    const { head, body } = encodeAnswer({ ...answer, close });
    await this.write(Buffer.concat([head, body]));
    if (!drained) await this.#endAndDrain(request);
    return !close;
  }

  /** Answers at once, while the body still comes in, and lets the connection end. */
  async answerEarly(request: IncomingRequest, answer: Answer): Promise<void> {
    const { head, body } = encodeAnswer({ ...answer, close: true });
    await this.write(Buffer.concat([head, body]));
    await this.#endAndDrain(request);
  }

  /** Closing with unread bytes would reset the connection, and the runtime might then never see the answer. */
  async #endAndDrain(request: IncomingRequest): Promise<void> {
    this.#socket.end();
    await request.body.drain(Number.POSITIVE_INFINITY);
  }

  /** Stops reading, so that the runtime soon finds the connection full. */
  pause(): void {
    this.#reader.pause();
  }

  resume(): void {
    this.#reader.resume();
  }

  /** Ends this side of the connection; the runtime may still be sending. */
  end(): void {
    this.#socket.end();
    this.#reader.discard();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
