import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Condition } from "./condition.ts";

/** Two ends of a TCP connection on this machine: `near` is for the code under test, the far end keeps what arrives. */
export class SocketPair implements AsyncDisposable {
  readonly near: Socket;
  readonly #far: Socket;
  readonly #close: () => Promise<unknown>;
  readonly #pieces: Buffer[] = [];
  readonly #condition = new Condition();

  private constructor(near: Socket, far: Socket, close: () => Promise<unknown>) {
    this.near = near;
    this.#far = far;
    this.#close = close;
    near.on("error", () => {}); // a test that breaks the connection looks at the code under test
    far.on("error", () => {});
    far.on("data", (piece) => {
      this.#pieces.push(piece);
      this.#condition.notify();
    });
  }

  static async open(): Promise<SocketPair> {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const near = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, noDelay: true });
    const [[far]] = await Promise.all([once(server, "connection"), once(near, "connect")]);
    return new SocketPair(near, far, async () => {
      near.destroy();
      far.destroy();
      await once(server.close(), "close");
    });
  }

  /** Everything that has arrived at the far end. */
  get received(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** Waits until what has arrived holds. */
  async until(predicate: (received: Buffer) => boolean): Promise<Buffer> {
    await this.#condition.until(() => predicate(this.received));
    return this.received;
  }

  /** The far end reads no more, so that the near end soon finds the connection full. */
  pause(): void {
    this.#far.pause();
  }

  resume(): void {
    this.#far.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
