import { findManagedPolicy } from "../../iam/managed-policies.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import {
  AlreadyExistsError,
  type CreatedResource,
  type CreationContext,
  optionalText,
  ResourceError,
} from "../resource-type.ts";

/** `AWS::IAM::Role` with its inline and managed policies. */
export function createRole(context: CreationContext): CreatedResource {
  const { properties, node, accountId } = context;
  const name =
    optionalText(properties, "RoleName") ?? context.nameFor(`${context.stackName}-${node.logicalId}`);
  if ([...context.model.roles.keys()].some((arn) => arn.split("/").at(-1) === name)) {
    throw new AlreadyExistsError(`Role with name ${name} already exists.`);
  }
  const path = optionalText(properties, "Path") ?? "/";
  const arn = `arn:aws:iam::${accountId}:role${path}${name}`;
  const inline = list(properties["Policies"]).flatMap((policy) => {
    const document = (policy as Record<string, unknown> | null)?.["PolicyDocument"];
    if (typeof document !== "object" || document === null) return [];
    const problem = findPolicyProblem(document as PolicyDocument);
    if (problem !== undefined) throw new ResourceError(problem);
    return [document as PolicyDocument];
  });
  const managed = list(properties["ManagedPolicyArns"]).flatMap((policyArn) => {
    const document = findManagedPolicy(String(policyArn));
    return document === undefined ? [] : [document];
  });
  const trustPolicy = properties["AssumeRolePolicyDocument"] as PolicyDocument | undefined;
  const id = `AROA${context.id("role", 17).toUpperCase()}`;
  const maxSessionSeconds = Number(properties["MaxSessionDuration"] ?? 3600);
  context.model.roles.set(arn, {
    arn,
    name,
    id,
    policies: [...inline, ...managed],
    trustPolicy,
    maxSessionSeconds,
  });
  return { ref: name, attributes: { Arn: arn, RoleId: id } };
}

/** `AWS::IAM::Policy`, an inline policy of roles. */
export function createPolicy(context: CreationContext): CreatedResource {
  const { properties, node, model } = context;
  const document = properties["PolicyDocument"] as PolicyDocument | null | undefined;
  if (typeof document !== "object" || document === null) {
    throw new ResourceError(`${node.type} needs PolicyDocument.`);
  }
  const problem = findPolicyProblem(document);
  if (problem !== undefined) throw new ResourceError(problem);
  const names = list(properties["Roles"]).map(String);
  for (const [arn, role] of model.roles) {
    if (names.includes(role.name)) model.roles.set(arn, { ...role, policies: [...role.policies, document] });
  }
  const ref = context.nameFor(node.logicalId);
  return { ref, attributes: { Id: ref } };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
