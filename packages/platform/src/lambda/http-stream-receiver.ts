import { type HttpPrelude, HttpPreludeDecoder } from "@sluice/protocol";
import type { ClientResponse, HeaderList } from "../front-door/client-response.ts";
import type { InvocationEnd, InvocationReceiver, ResponseStart } from "./environment/invocation.ts";

/** How a front door turns a stream into an HTTP answer. */
export interface StreamDoor {
  /** Whether a stream of that content type begins with a prelude. */
  expectsPrelude(contentType: string | undefined): boolean;
  /** Status and headers for a prelude, or why it can't be used. */
  head(prelude: Partial<HttpPrelude>): { status: number; headers: HeaderList } | { problem: string };
  /** Status and headers of a stream without a prelude. */
  bareHead(contentType: string | undefined): { status: number; headers: HeaderList };
  /** Answers a stream that ended before a prelude, or without a byte where one was announced. */
  emptyHead(): { status: number; headers: HeaderList } | { problem: string };
  /** Answers in the place of the function: it failed, or what it wrote can't be used. */
  refuse(reason: FailedStream): void;
  /** Hears how a function failed that had begun its answer: the connection is broken off. The payload may be empty. */
  broken?(errorType: string, payload: Uint8Array): void;
}

const unfinishedPrelude =
  "The stream ended before its prelude was complete. Write status and headers before the body, with writeStatusAndHeaders() or awslambda.HttpResponseStream.from().";

/** Why a front door answers itself. */
export type FailedStream =
  | { readonly kind: "malformed"; readonly problem: string }
  | { readonly kind: "failed"; readonly errorType: string; readonly payload: Uint8Array };

/**
 * Passes a streamed response on to an HTTP client: the prelude becomes status and headers, the rest the body, as it
 * comes. A failure after the head breaks the connection off: a clean end would hide it.
 */
export class HttpStreamReceiver implements InvocationReceiver {
  readonly #client: ClientResponse;
  readonly #door: StreamDoor;
  #decoder: HttpPreludeDecoder | undefined;
  #contentType: string | undefined;
  #hasBytes = false;
  #isRefused = false;

  constructor(client: ClientResponse, door: StreamDoor) {
    this.#client = client;
    this.#door = door;
  }

  start({ contentType }: ResponseStart): void {
    this.#contentType = contentType;
    if (this.#door.expectsPrelude(contentType)) this.#decoder = new HttpPreludeDecoder();
  }

  chunk(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#isRefused || bytes.length === 0) return undefined;
    this.#hasBytes = true;
    if (this.#decoder === undefined) {
      if (!this.#client.hasBegun) this.#begin(this.#door.bareHead(this.#contentType));
      return this.#client.write(bytes);
    }
    const decoded = this.#decoder.push(bytes);
    if (decoded.kind === "incomplete") return undefined;
    this.#decoder = undefined;
    if (decoded.kind === "invalid") {
      this.#refuse({ kind: "malformed", problem: decoded.message });
      return undefined;
    }
    this.#begin(this.#door.head(decoded.prelude));
    return this.#isRefused ? undefined : this.#client.write(decoded.rest);
  }

  end(end: InvocationEnd): void {
    if (this.#isRefused) return;
    if (end.kind === "complete") {
      this.#finish();
      return;
    }
    const payload = "payload" in end ? end.payload : Buffer.from(end.errorBody);
    if (this.#client.hasBegun) {
      this.#door.broken?.(end.errorType, payload);
      this.#client.breakOff();
    } else this.#refuse({ kind: "failed", errorType: end.errorType, payload });
  }

  #finish(): void {
    if (!this.#client.hasBegun && this.#hasBytes) {
      this.#refuse({ kind: "malformed", problem: unfinishedPrelude });
      return;
    }
    if (!this.#client.hasBegun) {
      const isAnnounced = this.#decoder !== undefined;
      this.#begin(isAnnounced ? this.#door.emptyHead() : this.#door.bareHead(this.#contentType));
    }
    if (!this.#isRefused) this.#client.end();
  }

  #begin(head: { status: number; headers: HeaderList } | { problem: string }): void {
    if ("problem" in head) this.#refuse({ kind: "malformed", problem: head.problem });
    else this.#client.begin(head.status, head.headers);
  }

  #refuse(reason: FailedStream): void {
    this.#isRefused = true;
    this.#decoder = undefined;
    this.#door.refuse(reason);
  }
}
