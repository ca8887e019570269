import type { Role } from "../iam/role.ts";
import { type FunctionAccount, lacks, type RightsRefusal } from "./role-rights.ts";

/** Where in a VPC a function would be. */
export interface NetworkPlace {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/**
 * Why Lambda doesn't connect a function to a VPC: its role must be able to make, see and remove the network interfaces
 * that do it. Creating one is allowed for each subnet and security group and the interface; seeing takes all resources,
 * and removing all of the account's, since nobody knows which they will be.
 * @returns nothing if the function may be there, or if its role is not judged.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
export function networkRefusal(
  role: Role | undefined,
  vpc: NetworkPlace | undefined,
  account: FunctionAccount,
): RightsRefusal | undefined {
  if (vpc === undefined) return undefined;
  const { region, accountId } = account;
  const arn = (rest: string) => `arn:aws:ec2:${region}:${accountId}:${rest}`;
  const needed: readonly (readonly [action: string, resources: readonly string[]])[] = [
    [
      "CreateNetworkInterface",
      [
        ...vpc.subnetIds.map((id) => arn(`subnet/${id}`)),
        ...vpc.securityGroupIds.map((id) => arn(`security-group/${id}`)),
        arn("network-interface/*"),
      ],
    ],
    ["DescribeNetworkInterfaces", ["*"]],
    ["DeleteNetworkInterface", [arn("*/*")]],
  ];
  const missing = needed.find(([action, resources]) => lacks(role, `ec2:${action}`, resources, account));
  if (missing === undefined) return undefined;
  return {
    message: `The provided execution role does not have permissions to call ${missing[0]} on EC2`,
    cure: "AWSLambdaVPCAccessExecutionRole has all the rights that it takes.",
  };
}
