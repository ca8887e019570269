import { randomUUID } from "node:crypto";
import { ClientResponse } from "../src/front-door/client-response.ts";
import { readRequestHead } from "../src/front-door/http-request.ts";
import { HttpServer } from "../src/front-door/http-server.ts";
import type { Authenticator } from "../src/iam/caller.ts";
import { unverifiedBody } from "../src/signature/index.ts";
import type { ServiceEntry } from "../src/wire/service-api.ts";
import { ServiceRegistry } from "../src/wire/service-registry.ts";

/** A service on a port of its own, which takes requests of anyone unless it is told whose. */
export class ServiceHost implements AsyncDisposable {
  readonly #server: HttpServer;
  readonly bugs: unknown[] = [];
  readonly notes: string[] = [];

  private constructor(entry: ServiceEntry, authenticator: Authenticator | undefined) {
    const registry = new ServiceRegistry([entry], {
      accountId: "123456789012",
      region: "us-east-1",
      authenticate: async (request, service, read) =>
        authenticator?.authenticate(request, service, read) ?? { body: await read() },
      authenticateStream: async (request, service, source) =>
        authenticator?.authenticateStream(request, service, source) ?? unverifiedBody(request, source),
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

  static async start(entry: ServiceEntry, authenticator?: Authenticator): Promise<ServiceHost> {
    const host = new ServiceHost(entry, authenticator);
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
