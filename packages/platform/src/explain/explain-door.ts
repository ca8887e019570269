import type { IncomingMessage } from "node:http";
import type { ClientResponse } from "../front-door/client-response.ts";
import { type HttpRequest, readBody } from "../front-door/http-request.ts";
import { isLoopbackAddress } from "../front-door/who-may-call.ts";
import type { Authenticator, Caller } from "../iam/caller.ts";
import { percentDecoded } from "../percent-decoding.ts";
import { AwsServiceError } from "../service-error.ts";
import { explain, type FindActingRole } from "./explanation.ts";
import { reportIdentity } from "./identity.ts";
import type { RequestTraces } from "./request-traces.ts";

/** What the door needs of the rest of the platform. */
export interface ExplainDoorOptions {
  readonly traces: RequestTraces;
  readonly authenticator: Authenticator;
  /** Owner of the platform's own credentials. */
  readonly administrator: () => Caller;
  readonly findRole: FindActingRole;
}

/** The signing name of requests to the platform itself. AWS has no service of that name. */
export const platformSigningName = "sluice";

/**
 * Answers questions to the platform itself, for this machine alone and signed: `/identity` tells anybody who they are,
 * `/requests/ID` and `/requests/last-denied` tell the owner of the platform's own credentials what became of a request.
 */
export class ExplainDoor {
  readonly #options: ExplainDoorOptions;

  constructor(options: ExplainDoorOptions) {
    this.#options = options;
  }

  async answer(request: HttpRequest, message: IncomingMessage, client: ClientResponse): Promise<void> {
    try {
      send(client, 200, await this.#answer(request, message));
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      send(client, error.status, { code: error.code, message: error.message });
    }
  }

  async #answer(request: HttpRequest, message: IncomingMessage): Promise<object> {
    if (!isLoopbackAddress(request.sourceIp)) {
      throw new AwsServiceError(
        "ForbiddenAddress",
        403,
        "These questions are answered to this machine alone.",
      );
    }
    const { authenticator, administrator, findRole } = this.#options;
    const read = async () => (await readBody(message, 0)) ?? Buffer.alloc(0);
    const { caller } = await authenticator.authenticate(request, platformSigningName, read);
    if (request.rawPath === "/identity") {
      return reportIdentity(caller, administrator(), findRole(caller.roleArn ?? caller.arn));
    }
    if (caller.accessKeyId !== administrator().accessKeyId) {
      throw new AwsServiceError(
        "AccessDenied",
        403,
        `${caller.arn} may not see what became of requests. The platform's own credentials may.`,
      );
    }
    const requestId = /^\/requests\/([^/]+)$/.exec(request.rawPath)?.[1];
    if (requestId === undefined) throw new AwsServiceError("NotFound", 404, "There is no such question.");
    return this.#explain(percentDecoded(requestId));
  }

  #explain(requestId: string): object {
    const { traces, findRole } = this.#options;
    const isLast = requestId === "last-denied";
    const trace = isLast ? traces.lastDenied() : traces.find(requestId);
    if (trace !== undefined) return explain(trace, findRole);
    const kept = `It remembers the last ${traces.size} requests since it was started.`;
    throw new AwsServiceError(
      "NoSuchRequest",
      404,
      isLast
        ? `The platform has denied nothing. ${kept}`
        : `The platform knows no request ${requestId}. ${kept} The id stands in the answer's headers: x-amzn-RequestId, Apigw-Requestid or x-amz-request-id.`,
    );
  }
}

function send(client: ClientResponse, status: number, answer: object): void {
  client.send(status, [["Content-Type", "application/json"]], JSON.stringify(answer));
}
