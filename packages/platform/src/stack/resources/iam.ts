import { findManagedPolicy } from "../../iam/managed-policies.ts";
import type { PolicyDocument } from "../../iam/policy.ts";
import { type PolicyOrigin, withOrigin } from "../../iam/policy-origin.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import type { ManagedPolicy, NamedPolicy } from "../../iam/role.ts";
import {
  AlreadyExistsError,
  type CreatedResource,
  type CreationContext,
  optionalText,
  ResourceError,
} from "../resource-type.ts";
import type { StackModel } from "../stack-model.ts";

/** `AWS::IAM::Role` with its inline and managed policies, and its permissions boundary. */
export function createRole(context: CreationContext): CreatedResource {
  const { properties, node, accountId, model } = context;
  const name =
    optionalText(properties, "RoleName") ?? context.nameFor(`${context.stackName}-${node.logicalId}`);
  if ([...model.roles.values()].some((role) => role.name === name)) {
    throw new AlreadyExistsError(`Role with name ${name} already exists.`);
  }
  const path = optionalText(properties, "Path") ?? "/";
  const arn = `arn:aws:iam::${accountId}:role${path}${name}`;
  const inlinePolicies = list(properties["Policies"]).flatMap((policy): NamedPolicy[] => {
    const { PolicyDocument: document, PolicyName } = (policy ?? {}) as Record<string, unknown>;
    if (typeof document !== "object" || document === null) return [];
    const policyName = String(PolicyName ?? "");
    return [{ name: policyName, document: checked(document, inlineOrigin(context, policyName, name)) }];
  });
  const managedPolicyArns = list(properties["ManagedPolicyArns"]).map(String);
  const boundaryArn = optionalText(properties, "PermissionsBoundary");
  const trustPolicy = properties["AssumeRolePolicyDocument"] as PolicyDocument | undefined;
  const id = `AROA${context.id("role", 17).toUpperCase()}`;
  const known = (policyArn: string) => findPolicy(model, policyArn) !== undefined;
  model.roles.set(arn, {
    arn,
    name,
    id,
    policies: [
      ...inlinePolicies.map(({ document }) => document),
      ...managedPolicyArns.flatMap((policyArn) => findPolicy(model, policyArn) ?? []),
    ],
    inlinePolicies,
    managedPolicyArns,
    unknownPolicyArns: [...managedPolicyArns, ...(boundaryArn === undefined ? [] : [boundaryArn])].filter(
      (policyArn) => !known(policyArn),
    ),
    trustPolicy:
      trustPolicy && withOrigin(trustPolicy, origin(context, `the trust policy of the role ${name}`)),
    boundary: boundaryArn === undefined ? undefined : findPolicy(model, boundaryArn),
    boundaryArn,
    maxSessionSeconds: Number(properties["MaxSessionDuration"] ?? 3600),
    description: optionalText(properties, "Description"),
    tags: tagsOf(properties["Tags"]),
    origin: origin(context, `the role ${name}`),
  });
  return { ref: name, attributes: { Arn: arn, RoleId: id } };
}

/** `AWS::IAM::Policy`, an inline policy of roles. */
export function createPolicy(context: CreationContext): CreatedResource {
  const { properties, node } = context;
  addInline(context, list(properties["Roles"]).map(String));
  const ref = context.nameFor(node.logicalId);
  return { ref, attributes: { Id: ref } };
}

/** `AWS::IAM::RolePolicy`, an inline policy of one role. */
export function createRolePolicy(context: CreationContext): CreatedResource {
  const { properties } = context;
  const role = optionalText(properties, "RoleName") ?? "";
  addInline(context, [role]);
  return { ref: `${optionalText(properties, "PolicyName") ?? ""}|${role}`, attributes: {} };
}

/** `AWS::IAM::ManagedPolicy`, for every role that names it and those that it names. */
export function createManagedPolicy(context: CreationContext): CreatedResource {
  const { properties, node, accountId, model } = context;
  const name =
    optionalText(properties, "ManagedPolicyName") ??
    context.nameFor(`${context.stackName}-${node.logicalId}`, 128);
  const path = optionalText(properties, "Path") ?? "/";
  const arn = `arn:aws:iam::${accountId}:policy${path}${name}`;
  if (model.managedPolicies.has(arn)) {
    throw new AlreadyExistsError(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  }
  const policy: ManagedPolicy = {
    arn,
    name,
    id: `ANPA${context.id("policy", 17).toUpperCase()}`,
    document: checked(documentOf(context), origin(context, `the managed policy ${name}`)),
    description: optionalText(properties, "Description"),
  };
  model.managedPolicies.set(arn, policy);
  const names = list(properties["Roles"]).map(String);
  for (const [roleArn, role] of model.roles) {
    if (!names.includes(role.name)) continue;
    model.roles.set(roleArn, {
      ...role,
      policies: [...role.policies, policy.document],
      managedPolicyArns: [...(role.managedPolicyArns ?? []), arn],
    });
  }
  return { ref: arn, attributes: { PolicyArn: arn, PolicyId: policy.id } };
}

function addInline(context: CreationContext, roleNames: readonly string[]): void {
  const { properties, node, model } = context;
  const name = optionalText(properties, "PolicyName") ?? node.logicalId;
  const document = checked(documentOf(context), inlineOrigin(context, name, roleNames.join(", ")));
  for (const [arn, role] of model.roles) {
    if (!roleNames.includes(role.name)) continue;
    model.roles.set(arn, {
      ...role,
      policies: [...role.policies, document],
      inlinePolicies: [...(role.inlinePolicies ?? []), { name, document }],
    });
  }
}

function documentOf({ properties, node }: CreationContext): object {
  const document = properties["PolicyDocument"];
  if (typeof document === "object" && document !== null) return document;
  throw new ResourceError(`${node.type} needs PolicyDocument.`);
}

/** @throws {ResourceError} if the document can't be evaluated. */
function checked(document: object, from: PolicyOrigin): PolicyDocument {
  const problem = findPolicyProblem(document as PolicyDocument);
  if (problem !== undefined) throw new ResourceError(problem);
  return withOrigin(document as PolicyDocument, from);
}

/** The content of a managed policy, AWS's or the account's. */
function findPolicy({ managedPolicies }: StackModel, arn: string): PolicyDocument | undefined {
  return findManagedPolicy(arn) ?? managedPolicies.get(arn)?.document;
}

function inlineOrigin(context: CreationContext, policyName: string, roleName: string): PolicyOrigin {
  return origin(context, `the inline policy ${policyName} of the role ${roleName}`);
}

function origin({ node }: CreationContext, name: string): PolicyOrigin {
  return { name, logicalId: node.origin, position: node.position };
}

function tagsOf(tags: unknown): Record<string, string> {
  return Object.fromEntries(
    list(tags).map((tag) => {
      const { Key, Value } = tag as Record<string, unknown>;
      return [String(Key), String(Value)];
    }),
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
