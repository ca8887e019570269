import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Authenticator } from "../iam/caller.ts";
import { InvokeApi, type InvokeApiOptions } from "../lambda/invoke-api.ts";
import type { PlatformEvent } from "../platform-options.ts";
import { AwsServiceError } from "../service-error.ts";
import { unverifiedBody } from "../signature/index.ts";
import { readForm } from "../wire/query-form.ts";
import { queryError } from "../wire/query-protocol.ts";
import { isQuery } from "../wire/request-form.ts";
import type { ServiceEntry } from "../wire/service-api.ts";
import { ServiceRegistry, unservedQuery } from "../wire/service-registry.ts";
import type { ServiceRequest } from "../wire/service-server.ts";
import { type ClientResponse, plainHeaders } from "./client-response.ts";
import { s3Control } from "./destination.ts";
import { type HttpRequest, headerOf, readBody } from "./http-request.ts";

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
    this.#refuse(signingName, incoming, await operationIn(incoming));
  }

  /** The invocation of functions has a door of its own; without the rest of Lambda's API it refuses that too. */
  #isForInvokeApi(request: HttpRequest): boolean {
    return (
      InvokeApi.serves(request) || !this.#options.services.some(({ signingName }) => signingName === "lambda")
    );
  }

  /** In the form of the service's protocol, as far as that shows, since clients read no other. */
  #refuse(
    signingName: string | undefined,
    { request, client, requestId }: ServiceRequest,
    operation: string,
  ): void {
    const missing = `The service "${signingName}" is not served by this platform.`;
    const text = `${missing} It serves ${this.#services.names.join(", ")} and the invocation of Lambda functions.`;
    this.#options.emit({
      kind: "warning",
      message: `${operation}: the service "${signingName}" is not served by this platform.`,
    });
    if (isQuery(request)) {
      const answer = unservedQuery(text, requestId);
      client.send(answer.status, answer.headers, answer.body);
    } else if (restXmlServices.has(signingName ?? "")) {
      const error = new AwsServiceError("NotImplemented", 501, text);
      const answer = queryError(error, error.code, requestId, undefined);
      client.send(answer.status, answer.headers, answer.body);
    } else {
      const code = "UnknownOperationException";
      const status = headerOf(request, "x-amz-target") === undefined ? 404 : 400;
      client.send(status, plainHeaders(code), JSON.stringify({ __type: code, message: text }));
    }
  }
}

/** Services of AWS whose errors are XML, by signing name. */
const restXmlServices: ReadonlySet<string> = new Set(["cloudfront", "route53", s3Control]);

/** Bodies are read up to here for the name of an operation. Ours, in bytes. */
const formBytes = 1024 * 1024;

/** The operation that a request asks for, as it names it. */
async function operationIn({ request, message }: ServiceRequest): Promise<string> {
  const target = headerOf(request, "x-amz-target");
  if (target !== undefined) return target;
  const line = `${request.method} ${request.rawPath}`;
  if (!isQuery(request)) return line;
  const body = (await readBody(message, formBytes)) ?? Buffer.alloc(0);
  const form = readForm(body.length === 0 ? request.rawQuery : body.toString());
  return form.children.get("Action")?.value ?? line;
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
