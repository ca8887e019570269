import { describe, expect, test } from "vitest";
import { StackBench } from "../../../test/stack-bench.ts";

// A stack's function or configuration fails as Lambda's API does where the role may not send to a dead-letter queue or destination.

const queue = "arn:aws:sqs:us-east-1:123456789012:jobs";
const document = (Statement: object) => ({ Version: "2012-10-17", Statement: [Statement] });
const allow = (Action: string) => document({ Effect: "Allow", Action, Resource: "*" });
const role = (Action: string) => ({
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
const func = (more: object = {}) => ({
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
const config = {
  Type: "AWS::Lambda::EventInvokeConfig",
  Properties: {
    FunctionName: { Ref: "F" },
    Qualifier: "$LATEST",
    DestinationConfig: { OnFailure: { Destination: queue } },
  },
};
const policy = (Action: string) => ({
  Type: "AWS::IAM::Policy",
  Properties: { PolicyName: "sends", Roles: [{ Ref: "Role" }], PolicyDocument: allow(Action) },
});
const answer = (message: string) =>
  `Resource handler returned message: "${message}" (HandlerErrorCode: InvalidRequest)`;

describe.each([
  {
    what: "a function with a dead-letter queue",
    at: "F",
    resources: { F: func({ DeadLetterConfig: { TargetArn: queue } }) },
    reason: answer("The provided execution role does not have permissions to call SendMessage on SQS"),
  },
  {
    what: "a function with a destination",
    at: "Config",
    resources: { F: func(), Config: config },
    reason: answer(`The function's execution role does not have permissions to call SendMessage on ${queue}`),
  },
])("a stack with $what", ({ at, resources, reason }) => {
  test("whose role may not send there is rolled back, with Lambda's reason", async () => {
    await using bench = await StackBench.open();
    const stack = await bench.deploy("s", { Resources: { Role: role("logs:*"), ...resources } });
    expect(stack.status).toBe("ROLLBACK_COMPLETE");
    expect(bench.reasons("s", "CREATE_FAILED")).toEqual({ [at]: reason });
    expect([...bench.model.functions.keys()]).toEqual([]);
  });

  test("whose role may is made, and stays when the role loses the right", async () => {
    await using bench = await StackBench.open();
    const made = await bench.deploy("s", { Resources: { Role: role("sqs:*"), ...resources } });
    expect(made.status).toBe("CREATE_COMPLETE");
    const stack = await bench.deploy("s", { Resources: { Role: role("logs:*"), ...resources } });
    expect(stack.status).toBe("UPDATE_COMPLETE");
  });

  test("is not updated to it without the right", async () => {
    await using bench = await StackBench.open();
    await bench.deploy("s", { Resources: { Role: role("logs:*"), F: func() } });
    const stack = await bench.deploy("s", { Resources: { Role: role("logs:*"), ...resources } });
    expect(stack.status).toBe("UPDATE_ROLLBACK_COMPLETE");
    const failed = { ...bench.reasons("s", "UPDATE_FAILED"), ...bench.reasons("s", "CREATE_FAILED") };
    expect(failed).toEqual({ [at]: reason });
  });

  test.each([
    ["sqs:SendMessage", "CREATE_COMPLETE", {}],
    ["sqs:ReceiveMessage", "ROLLBACK_COMPLETE", { [at]: reason }],
  ])("and a policy for %s beside it ends as %s", async (action, status, reasons) => {
    await using bench = await StackBench.open();
    const Resources = { Role: role("logs:*"), ...resources, Policy: policy(action) };
    const stack = await bench.deploy("s", { Resources });
    expect([stack.status, bench.reasons("s", "CREATE_FAILED")]).toEqual([status, reasons]);
  });
});

test("a configuration of a version asks the role that the version was published with", async () => {
  await using bench = await StackBench.open();
  const Version = { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "F" } } };
  const OfVersion = {
    ...config,
    Properties: { ...config.Properties, Qualifier: { "Fn::GetAtt": ["Version", "Version"] } },
  };
  const Other = role("sqs:*");
  await bench.deploy("s", { Resources: { Role: role("logs:*"), Other, F: func(), Version } });
  const F = func({ Role: { "Fn::GetAtt": ["Other", "Arn"] } });
  const stack = await bench.deploy("s", {
    Resources: { Role: role("logs:*"), Other, F, Version, OfVersion, Latest: config },
  });
  expect(stack.status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(bench.reasons("s", "CREATE_FAILED")).toMatchObject({
    OfVersion: expect.stringContaining("SendMessage"),
  });
});
