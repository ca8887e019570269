import { type Answer, encodeAnswer, type HttpConnection } from "./http-connection.ts";
import type { IncomingRequest } from "./http-request.ts";
import { refusal } from "./runtime-states.ts";

/** The calls whose answer can be scripted. */
export type FaultRoute = "next" | "response" | "error" | "init-error" | "register";

interface ScriptedError {
  readonly status: number;
  readonly errorType: string;
  readonly errorMessage: string;
}

/**
 * How the API misbehaves on one call.
 *
 * The first three take the place of the API's own work: no state changes, no event is taken, and no invocation gets a
 * result. The request itself can be seen in `requests`. The other two do that work, and then spoil the answer.
 */
export type Fault =
  /** An error, after the request was read. */
  | ScriptedError
  /** These bytes, after the request was read; with `end`, the connection ends after them. */
  | { readonly raw: Buffer | string; readonly end?: boolean }
  /** An error while the request's body still comes in; the connection ends after it. */
  | { readonly answerEarly: ScriptedError }
  /**
   * The connection breaks: before the first byte of the answer (a `next` then takes no event), within its head, or
   * within its body.
   */
  | { readonly close: "before-response" | "mid-headers" | "mid-body" }
  /** The answer is held back. */
  | { readonly delayUntil: Promise<unknown> };

/** Faults that wait for the call they are meant for, first come, first served. */
export class FaultQueue {
  readonly #faults: { readonly route: FaultRoute; readonly fault: Fault }[] = [];

  add(route: FaultRoute, fault: Fault): void {
    this.#faults.push({ route, fault });
  }

  take(route: string): Fault | undefined {
    const index = this.#faults.findIndex((scripted) => scripted.route === route);
    return index < 0 ? undefined : this.#faults.splice(index, 1)[0]?.fault;
  }
}

/**
 * Serves one call, with the fault that was scripted for it.
 *
 * @param route - Which call it is.
 * @param work - What the API does with the call; `undefined` if the connection ended meanwhile.
 * @returns Whether the connection can serve another request.
 */
export async function answerWith(
  fault: Fault | undefined,
  connection: HttpConnection,
  request: IncomingRequest,
  route: string,
  work: () => Promise<Answer | undefined> | Answer,
): Promise<boolean> {
  const readAll = () => request.body.drain(Number.POSITIVE_INFINITY);
  if (fault && "status" in fault) {
    await readAll();
    return connection.answer(request, scriptedAnswer(fault));
  }
  if (fault && "raw" in fault) {
    await readAll();
    await connection.write(fault.raw);
    return !fault.end;
  }
  if (fault && "answerEarly" in fault) {
    await connection.answerEarly(request, scriptedAnswer(fault.answerEarly));
    return false;
  }
  if (fault && "close" in fault && fault.close === "before-response" && route === "next") {
    connection.destroy();
    return false;
  }
  const answer = await work();
  if (answer === undefined) return false;
  if (fault && "delayUntil" in fault) await Promise.race([fault.delayUntil, connection.ended]);
  if (fault && "close" in fault) {
    await readAll();
    const { head, body } = encodeAnswer(answer);
    if (fault.close === "mid-headers") await connection.write(head.subarray(0, head.length / 2));
    if (fault.close === "mid-body") {
      await connection.write(Buffer.concat([head, body.subarray(0, body.length / 2)]));
    }
    connection.destroy();
    return false;
  }
  return connection.answer(request, answer);
}

function scriptedAnswer({ status, errorType, errorMessage }: ScriptedError): Answer {
  return refusal(status, errorType, errorMessage);
}
