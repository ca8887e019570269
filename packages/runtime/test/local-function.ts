import { once } from "node:events";
import type { ClientRequest } from "node:http";
import { vi } from "vitest";
import { type HandlerSource, serveLocally } from "../src/runtime.ts";
import { call, open } from "./api-call.ts";
import { Condition } from "./condition.ts";

/** A handler that runs in this process behind a local server of its own, on a free port, and what that prints. */
export class LocalFunction implements AsyncDisposable {
  /** Resolves when the server is closed; rejects if it can't start. */
  readonly running: Promise<void>;
  readonly #stop = new AbortController();
  readonly #condition = new Condition();
  readonly #write = process.stderr.write;
  #output = "";
  #url: URL | undefined;

  private constructor(source: HandlerSource) {
    process.stderr.write = (text: string | Uint8Array): boolean => {
      this.#output += Buffer.from(text as string).toString();
      this.#condition.notify();
      return true;
    };
    this.running = serveLocally(source, {}, this.#stop.signal);
    this.running.catch((error) => this.#condition.close(error));
  }

  /** @param environment - set until the end of the test: the settings of the server. */
  static async start(
    source: HandlerSource,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<LocalFunction> {
    for (const [name, value] of Object.entries({ LOCAL_LAMBDA_PORT: "0", ...environment })) {
      vi.stubEnv(name, value);
    }
    const served = new LocalFunction(source);
    try {
      const [url = ""] = await served.printed(/http:\S+(?=, one at a time)/);
      served.#url = new URL(url);
      return served;
    } catch (error) {
      process.stderr.write = served.#write;
      throw error;
    }
  }

  /** Where the function takes events, as it was printed. */
  get url(): string {
    return this.#url?.href ?? "";
  }

  /** Host and port. */
  get address(): string {
    return this.#url?.host ?? "";
  }

  /** Everything that was printed so far, log lines included. */
  get output(): string {
    return this.#output;
  }

  /** Waits until what was printed matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#condition.until(() => pattern.exec(this.#output) ?? undefined);
  }

  /** Sends an event. */
  invoke(event: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(this.url, { method: "POST", headers, body: JSON.stringify(event) });
  }

  /**
   * Sends an event on a connection of its own, and resolves when it is on its way: requests that are sent one after the
   * other arrive in that order.
   */
  async send(event: unknown): Promise<ReturnType<typeof open>> {
    const opened = open(this.address, "POST", new URL(this.url).pathname, { Expect: "100-continue" });
    opened.request.flushHeaders();
    // The server has the request when it asks for the body.
    await once(opened.request, "continue");
    opened.request.end(JSON.stringify(event));
    await once(opened.request, "finish");
    return opened;
  }

  /** Gives up the answer to a request that was sent, and resolves when the server knows. */
  async leave({ socket }: ClientRequest): Promise<void> {
    if (socket === null) throw new Error("the request has no connection");
    // The server ends its side when it sees the end of the other.
    await once(socket.end(), "end");
    await call(this.address, "GET", "/");
  }

  /** Asks the server to end after the invocation under way. */
  stop(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.running;
    process.stderr.write = this.#write;
  }
}
