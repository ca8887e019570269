import { expect, test } from "vitest";
import { diagnosed } from "../../../test/diagnosed.ts";

const f = (more = "") => `Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: { Handler: index.handler, Runtime: nodejs24.x, InlineCode: "" }
${more}`;

test.each([
  [
    "a parameter without a value",
    `Parameters: { Stage: { Type: String } }\n${f()}`,
    "Give it a value with `--parameter Stage=…`, or a `Default`.",
  ],
  [
    "a default that the type does not take",
    `Parameters: { Count: { Type: Number, Default: abc } }\n${f()}`,
    "Its `Default` is `abc`; `--parameter Count=…` gives another value.",
  ],
  [
    "a parameter without a type",
    `Parameters: { Stage: { Default: a } }\n${f()}`,
    "Write `Type: String`, or what the value is.",
  ],
  [
    "a condition that misspells a parameter",
    `Parameters: { Stage: { Type: String, Default: a } }\nConditions: { IsProd: !Equals [!Ref Stagee, prod] }\n${f()}`,
    "Write `Stage` instead of `Stagee`.",
  ],
  [
    "a condition that names a resource",
    `Conditions: { IsProd: !Equals [!GetAtt F.Arn, prod] }\n${f()}`,
    "Name a parameter instead of `F`.",
  ],
  [
    "a resource with a misspelt condition",
    `Conditions: { IsProd: !Equals [a, a] }\n${f("    Condition: IsPro")}`,
    "Write `IsProd` instead of `IsPro`.",
  ],
  [
    "a resource with a condition, and there are none",
    f("    Condition: IsProd"),
    "Define `IsProd` under `Conditions`.",
  ],
])("%s is told with what to write instead", (_, sections, hint) => {
  expect(diagnosed(sections, "intrinsic-function")).toEqual([
    expect.objectContaining({ severity: "error", hint }),
  ]);
});
