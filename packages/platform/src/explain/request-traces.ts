import type { RequestTrace, TraceStep } from "../iam/request-trace.ts";

/** How many requests are remembered. Ours. */
const mostTraces = 1000;

/** The requests that came last, with what was decided about them. They end with the platform. */
export class RequestTraces {
  readonly #most: number;
  /** In the order in which they came, from `#next` on and then from the beginning. */
  readonly #traces: RequestTrace[] = [];
  /** Where the next one goes: once there are so many, in the place of the oldest. */
  #next = 0;

  /** @param most - how many are remembered. */
  constructor(most: number = mostTraces) {
    this.#most = most;
  }

  add(trace: RequestTrace): void {
    this.#traces[this.#next] = trace;
    this.#next = (this.#next + 1) % this.#most;
  }

  /** The request that came last of those that have that id. */
  find(requestId: string): RequestTrace | undefined {
    return this.#findLast(({ requestIds }) => requestIds.has(requestId));
  }

  /** The request that came last of those that were refused for want of a right, or of a good signature. */
  lastDenied(): RequestTrace | undefined {
    return this.#findLast(isDenied);
  }

  #findLast(isWanted: (trace: RequestTrace) => boolean): RequestTrace | undefined {
    return [...this.#traces.slice(this.#next), ...this.#traces.slice(0, this.#next)].findLast(isWanted);
  }

  /** How many are remembered now. */
  get size(): number {
    return this.#traces.length;
  }
}

/** What is denied on the way may do no harm to the request; what is denied later nobody would otherwise learn of. */
function isDenied({ steps, laterSteps, status = 0 }: RequestTrace): boolean {
  if (laterSteps.some(isDenial)) return true;
  return steps.some((step) => step.kind === "refused-signature" || (status >= 400 && isDenial(step)));
}

function isDenial(step: TraceStep): boolean {
  return step.kind === "decision" && step.decision.effect !== "allow";
}
