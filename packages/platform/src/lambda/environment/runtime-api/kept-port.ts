import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { ConnectionSource } from "./connection-source.ts";

/** Connections that may wait: far more than processes that are started by hand. Ours. */
const maxConnections = 128;

/** Bytes that one of them may send before anybody reads it: far more than the head of a request. Ours. */
const maxHeldBytes = 64 * 1024;

/**
 * A port of 127.0.0.1 that stays open while its users come and go. Who connects in between waits for the next one; who
 * gives up meanwhile is forgotten.
 */
export class KeptPort implements ConnectionSource {
  readonly address: string;
  readonly #server: Server;
  readonly #waiting = new Map<Socket, () => void>();
  #take: ((socket: Socket) => void) | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.address = `127.0.0.1:${this.port}`;
    server.on("connection", (socket) => {
      if (this.#take === undefined) this.#hold(socket);
      else this.#take(socket);
    });
  }

  /**
   * @param port - 0 for any free one.
   * @throws {Error} Node's own, with the code `EADDRINUSE`, if it is taken.
   */
  static async open(port: number): Promise<KeptPort> {
    const server = createServer({ allowHalfOpen: true });
    server.maxConnections = maxConnections;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    return new KeptPort(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Whether it has a user. */
  get isTaken(): boolean {
    return this.#take !== undefined;
  }

  /** Whether somebody has connected and waits. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  accept(take: (socket: Socket) => void): () => void {
    this.#take = take;
    for (const release of [...this.#waiting.values()]) release();
    return () => {
      if (this.#take === take) this.#take = undefined;
    };
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#waiting.keys()) socket.destroy();
  }

  /** Reads on, or it would not be heard that the other side leaves. */
  #hold(socket: Socket): void {
    const held: Buffer[] = [];
    let heldBytes = 0;
    const keep = (bytes: Buffer) => {
      held.push(bytes);
      heldBytes += bytes.length;
      if (heldBytes > maxHeldBytes) socket.destroy();
    };
    const forget = () => {
      this.#waiting.delete(socket);
      socket.destroy();
    };
    const ignore = () => {};
    socket.on("data", keep).once("end", forget).once("close", forget).on("error", ignore);
    this.#waiting.set(socket, () => {
      this.#waiting.delete(socket);
      socket.off("data", keep).off("end", forget).off("close", forget).off("error", ignore);
      socket.pause();
      if (heldBytes > 0) socket.unshift(Buffer.concat(held));
      this.#take?.(socket);
      socket.resume();
    });
  }
}
