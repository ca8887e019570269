import { connect, type Socket } from "node:net";
import { Condition } from "./condition.ts";

/** What the Runtime API answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One connection to a Runtime API, on which a test writes what it likes. */
export class ApiClient {
  readonly socket: Socket;
  #received = "";
  #isClosed = false;
  readonly #condition = new Condition();

  constructor(address: string) {
    const [host = "", port] = address.split(":");
    this.socket = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
    this.socket.on("data", (bytes: Buffer) => {
      this.#received += bytes.toString("latin1");
      this.#condition.notify();
    });
    for (const event of ["end", "close", "error"]) {
      this.socket.on(event, () => {
        this.#isClosed = true;
        this.#condition.notify();
      });
    }
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** Sends a whole request; the body is text, and has a `Content-Length`. */
  send(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = ""): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.write(
      `${method} ${path} HTTP/1.1\r\nHost: a\r\n${lines.join("")}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  /** Takes the next whole answer. */
  answer(): Promise<ApiAnswer> {
    return this.#condition.until(() => {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end === -1) {
        if (this.#isClosed)
          throw new Error(`the connection was closed after ${JSON.stringify(this.#received)}`);
        return undefined;
      }
      const [statusLine = "", ...lines] = this.#received.slice(0, end).split("\r\n");
      const headers = Object.fromEntries(
        lines.map((line) => [
          line.slice(0, line.indexOf(":")).toLowerCase(),
          line.slice(line.indexOf(":") + 2),
        ]),
      );
      const bodyEnd = end + 4 + Number(headers["content-length"] ?? 0);
      if (this.#received.length < bodyEnd) return undefined;
      const body = this.#received.slice(end + 4, bodyEnd);
      this.#received = this.#received.slice(bodyEnd);
      return { status: Number(statusLine.split(" ")[1]), headers, body };
    });
  }

  async request(...request: Parameters<ApiClient["send"]>): Promise<ApiAnswer> {
    this.send(...request);
    return this.answer();
  }

  /** Resolves once the other side has closed the connection. */
  async closed(): Promise<void> {
    await this.#condition.until(() => this.#isClosed);
  }
}
