import type { PolicyDocument } from "./policy.ts";
import type { PolicyOrigin } from "./policy-origin.ts";

/** An IAM role. */
export interface Role {
  readonly arn: string;
  /** Without its path. */
  readonly name: string;
  /** `AROA` and 17 characters. */
  readonly id: string;
  /** What it may do: inline and managed policies. */
  readonly policies: readonly PolicyDocument[];
  /** Those of its policies that are its own. None unless set. */
  readonly inlinePolicies?: readonly NamedPolicy[];
  /** ARNs of the others. None unless set. */
  readonly managedPolicyArns?: readonly string[];
  /** Its managed policies whose content nobody here knows: it may do more than can be told. None unless set. */
  readonly unknownPolicyArns?: readonly string[];
  /** Who may assume it. */
  readonly trustPolicy: PolicyDocument | undefined;
  /** Limits what the policies allow. */
  readonly boundary?: PolicyDocument | undefined;
  /** ARN of the managed policy that the boundary is. */
  readonly boundaryArn?: string | undefined;
  readonly maxSessionSeconds: number;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdMs?: number;
  /** What made it. */
  readonly origin?: PolicyOrigin;
}

/** What a role may do, and what limits that. */
export type RolePolicies = Pick<Role, "policies" | "boundary">;

/** A policy that a role has by itself. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** A managed policy of the account. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  /** `ANPA` and 17 characters. */
  readonly id: string;
  readonly document: PolicyDocument;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdMs?: number;
}

/** The role that somebody acts in: of that ARN, or the one that was assumed for a session of that ARN. */
export function roleOf(principalArn: string, roles: Iterable<Role>): Role | undefined {
  const assumed = /:assumed-role\/([^/]+)\//.exec(principalArn)?.[1];
  for (const role of roles) if (role.arn === principalArn || role.name === assumed) return role;
  return undefined;
}
