import { send } from "./platform-function.ts";
import type { Signatory } from "./signed-fetch.ts";

/** A stage of a REST or HTTP API on a running platform. Get it by `platform.api("LogicalId")`. */
export class PlatformApi {
  readonly logicalId: string;
  readonly stage: string;
  /** Its address with the stage, unless that is the default one of an HTTP API, and a slash at its end. */
  readonly url: string;
  readonly #isSigned: boolean;
  readonly #signatory: Signatory;

  constructor(options: {
    readonly logicalId: string;
    readonly stage: string;
    readonly url: string;
    readonly isSigned: boolean;
    readonly signatory: Signatory;
  }) {
    this.logicalId = options.logicalId;
    this.stage = options.stage;
    this.url = options.url;
    this.#isSigned = options.isSigned;
    this.#signatory = options.signatory;
  }

  /**
   * Sends a request to the stage, signed with the platform's credentials where a method of the API wants `AWS_IAM`. Redirects
   * are answers, not followed. For a request without a signature take `fetch` with `url`.
   *
   * @param path - below the stage, with the query; `/` unless given.
   */
  fetch(path = "/", init: RequestInit = {}): Promise<Response> {
    return send(this.url, path, init, this.#isSigned ? "execute-api" : undefined, this.#signatory);
  }
}
