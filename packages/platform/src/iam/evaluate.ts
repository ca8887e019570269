import { type ContextValue, conditionsHold, type RequestContext, type Substitute } from "./condition.ts";
import { literally, matchesArn, matchesPattern } from "./pattern.ts";
import { listOf, type PolicyDocument, type Principal, type Statement, statementsOf } from "./policy.ts";
import { currentTrace, type RequestFacts, standardContext } from "./request-trace.ts";

/** What someone wants to do. */
export interface AuthorizationRequest {
  /** `service:Operation`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  readonly context: RequestContext;
  readonly principal: RequestPrincipal;
}

/** Who wants to do it. */
export interface RequestPrincipal {
  readonly kind: "AWS" | "Service" | "anonymous";
  /** ARN of the user, role or role session, or name of the service. */
  readonly name: string;
  readonly accountId: string | undefined;
}

/** The policies that have a say. */
export interface ApplicablePolicies {
  /** Attached to the caller. */
  readonly identity: readonly PolicyDocument[];
  /** Attached to the resource. */
  readonly resource: readonly PolicyDocument[];
  /** Limits what the identity policies can allow. */
  readonly boundary?: PolicyDocument | undefined;
  /** Given to the session that acts. They limit what its role may do. */
  readonly session?: readonly PolicyDocument[] | undefined;
  /** Account of the resource. */
  readonly resourceAccountId: string;
  /** Whether nothing is allowed unless the resource's policy does so too: that of a role, or of a key of KMS. */
  readonly needsResourcePolicy?: boolean;
}

/** Kinds of policies, by what they are attached to. */
export type PolicySide = "identity" | "resource" | "boundary" | "session";

/** What came out, and the statement that decided it, if one did. */
export interface Decision {
  readonly effect: "allow" | "explicit-deny" | "implicit-deny";
  readonly statement: Statement | undefined;
  /** The document that the statement is in. */
  readonly policy: PolicyDocument | undefined;
  /** Which side decided; where nothing allowed it, the first side that would have had to. */
  readonly source: PolicySide;
}

/**
 * Decides as AWS does, and tells the request under way.
 * @param known - what was decided before, where nothing that was asked for has changed since.
 * @see decide
 */
export function evaluate(
  request: AuthorizationRequest,
  policies: ApplicablePolicies,
  known?: Decision,
): Decision {
  const trace = currentTrace();
  const complete = new CompleteRequest(request, policies.resourceAccountId, trace?.facts);
  const decision = known ?? decide(complete, policies);
  trace?.add({ kind: "decision", request: complete, decision });
  return decision;
}

/** Whether a statement can say anything about a request, whatever that is of and its context. */
export function concerns(statement: Statement, { principal, action }: AuthorizationRequest): boolean {
  return namingOf(statement, principal, {}) !== undefined && actionApplies(statement, action);
}

/**
 * Decides as AWS does. A deny anywhere wins. Otherwise, within an account, an allow of either side is enough; between
 * accounts both sides must allow, and so they must where the resource's policy has to allow by all means. Boundary and
 * session policies limit what the identity side allows. What the resource's policy allows to a role they limit too, but
 * not what it allows to a session, a user or everyone; what it allows to an account is that account's to give on.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export function decide(request: AuthorizationRequest, policies: ApplicablePolicies): Decision {
  const { boundary, session, needsResourcePolicy = false } = policies;
  const sides: readonly (readonly [PolicySide, readonly PolicyDocument[]])[] = [
    ["identity", policies.identity],
    ["resource", policies.resource],
    ["boundary", boundary === undefined ? [] : [boundary]],
    ["session", session ?? []],
  ];
  for (const [source, documents] of sides) {
    if (documents.length === 0) continue;
    const rule = source === "resource" ? { hasBoundary: boundary !== undefined } : { names: anyone };
    const [denial] = applying(documents, "Deny", request, rule);
    if (denial !== undefined) {
      return { effect: "explicit-deny", statement: denial.statement, policy: denial.policy, source };
    }
  }
  const isOfAccount = request.principal.kind === "AWS";
  // Services and anonymous callers have no account whose policies could have a say.
  const isSameAccount = !isOfAccount || request.principal.accountId === policies.resourceAccountId;
  const grants = applying(policies.resource, "Allow", request, {});
  const grantTo = (...named: Naming[]) => grants.find((grant) => named.includes(grant.named));
  const direct = grantTo("itself", "everyone");
  if (isSameAccount && direct !== undefined) return allowed(direct, "resource");

  const identity = applying(policies.identity, "Allow", request, { names: anyone })[0];
  const ofRole = isSameAccount ? grantTo("role") : undefined;
  const needsBoth = !isSameAccount || (needsResourcePolicy && isOfAccount);
  if (identity === undefined && ofRole === undefined) {
    return silence(needsBoth && grants.length === 0 && needsResourcePolicy ? "resource" : "identity");
  }
  const isLimitedBy = (limits: readonly PolicyDocument[]) =>
    applying(limits, "Allow", request, { names: anyone }).length === 0;
  if (boundary !== undefined && isLimitedBy([boundary])) return silence("boundary");
  if (session !== undefined && isLimitedBy(session)) return silence("session");
  if (ofRole !== undefined) return allowed(ofRole, "resource");
  if (identity === undefined) return silence("identity");
  if (needsBoth && grants.length === 0) return silence("resource");
  return allowed(identity, "identity");
}

/** A request with everything that conditions may ask of it, which is put together when something asks. */
class CompleteRequest implements AuthorizationRequest {
  readonly action: string;
  readonly resource: string;
  readonly principal: RequestPrincipal;
  readonly #own: RequestContext;
  readonly #resourceAccountId: string;
  readonly #facts: RequestFacts | undefined;
  readonly #timeMs = Date.now();
  #context: RequestContext | undefined;

  constructor(
    { action, resource, principal, context }: AuthorizationRequest,
    resourceAccountId: string,
    facts: RequestFacts | undefined,
  ) {
    this.action = action;
    this.resource = resource;
    this.principal = principal;
    this.#own = context;
    this.#resourceAccountId = resourceAccountId;
    this.#facts = facts;
  }

  get context(): RequestContext {
    this.#context ??= completeContext(
      this.#own,
      standardContext(this.principal, this.#facts, this.#timeMs),
      this.#resourceAccountId,
    );
    return this.#context;
  }
}

/** What is said of this request goes before what holds for all; keys are compared without regard to case. */
function completeContext(
  context: RequestContext,
  complete: Record<string, ContextValue | undefined>,
  resourceAccountId: string,
): RequestContext {
  complete["aws:ResourceAccount"] = resourceAccountId;
  for (const key of Object.keys(context)) {
    if (!Object.hasOwn(complete, key)) {
      const name = key.toLowerCase();
      for (const other in complete) {
        if (other.length === name.length && other.toLowerCase() === name) delete complete[other];
      }
    }
    complete[key] = context[key];
  }
  return complete;
}

function allowed({ statement, policy }: ApplyingStatement, source: PolicySide): Decision {
  return { effect: "allow", statement, policy, source };
}

function silence(source: PolicySide): Decision {
  return { effect: "implicit-deny", statement: undefined, policy: undefined, source };
}

/**
 * Why something is denied, as AWS's messages end.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function denialReason({ effect, source }: Decision, action: string): string {
  const policy = sideNames[source];
  if (effect !== "explicit-deny") return `because no ${policy} allows the ${action} action`;
  return `with an explicit deny in ${/^i/.test(policy) ? "an" : "a"} ${policy}`;
}

const sideNames: Readonly<Record<PolicySide, string>> = {
  identity: "identity-based policy",
  resource: "resource-based policy",
  boundary: "permissions boundary",
  session: "session policy",
};

/** How a policy names somebody: by the narrowest of the ways in which it does. */
type Naming = "itself" | "role" | "account" | "everyone";

interface ApplicationRule {
  /** Statements without principals, of policies that are attached to whoever acts. */
  readonly names?: typeof anyone;
  /** Whether the caller has a permissions boundary. */
  readonly hasBoundary?: boolean;
}

const anyone = "whoever has the policy" as const;

interface ApplyingStatement {
  readonly statement: Statement;
  readonly policy: PolicyDocument;
}

/** The statements of that effect that apply to a request. */
function applying(
  documents: readonly PolicyDocument[],
  effect: Statement["Effect"],
  request: AuthorizationRequest,
  rule: ApplicationRule,
): (ApplyingStatement & { readonly named: Naming })[] {
  const found: (ApplyingStatement & { named: Naming })[] = [];
  for (const policy of documents) {
    const substitute = substitution(policy, request.context);
    for (const statement of statementsOf(policy)) {
      if (statement.Effect !== effect) continue;
      const named = rule.names === anyone ? "itself" : namingOf(statement, request.principal, rule);
      if (
        named !== undefined &&
        actionApplies(statement, request.action) &&
        resourceApplies(statement, request.resource, substitute) &&
        conditionsHold(statement.Condition, request.context, substitute)
      )
        found.push({ statement, policy, named });
    }
  }
  return found;
}

function actionApplies({ Action, NotAction }: Statement, action: string): boolean {
  const lower = action.toLowerCase();
  const matches = (pattern: string) => pattern === action || matchesPattern(pattern.toLowerCase(), lower);
  if (NotAction !== undefined) return !listOf(NotAction).some(matches);
  return listOf(Action).some(matches);
}

function resourceApplies(
  { Resource, NotResource }: Statement,
  resource: string,
  substitute: Substitute,
): boolean {
  const matches = (pattern: string) => {
    const text = substitute(pattern, true);
    return (
      text === "*" ||
      (resource.startsWith("arn:") ? matchesArn(text, resource) : matchesPattern(text, resource))
    );
  };
  if (NotResource !== undefined) return !listOf(NotResource).some(matches);
  // The policy of a resource may leave itself out.
  return Resource === undefined || listOf(Resource).some(matches);
}

/**
 * How a statement names who acts, if it applies to them. One that denies everybody but some applies to whoever has a
 * permissions boundary, named or not.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
function namingOf(
  { Principal, NotPrincipal, Effect }: Statement,
  principal: RequestPrincipal,
  { hasBoundary = false }: ApplicationRule,
): Naming | undefined {
  if (NotPrincipal !== undefined) {
    const applies = (Effect === "Deny" && hasBoundary) || namingAmong(NotPrincipal, principal) === undefined;
    return applies ? "everyone" : undefined;
  }
  return Principal && namingAmong(Principal, principal);
}

function namingAmong(principals: Principal, principal: RequestPrincipal): Naming | undefined {
  if (principals === "*") return "everyone";
  if (principal.kind === "anonymous") return listOf(principals["AWS"]).includes("*") ? "everyone" : undefined;
  const namings = listOf(principals[principal.kind]).map((name): Naming | undefined => {
    if (name === "*") return "everyone";
    // Nobody is a role: what acts is a session of it, whether or not anybody has called it by name.
    if (name === principal.name) return name.includes(":role/") ? "role" : "itself";
    if (principal.kind === "Service") return undefined;
    const account = /^(?:arn:[^:]*:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1];
    if (account !== undefined) return account === principal.accountId ? "account" : undefined;
    return isSessionOf(name, principal.name) ? "role" : undefined;
  });
  return (["itself", "everyone", "role", "account"] as const).find((naming) => namings.includes(naming));
}

/** A role counts as named when one of its sessions acts. The session's ARN lacks the role's path. */
function isSessionOf(roleArn: string, sessionArn: string): boolean {
  const role = /^arn:([^:]*):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
  const session = /^arn:([^:]*):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(sessionArn);
  if (role === null || session === null) return false;
  return role.slice(1).join() === session.slice(1).join();
}

/**
 * Policy variables such as `${aws:username}`. One that has no value stays as it is, and so matches nothing. Documents
 * of the older version have no variables.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function substitution({ Version }: PolicyDocument, context: RequestContext): Substitute {
  if (Version !== "2012-10-17") return (text) => text;
  return (text, isPattern) => {
    if (!text.includes("${")) return text;
    return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
      const value = variable(name, context);
      if (value === undefined) return whole;
      return isPattern ? literally(value) : value;
    });
  };
}

function variable(name: string, context: RequestContext): string | undefined {
  if (name === "*" || name === "?" || name === "$") return name;
  const [key = "", fallback] = name.split(/,\s*/);
  const found = Object.entries(context).find(
    ([candidate]) => candidate.toLowerCase() === key.trim().toLowerCase(),
  );
  if (found?.[1] !== undefined && !Array.isArray(found[1])) return String(found[1]);
  return fallback?.replace(/^'|'$/g, "");
}
