import { describe, expect, test } from "vitest";
import { diagnosed } from "../../../test/diagnosed.ts";

const told = (resources: string) => diagnosed(`Resources:\n${resources}`, "url-permission-missing");
const f = `  F:
    Type: AWS::Lambda::Function
    Properties: { Handler: index.handler, Runtime: nodejs24.x, Role: r, Code: { ZipFile: "" } }
`;
const url = (authType = "NONE") =>
  `  U: { Type: AWS::Lambda::Url, Properties: { TargetFunctionArn: !GetAtt F.Arn, AuthType: ${authType} } }\n`;
const permission = (id: string, members: string, name = "!Ref F") =>
  `  ${id}: { Type: AWS::Lambda::Permission, Properties: { FunctionName: ${name}, ${members} } }\n`;
const callUrl = permission(
  "P",
  'Action: lambda:InvokeFunctionUrl, Principal: "*", FunctionUrlAuthType: NONE',
);
const callFunction = permission(
  "Q",
  'Action: lambda:InvokeFunction, Principal: "*", InvokedViaFunctionUrl: true',
);

describe("a function URL that asks for no signature", () => {
  test("needs both permissions for everyone", () => {
    expect(told(f + url())).toEqual([
      expect.objectContaining({
        severity: "warning",
        line: 6,
        logicalId: "U",
        message: expect.stringContaining("AWS answers every request to this URL with 403"),
        hint: expect.stringMatching(/FunctionUrlAuthType: NONE.*InvokedViaFunctionUrl: true/),
      }),
    ]);
    expect(told(f + url() + callUrl + callFunction)).toEqual([]);
  });

  test.each([
    ["lambda:InvokeFunction", callUrl],
    ["lambda:InvokeFunctionUrl", callFunction],
  ])("that lacks one of them is told so: %s", (missing, given) => {
    expect(told(f + url() + given)[0]?.message).toContain(`permits everyone \`${missing}\` on \`F\``);
  });

  test("is not opened by what is given to one account, or for another function", () => {
    const one = callUrl.replace('"*"', '"123456789012"');
    const other = callFunction.replace("!Ref F", "!Ref G") + f.replace("F:", "G:");
    expect(told(f + url() + one + other)[0]?.message).toMatch(
      /InvokeFunctionUrl` and `lambda:InvokeFunction`/,
    );
  });

  test.each([
    [
      "SAM made",
      "  F:\n    Type: AWS::Serverless::Function\n    Properties: { Handler: index.handler, Runtime: nodejs24.x, FunctionUrlConfig: { AuthType: NONE } }\n",
    ],
    [
      "may be written out by name",
      f + url() + permission("P", 'Action: lambda:InvokeFunctionUrl, Principal: "*"', "f") + callFunction,
    ],
    ["asks for signatures", f + url("AWS_IAM")],
    [
      "is another stack's function's",
      url().replace("!GetAtt F.Arn", "arn:aws:lambda:us-east-1:1:function:f"),
    ],
  ])("is not looked at where it %s", (_, resources) => {
    expect(told(resources)).toEqual([]);
  });
});
