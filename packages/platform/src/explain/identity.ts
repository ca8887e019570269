import type { Caller } from "../iam/caller.ts";
import type { PolicyDocument } from "../iam/policy.ts";
import { originOf } from "../iam/policy-origin.ts";
import type { Role } from "../iam/role.ts";
import { administratorUser } from "../iam/sessions.ts";

/** Who signs with some credentials, and what limits them: what `sluice whoami` shows. */
export interface IdentityReport {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
  readonly roleArn: string | undefined;
  /** Whether these are the platform's own credentials, or its access key, whose owners may do everything. */
  readonly isAdministrator: boolean;
  /** Names of the policies that give rights. */
  readonly policies: readonly string[];
  /** Name of the permissions boundary. */
  readonly boundary: string | undefined;
  /** How many policies limit the session; nothing if it was given none. */
  readonly sessionPolicies: number | undefined;
}

/** What can be said of somebody who has signed a request. */
export function reportIdentity(
  caller: Caller,
  administrator: Caller,
  role: Role | undefined,
): IdentityReport {
  const { accountId, arn, userId, roleArn, boundary, sessionPolicies } = caller;
  const isAdministrator =
    caller.accessKeyId === administrator.accessKeyId || caller.arn === administratorUser(accountId).arn;
  return {
    accountId,
    arn,
    userId,
    roleArn,
    isAdministrator,
    policies: caller.policies.map((policy) => nameOf(policy, isAdministrator)),
    boundary: boundary && (role?.boundaryArn ?? nameOf(boundary, false)),
    sessionPolicies: sessionPolicies?.length,
  };
}

function nameOf(policy: PolicyDocument, isAdministrator: boolean): string {
  return originOf(undefined, policy)?.name ?? (isAdministrator ? "everything" : "a policy without a name");
}
