import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Condition } from "./condition.ts";

/** One connection that a process opened, and on which the test answers by hand. */
class RawConnection {
  /** What came in each read. */
  readonly reads: string[] = [];
  readonly #socket: Socket;
  readonly #condition: Condition;
  #isClosed = false;

  constructor(socket: Socket, condition: Condition) {
    this.#socket = socket;
    this.#condition = condition;
    socket.setNoDelay(true).setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.reads.push(text);
      condition.notify();
    });
    socket.on("close", () => {
      this.#isClosed = true;
      condition.notify();
    });
    // "close" follows.
    socket.on("error", () => {});
  }

  /** Waits for a read. */
  read(index: number): Promise<string> {
    return this.#condition.until(() => this.reads[index]);
  }

  /** Waits until all that came so far is as it should be. */
  async until(predicate: (received: string) => boolean): Promise<string> {
    await this.#condition.until(() => predicate(this.reads.join("")));
    return this.reads.join("");
  }

  /** All that came, once the process has closed the connection. */
  async everything(): Promise<string> {
    await this.#condition.until(() => this.#isClosed);
    return this.reads.join("");
  }

  /** Sends all of it in one write. */
  write(...texts: readonly string[]): void {
    this.#socket.write(texts.join(""), "utf8");
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** A Runtime API without rules: the test sees what comes in each read, and writes every answer. */
export class RawRuntimeApi implements AsyncDisposable {
  /** The value for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  readonly #server: Server;
  readonly #connections: RawConnection[] = [];
  readonly #condition = new Condition();

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
    server.on("connection", (socket) => {
      this.#connections.push(new RawConnection(socket, this.#condition));
      this.#condition.notify();
    });
  }

  static async start(): Promise<RawRuntimeApi> {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new RawRuntimeApi(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  /** One in Linux's abstract namespace; nobody listens at its address. */
  static async startUnix(name: string): Promise<RawRuntimeApi> {
    const server = createServer();
    await once(server.listen({ path: `\0${name}` }), "listening");
    return new RawRuntimeApi(server, "127.0.0.1:1");
  }

  /** Waits for a connection. */
  connection(index: number): Promise<RawConnection> {
    return this.#condition.until(() => this.#connections[index]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server.close(), "close");
    for (const connection of this.#connections) connection.destroy();
    await closed;
    this.#condition.close(new Error("the raw Runtime API was closed"));
  }
}

/** The answer to `next` with this event. */
export function eventAnswer(requestId: string, event: object): string {
  const headers = { "Lambda-Runtime-Aws-Request-Id": requestId };
  return answer(200, event, { ...headers, "Lambda-Runtime-Deadline-Ms": String(Date.now() + 30_000) });
}

/** An answer with a JSON body. */
export function answer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): string {
  const text = JSON.stringify(body);
  const all = { ...headers, "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join("")}\r\n${text}`;
}

/** The calls in what a runtime sent: `next`, `a/response`, `a/error`. */
export function callsIn(text: string): string[] {
  const requestLine = /(?:GET|POST) \/2018-06-01\/runtime\/invocation\/(\S+) HTTP\/1\.1\r\n/g;
  return Array.from(text.matchAll(requestLine), ([, call = ""]) => call);
}
