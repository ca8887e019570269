import { describe, expect, test } from "vitest";
import type { ValueMap } from "../value.ts";
import { resolveParameters, type SsmParameterValue } from "./parameters.ts";

function resolved(definition: ValueMap, given?: string, ssm?: Record<string, SsmParameterValue>) {
  const { values, errors } = resolveParameters(
    { P: definition },
    {
      ...(given === undefined ? {} : { overrides: { P: given } }),
      ...(ssm === undefined ? {} : { ssmParameter: (name: string) => ssm[name] }),
    },
  );
  return errors[0]?.message ?? values.get("P");
}

describe("a parameter", () => {
  test.each([
    [{ Type: "String", Default: "a" }, undefined, "a"],
    [{ Type: "String", Default: "a" }, "b", "b"],
    [{ Type: "String", Default: 5 }, undefined, "5"],
    [{ Type: "Number", Default: 128 }, undefined, "128"],
    [{ Type: "CommaDelimitedList", Default: "a, b,c" }, undefined, ["a", "b", "c"]],
    [{ Type: "List<Number>", Default: "1,2" }, undefined, ["1", "2"]],
    [{ Type: "List<AWS::EC2::Subnet::Id>" }, "x,y", ["x", "y"]],
    [{ Type: "CommaDelimitedList", Default: "" }, undefined, []],
    [{ Type: "AWS::EC2::KeyPair::KeyName", Default: "k" }, undefined, "k"],
  ])("%j given %j is %j", (definition, given, value) => {
    expect(resolved(definition, given)).toEqual(value);
  });

  test.each<[ValueMap, string | undefined, RegExp]>([
    [{ Type: "String" }, undefined, /Parameters: \[P\] must have values/],
    [{ Default: "x" }, undefined, /must contain a Type member/],
    [{ Type: "Number" }, "x", /Parameter 'P' must be a number/],
    [{ Type: "List<Number>" }, "1,x", /Parameter 'P' must be a number/],
    [{ Type: "String", AllowedValues: ["a", "b"] }, "c", /must be one of AllowedValues/],
    [{ Type: "String", AllowedPattern: "[a-z]+" }, "a1", /must match pattern/],
    [{ Type: "String", AllowedPattern: "[" }, "a", /is no regular expression/],
    [{ Type: "String", MinLength: 2 }, "a", /at least 2 characters/],
    [{ Type: "String", MaxLength: "3" }, "abcd", /at most 3 characters/],
    [{ Type: "Number", MinValue: 5 }, "4", /not less than 5/],
    [{ Type: "Number", MaxValue: 5 }, "6", /not greater than 5/],
    [
      { Type: "String", AllowedValues: ["a"], ConstraintDescription: "take a" },
      "b",
      /failed to satisfy constraint: take a/,
    ],
    [
      { Type: "AWS::SSM::Parameter::Value<String>", Default: "/x" },
      undefined,
      /Unable to fetch parameters \[\/x\]/,
    ],
  ])("%j given %j is refused", (definition, given, message) => {
    expect(resolved(definition, given)).toMatch(message);
  });

  test("of Systems Manager is read there", () => {
    const type = "AWS::SSM::Parameter::Value<List<String>>";
    expect(
      resolved({ Type: type, Default: "/x" }, undefined, { "/x": { value: "a,b", isSecure: false } }),
    ).toEqual(["a", "b"]);
  });

  test("of Systems Manager is no secret", () => {
    const definition = { Type: "AWS::SSM::Parameter::Value<String>", Default: "/x" };
    expect(resolved(definition, undefined, { "/x": { value: "sealed", isSecure: true } })).toBe(
      "Parameters [/x] referenced by template have types not supported by CloudFormation.",
    );
  });

  test("that the template does not have cannot be given", () => {
    const { errors } = resolveParameters({}, { overrides: { Q: "1" } });
    expect(errors[0]?.message).toBe("Parameters: [Q] do not exist in the template");
  });

  test("with NoEcho is hidden", () => {
    const { hidden } = resolveParameters({ P: { Type: "String", NoEcho: true, Default: "s" } });
    expect([...hidden]).toEqual(["P"]);
  });
});
