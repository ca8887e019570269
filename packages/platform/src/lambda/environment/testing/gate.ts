import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Condition } from "./condition.ts";

/** Lets a test and a function wait for each other: the function passes a named gate when the test opens it. */
export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting = new Map<string, Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #condition = new Condition();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("data", (name: Buffer) => {
        this.#waiting.set(name.toString(), socket);
        this.#condition.notify();
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        for (const [name, waiting] of this.#waiting) if (waiting === socket) this.#waiting.delete(name);
        this.#condition.notify();
      });
    });
  }

  static async open(): Promise<Gate> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Gate(server);
  }

  /** For the function's variables. */
  get variables(): Readonly<Record<string, string>> {
    return { GATE: String((this.#server.address() as AddressInfo).port) };
  }

  /** Resolves when the function stands before the gate. */
  async arrived(name: string): Promise<void> {
    await this.#condition.until(() => this.#waiting.has(name));
  }

  /** Waits for the function, and lets it pass. */
  async pass(name: string): Promise<void> {
    const socket = await this.#condition.until(() => this.#waiting.get(name));
    this.#waiting.delete(name);
    socket.end("go");
  }

  /** Resolves when whoever stood before a gate is gone. */
  async deserted(): Promise<void> {
    await this.#condition.until(() => this.#sockets.size === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
