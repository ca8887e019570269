import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import { type CreatedResource, type CreationContext, optionalText, ResourceError } from "../resource-type.ts";

/**
 * Managed policies whose content matters here: those that let API Gateway or a function call functions or send to queues. Any other managed policy says
 * nothing about calls that the platform evaluates.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaRole.html
 */
const managedPolicies: Readonly<Record<string, PolicyDocument>> = {
  "arn:aws:iam::aws:policy/service-role/AWSLambdaRole": {
    Statement: { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: "*" },
  },
  "arn:aws:iam::aws:policy/AWSLambda_FullAccess": {
    Statement: { Effect: "Allow", Action: "lambda:*", Resource: "*" },
  },
  "arn:aws:iam::aws:policy/AmazonSQSFullAccess": {
    Statement: { Effect: "Allow", Action: "sqs:*", Resource: "*" },
  },
  "arn:aws:iam::aws:policy/AdministratorAccess": {
    Statement: { Effect: "Allow", Action: "*", Resource: "*" },
  },
};

/** `AWS::IAM::Role` with its inline and managed policies. */
export function createRole(context: CreationContext): CreatedResource {
  const { properties, node, accountId } = context;
  const name = optionalText(properties, "RoleName") ?? `${context.stackName}-${node.logicalId}`;
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
    const document = managedPolicies[String(policyArn)];
    return document === undefined ? [] : [document];
  });
  context.model.roles.set(arn, [...inline, ...managed]);
  return { ref: name, attributes: { Arn: arn, RoleId: `AROA${context.id("role", 17).toUpperCase()}` } };
}

/** `AWS::IAM::Policy`, an inline policy of roles. */
export function createPolicy({ properties, node, model }: CreationContext): CreatedResource {
  const document = properties["PolicyDocument"] as PolicyDocument | null | undefined;
  if (typeof document !== "object" || document === null) {
    throw new ResourceError(`${node.type} needs PolicyDocument.`);
  }
  const problem = findPolicyProblem(document);
  if (problem !== undefined) throw new ResourceError(problem);
  const names = list(properties["Roles"]).map(String);
  for (const [arn, policies] of model.roles) {
    if (names.includes(arn.split("/").at(-1) ?? "")) model.roles.set(arn, [...policies, document]);
  }
  return { ref: node.logicalId, attributes: { Id: node.logicalId } };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
