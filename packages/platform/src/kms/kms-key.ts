import type { PolicyDocument } from "../iam/policy.ts";
import { type PolicyOrigin, withOrigin } from "../iam/policy-origin.ts";

/** A key of KMS: symmetric, for encryption. */
export interface KmsKey {
  /** UUID. */
  readonly id: string;
  readonly arn: string;
  readonly description: string;
  readonly policy: PolicyDocument;
  readonly state: "Enabled" | "Disabled" | "PendingDeletion";
  /** When it is deleted, in Unix milliseconds. */
  readonly deletionMs?: number | undefined;
  readonly createdMs: number;
  /** Whose it is; the account's own unless set. */
  readonly manager?: "AWS";
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The policy of a key that was given none: the account's own policies decide.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export function defaultKeyPolicy(accountId: string): PolicyDocument {
  return {
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  };
}

/** The policy, with where it comes from noted. */
export function policyOfKey(
  policy: PolicyDocument,
  id: string,
  origin?: Omit<PolicyOrigin, "name">,
): PolicyDocument {
  return withOrigin(policy, { name: `the policy of the key ${id}`, ...origin });
}
