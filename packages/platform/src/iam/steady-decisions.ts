import type { RequestContext } from "./condition.ts";
import { type AuthorizationRequest, concerns, type Decision, evaluate } from "./evaluate.ts";
import { type PolicyDocument, statementsOf } from "./policy.ts";

interface SteadyDecision {
  readonly request: AuthorizationRequest;
  /** Nothing where it is to be made anew each time. */
  readonly decision: Decision | undefined;
}

/**
 * Decisions about requests that say the same of themselves, as long as the policies ask for nothing else: neither when a
 * request comes, nor from where. These are made once.
 *
 * All are requests of one principal, and each action has a context of its own, which is the same object each time.
 * Policies of resources alone have a say.
 */
export class SteadyDecisions {
  readonly #accountId: string;
  readonly #known = new WeakMap<readonly PolicyDocument[], Map<RequestContext, SteadyDecision>>();

  /** @param accountId - of the resources. */
  constructor(accountId: string) {
    this.#accountId = accountId;
  }

  /** Decides as `evaluate` does, and tells the request under way. */
  evaluate(request: AuthorizationRequest, policies: readonly PolicyDocument[]): Decision {
    let decisions = this.#known.get(policies);
    if (decisions === undefined) {
      decisions = new Map();
      this.#known.set(policies, decisions);
    }
    const last = decisions.get(request.context);
    const isKnown = last?.request.resource === request.resource && last.request.action === request.action;
    const known = isKnown ? last.decision : undefined;
    const resourceAccountId = this.#accountId;
    const decision = evaluate(request, { identity: [], resource: policies, resourceAccountId }, known);
    if (!isKnown) {
      const steady = isSteady(policies, request) ? decision : undefined;
      decisions.set(request.context, { request, decision: steady });
    }
    return decision;
  }
}

/** What differs from one request to the next has a name that begins so, and so have variables. */
const varying = /^aws:/i;

function isSteady(policies: readonly PolicyDocument[], request: AuthorizationRequest): boolean {
  const given = new Set(Object.keys(request.context).map((key) => key.toLowerCase()));
  const isSteadyKey = (key: string) => given.has(key.toLowerCase()) || !varying.test(key);
  return policies.every((policy) =>
    statementsOf(policy).every(
      (statement) =>
        !concerns(statement, request) ||
        (Object.values(statement.Condition ?? {}).every((keys) => Object.keys(keys).every(isSteadyKey)) &&
          !JSON.stringify(statement).includes("${")),
    ),
  );
}
