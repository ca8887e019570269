import { describe, expect, test } from "vitest";
import { StackBench } from "../../../test/stack-bench.ts";

// A stack's function in a VPC fails as CreateFunction does where its role may not make network interfaces.

const document = (Statement: object) => ({ Version: "2012-10-17", Statement: [Statement] });
const allow = (Action: string | string[]) => document({ Effect: "Allow", Action, Resource: "*" });
const role = (Action: string | string[]) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: document({
      Effect: "Allow",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    }),
    Policies: [{ PolicyName: "own", PolicyDocument: allow(Action) }],
  },
});
const place = { SubnetIds: ["subnet-00000000"], SecurityGroupIds: ["sg-00000000"] };
const func = (more: object = { VpcConfig: place }) => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    FunctionName: "f",
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: { "Fn::GetAtt": ["Role", "Arn"] },
    Code: { ZipFile: "exports.handler = async () => 1" },
    ...more,
  },
});
const reason = (action: string) =>
  `Resource handler returned message: "The provided execution role does not have permissions to call ${action} on EC2" (HandlerErrorCode: InvalidRequest)`;

describe("a stack with a function in a VPC", () => {
  test("whose role lacks the rights is rolled back, with Lambda's reason at the function", async () => {
    await using bench = await StackBench.open();
    const stack = await bench.deploy("s", { Resources: { Role: role("logs:*"), F: func() } });
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(bench.reasons("s", "CREATE_FAILED")).toEqual({ F: reason("CreateNetworkInterface") });
    expect([...bench.model.functions.keys()]).toEqual([]);
  });

  test("whose role has them is made", async () => {
    await using bench = await StackBench.open();
    const stack = await bench.deploy("s", { Resources: { Role: role("ec2:*"), F: func() } });
    expect(stack.status).toBe("CREATE_COMPLETE");
  });

  test("is not updated into one that its role can't connect it to", async () => {
    await using bench = await StackBench.open();
    await bench.deploy("s", { Resources: { Role: role("logs:*"), F: func({}) } });
    const stack = await bench.deploy("s", { Resources: { Role: role("logs:*"), F: func() } });
    expect(stack.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(bench.reasons("s", "UPDATE_FAILED")).toEqual({ F: reason("CreateNetworkInterface") });
    expect(bench.model.functions.get("f")?.vpc).toBeUndefined();
  });

  test("stays when its role loses the rights: they are asked for when a function changes", async () => {
    await using bench = await StackBench.open();
    await bench.deploy("s", { Resources: { Role: role("ec2:*"), F: func() } });
    const stack = await bench.deploy("s", { Resources: { Role: role("logs:*"), F: func() } });
    expect(stack.status).toBe("UPDATE_COMPLETE");
    expect(bench.model.functions.get("f")?.vpc).toMatchObject({ subnetIds: ["subnet-00000000"] });
  });

  const policy = (Action: string) => ({
    Type: "AWS::IAM::Policy",
    Properties: { PolicyName: "network", Roles: [{ Ref: "Role" }], PolicyDocument: allow(Action) },
  });

  test.each([
    ["before the function", { Policy: policy("ec2:*"), F: { ...func(), DependsOn: "Policy" } }],
    ["beside the function", { F: func(), Policy: policy("ec2:*") }],
  ])("may have the rights from a policy that is made %s", async (_, resources) => {
    await using bench = await StackBench.open();
    const stack = await bench.deploy("s", { Resources: { Role: role("logs:*"), ...resources } });
    expect([stack.status, bench.reasons("s", "CREATE_FAILED")]).toEqual(["CREATE_COMPLETE", {}]);
  });

  test("fails where a policy that is made beside it gives other rights", async () => {
    await using bench = await StackBench.open();
    const Resources = { Role: role("logs:*"), F: func(), Policy: policy("ec2:CreateNetworkInterface") };
    const stack = await bench.deploy("s", { Resources });
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(bench.reasons("s", "CREATE_FAILED")).toEqual({ F: reason("DescribeNetworkInterfaces") });
  });
});
