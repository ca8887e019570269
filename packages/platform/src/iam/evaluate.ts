import { conditionsHold, type RequestContext, type Substitute } from "./condition.ts";
import { literally, matchesArn, matchesPattern } from "./pattern.ts";
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
  /** Given to the session that acts. They limit everything that it may do. */
  readonly session?: readonly PolicyDocument[] | undefined;
  /** Account of the resource. */
  readonly resourceAccountId: string;
}

/** What came out, and the statement that decided it, if one did. */
export interface Decision {
  readonly effect: "allow" | "explicit-deny" | "implicit-deny";
  readonly statement: Statement | undefined;
  /** Which side decided. */
  readonly source: "identity" | "resource" | "boundary" | "session" | undefined;
}

/**
 * Decides as AWS does: a deny anywhere wins; within an account an allow of either side is enough, between accounts both
 * sides must allow; a permissions boundary limits what the identity side allows, and session policies limit both.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(request: AuthorizationRequest, policies: ApplicablePolicies): Decision {
  const sides = [
    { source: "identity", documents: policies.identity },
    { source: "resource", documents: policies.resource },
    { source: "boundary", documents: policies.boundary === undefined ? [] : [policies.boundary] },
    { source: "session", documents: policies.session ?? [] },
  ] as const;
  for (const { source, documents } of sides) {
    const statement = find(documents, "Deny", request, source);
    if (statement !== undefined) return { effect: "explicit-deny", statement, source };
  }
  if (policies.session !== undefined && find(policies.session, "Allow", request, "session") === undefined) {
    return { effect: "implicit-deny", statement: undefined, source: "session" };
  }
  const byResource = find(policies.resource, "Allow", request, "resource");
  const isWithinBoundary =
    policies.boundary === undefined || find([policies.boundary], "Allow", request, "boundary") !== undefined;
  const byIdentity = isWithinBoundary ? find(policies.identity, "Allow", request, "identity") : undefined;
  // Services and anonymous callers have no identity policies: for them the resource's own policy decides.
  const isSameAccount =
    request.principal.kind !== "AWS" || request.principal.accountId === policies.resourceAccountId;
  if (byIdentity !== undefined && (isSameAccount || byResource !== undefined)) {
    return { effect: "allow", statement: byIdentity, source: "identity" };
  }
  // A policy that names the whole account leaves it to the account to give the permission on.
  const direct = isSameAccount
    ? find(policies.resource, "Allow", request, "resource", { countsAccount: false })
    : undefined;
  return direct === undefined
    ? { effect: "implicit-deny", statement: undefined, source: undefined }
    : { effect: "allow", statement: direct, source: "resource" };
}

interface PrincipalRule {
  /** Whether everyone of an account counts as named when the account is. */
  readonly countsAccount: boolean;
}

function find(
  documents: readonly PolicyDocument[],
  effect: Statement["Effect"],
  request: AuthorizationRequest,
  source: NonNullable<Decision["source"]>,
  rule: PrincipalRule = { countsAccount: true },
): Statement | undefined {
  for (const document of documents) {
    const substitute = substitution(document, request.context);
    for (const statement of statementsOf(document)) {
      if (
        statement.Effect === effect &&
        (source !== "resource" || principalApplies(statement, request.principal, rule)) &&
        actionApplies(statement, request.action) &&
        resourceApplies(statement, request.resource, substitute) &&
        conditionsHold(statement.Condition, request.context, substitute)
      )
        return statement;
    }
  }
  return undefined;
}

function actionApplies({ Action, NotAction }: Statement, action: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
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

function principalApplies(
  { Principal, NotPrincipal }: Statement,
  principal: RequestPrincipal,
  rule: PrincipalRule,
): boolean {
  if (NotPrincipal !== undefined) return !isAmong(NotPrincipal, principal, rule);
  return Principal !== undefined && isAmong(Principal, principal, rule);
}

function isAmong(
  principals: Principal,
  principal: RequestPrincipal,
  { countsAccount }: PrincipalRule,
): boolean {
  if (principals === "*") return true;
  if (principal.kind === "anonymous") return listOf(principals["AWS"]).includes("*");
  return listOf(principals[principal.kind]).some((name) => {
    if (name === "*") return true;
    if (principal.kind === "Service") return name === principal.name;
    const account = /^(?:arn:[^:]*:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1];
    if (account !== undefined) return countsAccount && account === principal.accountId;
    return name === principal.name || isSessionOf(name, principal.name);
  });
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
  return (text, isPattern) =>
    text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
      const value = variable(name, context);
      if (value === undefined) return whole;
      return isPattern ? literally(value) : value;
    });
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
