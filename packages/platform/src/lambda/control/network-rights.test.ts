import { type LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allow, functionRoles, type RoleTable, roleArn } from "../../../test/function-roles.ts";
import { configurationOf, createFunction, refusalOf, someRole } from "../../../test/lambda-api.ts";
import { TestPlatform } from "../../../test/test-platform.ts";

// Lambda connects no function to a VPC whose role may not make network interfaces.

const account = "arn:aws:ec2:us-east-1:123456789012:";
const create = "ec2:CreateNetworkInterface";
const see = "ec2:DescribeNetworkInterfaces";
const remove = "ec2:DeleteNetworkInterface";
const all = allow([create, see, remove]);

const roles: RoleTable = {
  whole: [[all]],
  silent: [[allow("logs:*")]],
  blind: [[allow([create, remove])]],
  untidy: [[allow([create, see])]],
  denied: [[all, { ...allow(create), Effect: "Deny" }]],
  subnets: [
    [
      allow(
        create,
        ["subnet/*", "security-group/*", "network-interface/*"].map((rest) => account + rest),
      ),
      allow(see),
      allow(remove, `${account}*/*`),
    ],
  ],
  elsewhere: [[allow(create, `${account}subnet/subnet-99999999`), allow([see, remove])]],
  narrow: [[allow([create, see]), allow(remove, `${account}network-interface/*`)]],
  ofOneVpc: [
    [
      allow([create, see, remove], "*", {
        Condition: { ArnEquals: { "ec2:Vpc": `${account}vpc/vpc-0123456789abcdef0` } },
      }),
    ],
  ],
  bounded: [
    [allow("*")],
    { PermissionsBoundary: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" },
  ],
  managed: [
    [],
    { ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"] },
  ],
  unknown: [[], { ManagedPolicyArns: ["arn:aws:iam::aws:policy/SomethingElse"] }],
};

const VpcConfig = { SubnetIds: ["subnet-00000000"], SecurityGroupIds: ["sg-00000000"] };
const refusal = (action: string) =>
  `400 InvalidParameterValueException: The provided execution role does not have permissions to call ${action} on EC2`;

let platform: TestPlatform;
let client: LambdaClient;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: functionRoles(roles) });
  client = platform.client();
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

describe("CreateFunction in a VPC", () => {
  test.each([
    ["silent", "CreateNetworkInterface"],
    ["denied", "CreateNetworkInterface"],
    ["elsewhere", "CreateNetworkInterface"],
    ["bounded", "CreateNetworkInterface"],
    ["blind", "DescribeNetworkInterfaces"],
    ["untidy", "DeleteNetworkInterface"],
    ["narrow", "DeleteNetworkInterface"],
  ])("with the role %s is refused for want of %s", async (name, action) => {
    const Role = roleArn(name);
    expect(await refusalOf(createFunction(client, `no-${name}`, { Role, VpcConfig }))).toBe(refusal(action));
    expect(await refusalOf(configurationOf(client, `no-${name}`))).toMatch(/^404 /);
  });

  test.each(["whole", "subnets", "managed", "ofOneVpc", "unknown", "no-role-of-a-template"])(
    "with the role %s is taken",
    async (name) => {
      const Role = roleArn(name);
      expect(await createFunction(client, `in-${name}`, { Role, VpcConfig })).toMatchObject({ VpcConfig });
    },
  );

  test("out of it needs no such rights", async () => {
    const Role = roleArn("silent");
    expect(await createFunction(client, "out", { Role })).toMatchObject({ Role });
    const none = { SubnetIds: [], SecurityGroupIds: [] };
    expect(await createFunction(client, "nowhere", { Role, VpcConfig: none })).toMatchObject({ Role });
  });
});

describe("UpdateFunctionConfiguration", () => {
  const update = (FunctionName: string, more: object) =>
    refusalOf(client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...more })));

  test("into a VPC asks the rights of the role that the function has", async () => {
    await createFunction(client, "moves", { Role: roleArn("silent") });
    expect(await update("moves", { VpcConfig })).toBe(refusal("CreateNetworkInterface"));
    expect(await configurationOf(client, "moves")).not.toHaveProperty("VpcConfig");
    expect(await update("moves", { VpcConfig, Role: roleArn("whole") })).toMatchObject({ VpcConfig });
  });

  test("to another role asks its rights where the function is in a VPC", async () => {
    await createFunction(client, "changes", { Role: roleArn("whole"), VpcConfig });
    expect(await update("changes", { Role: roleArn("untidy") })).toBe(refusal("DeleteNetworkInterface"));
    expect(await configurationOf(client, "changes")).toMatchObject({ Role: roleArn("whole") });
    expect(await update("changes", { Role: someRole })).toMatchObject({ Role: someRole });
  });

  test("of something else asks nothing, whatever the role may do by now", async () => {
    await createFunction(client, "stays", { Role: roleArn("silent") });
    expect(await update("stays", { Description: "as before" })).toMatchObject({ Description: "as before" });
  });

  test("out of the VPC needs no such rights", async () => {
    await createFunction(client, "leaves", { Role: roleArn("whole"), VpcConfig });
    const none = { SubnetIds: [], SecurityGroupIds: [] };
    expect(await update("leaves", { Role: roleArn("silent"), VpcConfig: none })).toMatchObject({
      Role: roleArn("silent"),
    });
  });
});
