import { describe, expect, test } from "vitest";
import { functionPolicy, type PermissionProperties } from "./permissions.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function:greet";
const common = { FunctionName: "greet", Action: "lambda:InvokeFunction" };

function statementOf(permission: Omit<PermissionProperties, "FunctionName" | "Action">) {
  const { Statement } = functionPolicy([{ properties: { ...common, ...permission } }], arn);
  return Array.isArray(Statement) ? Statement[0] : Statement;
}

describe("a permission", () => {
  test("becomes a statement of the function's policy", () => {
    expect(functionPolicy([{ properties: { ...common, Principal: "*" } }], arn)).toEqual({
      Version: "2012-10-17",
      Id: "default",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "lambda:InvokeFunction", Resource: arn }],
    });
  });

  test.each([
    ["*", "*"],
    ["111122223333", { AWS: "arn:aws:iam::111122223333:root" }],
    ["arn:aws:iam::111122223333:role/caller", { AWS: "arn:aws:iam::111122223333:role/caller" }],
    ["apigateway.amazonaws.com", { Service: "apigateway.amazonaws.com" }],
  ])("for %s names its principal", (Principal, principal) => {
    expect(statementOf({ Principal })).toMatchObject({ Principal: principal });
  });

  test.each([
    [{ SourceArn: "arn:aws:s3:::b" }, { ArnLike: { "AWS:SourceArn": "arn:aws:s3:::b" } }],
    [{ SourceAccount: "111122223333" }, { StringEquals: { "AWS:SourceAccount": "111122223333" } }],
    [{ FunctionUrlAuthType: "NONE" }, { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } }],
    [{ InvokedViaFunctionUrl: true }, { Bool: { "lambda:InvokedViaFunctionUrl": "true" } }],
    [
      { SourceAccount: "111122223333", PrincipalOrgID: "o-1" },
      { StringEquals: { "AWS:SourceAccount": "111122223333", "aws:PrincipalOrgID": "o-1" } },
    ],
  ])("with %j has its condition", (given, condition) => {
    expect(statementOf({ Principal: "*", ...given })).toMatchObject({ Condition: condition });
  });
});
