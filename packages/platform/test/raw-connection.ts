import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Condition } from "../src/lambda/environment/testing/condition.ts";

const longestText = 256;

/** A connection for requests that no HTTP client would send. */
export class RawConnection implements Disposable {
  /** Resolves when the other side has ended the connection, in whatever way. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #condition = new Condition();
  readonly #pieces: string[] = [];
  /** The latest bytes, with enough before them for a text that was cut. */
  #latest = "";
  #error: string | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.on("close", () => resolve()));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#error = error.code;
    });
    socket.setNoDelay(true).on("data", (bytes: Buffer) => {
      const piece = bytes.toString("latin1");
      this.#pieces.push(piece);
      this.#latest = this.#latest.slice(-longestText) + piece;
      this.#condition.notify();
    });
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  get received(): string {
    return this.#pieces.join("");
  }

  /** Code of the error that ended the connection; nothing if it ended in order. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Resolves once the bytes have left this process. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** Resolves once that text, which is short, has come. */
  async arrival(text: string): Promise<void> {
    if (this.received.includes(text)) return;
    await this.#condition.until(() => this.#latest.includes(text));
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection. */
  leave(): void {
    this.#socket.destroy();
  }

  /** Ends the connection, and resolves when the other side has noticed. */
  async leaveNoticed(): Promise<void> {
    this.#socket.end();
    await this.closed;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** A request as text, for {@link RawConnection}. */
export function requestText(path: string, body: string, headers = ""): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}${length}\r\n${body}`;
}
