import { describe, expect, test } from "vitest";
import { compileTemplate } from "../compile.ts";
import { get, type Value } from "../value.ts";

const stack = {
  stackName: "s",
  stackId: "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1",
  region: "us-east-1",
  accountId: "123456789012",
  partition: "aws",
};

function compile(
  text: string,
  overrides: Record<string, string> = {},
  transform = "AWS::LanguageExtensions",
) {
  return compileTemplate(`Transform: ${transform}\n${text}`, "template.yaml", { stack, overrides });
}

/** The processed template. */
function processed(text: string, overrides: Record<string, string> = {}): Value {
  const { compiled, diagnostics } = compile(text, overrides);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (compiled === undefined || errors.length > 0) {
    throw new Error(errors.map(({ message }) => message).join("\n"));
  }
  return compiled.processed;
}

function refusal(text: string): readonly string[] {
  return compile(text).diagnostics.flatMap(({ severity, message, line }) =>
    severity === "error" ? [`${line}: ${message}`] : [],
  );
}

const queue = "{ Type: AWS::SQS::Queue, Properties: ";
const text = (value: string): string => value.replaceAll("<", "${").replaceAll(">", "}");

describe("Fn::ForEach", () => {
  test("writes a resource, a condition and an output for each item", () => {
    const template = processed(
      text(`
Parameters: { Names: { Type: CommaDelimitedList, Default: "Red,Green" } }
Conditions:
  Fn::ForEach::Wanted: [Name, !Ref Names, { "Is<Name>": !Equals [!Ref Name, Red] }]
Resources:
  Other: ${queue} {} }
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - "Queue<Name>": ${queue} { QueueName: !Sub "<AWS::StackName>-<Name>", Tags: [{ Key: name, Value: !Ref Name }] } }
Outputs:
  Fn::ForEach::Urls: [Name, !Ref Names, { "Url<Name>": { Value: !Ref "Queue<Name>", Condition: "Is<Name>" } }]
`),
    );
    expect(template).toEqual({
      Parameters: { Names: { Type: "CommaDelimitedList", Default: "Red,Green" } },
      Conditions: { IsRed: { "Fn::Equals": ["Red", "Red"] }, IsGreen: { "Fn::Equals": ["Green", "Red"] } },
      Resources: {
        Other: { Type: "AWS::SQS::Queue", Properties: {} },
        ...Object.fromEntries(
          ["Red", "Green"].map((name) => [
            `Queue${name}`,
            {
              Type: "AWS::SQS::Queue",
              Properties: {
                QueueName: { "Fn::Sub": text(`<AWS::StackName>-${name}`) },
                Tags: [{ Key: "name", Value: name }],
              },
            },
          ]),
        ),
      },
      Outputs: {
        UrlRed: { Value: { Ref: "QueueRed" }, Condition: "IsRed" },
        UrlGreen: { Value: { Ref: "QueueGreen" }, Condition: "IsGreen" },
      },
    });
  });

  test("may stand in another, and within properties", () => {
    const template = processed(
      text(`
Resources:
  Fn::ForEach::Outer:
    - A
    - [X, Y]
    - Fn::ForEach::Inner:
        - B
        - [1, 2]
        - "Queue<A><B>": ${queue} { Fn::ForEach::Settings: [Name, [DelaySeconds], { "<Name>": !Ref B }] } }
`),
    );
    expect(get(template, "Resources")).toEqual(
      Object.fromEntries(
        ["X1", "X2", "Y1", "Y2"].map((name) => [
          `Queue${name}`,
          { Type: "AWS::SQS::Queue", Properties: { DelaySeconds: name[1] } },
        ]),
      ),
    );
  });

  test("drops with & what a logical id can't have", () => {
    const template = processed(`
Resources:
  Fn::ForEach::Queues: [Ip, [10.0.0.1], { "Queue&{Ip}": ${queue} { QueueName: !Ref Ip } } }]
`);
    expect(get(template, "Resources")).toEqual({
      Queue10001: { Type: "AWS::SQS::Queue", Properties: { QueueName: "10.0.0.1" } },
    });
  });

  test.each([
    ["[Name, [A]]", "4: Transform AWS::LanguageExtensions failed with: Fn::ForEach layout is incorrect"],
    [`[Name, [A], { Queue: ${queue} {} } }]`, text("must have `<Name>` in it")],
    [`[Name, [A, A], { "Q\${Name}": ${queue} {} } }]`, "makes `QA`, which is there already"],
    [`[Name, !GetAtt Q.Arn, { "Q\${Name}": ${queue} {} } }]`, "known before any resource is made"],
  ])("is refused as %s", (loop, message) => {
    const found = refusal(`\nResources:\n  Fn::ForEach::Queues: ${loop}\n  Q: ${queue} {} }`);
    expect(found.join("\n")).toContain(message);
  });

  test("leads mistakes in what it makes back to its own lines", () => {
    const found = refusal(
      text(`
Resources:
  Fn::ForEach::Queues:
    - Name
    - [A]
    - "Queue<Name>":
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Ref Nowhere
`),
    );
    expect(found).toEqual([expect.stringMatching(/^(7|10): .*Nowhere/)]);
  });

  test("comes before the SAM transform, which may be listed only after it", () => {
    const functions = text(`
Resources:
  Fn::ForEach::Functions:
    - Name
    - [One, Two]
    - "<Name>Function":
        Type: AWS::Serverless::Function
        Properties: { CodeUri: "src/<Name>", Handler: index.handler, Runtime: nodejs24.x }
`);
    const order = "[AWS::LanguageExtensions, AWS::Serverless-2016-10-31]";
    const { compiled, diagnostics } = compile(functions, {}, order);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect([...(compiled?.graph.nodes.keys() ?? [])].sort()).toEqual([
      "OneFunction",
      "OneFunctionRole",
      "TwoFunction",
      "TwoFunctionRole",
    ]);
    expect(compiled?.artifacts.map(({ path }) => path)).toEqual(["src/One", "src/Two"]);
    expect(compiled?.processed["Transform"]).toBeUndefined();

    const reversed = compile(functions, {}, "[AWS::Serverless-2016-10-31, AWS::LanguageExtensions]");
    expect(reversed.diagnostics[0]?.message).toContain("must be listed before `AWS::Serverless-2016-10-31`");
  });
});

describe("a function", () => {
  /** What a property of a queue becomes. */
  function value(property: string, rest = ""): Value | undefined {
    const template = processed(`${rest}
Mappings: { Sizes: { us-east-1: { Small: 1, Zones: [a, b] } } }
Resources:
  Other: ${queue} {} }
  Q: { Type: AWS::SQS::Queue, Properties: { QueueName: ${property} } }
`);
    return get(template, "Resources", "Q", "Properties", "QueueName");
  }

  test.each<[string, Value]>([
    ["{ Fn::Length: [a, b, c] }", 3],
    ["{ Fn::Length: !Split ['|', 'a|b'] }", 2],
    ["{ Fn::Length: !FindInMap [Sizes, !Ref AWS::Region, Zones] }", 2],
    ["{ Fn::Length: [!GetAtt Other.Arn] }", 1],
    ["!FindInMap [Sizes, eu-west-1, Small, { DefaultValue: 7 }]", 7],
    ["!FindInMap [Sizes, !Ref AWS::Region, Small, { DefaultValue: 7 }]", 1],
    ["!FindInMap [!Join ['', [Si, zes]], !Ref AWS::Region, Small]", 1],
    ["{ Fn::ToJsonString: { a: [1, true, null, 'x\"y'], b: {} } }", '{"a":[1,true,null,"x\\"y"],"b":{}}'],
    ["{ Fn::ToJsonString: { region: !Ref AWS::Region, gone: !Ref AWS::NoValue } }", '{"region":"us-east-1"}'],
    [
      "{ Fn::ToJsonString: [!GetAtt Other.Arn] }",
      { "Fn::Join": ["", ['["', { "Fn::GetAtt": ["Other", "Arn"] }, '"]']] },
    ],
    ["!GetAtt [!Sub Other, Arn]", { "Fn::GetAtt": ["Other", "Arn"] }],
    ["{ Ref: !Join ['', [Ot, her]] }", { Ref: "Other" }],
  ])("%s becomes %j", (property, expected) => {
    expect(value(property)).toEqual(expected);
  });

  test.each([
    ["{ Fn::Length: abc }", "Fn::Length takes a list"],
    ["{ Fn::ToJsonString: abc }", "Fn::ToJsonString takes a map or a list"],
    ["!FindInMap [Sizes, a, b, c]", "a map with DefaultValue"],
    ["!FindInMap [Sizes, eu-west-1, Small]", "Unable to get mapping for Sizes::eu-west-1::Small"],
  ])("%s is refused", (property, message) => {
    expect(() => value(property)).toThrow(message);
  });

  test("decides policies by a parameter", () => {
    const resources = `
Parameters: { Stage: { Type: String, Default: test } }
Conditions: { IsProduction: !Equals [!Ref Stage, production] }
Resources:
  Q: { Type: AWS::SQS::Queue, DeletionPolicy: !If [IsProduction, Retain, Delete], UpdateReplacePolicy: !Ref Policy }
`;
    const withPolicy = resources.replace(
      "Parameters: {",
      "Parameters: { Policy: { Type: String, Default: Retain },",
    );
    expect(get(processed(withPolicy), "Resources", "Q")).toMatchObject({
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Retain",
    });
    expect(get(processed(withPolicy, { Stage: "production" }), "Resources", "Q", "DeletionPolicy")).toBe(
      "Retain",
    );
  });

  test("tells to declare the transform where it isn't", () => {
    const { diagnostics } = compile(
      `
Resources:
  Q: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: { Fn::Length: [1] } } }
`,
      {},
      "[]",
    );
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "Fn::Length is not supported here. Declare `AWS::LanguageExtensions` as the first `Transform` of the template.",
    ]);
  });
});
