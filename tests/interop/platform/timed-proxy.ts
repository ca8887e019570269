import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy that passes requests on as they are, and measures how long they take to be answered. */
export class TimedProxy implements AsyncDisposable {
  readonly #server: Server;
  #pending = 0;
  #busySinceMs = 0;
  #busyMs = 0;
  #requests = 0;

  private constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.#server = createServer((incoming, response) => {
      this.#begin();
      response.once("close", () => this.#end());
      const { method, url, headers } = incoming;
      const passed = request({ hostname, port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      });
      passed.once("error", () => response.destroy());
      incoming.pipe(passed);
    });
  }

  static async open(target: string): Promise<TimedProxy> {
    const proxy = new TimedProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Time in which at least one request was waiting for its answer, in milliseconds, and how many there were. */
  get spent(): { readonly busyMs: number; readonly requests: number } {
    return { busyMs: this.#busyMs, requests: this.#requests };
  }

  #begin(): void {
    if (this.#pending === 0) this.#busySinceMs = performance.now();
    this.#pending += 1;
    this.#requests += 1;
  }

  #end(): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#busyMs += performance.now() - this.#busySinceMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
