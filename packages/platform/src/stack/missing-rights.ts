import { refusalOf, rightRefusal } from "../lambda/asynchronous/index.ts";
import { networkRefusal } from "../lambda/network-rights.ts";
import type { StackModel } from "./stack-model.ts";

/**
 * Functions in a VPC whose role may not make what connects them to it, told in AWS's words. AWS refuses to create such a
 * function.
 * @param account - that the stack is of.
 */
export function findMissingNetworkRights(
  model: StackModel,
  account: { readonly region: string; readonly accountId: string },
): { readonly logicalId: string; readonly message: string }[] {
  return [...model.functions.values()].flatMap(({ configuration, vpc }) => {
    const { name, logicalId = name, roleArn = "" } = configuration;
    const refusal = networkRefusal(model.roles.get(roleArn), vpc, account);
    if (refusal === undefined) return [];
    const message = `${refusal}. AWS refuses the deployment. AWSLambdaVPCAccessExecutionRole has all the rights that it takes.`;
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
