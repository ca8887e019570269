import { decide } from "../iam/evaluate.ts";
import { type PolicyDocument, statementsOf } from "../iam/policy.ts";
import type { Role } from "../iam/role.ts";

/** Where in a VPC a function would be. */
export interface NetworkPlace {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/**
 * Why Lambda doesn't connect a function to a VPC: its role must be able to make, see and remove the network interfaces
 * that do it. Creating one is allowed for each subnet and security group and the interface; seeing takes all resources,
 * and removing all of the account's, since nobody knows which they will be.
 *
 * A role that may do more than can be told here is not judged: with managed policies of unknown content, or with statements
 * on conditions that EC2 alone knows, such as `ec2:Vpc`.
 * @returns the text of AWS's `InvalidParameterValueException`; nothing if the function may be there.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
export function networkRefusal(
  role: Role | undefined,
  vpc: NetworkPlace | undefined,
  account: { readonly region: string; readonly accountId: string },
): string | undefined {
  if (role === undefined || vpc === undefined || isBeyondUs(role)) return undefined;
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
  const principal = { kind: "AWS", name: role.arn, accountId } as const;
  const context = { "aws:RequestedRegion": region, "aws:PrincipalArn": role.arn };
  const has = {
    identity: role.policies,
    resource: [],
    boundary: role.boundary,
    resourceAccountId: accountId,
  };
  const missing = needed.find(([action, resources]) =>
    resources.some(
      (resource) => decide({ action: `ec2:${action}`, resource, context, principal }, has).effect !== "allow",
    ),
  );
  if (missing === undefined) return undefined;
  return `The provided execution role does not have permissions to call ${missing[0]} on EC2`;
}

function isBeyondUs({ policies, boundary, unknownPolicyArns = [] }: Role): boolean {
  return unknownPolicyArns.length > 0 || [...policies, ...(boundary ? [boundary] : [])].some(asksOfEc2);
}

function asksOfEc2(policy: PolicyDocument): boolean {
  return statementsOf(policy).some(
    ({ Effect, Condition = {} }) =>
      Effect === "Allow" &&
      Object.values(Condition).some((keys) =>
        Object.keys(keys).some((key) => key.toLowerCase().startsWith("ec2:")),
      ),
  );
}
