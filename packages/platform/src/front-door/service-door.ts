import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Authenticator } from "../iam/caller.ts";
import { InvokeApi, type InvokeApiOptions } from "../lambda/invoke-api.ts";
import type { PlatformEvent } from "../platform-options.ts";
import { unverifiedBody } from "../signature/index.ts";
import { isQuery } from "../wire/request-form.ts";
import type { ServiceEntry } from "../wire/service-api.ts";
import { ServiceRegistry, unservedQuery } from "../wire/service-registry.ts";
import { type ClientResponse, plainHeaders } from "./client-response.ts";
import type { HttpRequest } from "./http-request.ts";

/** What the services need of the rest of the platform. */
export interface ServiceDoorOptions extends InvokeApiOptions {
  readonly authenticator: Authenticator;
  /** Services of AWS besides the invocation of functions. */
  readonly services: readonly ServiceEntry[];
  readonly emit: (event: PlatformEvent) => void;
}

/**
 * Answers the calls to services of AWS. Most of what that takes is AWS's schemas, so that this module is loaded with the
 * first call: whoever only sends requests to APIs and function URLs does not wait for it.
 */
export class ServiceDoor {
  readonly #options: ServiceDoorOptions;
  readonly #invoke: InvokeApi;
  readonly #services: ServiceRegistry;

  constructor(options: ServiceDoorOptions) {
    this.#options = options;
    this.#invoke = new InvokeApi(options);
    this.#services = createRegistry(options);
  }

  async answer(
    signingName: string | undefined,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    if (signingName === "lambda" && this.#isForInvokeApi(request)) {
      await this.#invoke.answer(request, message, client);
      return;
    }
    const requestId = randomUUID();
    const incoming = { request, message, client, requestId };
    if (await this.#services.answer(signingName, incoming)) return;
    this.#refuse(signingName, request, client, requestId);
  }

  /** The invocation of functions has a door of its own; without the rest of Lambda's API it refuses that too. */
  #isForInvokeApi(request: HttpRequest): boolean {
    return (
      InvokeApi.serves(request) || !this.#options.services.some(({ signingName }) => signingName === "lambda")
    );
  }

  #refuse(
    signingName: string | undefined,
    request: HttpRequest,
    client: ClientResponse,
    requestId: string,
  ): void {
    const missing = `The service "${signingName}" is not served by this platform.`;
    const text = `${missing} It serves ${this.#services.names.join(", ")} and the invocation of Lambda functions.`;
    this.#options.emit({
      kind: "warning",
      message: `${request.method} ${request.rawPath}: the service "${signingName}" is not served by this platform.`,
    });
    if (isQuery(request)) {
      const answer = unservedQuery(text, requestId);
      client.send(answer.status, answer.headers, answer.body);
      return;
    }
    client.send(404, plainHeaders("UnknownOperationException"), JSON.stringify({ message: text }));
  }
}

function createRegistry(options: ServiceDoorOptions): ServiceRegistry {
  const { services, accountId, region, authenticator, isUnsigned, report, note } = options;
  return new ServiceRegistry(services, {
    accountId,
    region,
    authenticate: async (request, signingName, read) =>
      isUnsigned ? { body: await read() } : authenticator.authenticate(request, signingName, read),
    authenticateStream: async (request, signingName, source) =>
      isUnsigned
        ? unverifiedBody(request, source)
        : authenticator.authenticateStream(request, signingName, source),
    report,
    note,
  });
}
