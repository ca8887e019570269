import type { Role } from "../iam/role.ts";
import { sendActionOf } from "./asynchronous/index.ts";
import { type FunctionAccount, lacks, type RightsRefusal } from "./role-rights.ts";

/**
 * Why Lambda doesn't take a dead-letter queue or topic: the function's role may not send to it.
 * @returns nothing if it may, if it is not judged, or if the ARN is of neither.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
 */
export function deadLetterRefusal(
  role: Role | undefined,
  arn: string | undefined,
  account: FunctionAccount,
): RightsRefusal | undefined {
  const missing = missingRight(role, arn, account);
  if (missing === undefined) return undefined;
  const [service = "", operation] = missing.action.split(":");
  if (service !== "sqs" && service !== "sns") return undefined;
  return {
    ...missing,
    message: `The provided execution role does not have permissions to call ${operation} on ${service.toUpperCase()}`,
  };
}

/**
 * Why Lambda doesn't take destinations of asynchronous invocations: the function's role may not send to one of them.
 * @param arns - of the destinations.
 * @returns what is told of the first; nothing if it may send to all, or is not judged.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations
 */
export function destinationRefusal(
  role: Role | undefined,
  arns: readonly (string | undefined)[],
  account: FunctionAccount,
): RightsRefusal | undefined {
  for (const arn of arns) {
    const missing = missingRight(role, arn, account);
    if (missing === undefined) continue;
    const operation = missing.action.split(":")[1];
    return {
      ...missing,
      message: `The function's execution role does not have permissions to call ${operation} on ${arn}`,
    };
  }
  return undefined;
}

function missingRight(role: Role | undefined, arn: string | undefined, account: FunctionAccount) {
  const action = sendActionOf(arn ?? "");
  if (role === undefined || arn === undefined || action === undefined) return undefined;
  if (!lacks(role, action, [arn], account)) return undefined;
  return { action, cure: `The role ${role.name} lacks ${action} on ${arn}.` };
}
