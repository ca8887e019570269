import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployResources } from "../../../test/deploy-resources.ts";
import { allow, functionRole, policyDocument } from "../../../test/function-roles.ts";
import { FunctionFolder } from "../../lambda/environment/testing/function-folder.ts";

let folder: FunctionFolder;
beforeAll(async () => {
  folder = await FunctionFolder.create({ "code/bootstrap": "#!/bin/sh\n" });
});
afterAll(() => folder[Symbol.asyncDispose]());

const subnets = (count: number) =>
  Array.from({ length: count }, (_, index) => `subnet-${String(index).padStart(8, "0")}`);
const groups = (count: number) => subnets(count).map((id) => id.replace("subnet", "sg"));
const code = { CodeUri: "code/", Handler: "bootstrap", Runtime: "provided.al2023" };

/** What is told of a function in a VPC. */
async function told(VpcConfig: unknown, more: object = {}, resources: object = {}): Promise<string[]> {
  const { diagnostics } = await deployResources(folder, {
    F: { Type: "AWS::Serverless::Function", Properties: { ...code, VpcConfig, ...more } },
    ...resources,
  });
  return diagnostics
    .filter(({ code }) => ["resource", "missing-right", "no-effect"].includes(code))
    .map(({ severity, message }) => `${severity}: ${message}`);
}

const unfiltered =
  "warning: VpcConfig of F has no effect on this platform: the function is in this machine's network, where neither security groups nor subnets filter what it sends.";

describe("VpcConfig", () => {
  test.each<[string, unknown, string[]]>([
    ["of one subnet", { SubnetIds: subnets(1), SecurityGroupIds: groups(1) }, [unfiltered]],
    ["of as much as Lambda takes", { SubnetIds: subnets(16), SecurityGroupIds: groups(5) }, [unfiltered]],
    [
      "with ids of 17 digits",
      { SubnetIds: ["subnet-0123456789abcdef0"], SecurityGroupIds: groups(1), Ipv6AllowedForDualStack: true },
      [unfiltered],
    ],
    ["of nothing", { SubnetIds: [], SecurityGroupIds: [] }, []],
  ])("%s is taken, and told to filter nothing", async (_, config, expected) => {
    expect(await told(config)).toEqual(expected);
  });

  test.each<[string, unknown, string]>([
    [
      "without security groups",
      { SubnetIds: subnets(1) },
      "SubnetIds and SecurityIds must coexist or be both empty list.",
    ],
    [
      "without subnets",
      { SecurityGroupIds: groups(1) },
      "SubnetIds and SecurityIds must coexist or be both empty list.",
    ],
    [
      "of too many subnets",
      { SubnetIds: subnets(17), SecurityGroupIds: groups(1) },
      "VpcConfig has 17 SubnetIds; Lambda takes 16.",
    ],
    [
      "of too many groups",
      { SubnetIds: subnets(1), SecurityGroupIds: groups(6) },
      "VpcConfig has 6 SecurityGroupIds; Lambda takes 5.",
    ],
    [
      "with something that is no id",
      { SubnetIds: ["sg-00000000"], SecurityGroupIds: groups(1) },
      'SubnetIds of VpcConfig has "sg-00000000"; such ids are subnet- and 8 or 17 hexadecimal digits.',
    ],
  ])("%s is refused", async (_, config, message) => {
    expect(await told(config)).toContain(`error: ${message}`);
  });
});

describe("the role of a function in a VPC", () => {
  const config = { SubnetIds: subnets(1), SecurityGroupIds: groups(1) };
  const role = (Action: string[], more: object = {}) => ({
    Own: functionRole({
      Policies: [{ PolicyName: "network", PolicyDocument: policyDocument([allow(Action)]) }],
      ...more,
    }),
  });
  const Role = { "Fn::GetAtt": ["Own", "Arn"] };
  const create = "ec2:CreateNetworkInterface";
  const describeAll = "ec2:DescribeNetworkInterfaces";
  const remove = "ec2:DeleteNetworkInterface";

  test.each<[string, string[], string | undefined]>([
    ["that may do all of it", [create, describeAll, remove], undefined],
    ["that may make nothing", ["logs:*"], "CreateNetworkInterface"],
    ["that may see nothing", [create, remove], "DescribeNetworkInterfaces"],
    ["that may delete nothing", [create, describeAll], "DeleteNetworkInterface"],
  ])("%s", async (_, actions, missing) => {
    const lines = await told(config, { Role }, role(actions));
    const refusal = `error: The provided execution role does not have permissions to call ${missing} on EC2. AWS refuses the deployment. AWSLambdaVPCAccessExecutionRole has all the rights that it takes.`;
    expect(lines).toEqual(
      missing === undefined ? [unfiltered] : expect.arrayContaining([unfiltered, refusal]),
    );
  });

  test("whose boundary keeps it from that", async () => {
    const PermissionsBoundary = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    const lines = await told(config, { Role }, role(["ec2:*"], { PermissionsBoundary }));
    expect(lines.join("\n")).toContain("permissions to call CreateNetworkInterface on EC2");
  });
});
