import { describe, expect, test } from "vitest";
import { diagnosed } from "../../../test/diagnosed.ts";

const told = (sections: string) => diagnosed(sections, "environment-variable");
const withVariables = (variables: string) => `Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      Environment:
        Variables: ${variables}`;

describe("the name of an environment variable", () => {
  test.each(["TABLE_NAME", "ab", "A1", "NODE_OPTIONS", "LD_LIBRARY_PATH", "TZ", "AWS_ENDPOINT_URL"])(
    "may be %s",
    (name) => {
      expect(told(withVariables(`{ ${name}: x }`))).toEqual([]);
    },
  );

  test.each(["AWS_REGION", "_HANDLER", "LAMBDA_TASK_ROOT", "AWS_SESSION_TOKEN"])(
    "can't be %s, which is Lambda's own",
    (name) => {
      expect(told(withVariables(`{ OK: x, ${name}: y }`))).toEqual([
        expect.objectContaining({
          severity: "error",
          line: 9,
          logicalId: "F",
          message: expect.stringContaining(`Reserved keys used in this request: ${name}`),
        }),
      ]);
    },
  );

  test.each(["A", "_PRIVATE", "1ST", "A-B", "A.B"])("can't be %s, which is no name", (name) => {
    const [first] = told(withVariables(`{ "${name}": x }`));
    expect(first?.message).toMatch(/regular expression pattern: \[a-zA-Z\]\(\[a-zA-Z0-9_\]\)\+/);
  });

  test("is looked at in Globals too", () => {
    const sections = `Globals:\n  Function:\n    Environment:\n      Variables: { AWS_REGION: x }\n`;
    expect(told(`${sections}${withVariables("{ OK: x }")}`).map(({ line }) => line)).toEqual([5]);
  });

  test("is not known where an intrinsic function stands for the variables", () => {
    expect(told(withVariables('!If [C, { OK: x }, !Ref "AWS::NoValue"]'))).toEqual([]);
  });
});
