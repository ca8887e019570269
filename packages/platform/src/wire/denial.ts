import { authorize } from "../iam/caller.ts";
import { denialReason } from "../iam/evaluate.ts";
import type { CallContext, Right } from "./service-api.ts";

/** Why the caller may not do something, in AWS's words; nothing where it may, or nobody is asked. */
export function denialOf(
  { caller, accountId }: Pick<CallContext, "caller" | "accountId">,
  right: Right & { readonly action: string },
): string | undefined {
  if (caller === undefined) return undefined;
  const { action, resource, policies = [], context, needsResourcePolicy = false } = right;
  const decision = authorize(caller, action, resource, policies, accountId, context, { needsResourcePolicy });
  if (decision.effect === "allow") return undefined;
  return `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${denialReason(decision, action)}`;
}
