import type { RequestTrace } from "../iam/request-trace.ts";

/** How many requests are remembered. Ours. */
const mostTraces = 1000;

/** The requests that came last, with what was decided about them. They end with the platform. */
export class RequestTraces {
  readonly #most: number;
  /** In the order in which they came. */
  readonly #traces: RequestTrace[] = [];

  /** @param most - how many are remembered. */
  constructor(most: number = mostTraces) {
    this.#most = most;
  }

  add(trace: RequestTrace): void {
    this.#traces.push(trace);
    if (this.#traces.length > this.#most) this.#traces.shift();
  }

  /** The request that came last of those that have that id. */
  find(requestId: string): RequestTrace | undefined {
    return this.#traces.findLast(({ requestIds }) => requestIds.has(requestId));
  }

  /** The request that came last of those that were refused for want of a right, or of a good signature. */
  lastDenied(): RequestTrace | undefined {
    return this.#traces.findLast(isDenied);
  }

  /** How many are remembered now. */
  get size(): number {
    return this.#traces.length;
  }
}

function isDenied({ steps, status = 0 }: RequestTrace): boolean {
  return steps.some(
    (step) =>
      step.kind === "refused-signature" ||
      (status >= 400 && step.kind === "decision" && step.decision.effect !== "allow"),
  );
}
