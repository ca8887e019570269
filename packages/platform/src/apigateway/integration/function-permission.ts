import { authorize, type Caller } from "../../iam/caller.ts";
import { evaluate } from "../../iam/evaluate.ts";
import type { RolePolicies } from "../../iam/role.ts";
import { qualifiedArn, splitFunctionReference } from "../../lambda/function-name.ts";
import type { LambdaFunction } from "../../lambda/lambda-function.ts";

/** Someone who may be allowed to invoke a function for an API. */
export interface InvokerContext {
  readonly accountId: string;
  /** Policies of a role; nothing if there is no such role here. */
  readonly rolePolicies: (roleArn: string) => RolePolicies | undefined;
  /** ARN of what is invoked for: the method of a stage. */
  readonly sourceArn: string;
  /** Who signed the request, if anyone did. */
  readonly caller: Caller | undefined;
}

/** How an API refers to a function that it invokes. */
export interface FunctionCredentials {
  readonly functionArn: string;
  /** ARN of the role that API Gateway assumes; `arn:aws:iam::*:user/*` stands for the caller's own credentials. */
  readonly credentials: string | undefined;
}

const action = "lambda:InvokeFunction";

/** Stands for the caller's own credentials. */
const callerCredentials = /^arn:aws[a-z-]*:iam::\*:user\/\*$/;

/**
 * Why an API may not invoke a function; nothing if it may. With a role the role's policies decide, without one the
 * function's own.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html
 */
export function findInvokeProblem(
  { credentials, functionArn }: FunctionCredentials,
  target: LambdaFunction,
  { accountId, rolePolicies, sourceArn, caller }: InvokerContext,
): string | undefined {
  const { qualifier } = splitFunctionReference(functionArn);
  const resource = qualifiedArn(target.arn, qualifier);
  const request = { action, resource };
  const on = { resource: target.policies, resourceAccountId: accountId };
  if (credentials === undefined) {
    const context = { "aws:SourceArn": sourceArn, "aws:SourceAccount": accountId };
    const principal = { kind: "Service", name: "apigateway.amazonaws.com", accountId: undefined } as const;
    const { effect } = evaluate({ ...request, context, principal }, { identity: [], ...on });
    return effect === "allow"
      ? undefined
      : `Its resource policy does not let apigateway.amazonaws.com call ${action} for this method.`;
  }
  if (callerCredentials.test(credentials)) {
    const decision = caller && authorize(caller, action, resource, target.policies, accountId);
    return decision?.effect === "allow" ? undefined : `The caller itself may not call ${action}.`;
  }
  const role = rolePolicies(credentials);
  if (role === undefined) return `The integration's role ${credentials} does not exist.`;
  const principal = { kind: "AWS", name: credentials, accountId } as const;
  const { effect } = evaluate(
    { ...request, context: {}, principal },
    { identity: role.policies, boundary: role.boundary, ...on },
  );
  return effect === "allow" ? undefined : `The integration's role ${credentials} lacks ${action}.`;
}
