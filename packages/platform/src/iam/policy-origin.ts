import type { Position } from "../cloudformation/index.ts";
import type { PolicyDocument, Statement } from "./policy.ts";

/** Where a policy, or one statement of it, comes from. */
export interface PolicyOrigin {
  /** In words, such as `the inline policy "Queue" of the role Worker`. */
  readonly name: string;
  /** Resource of the template that has it, and where that stands. */
  readonly logicalId?: string | undefined;
  readonly position?: Position | undefined;
}

/** Beside the documents, since those are as AWS has them: whatever is in one is written out with it. */
const origins = new WeakMap<PolicyDocument | Statement, PolicyOrigin>();

/** Notes where a document or a statement comes from. @returns the same document or statement. */
export function withOrigin<T extends PolicyDocument | Statement>(policy: T, origin: PolicyOrigin): T {
  origins.set(policy, origin);
  return policy;
}

/** Where a statement comes from, or else its document, if anybody has noted it. */
export function originOf(
  statement: Statement | undefined,
  document: PolicyDocument | undefined,
): PolicyOrigin | undefined {
  return (statement && origins.get(statement)) ?? (document && origins.get(document));
}
