import { get, has, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource, invalidTemplate } from "../errors.ts";
import { ifArguments, isIf, isIntrinsic, isNoValue } from "../intrinsic-forms.ts";
import {
  expandPolicyTemplate,
  isPolicyTemplate,
  refusedPolicyTemplate,
  unknownPolicyTemplate,
} from "../policy-templates.ts";

type PolicyKind = "managed" | "document" | "template" | "unknown";

/** What a function's `Policies` says, sorted. */
export interface FunctionPolicies {
  /** ARNs and names, and intrinsic functions that stand for one. */
  readonly managed: readonly Value[];
  /** Inline policies, named after the role. */
  readonly inline: readonly Value[];
}

/** `Policies` with each policy template replaced by its document. @throws {SamError} */
export function expandTemplates(logicalId: string, policies: Value | undefined): Value[] {
  return listOf(policies).map((policy) => {
    const branches = isMap(policy) && isIf(policy) ? (ifArguments(policy)?.slice(1) ?? []) : [policy];
    const unknown = branches.map(unknownPolicyTemplate).find((name) => name !== undefined);
    if (unknown !== undefined) throw refusedPolicyTemplate(logicalId, unknown);
    if (kindOf(policy) !== "template" || !isMap(policy)) return policy;
    const items = ifArguments(policy);
    if (items === undefined) return expandPolicyTemplate(logicalId, policy);
    const expanded = (branch: Value): Value =>
      isMap(branch) && !isNoValue(branch) ? expandPolicyTemplate(logicalId, branch) : branch;
    return { "Fn::If": [items[0], expanded(items[1]), expanded(items[2])] };
  });
}

/**
 * Sorts policies into managed ones and documents.
 *
 * @param arnOf - The ARN for a name; the name itself when there is none.
 * @throws {SamError} for a policy that is neither.
 */
export function sortPolicies(
  logicalId: string,
  policies: readonly Value[],
  arnOf: (name: string) => string,
): FunctionPolicies {
  const managed: Value[] = [];
  const inline: Value[] = [];
  for (const [index, policy] of policies.entries()) {
    const named = (document: Value): ValueMap => ({
      PolicyName: `${logicalId}RolePolicy${index}`,
      PolicyDocument: document,
    });
    const kind = kindOf(policy);
    if (kind === "document") inline.push(inBranches(policy, named));
    else if (kind === "managed") {
      managed.push(inBranches(policy, (each) => (typeof each === "string" ? arnOf(each) : each)));
    } else {
      throw invalidResource(logicalId, `Policy at index ${index} in the 'Policies' property is not valid`);
    }
  }
  return { managed, inline };
}

/** Changes a policy, or both branches of an `Fn::If` except those that say "no value". */
function inBranches(policy: Value, change: (policy: Value) => Value): Value {
  const items = isIf(policy) ? ifArguments(policy) : undefined;
  if (items === undefined) return change(policy);
  const [condition, ...branches] = items;
  return {
    "Fn::If": [condition, ...branches.map((branch) => (isNoValue(branch) ? branch : change(branch)))],
  };
}

function kindOf(policy: Value): PolicyKind {
  if (typeof policy === "string") return "managed";
  if (isIf(policy)) return kindOfBranches(policy);
  if (isIntrinsic(policy)) return "managed";
  if (has(policy, "Statement")) return "document";
  return isPolicyTemplate(policy) ? "template" : "unknown";
}

function kindOfBranches(policy: ValueMap): PolicyKind {
  const items = ifArguments(policy);
  if (items === undefined) throw invalidTemplate("Fn::If requires 3 arguments");
  const [, then, otherwise] = items;
  const [first, second] = [kindOf(then), kindOf(otherwise)];
  if (first === second || isNoValue(otherwise)) return first;
  if (isNoValue(then)) return second;
  throw invalidTemplate(
    "Different policy types within the same Fn::If statement is unsupported. Separate different policy types into different Fn::If statements",
  );
}

function listOf(policies: Value | undefined): Value[] {
  if (!isGiven(policies)) return [];
  return Array.isArray(policies) ? policies : [policies];
}

/** The policy that lets a function send to its dead-letter queue. */
export function deadLetterPolicy(queue: ValueMap): ValueMap {
  const action = get(queue, "Type") === "SQS" ? "sqs:SendMessage" : "sns:Publish";
  return {
    PolicyName: "DeadLetterQueuePolicy",
    PolicyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: action, Resource: get(queue, "TargetArn") ?? null, Effect: "Allow" }],
    },
  };
}
