import type { IncomingMessage, ServerResponse } from "node:http";
import type { RestApiDoor } from "../apigateway/rest-api-door.ts";
import type { TestInvocations } from "../apigateway/test-invocation.ts";
import { beginTrace, requestIdsIn } from "../explain/begin-trace.ts";
import { platformSigningName } from "../explain/explain-door.ts";
import { RequestTraces } from "../explain/request-traces.ts";
import type { HttpApiDoor } from "../httpapi/http-api-door.ts";
import { currentTrace, traceRequest } from "../iam/request-trace.ts";
import type { CodeArchives } from "../lambda/control/index.ts";
import { ClientResponse, plainHeaders } from "./client-response.ts";
import { type Destination, findDestination } from "./destination.ts";
import { type Doors, type DoorsOptions, openDoors } from "./doors.ts";
import { type HttpRequest, readRequestHead } from "./http-request.ts";
import { type Admission, refusalOf } from "./who-may-call.ts";

/** What the front door leads to. */
export interface FrontDoorOptions extends DoorsOptions, Admission {
  /** Deployment packages that may be downloaded. */
  readonly archives: CodeArchives;
  /** Every address, for whoever is lost. */
  readonly urls: () => readonly string[];
}

/** Finds whose request it is, and lets that answer: an API's stage, a function URL, a service of AWS, `/invoke`. */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #doors: Doors;
  readonly #traces = new RequestTraces();

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    this.#doors = openDoors(options, this.#traces, this.#note);
  }

  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = readRequestHead(message);
    const client = new ClientResponse(response);
    const destination = findDestination(request);
    const refusal = refusalOf(request, destination, this.#options);
    if (refusal !== undefined) {
      client.send(403, plainHeaders(refusal.code), JSON.stringify({ message: refusal.message }));
      return;
    }
    if (destination.kind === "service" && destination.signingName === platformSigningName) {
      await this.#doors.explain.answer(request, message, client);
      return;
    }
    const { region, model } = this.#options;
    const trace = beginTrace(request, destination, region, model());
    this.#traces.add(trace);
    // As soon as the client can ask about it.
    void client.answered.then((status) => trace.answered(status, requestIdsIn(client.headers)));
    await traceRequest(trace, () => this.#pass(destination, request, message, client));
  }

  /** Leads a request to where it is answered. */
  async #pass(
    destination: Destination,
    request: HttpRequest,
    message: IncomingMessage,
    client: ClientResponse,
  ): Promise<void> {
    switch (destination.kind) {
      case "api":
        await this.#apiDoor(destination.apiId).answer(
          destination.apiId,
          destination.rawPath,
          request,
          message,
          client,
        );
        return;
      case "function-url":
        await this.#doors.url.answer(destination.urlId, destination.rawPath, request, message, client);
        return;
      case "code":
        await this.#options.archives.answer(destination.token, client);
        return;
      case "local-invoke":
        await this.#doors.local.answer(destination.functionName, request, message, client);
        return;
      case "service":
        await (await this.#doors.services()).answer(destination.signingName, request, message, client);
        return;
      case "unknown": {
        const urls = this.#options.urls();
        client.send(
          404,
          plainHeaders("NotFound"),
          JSON.stringify({ message: `There is nothing at ${request.rawPath}.`, endpoints: urls }),
        );
      }
    }
  }

  #apiDoor(apiId: string): RestApiDoor | HttpApiDoor {
    const isHttpApi = this.#options.model()?.httpApis.has(apiId) === true;
    return isHttpApi ? this.#doors.http : this.#doors.rest;
  }

  readonly #note = (requestId: string, message: string): void => {
    currentTrace()?.add({ kind: "note", message }, requestId);
    this.#options.emit({ kind: "note", requestId, message });
  };

  /** REST APIs, for the operations that ask those who serve them. */
  get restApis(): TestInvocations {
    return this.#doors.restApis;
  }
}
