import { errorBodyTrailer, errorTypeTrailer } from "@sluice/protocol";
import type { ClientResponse, HeaderList } from "../front-door/client-response.ts";
import type { InvocationEnd, InvocationReceiver, ResponseStart } from "./environment/invocation.ts";
import type { FailedStream } from "./http-stream-receiver.ts";

/**
 * Passes a response on as the runtime sends it: the prelude is part of the body, and an error after the first byte comes in
 * the trailers that the Runtime API has for it.
 */
export class RawStreamReceiver implements InvocationReceiver {
  readonly #client: ClientResponse;
  readonly #headers: HeaderList;
  readonly #refuse: (reason: FailedStream) => void;

  constructor(client: ClientResponse, headers: HeaderList, refuse: (reason: FailedStream) => void) {
    this.#client = client;
    this.#headers = headers;
    this.#refuse = refuse;
  }

  start({ contentType = "application/octet-stream" }: ResponseStart): void {
    const trailers = `${errorTypeTrailer}, ${errorBodyTrailer}`;
    this.#client.begin(200, [["Content-Type", contentType], ["Trailer", trailers], ...this.#headers]);
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    return this.#client.write(bytes);
  }

  end(end: InvocationEnd): void {
    if (end.kind === "complete") this.#client.end();
    else if (!this.#client.hasBegun) {
      const payload = "payload" in end ? end.payload : Buffer.from(end.errorBody);
      this.#refuse({ kind: "failed", errorType: end.errorType, payload });
    } else if (end.kind === "streamError" && end.errorBody !== "") {
      this.#client.end([
        [errorTypeTrailer, end.errorType],
        [errorBodyTrailer, Buffer.from(end.errorBody).toString("base64")],
      ]);
    } else {
      this.#client.breakOff();
    }
  }
}
