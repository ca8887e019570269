import { describe, expect, test } from "vitest";
import type { Value, ValueMap } from "../value.ts";
import { evaluateConditions } from "./conditions.ts";
import { firstZones, type StackScope } from "./scope.ts";

const scope: StackScope = {
  parameters: new Map<string, Value>([
    ["Stage", "prod"],
    ["Count", "1"],
  ]),
  pseudoParameters: new Map<string, Value>([["AWS::Region", "eu-west-1"]]),
  mappings: { M: { prod: { on: "true" } } },
  conditions: new Map(),
  importValue: () => undefined,
  availabilityZones: firstZones,
};

const isProd = { "Fn::Equals": [{ Ref: "Stage" }, "prod"] };
const isDev = { "Fn::Equals": [{ Ref: "Stage" }, "dev"] };

describe("a condition", () => {
  test.each<[Value, boolean]>([
    [isProd, true],
    [isDev, false],
    [{ "Fn::Equals": [{ Ref: "Count" }, 1] }, true],
    [{ "Fn::Equals": [true, "true"] }, true],
    [{ "Fn::Equals": [{ Ref: "AWS::Region" }, { "Fn::Join": ["-", ["eu", "west", 1]] }] }, true],
    [{ "Fn::Not": [isProd] }, false],
    [{ "Fn::And": [isProd, { "Fn::Not": [isDev] }] }, true],
    [{ "Fn::Or": [isDev, isProd] }, true],
    [{ Condition: "Base" }, true],
    [{ "Fn::And": [{ Condition: "Base" }, { Condition: { Condition: "Base" } }] }, true],
    [{ "Fn::FindInMap": ["M", { Ref: "Stage" }, "on"] }, true],
    ["Base", true],
  ])("%j is %j", (condition, value) => {
    const { values, errors } = evaluateConditions({ C: condition, Base: isProd }, scope);
    expect(errors).toEqual([]);
    expect(values.get("C")).toBe(value);
  });

  test.each<[ValueMap, string]>([
    [{ C: { Condition: "Nope" } }, "the condition Nope is not defined"],
    [
      { C: { "Fn::Not": [{ Condition: "D" }] }, D: { Condition: "C" } },
      "Circular dependency between conditions: [C, D]",
    ],
    [{ C: { "Fn::Equals": [{ Ref: "Queue" }, "x"] } }, "Conditions can only be based on parameters"],
    [{ C: { "Fn::Equals": ["x"] } }, "every Fn::Equals object requires a list of 2"],
    [{ C: { "Fn::And": [isProd] } }, "every Fn::And object requires a list of 2 to 10"],
    [{ C: { "Fn::Not": [isProd, isProd] } }, "every Fn::Not object requires a list of exactly 1"],
    [{ C: 7 }, "a condition must be one of"],
  ])("%j is refused", (conditions, message) => {
    const { errors } = evaluateConditions(conditions, scope);
    expect(errors[0]?.message).toContain(message);
    expect(errors[0]?.path[0]).toBe("Conditions");
  });
});
