import { randomUUID } from "node:crypto";
import { ClientResponse } from "../src/front-door/client-response.ts";
import { readRequestHead } from "../src/front-door/http-request.ts";
import { HttpServer } from "../src/front-door/http-server.ts";
import { unverifiedBody } from "../src/signature/index.ts";
import type { ServiceEntry } from "../src/wire/service-api.ts";
import { ServiceRegistry } from "../src/wire/service-registry.ts";

/** Services on a port of their own, which take requests of anyone. */
export class ServiceHost implements AsyncDisposable {
  readonly #server: HttpServer;
  readonly bugs: unknown[] = [];
  readonly notes: string[] = [];

  private constructor(entry: ServiceEntry) {
    const registry = new ServiceRegistry([entry], {
      accountId: "123456789012",
      region: "us-east-1",
      authenticate: async (_request, _service, read) => ({ body: await read() }),
      authenticateStream: async (request, _service, source) => unverifiedBody(request, source),
      report: (error) => this.bugs.push(error),
      note: (_, message) => this.notes.push(message),
    });
    this.#server = new HttpServer(
      async (message, response) => {
        const incoming = {
          request: readRequestHead(message),
          message,
          client: new ClientResponse(response),
          requestId: randomUUID(),
        };
        await registry.answer(entry.signingName, incoming);
      },
      (error) => this.bugs.push(error),
    );
  }

  static async start(entry: ServiceEntry): Promise<ServiceHost> {
    const host = new ServiceHost(entry);
    await host.#server.listen(["127.0.0.1"], 0);
    return host;
  }

  get port(): number {
    return this.#server.port;
  }

  /** What a client of an AWS SDK is made with to reach the service. */
  get clientConfig() {
    return {
      region: "us-east-1",
      endpoint: `http://127.0.0.1:${this.#server.port}`,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
      maxAttempts: 1,
      // A prefix before an address is no host.
      disableHostPrefix: true,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}
