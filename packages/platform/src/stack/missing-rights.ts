import { decide } from "../iam/evaluate.ts";
import { refusalOf, rightRefusal } from "../lambda/asynchronous/index.ts";
import type { StackModel } from "./stack-model.ts";

/** What Lambda does with a function's role where the function is in a VPC. */
const networkActions = ["CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface"];

/**
 * Functions in a VPC whose role may not make what connects them to it, told in AWS's words. AWS refuses to create such a
 * function.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
export function findMissingNetworkRights(
  model: StackModel,
  accountId: string,
): { readonly logicalId: string; readonly message: string }[] {
  return [...model.functions.values()].flatMap(({ configuration, vpc }) => {
    const { name, logicalId = name, roleArn = "" } = configuration;
    const role = model.roles.get(roleArn);
    if (vpc === undefined || role === undefined || (role.unknownPolicyArns ?? []).length > 0) return [];
    const principal = { kind: "AWS", name: roleArn, accountId } as const;
    const missing = networkActions.find((action) => {
      const request = { action: `ec2:${action}`, resource: "*", context: {}, principal };
      const { policies, boundary } = role;
      const has = { identity: policies, resource: [], boundary, resourceAccountId: accountId };
      return decide(request, has).effect !== "allow";
    });
    if (missing === undefined) return [];
    const message = `The provided execution role does not have permissions to call ${missing} on EC2. AWS refuses the deployment. AWSLambdaVPCAccessExecutionRole has them all.`;
    return [{ logicalId, message }];
  });
}

/**
 * Functions whose role may not send to their dead-letter queue or destinations. AWS refuses to create such a function or
 * configuration. Roles that the template doesn't make are not judged: nobody here knows what they may do.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function findMissingRights(
  model: StackModel,
  accountId: string,
): { readonly logicalId: string; readonly message: string }[] {
  return [...model.functions.values()].flatMap(({ configuration }) => {
    const { name, logicalId = name, roleArn = "", deadLetterArn } = configuration;
    const role = model.roles.get(roleArn);
    if (role === undefined) return [];
    const configs = [...model.eventInvokeConfigs]
      .filter(([key]) => key.startsWith(`${name}:`))
      .map(([, config]) => config);
    const arns = [deadLetterArn, ...configs.flatMap(({ onSuccess, onFailure }) => [onSuccess, onFailure])];
    return [...new Set(arns)].flatMap((arn) => {
      if (arn === undefined || refusalOf(arn) !== undefined) return [];
      const queue = [...model.queues.values()].find((candidate) => candidate.arn === arn);
      const policies = (queue ?? model.topics.get(arn))?.policies ?? [];
      const refusal = rightRefusal(roleArn, role, arn, policies, accountId);
      return refusal === undefined
        ? []
        : [{ logicalId, message: `Nothing is sent there: ${refusal} AWS refuses the deployment.` }];
    });
  });
}
