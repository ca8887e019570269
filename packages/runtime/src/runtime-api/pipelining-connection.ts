import type { NetConnectOpts, Socket } from "node:net";
// The function may replace the global one.
import { setImmediate } from "node:timers";
import { Connection } from "./connection.ts";
import type { HttpResponse } from "./response-parser.ts";

/** Connections with a response that has not left yet. */
const corked = new Set<Socket>();
/** The process is about to end. */
let isEnding = false;

/**
 * A connection on which a response leaves together with the call for the next event, and on which the answers to both may
 * come together: HTTP/1.1's pipelining. Each side then wakes the other once for an invocation, and not twice.
 *
 * Only for a Runtime API that is known to read ahead, as Sluice's platform is.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2
 */
export class PipeliningConnection extends Connection {
  /** What becomes of the last response, until the next event is asked for. */
  #posted: Promise<void> | undefined;
  /** The answer to a call for the next event whose response was refused: it may well be an event. */
  #early: Promise<HttpResponse> | undefined;
  /** Asks for the next event: waits for the last response to leave. */
  #ask: (() => void) | undefined;
  readonly #unixName: string | undefined;

  /** @param unixName - of a socket in Linux's abstract namespace to connect to instead. */
  constructor(unixName: string | undefined, ...parameters: ConstructorParameters<typeof Connection>) {
    super(...parameters);
    this.#unixName = unixName;
  }

  /** Sends every response that was given: for the end of the process, whatever it is that ends it. */
  static flush(this: void): void {
    for (const socket of corked) socket.uncork();
    corked.clear();
  }

  /** Asks for no event any more: after an exception that nobody catches the process ends. */
  static askNoMore(this: void): void {
    isEnding = true;
  }

  override post(call: string, bytes: string | Buffer, isLast = false): Promise<void> {
    if (!isLast) return super.post(call, bytes);
    const socket = this.open();
    socket.cork();
    corked.add(socket);
    // No sooner: a promise that is rejected as the function returns ends the process before the next event is asked for,
    // as it does where the answer is waited for. Node.js tells of it before anything that is due immediately.
    setImmediate(() => {
      if (!isEnding) this.#ask?.();
      this.#ask = undefined;
      socket.uncork();
      corked.delete(socket);
    });
    this.#posted = ignored(super.post(call, bytes));
    return Promise.resolve();
  }

  /** @throws what became of the response before, if it was not taken: what is asked for now is answered the next time. */
  override async send(bytes: string | Buffer): Promise<HttpResponse> {
    const posted = this.#posted;
    const answer = ignored(this.#early ?? this.#sendBehind(bytes));
    this.#posted = undefined;
    this.#early = answer;
    await posted;
    this.#early = undefined;
    return answer;
  }

  protected override endpoint(): NetConnectOpts {
    return this.#unixName === undefined ? super.endpoint() : { path: `\0${this.#unixName}` };
  }

  /** Not corked with the response: if the process ends before that has left, no event must come for it. */
  #sendBehind(bytes: string | Buffer): Promise<HttpResponse> {
    if (!corked.has(this.open())) return super.send(bytes);
    return new Promise((resolve) => {
      this.#ask = () => resolve(super.send(bytes));
    });
  }
}

/** Somebody else awaits it, later. */
function ignored<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
