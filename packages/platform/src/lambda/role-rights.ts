import { decide } from "../iam/evaluate.ts";
import { type PolicyDocument, statementsOf } from "../iam/policy.ts";
import type { Role } from "../iam/role.ts";

/** Why Lambda doesn't take a setting of a function: its execution role lacks a right. */
export interface RightsRefusal {
  /** Of AWS's `InvalidParameterValueException`. */
  readonly message: string;
  /** What helps, as a sentence. */
  readonly cure: string;
}

/** Whose functions they are. */
export interface FunctionAccount {
  readonly region: string;
  readonly accountId: string;
}

/**
 * Whether an execution role surely lacks a right on one of some resources. Lambda asks the role's own policies: what
 * policies of the resources allow doesn't count.
 *
 * A role that may do more than can be told here is not judged: one that nobody here has made, or with managed policies of
 * unknown content, or with statements on conditions that the service alone knows, such as `ec2:Vpc`.
 * @param action - `service:Operation`.
 */
export function lacks(
  role: Role | undefined,
  action: string,
  resources: readonly string[],
  { region, accountId }: FunctionAccount,
): boolean {
  if (role === undefined || isBeyondUs(role, action.slice(0, action.indexOf(":") + 1))) return false;
  const principal = { kind: "AWS", name: role.arn, accountId } as const;
  const context = {
    "aws:RequestedRegion": region,
    "aws:PrincipalArn": role.arn,
    "aws:PrincipalAccount": accountId,
    "aws:ResourceAccount": accountId,
    "aws:SecureTransport": "true",
  };
  const has = {
    identity: role.policies,
    resource: [],
    boundary: role.boundary,
    resourceAccountId: accountId,
  };
  return resources.some(
    (resource) => decide({ action, resource, context, principal }, has).effect !== "allow",
  );
}

function isBeyondUs({ policies, boundary, unknownPolicyArns = [] }: Role, keys: string): boolean {
  return (
    unknownPolicyArns.length > 0 ||
    [...policies, ...(boundary ? [boundary] : [])].some((policy) => asksOf(policy, keys))
  );
}

/** Whether what a policy allows is on conditions whose keys begin so. */
function asksOf(policy: PolicyDocument, keys: string): boolean {
  return statementsOf(policy).some(
    ({ Effect, Condition = {} }) =>
      Effect === "Allow" &&
      Object.values(Condition).some((values) =>
        Object.keys(values).some((key) => key.toLowerCase().startsWith(keys)),
      ),
  );
}
