import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** How much of a body's end is kept to see that it has ended. */
const tailBytes = 64;

/**
 * A Runtime API that throws away what it gets, for responses that are too large to keep. It looks at nothing closely:
 * that is `RuntimeApiDouble`'s work.
 */
export class DiscardingRuntimeApi implements AsyncDisposable {
  /** The value for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** What came in so far, chunk sizes and heads included. */
  receivedBytes = 0;
  /** How many events were answered. */
  answers = 0;
  readonly #server: Server;
  readonly #event: string;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, event: object) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#event = JSON.stringify(event);
    server.on("connection", (socket) => this.#serve(socket));
  }

  /** @param event - is delivered as often as the runtime asks. */
  static async start(event: object): Promise<DiscardingRuntimeApi> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new DiscardingRuntimeApi(server, event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let tail = "";
    socket.on("error", () => {}); // A function that ends breaks its connection.
    socket.on("data", (bytes) => {
      this.receivedBytes += bytes.length;
      tail = (tail + bytes.toString("latin1", Math.max(0, bytes.length - tailBytes))).slice(-tailBytes);
      // Requests come one after another: what ends like one is one.
      if (tail.endsWith("\r\n0\r\n\r\n") || tail.endsWith('"discarded"')) {
        this.answers += 1;
        socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n');
      } else if (tail.endsWith("\r\n\r\n") && bytes.toString("latin1", 0, 4) === "GET ") {
        const head =
          `HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: request-${this.answers}\r\n` +
          `Lambda-Runtime-Deadline-Ms: ${Date.now() + 60_000}\r\nContent-Length: ${this.#event.length}\r\n\r\n`;
        socket.write(head + this.#event);
      } else return;
      tail = "";
    });
  }
}
