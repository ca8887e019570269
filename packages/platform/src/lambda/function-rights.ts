import type { Role } from "../iam/role.ts";
import { networkRefusal } from "./network-rights.ts";
import type { FunctionAccount, RightsRefusal } from "./role-rights.ts";
import { deadLetterRefusal } from "./send-rights.ts";

/**
 * Why Lambda doesn't take a function: its role can't connect it to its VPC, or may not send to its dead-letter queue.
 * @param vpc - none where the function is in no VPC.
 * @returns nothing if it takes it, or if the role is not judged.
 */
export function functionRefusal(
  role: Role | undefined,
  vpc: Parameters<typeof networkRefusal>[1],
  deadLetterArn: string | undefined,
  account: FunctionAccount,
): RightsRefusal | undefined {
  return networkRefusal(role, vpc, account) ?? deadLetterRefusal(role, deadLetterArn, account);
}
