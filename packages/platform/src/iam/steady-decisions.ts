import { type AuthorizationRequest, type Decision, decidedBefore, evaluate } from "./evaluate.ts";
import { type PolicyDocument, statementsOf } from "./policy.ts";

/**
 * Decisions about requests that say the same of themselves, as long as the policies ask for nothing else: neither when a
 * request comes, nor from where. These are made once.
 *
 * Each belongs to requests of one principal, and of one context for each action. Policies of resources alone have a say.
 */
export class SteadyDecisions {
  readonly #accountId: string;
  /** By policies, and by action and resource. */
  readonly #known = new WeakMap<readonly PolicyDocument[], Map<string, Decision | "varying">>();

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
    const key = `${request.action} ${request.resource}`;
    const known = decisions.get(key);
    if (known !== undefined && known !== "varying") return decidedBefore(request, this.#accountId, known);
    const decision = evaluate(request, {
      identity: [],
      resource: policies,
      resourceAccountId: this.#accountId,
    });
    if (known === undefined) decisions.set(key, isSteady(policies, request) ? decision : "varying");
    return decision;
  }
}

/** What differs from one request to the next has a name that begins so, and so have variables. */
const varying = /^aws:/i;

function isSteady(policies: readonly PolicyDocument[], { context }: AuthorizationRequest): boolean {
  const given = new Set(Object.keys(context).map((key) => key.toLowerCase()));
  const isSteadyKey = (key: string) => given.has(key.toLowerCase()) || !varying.test(key);
  return policies.every((policy) =>
    statementsOf(policy).every(
      (statement) =>
        Object.values(statement.Condition ?? {}).every((keys) => Object.keys(keys).every(isSteadyKey)) &&
        !JSON.stringify(statement).includes("${"),
    ),
  );
}
