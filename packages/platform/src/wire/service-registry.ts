import { type HttpRequest, readBody } from "../front-door/http-request.ts";
import { AwsServiceError } from "../service-error.ts";
import type { ErrorAnswer } from "./error-response.ts";
import { jsonProtocol } from "./json-protocol.ts";
import { readForm } from "./query-form.ts";
import { queryError, queryProtocol } from "./query-protocol.ts";
import { protocolsOf } from "./request-form.ts";
import { restJsonProtocol } from "./rest-json-protocol.ts";
import type { ProtocolName, ServiceEntry } from "./service-api.ts";
import { ServiceModel } from "./service-model.ts";
import { answerService, type ServiceRequest, type ServiceServerOptions } from "./service-server.ts";
import type { WireProtocol } from "./wire-protocol.ts";

/** The services that the platform serves. Each is loaded with its first request. */
export class ServiceRegistry {
  readonly #entries: readonly ServiceEntry[];
  readonly #options: ServiceServerOptions;
  readonly #models = new Map<ServiceEntry, Promise<ServiceModel>>();

  constructor(entries: readonly ServiceEntry[], options: ServiceServerOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  /** Names of the services, for messages. */
  get names(): readonly string[] {
    return this.#entries.map(({ name }) => name);
  }

  /**
   * Answers a request to a service.
   *
   * @param signingName - of the service; nothing for a form that isn't signed.
   * @returns whether the platform has that service.
   */
  async answer(signingName: string | undefined, incoming: ServiceRequest): Promise<boolean> {
    if (signingName === undefined) return this.#answerUnsignedForm(incoming);
    const { request } = incoming;
    const entry = this.#entries
      .filter((candidate) => candidate.signingName === signingName)
      .filter(({ pathPrefix = "" }) => request.rawPath.startsWith(pathPrefix))
      .sort((left, right) => (right.pathPrefix ?? "").length - (left.pathPrefix ?? "").length)[0];
    if (entry === undefined) return false;
    await answerService(this.#options, await this.#load(entry), await protocolOf(entry, request), incoming);
    return true;
  }

  /** Without a signature, the version of its API alone tells whose a form is, and that stands in the body. */
  async #answerUnsignedForm(incoming: ServiceRequest): Promise<boolean> {
    const { request, message, client, requestId } = incoming;
    const body = (await readBody(message, formBytes)) ?? Buffer.alloc(0);
    const version = readForm(body.length === 0 ? request.rawQuery : body.toString()).children.get("Version");
    const entry = this.#entries.find(
      (candidate) => candidate.protocols.includes("query") && candidate.version === version?.value,
    );
    if (entry !== undefined) {
      const model = await this.#load(entry);
      await answerService(this.#options, model, queryProtocol, { ...incoming, body });
      return true;
    }
    const error = new AwsServiceError(
      "MissingAuthenticationToken",
      403,
      "Request is missing Authentication Token",
    );
    const answer = queryError(error, error.code, requestId, undefined);
    client.send(answer.status, answer.headers, answer.body);
    return true;
  }

  async #load(entry: ServiceEntry): Promise<ServiceModel> {
    let model = this.#models.get(entry);
    if (model === undefined) {
      model = entry.load().then((api) => new ServiceModel(entry, api));
      this.#models.set(entry, model);
    }
    return model;
  }
}

/** A service speaks several protocols at once: each request is in one of them. */
async function protocolOf(entry: ServiceEntry, request: HttpRequest): Promise<WireProtocol> {
  const wanted = protocolsOf(request);
  return loadProtocol(entry.protocols.find((candidate) => wanted.includes(candidate)) ?? entry.protocols[0]);
}

/** What reads XML and CBOR is loaded with the first request that needs it. */
async function loadProtocol(name: ProtocolName): Promise<WireProtocol> {
  switch (name) {
    case "query":
      return queryProtocol;
    case "json-1.0":
      return json10;
    case "json-1.1":
      return json11;
    case "rest-json":
      return restJsonProtocol;
    case "rest-xml":
      return (await import("./rest-xml-protocol.ts")).restXmlProtocol;
    case "rpc-v2-cbor":
      return (await import("./cbor-protocol.ts")).cborProtocol;
  }
}

const json10 = jsonProtocol("1.0");
const json11 = jsonProtocol("1.1");

/** Forms that aren't signed are read up to here. Ours, in bytes. */
const formBytes = 1024 * 1024;

/** What a client of the query protocol is told where the platform has no such service. */
export function unservedQuery(message: string, requestId: string): ErrorAnswer {
  const error = new AwsServiceError("InvalidAction", 404, message);
  return queryError(error, error.code, requestId, undefined);
}
