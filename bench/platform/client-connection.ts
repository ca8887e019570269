import { connect, type Socket } from "node:net";
import { ResponseReader } from "../runtime/response-reader.ts";
import type { Request } from "./orders.ts";

/** Told about one answer. */
export interface AnswerListener {
  /** Bytes came that belong to the answer, framing included. They are valid during the call only. */
  readonly data?: (bytes: Buffer) => void;
  readonly firstByte?: () => void;
  readonly end: (bodyBytes: number) => void;
  readonly failed: (error: Error) => void;
}

const headEnd = "\r\n\r\n";

/**
 * A keep-alive connection of the load generator. It looks at status and framing and keeps nothing, so that it costs little
 * beside what is measured.
 */
export class ClientConnection {
  readonly #socket: Socket;
  #listener: AnswerListener | undefined;
  #partialHead = "";
  #reader: ResponseReader | undefined;

  constructor(port: number) {
    this.#socket = connect({
      host: "127.0.0.1",
      port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(256 * 1024),
        callback: (length, buffer) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  /** @param request - made by {@link encodeRequest}. One at a time. */
  send(request: string, listener: AnswerListener): void {
    this.#listener = listener;
    this.#socket.write(request, "latin1");
  }

  destroy(): void {
    this.#listener = undefined;
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    let position = 0;
    if (this.#reader === undefined) {
      const before = this.#partialHead.length;
      const text = this.#partialHead + bytes.toString("latin1");
      const end = text.indexOf(headEnd);
      if (end < 0) {
        this.#partialHead = text;
        return;
      }
      this.#partialHead = "";
      const head = text.slice(0, end);
      if (!head.startsWith("HTTP/1.1 200")) {
        this.#fail(new Error(`answered ${text.slice(0, 300)}`));
        return;
      }
      const length = /^content-length: *(\d+)/im.exec(head)?.[1];
      this.#reader = new ResponseReader(length === undefined ? undefined : Number(length));
      position = end + headEnd.length - before;
    }
    const reader = this.#reader;
    const hadStarted = reader.started;
    reader.read(bytes, position);
    if (reader.started && !hadStarted) listener.firstByte?.();
    if (reader.started) listener.data?.(bytes);
    if (!reader.done) return;
    this.#reader = undefined;
    listener.end(reader.bodyBytes);
  }

  #fail(error: Error): void {
    const listener = this.#listener;
    this.destroy();
    listener?.failed(error);
  }
}

export function encodeRequest({ method, path, headers = {}, body = "" }: Request, port: number): string {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (method === "POST") lines.push("Content-Type: application/json", `Content-Length: ${body.length}`);
  return `${lines.join("\r\n")}${headEnd}${body}`;
}
