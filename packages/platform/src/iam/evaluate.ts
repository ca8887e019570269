import { conditionsHold, type RequestContext } from "./condition.ts";
import { matchesArn, matchesPattern } from "./pattern.ts";
import { listOf, type PolicyDocument, type Principal, type Statement, statementsOf } from "./policy.ts";

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
  /** ARN of the user or role session, or name of the service. */
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
  /** Account of the resource. */
  readonly resourceAccountId: string;
}

/** What came out, and the statement that decided it, if one did. */
export interface Decision {
  readonly effect: "allow" | "explicit-deny" | "implicit-deny";
  readonly statement: Statement | undefined;
  /** Which side the statement belongs to. */
  readonly source: "identity" | "resource" | "boundary" | undefined;
}

/**
 * Decides as AWS does: a deny anywhere wins; within an account an allow of either side is enough, between accounts both
 * sides must allow; a permissions boundary limits what the identity side allows.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(request: AuthorizationRequest, policies: ApplicablePolicies): Decision {
  const sides = [
    { source: "identity", documents: policies.identity },
    { source: "resource", documents: policies.resource },
    { source: "boundary", documents: policies.boundary === undefined ? [] : [policies.boundary] },
  ] as const;
  for (const { source, documents } of sides) {
    const statement = find(documents, "Deny", request, source);
    if (statement !== undefined) return { effect: "explicit-deny", statement, source };
  }
  const byResource = find(policies.resource, "Allow", request, "resource");
  const isWithinBoundary =
    policies.boundary === undefined || find([policies.boundary], "Allow", request, "boundary") !== undefined;
  const byIdentity = isWithinBoundary ? find(policies.identity, "Allow", request, "identity") : undefined;
  // Services and anonymous callers have no identity policies: for them the resource's own policy decides.
  const isSameAccount =
    request.principal.kind !== "AWS" || request.principal.accountId === policies.resourceAccountId;
  const allowed = isSameAccount
    ? byIdentity !== undefined || byResource !== undefined
    : byIdentity !== undefined && byResource !== undefined;
  if (!allowed) return { effect: "implicit-deny", statement: undefined, source: undefined };
  return byIdentity !== undefined
    ? { effect: "allow", statement: byIdentity, source: "identity" }
    : { effect: "allow", statement: byResource, source: "resource" };
}

function find(
  documents: readonly PolicyDocument[],
  effect: Statement["Effect"],
  request: AuthorizationRequest,
  source: NonNullable<Decision["source"]>,
): Statement | undefined {
  for (const document of documents) {
    for (const statement of statementsOf(document)) {
      if (statement.Effect === effect && applies(statement, request, source)) return statement;
    }
  }
  return undefined;
}

function applies(
  statement: Statement,
  request: AuthorizationRequest,
  source: NonNullable<Decision["source"]>,
): boolean {
  const substitute = (text: string) => substituteVariables(text, request.context);
  return (
    (source !== "resource" || principalApplies(statement, request.principal)) &&
    actionApplies(statement, request.action) &&
    resourceApplies(statement, request.resource, substitute) &&
    conditionsHold(statement.Condition, request.context, substitute)
  );
}

function actionApplies({ Action, NotAction }: Statement, action: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
  if (NotAction !== undefined) return !listOf(NotAction).some(matches);
  return listOf(Action).some(matches);
}

function resourceApplies(
  { Resource, NotResource }: Statement,
  resource: string,
  substitute: (text: string) => string,
): boolean {
  const matches = (pattern: string) => {
    const text = substitute(pattern);
    return (
      text === "*" ||
      (resource.startsWith("arn:") ? matchesArn(text, resource) : matchesPattern(text, resource))
    );
  };
  if (NotResource !== undefined) return !listOf(NotResource).some(matches);
  // The policy of a resource may leave itself out.
  return Resource === undefined || listOf(Resource).some(matches);
}

function principalApplies({ Principal, NotPrincipal }: Statement, principal: RequestPrincipal): boolean {
  if (NotPrincipal !== undefined) return !isAmong(NotPrincipal, principal);
  return Principal !== undefined && isAmong(Principal, principal);
}

function isAmong(principals: Principal, principal: RequestPrincipal): boolean {
  if (principals === "*") return true;
  if (principal.kind === "anonymous") return listOf(principals["AWS"]).includes("*");
  return listOf(principals[principal.kind]).some((name) => {
    if (name === "*") return true;
    if (principal.kind === "Service") return name === principal.name;
    if (name === principal.accountId) return true;
    return (
      /^arn:[^:]*:iam::(\d{12}):root$/.exec(name)?.[1] === principal.accountId || name === principal.name
    );
  });
}

/** `${aws:username}`; one that has no value stays as it is, and so matches nothing. */
function substituteVariables(text: string, context: RequestContext): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
    if (name === "*" || name === "?" || name === "$") return name;
    const [key = "", fallback] = name.split(/,\s*/);
    const found = Object.entries(context).find(
      ([candidate]) => candidate.toLowerCase() === key.trim().toLowerCase(),
    );
    if (found?.[1] !== undefined && !Array.isArray(found[1])) return String(found[1]);
    return fallback?.replace(/^'|'$/g, "") ?? whole;
  });
}
