import { functionRefusal } from "../lambda/function-rights.ts";
import type { FunctionAccount, RightsRefusal } from "../lambda/role-rights.ts";
import { destinationRefusal } from "../lambda/send-rights.ts";
import { configuredFunction } from "./resources/event-invoke-config.ts";
import type { ModelResource, StackModel } from "./stack-model.ts";

/**
 * The right that the role of a function lacks for what a resource of a stack says of it: for its VPC and its dead-letter
 * queue, or for the destinations of its asynchronous invocations. AWS refuses to make such a resource.
 * @param account - that the stack is of.
 * @returns nothing if none is missing.
 */
export function missingRight(
  { type, physicalId, properties }: Pick<ModelResource, "type" | "physicalId" | "properties">,
  model: StackModel,
  account: FunctionAccount,
): RightsRefusal | undefined {
  if (type === "AWS::Lambda::Function") {
    const { configuration, vpc } = model.functions.get(physicalId) ?? {};
    const role = model.roles.get(configuration?.roleArn ?? "");
    return functionRefusal(role, vpc, configuration?.deadLetterArn, account);
  }
  if (type !== "AWS::Lambda::EventInvokeConfig") return undefined;
  const { functionName, qualifier } = configuredFunction(properties);
  const { onSuccess, onFailure } = model.eventInvokeConfigs.get(`${functionName}:${qualifier}`) ?? {};
  const role = model.roles.get(roleArnOf(functionName, qualifier, model) ?? "");
  return destinationRefusal(role, [onSuccess, onFailure], account);
}

/** A version keeps the role that it was published with. */
function roleArnOf(
  functionName: string,
  qualifier: string,
  { functions, aliases, versions }: StackModel,
): string | undefined {
  const alias = aliases.find((each) => each.functionName === functionName && each.name === qualifier);
  const number = alias?.version ?? qualifier;
  const version = versions.find((each) => each.functionName === functionName && each.number === number);
  return (version?.published ?? functions.get(functionName))?.configuration.roleArn;
}
