import { get, isEqual, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { type GeneratedResource, generated, passedOnAttributes } from "../generated-resource.ts";
import { conditional, getAtt, ifArguments, isIf, isNoValue, not } from "../intrinsic-forms.ts";
import { awsPolicyArn, managedPolicyArn } from "../managed-policies.ts";
import { resolveParameterRefs } from "../parameter-refs.ts";
import { trustPolicy } from "../role-policies.ts";
import { tagsWithOrigin } from "../tags.ts";
import type { TransformContext } from "../types.ts";
import { isTraced } from "./lambda-function.ts";
import { deadLetterPolicy, sortPolicies } from "./policies.ts";

/**
 * The execution role that is made for a function.
 *
 * @param policies - The function's policies, with policy templates expanded.
 * @param destinationPolicies - Inline policies for the destinations of asynchronous invocation.
 */
export function executionRole(
  logicalId: string,
  source: ValueMap,
  properties: ValueMap,
  policies: readonly Value[],
  destinationPolicies: readonly Value[],
  context: TransformContext,
): GeneratedResource {
  const aws = (pathAndName: string): string => awsPolicyArn(pathAndName, context.partition);
  const managed: Value[] = [
    isGiven(get(properties, "DurableConfig"))
      ? aws("service-role/AWSLambdaBasicDurableExecutionRolePolicy")
      : aws("service-role/AWSLambdaBasicExecutionRole"),
  ];
  if (isTraced(properties, context)) {
    managed.push(aws(context.partition === "aws" ? "AWSXrayWriteOnlyAccess" : "AWSXRayDaemonWriteAccess"));
  }
  if (isGiven(get(properties, "VpcConfig")))
    managed.push(aws("service-role/AWSLambdaVPCAccessExecutionRole"));

  const inline: Value[] = [];
  const deadLetterQueue = get(properties, "DeadLetterQueue");
  if (isMap(deadLetterQueue) && isGiven(deadLetterQueue)) inline.push(deadLetterPolicy(deadLetterQueue));
  inline.push(...destinationPolicies);

  const arnOf = (name: string): string =>
    context.managedPolicyArn(name) ?? managedPolicyArn(name, context.partition) ?? name;
  const own = sortPolicies(logicalId, policies, arnOf);
  inline.push(...own.inline);
  for (const policy of own.managed) addManagedPolicy(managed, policy);

  return generated(
    `${logicalId}Role`,
    "AWS::IAM::Role",
    {
      AssumeRolePolicyDocument:
        get(properties, "AssumeRolePolicyDocument") ?? trustPolicy("lambda.amazonaws.com"),
      ManagedPolicyArns: managed,
      Policies: inline.length > 0 ? inline : undefined,
      Path: get(properties, "RolePath"),
      PermissionsBoundary: get(properties, "PermissionsBoundary"),
      Tags: tagsWithOrigin(logicalId, get(properties, "Tags")),
    },
    passedOnAttributes(source),
  );
}

/** Adds a managed policy that an event source needs, once. */
export function attachManagedPolicy(role: GeneratedResource, pathAndName: string, partition: string): void {
  const managed = role.properties["ManagedPolicyArns"];
  if (Array.isArray(managed)) addManagedPolicy(managed, awsPolicyArn(pathAndName, partition));
}

/** Adds an inline policy that an event source needs, unless one with the same document is there. */
export function attachInlinePolicy(role: GeneratedResource, policy: ValueMap): void {
  const existing = role.properties["Policies"];
  const policies = Array.isArray(existing) ? existing : [];
  const document = get(policy, "PolicyDocument");
  if (!policies.some((other) => isEqual(get(other, "PolicyDocument") ?? {}, document))) policies.push(policy);
  role.properties["Policies"] = policies;
}

/**
 * Gives the function its role: its own, the one made for it, or, when `Role` is an `Fn::If` with an empty branch, one of
 * both, each under its condition.
 *
 * @returns The role if it is to be part of the result.
 */
export function assignRole(
  logicalId: string,
  lambda: GeneratedResource,
  role: GeneratedResource,
  context: TransformContext,
): GeneratedResource | undefined {
  const own = lambda.properties["Role"];
  const made = getAtt(role.logicalId, "Arn");
  if (own === undefined) {
    lambda.properties["Role"] = made;
    return role;
  }
  if (!isIf(own)) return undefined;
  const resolved = resolveParameterRefs(own, context.parameters);
  const items = isMap(resolved) ? ifArguments(resolved) : undefined;
  if (items === undefined) {
    throw invalidResource(logicalId, "Malformed 'Role' property: Fn::If requires 3 arguments.");
  }
  const [condition, then, otherwise] = items;
  lambda.properties["Role"] = resolved;
  if (!isNoValue(then) && !isNoValue(otherwise)) return undefined;
  if (isNoValue(then) && isNoValue(otherwise)) {
    lambda.properties["Role"] = made;
  } else if (isNoValue(then)) {
    lambda.properties["Role"] = conditional(condition, made, otherwise);
    role.attributes["Condition"] = condition;
  } else {
    const opposite = `NOT${String(condition)}`;
    lambda.properties["Role"] = conditional(condition, then, made);
    role.attributes["Condition"] = opposite;
    if (context.conditions !== undefined) context.conditions[opposite] = not(condition);
  }
  return role;
}

function addManagedPolicy(managed: Value[], policy: Value): void {
  if (!managed.some((other) => isEqual(other, policy))) managed.push(policy);
}
