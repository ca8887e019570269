import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Condition } from "../src/lambda/environment/testing/condition.ts";

/** What a backend does with a request. */
export type BackendHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A request that came to a backend, and is still open. */
export interface BackendExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Resolves when the connection is gone before the answer was over. */
  readonly left: Promise<void>;
}

/** An HTTP server of a test's own, for integrations. */
export class HttpBackend implements AsyncDisposable {
  readonly url: string;
  readonly #close: () => Promise<void>;
  readonly #exchanges: BackendExchange[];
  readonly #condition: Condition;

  private constructor(
    url: string,
    exchanges: BackendExchange[],
    condition: Condition,
    close: () => Promise<void>,
  ) {
    this.url = url;
    this.#exchanges = exchanges;
    this.#condition = condition;
    this.#close = close;
  }

  /** @param handle - answers at once what it wants to; the rest waits for {@link next}. */
  static async start(handle: BackendHandler = () => {}): Promise<HttpBackend> {
    const exchanges: BackendExchange[] = [];
    const condition = new Condition();
    const server = createServer((request, response) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      response.on("close", () => {
        if (!response.writableFinished) resolve();
      });
      exchanges.push({ request, response, left: promise });
      handle(request, response);
      condition.notify();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new HttpBackend(
      url,
      exchanges,
      condition,
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
  }

  /** The request to a path, once it is there. */
  to(path: string): Promise<BackendExchange> {
    return this.#condition.until(() => this.#exchanges.find(({ request }) => request.url === path));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

/** Answers with the request. */
export function echo(request: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const { method, url, rawHeaders } = request;
    const headers = Object.fromEntries(
      rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ""]] : [],
      ),
    );
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() }));
  });
}
