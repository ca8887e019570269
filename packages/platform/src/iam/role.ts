import type { PolicyDocument } from "./policy.ts";

/** An IAM role. */
export interface Role {
  readonly arn: string;
  /** Without its path. */
  readonly name: string;
  /** `AROA` and 17 characters. */
  readonly id: string;
  /** What it may do: inline and managed policies. */
  readonly policies: readonly PolicyDocument[];
  /** Its managed policies whose content nobody here knows: it may do more than can be told. None unless set. */
  readonly unknownPolicyArns?: readonly string[];
  /** Who may assume it. */
  readonly trustPolicy: PolicyDocument | undefined;
  /** Limits what the policies allow. */
  readonly boundary?: PolicyDocument | undefined;
  readonly maxSessionSeconds: number;
}
