import { EventEmitter, once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Lets a function and a test wait for each other: the function asks for `{url}/{name}` and has no answer until the test
 * lets it pass. So a test can see that a piece has arrived while the function has not written the next one.
 */
export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting: { readonly name: string; readonly response: ServerResponse }[] = [];
  readonly #progress = new EventEmitter();

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#waiting.push({ name: (request.url ?? "/").slice(1), response });
      this.#progress.emit("change");
    });
  }

  static async open(): Promise<Gate> {
    const gate = new Gate();
    gate.#server.listen(0, "127.0.0.1");
    await once(gate.#server, "listening");
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits until this many invocations stand before `name`. */
  async arrived(name: string, count = 1): Promise<void> {
    while (this.#waiting.filter((waiting) => waiting.name === name).length < count) {
      await once(this.#progress, "change");
    }
  }

  /** Waits for an invocation at `name`, and lets it pass. */
  async pass(name: string): Promise<void> {
    await this.arrived(name);
    const index = this.#waiting.findIndex((waiting) => waiting.name === name);
    this.#waiting.splice(index, 1)[0]?.response.end();
  }

  /** Functions that still wait see their connection break. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
