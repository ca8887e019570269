import { describe, expect, test } from "vitest";
import { compileTemplate } from "./compile.ts";

const stack = {
  stackName: "s",
  stackId: "id",
  region: "us-east-1",
  accountId: "123456789012",
  partition: "aws",
};

/** What is said of a plain template with the resources, in the order of the file. */
function told(resources: string, more = ""): string[] {
  const text = `Mappings: { M: { a: { b: c } } }
Conditions: { Never: !Equals [a, b] }
Resources:
${resources.replace(/^/gm, "  ")}
  Role: { Type: AWS::IAM::Role }
  Absent: { Type: AWS::S3::Bucket, Condition: Never }
${more}`;
  return compileTemplate(text, "t.yaml", { stack }).diagnostics.map(
    ({ line, code, message }) => `${line} ${code} ${message}`,
  );
}

describe("a resource with one mistake is told the others too", () => {
  const failing = "Failing: !ImportValue other-stack";
  const import4 = /^8 intrinsic-function No export named other-stack found/;

  test.each([
    ["a DependsOn on nothing", "DependsOn: Nope", "A: 1", /^6 reference-to-nothing `DependsOn` names `Nope`/],
    ["a GetAtt of nothing", "Metadata: {}", "A: !GetAtt Nope.Arn", /^9 reference-to-nothing `Fn::GetAtt`/],
    ["an unknown attribute", "Metadata: {}", "A: !GetAtt Role.Arm", /^9 unknown-attribute .* `Arm`/],
    [
      "a mapping without the key",
      "Metadata: {}",
      "A: !FindInMap [M, a, x]",
      /^9 intrinsic-function .* M::a::x/,
    ],
    ["a Ref to what is not in the stack", "Metadata: {}", "A: !Ref Absent", /^9 reference-to-excluded/],
    [
      "an unknown condition",
      "Metadata: {}",
      "A: !If [Maybe, 1, 2]",
      /^9 intrinsic-function .*Maybe in Fn::If/,
    ],
    [
      "a Ref beside an unknown condition",
      "Condition: Maybe",
      "A: !Ref Nope",
      /^9 reference-to-nothing `Ref`/,
    ],
  ])("%s", (_, key, property, message) => {
    const messages = told(
      `R:\n  Type: AWS::SNS::Topic\n  ${key}\n  Properties:\n    ${failing}\n    ${property}`,
    );
    expect(messages).toContainEqual(expect.stringMatching(import4));
    expect(messages).toContainEqual(expect.stringMatching(message));
  });

  test("within the arguments of what failed", () => {
    const messages = told(
      "R:\n  Type: AWS::SNS::Topic\n  Properties:\n    A: !Join ['', [!ImportValue x, !FindInMap [M, a, x], !Ref Nope]]",
    );
    expect(messages.map((message) => message.split(" ").slice(1, 6).join(" ")).sort()).toEqual([
      "intrinsic-function No export named x",
      "intrinsic-function Template error: Unable to",
      "reference-to-nothing `Ref` names `Nope`, which",
    ]);
  });

  test("and so is an output", () => {
    const outputs = "Outputs:\n  O:\n    Value: !Join ['', [!ImportValue x, !Ref Nope]]\n";
    expect(told("R: { Type: AWS::SNS::Topic }", outputs)).toEqual([
      expect.stringMatching(/^9 intrinsic-function No export named x/),
      expect.stringMatching(/^9 reference-to-nothing `Ref` names `Nope`/),
    ]);
  });

  test("and a cycle through it", () => {
    const messages = told(
      `R:\n  Type: AWS::SNS::Topic\n  Properties: { A: !Ref S, B: !ImportValue x }\nS: { Type: AWS::SNS::Topic, DependsOn: R }`,
    );
    expect(messages).toEqual([
      expect.stringMatching(/^4 circular-dependency .*\[R, S\]/),
      expect.stringMatching(/^6 intrinsic-function No export named x/),
    ]);
  });
});

test("a resource that can't be transformed is looked at as it is, and so are those that need it", () => {
  const text = `Transform: AWS::Serverless-2016-10-31
Resources:
  Api: { Type: AWS::Serverless::Api, Properties: {} }
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: f/
      Handler: a.b
      Runtime: nodejs24.x
      Events: { E: { Type: Api, Properties: { Path: /, Method: get, RestApiId: !Ref Api } } }
      Environment: { Variables: { ONE: !Ref Nope, TWO: !GetAtt FRole.Arn, THREE: !ImportValue x } }
Outputs: { O: { Value: !Ref Api.Stage }, P: { Value: !Ref Nope } }
`;
  const { diagnostics } = compileTemplate(text, "t.yaml", { stack });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ line, code }) => `${line} ${code}`)).toEqual([
    "3 sam-transform",
    "11 reference-to-nothing",
    "11 intrinsic-function",
    "12 reference-to-nothing",
  ]);
});

describe("what only follows from a mistake is not told:", () => {
  test.each([
    [
      "references to the resource",
      "R: { Type: AWS::SNS::Topic, Properties: { A: !ImportValue x } }\nS: { Type: AWS::SNS::Topic, Properties: { A: !Ref R }, DependsOn: R }",
    ],
    [
      "functions of the failing one",
      "R: { Type: AWS::SNS::Topic, Properties: { A: !Select [0, !Split [',', !ImportValue x]] } }",
    ],
    [
      "what an unknown condition may keep out",
      "R: { Type: AWS::SNS::Topic, Properties: { A: !If [Maybe, !Ref Absent, 1] } }",
    ],
    [
      "what the resource's unknown condition may keep out",
      "R: { Type: AWS::SNS::Topic, Condition: Maybe, Properties: { A: !Ref Absent } }",
    ],
    [
      "names that belong to a refused function",
      "R: { Type: AWS::SNS::Topic, Properties: { A: { Fn::Transform: { Name: Own, Parameters: { P: !Ref Inner } } } } }",
    ],
  ])("%s", (_, resources) => {
    expect(told(resources)).toHaveLength(1);
  });
});
