import { isConditionOperator } from "./condition.ts";
import { listOf, type PolicyDocument, type Statement, statementsOf } from "./policy.ts";

const versions = ["2012-10-17", "2008-10-17"];
const principalKinds = ["AWS", "Service"];

/**
 * What in a policy document can't be evaluated here, or AWS would refuse: named, so that no statement is passed over in
 * silence.
 *
 * @returns nothing if every statement can be evaluated.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function findPolicyProblem(document: PolicyDocument): string | undefined {
  const { Version, Statement } = document;
  if (Version !== undefined && !versions.includes(Version)) {
    return `The policy's Version is "${Version}"; AWS knows ${versions.join(" and ")}.`;
  }
  if (Statement === undefined || statementsOf(document).length === 0) return "The policy has no Statement.";
  for (const [index, statement] of statementsOf(document).entries()) {
    const problem = findStatementProblem(statement);
    if (problem !== undefined)
      return `Statement ${statement.Sid === undefined ? index + 1 : `"${statement.Sid}"`}: ${problem}`;
  }
  return undefined;
}

function findStatementProblem(statement: Statement): string | undefined {
  const { Effect, Principal, NotPrincipal } = statement;
  if (Effect !== "Allow" && Effect !== "Deny") {
    return `its Effect is ${JSON.stringify(Effect)}; write Allow or Deny.`;
  }
  if ((statement.Action === undefined) === (statement.NotAction === undefined)) {
    return "it needs either Action or NotAction.";
  }
  if (statement.Resource !== undefined && statement.NotResource !== undefined) {
    return "it has both Resource and NotResource.";
  }
  for (const action of [...listOf(statement.Action), ...listOf(statement.NotAction)]) {
    const problem = findActionProblem(String(action));
    if (problem !== undefined) return problem;
  }
  for (const principal of [Principal, NotPrincipal]) {
    if (principal === undefined || principal === "*") continue;
    const partly = Object.values(principal)
      .flatMap((names) => listOf(names))
      .find((name) => name !== "*" && /[*?]/.test(name));
    if (partly !== undefined) {
      return `the principal "${partly}" has a wildcard in it, and AWS answers "Invalid principal in policy". Name it whole, or write "*" and a condition on aws:PrincipalArn.`;
    }
    const foreign = Object.keys(principal).find((kind) => !principalKinds.includes(kind));
    if (foreign !== undefined) {
      return `principals of kind ${foreign} are not evaluated by this platform; it knows ${principalKinds.join(" and ")}.`;
    }
  }
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    if (!isConditionOperator(operator)) return `there is no condition operator ${operator}.`;
    const empty = Object.entries(keys).find(([, values]) => listOf(values).length === 0);
    if (empty !== undefined) return `the condition on ${empty[0]} has no values.`;
  }
  return undefined;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html */
function findActionProblem(action: string): string | undefined {
  if (action === "*" || action === "*:*") return undefined;
  const [, service] = /^([^:]+):[^:]+$/.exec(action) ?? [];
  if (service === undefined) {
    return `its action "${action}" names no service, and AWS answers "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."`;
  }
  if (!/[*?]/.test(service)) return undefined;
  return `its action "${action}" has a wildcard in the name of the service; AWS takes them behind the colon only.`;
}
