import { describe, expect, test } from "vitest";
import type { Value } from "../value.ts";
import { nothingYet, type ResourceLookup, resolve } from "./resolve.ts";
import { firstZones, pseudoParameters, type StackScope } from "./scope.ts";

const scope: StackScope = {
  parameters: new Map<string, Value>([
    ["Size", "128"],
    ["Names", ["a", "b"]],
  ]),
  pseudoParameters: pseudoParameters({
    stackName: "s",
    stackId: "id",
    region: "eu-west-1",
    accountId: "123456789012",
    partition: "aws",
  }),
  mappings: { M: { top: { second: "found", list: ["x"] } } },
  conditions: new Map([
    ["Yes", true],
    ["No", false],
  ]),
  importValue: (name) => (name === "Exported" ? "imported" : undefined),
  availabilityZones: firstZones,
};

const resources: ResourceLookup = {
  ref: (id) => `ref-${id}`,
  getAtt: (id, attribute) => (attribute === "List" ? ["l1", "l2"] : `${id}/${attribute}`),
};

const noValue = { Ref: "AWS::NoValue" };
const text = (value: string): string => value.replaceAll("<", "${").replaceAll(">", "}");

describe("before there are resources", () => {
  test.each<[Value, Value | undefined]>([
    [{ Ref: "Size" }, "128"],
    [{ Ref: "AWS::Region" }, "eu-west-1"],
    [{ Ref: "AWS::URLSuffix" }, "amazonaws.com"],
    [noValue, undefined],
    [
      [1, noValue, 2],
      [1, 2],
    ],
    [{ a: noValue, b: 1 }, { b: 1 }],
    [{ Ref: "Queue" }, { Ref: "Queue" }],
    [{ "Fn::GetAtt": "Q.Arn" }, { "Fn::GetAtt": ["Q", "Arn"] }],
    [{ "Fn::GetAtt": ["Q", { Ref: "Size" }] }, { "Fn::GetAtt": ["Q", "128"] }],
    [{ "Fn::If": ["Yes", 1, 2] }, 1],
    [{ "Fn::If": ["No", 1, noValue] }, undefined],
    [{ "Fn::Join": ["-", ["a", { Ref: "Size" }, 3]] }, "a-128-3"],
    [{ "Fn::Join": [",", { Ref: "Names" }] }, "a,b"],
    [{ "Fn::Join": [",", ["a", { Ref: "Q" }]] }, { "Fn::Join": [",", ["a", { Ref: "Q" }]] }],
    [{ "Fn::Select": [1, { Ref: "Names" }] }, "b"],
    [{ "Fn::Select": ["0", [{ Ref: "Q" }, "x"]] }, { Ref: "Q" }],
    [{ "Fn::Split": ["|", "a|b"] }, ["a", "b"]],
    [
      { "Fn::Select": [0, { "Fn::Split": ["/", { Ref: "Q" }] }] },
      { "Fn::Select": [0, { "Fn::Split": ["/", { Ref: "Q" }] }] },
    ],
    [{ "Fn::FindInMap": ["M", "top", "second"] }, "found"],
    [{ "Fn::FindInMap": ["M", "top", "list"] }, ["x"]],
    [{ "Fn::Base64": "hi" }, "aGk="],
    [{ "Fn::ImportValue": "Exported" }, "imported"],
    [{ "Fn::GetAZs": "" }, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]],
    [{ "Fn::GetAZs": { Ref: "AWS::Region" } }, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]],
    [{ "Fn::Cidr": ["10.0.0.0/16", 2, 8] }, ["10.0.0.0/24", "10.0.1.0/24"]],
    [{ "Fn::Sub": text("<AWS::StackName>-<Size>-<!Size>") }, text("s-128-<Size>")],
    [{ "Fn::Sub": [text("<v>-<Size>"), { v: { Ref: "Names" } }] }, "error"],
    [
      { "Fn::Sub": text("arn:<Q.Arn>/<Size>") },
      { "Fn::Join": ["", ["arn:", { "Fn::GetAtt": ["Q", "Arn"] }, "/", "128"]] },
    ],
    [{ Ref: 5 }, { Ref: 5 }],
    [{ Condition: { Bool: { x: "y" } } }, { Condition: { Bool: { x: "y" } } }],
  ])("%j is %j", (value, result) => {
    if (result === "error")
      expect(() => resolve(value, scope, nothingYet)).toThrow("expects all variables to be strings");
    else expect(resolve(value, scope, nothingYet)).toEqual(result);
  });
});

describe("when resources exist", () => {
  test.each<[Value, Value]>([
    [{ Ref: "Q" }, "ref-Q"],
    [{ "Fn::GetAtt": ["Q", "Arn"] }, "Q/Arn"],
    [{ "Fn::Sub": text("<Q>|<Q.Arn>|<x>") }, "ref-Q|Q/Arn|ref-x"],
    [{ "Fn::Sub": [text("<x>"), { x: { "Fn::GetAtt": ["Q", "Arn"] } }] }, "Q/Arn"],
    [{ "Fn::Select": [1, { "Fn::GetAtt": ["Q", "List"] }] }, "l2"],
    [{ "Fn::Select": [1, { "Fn::Split": ["-", { Ref: "Q" }] }] }, "Q"],
    [{ "Fn::Base64": { Ref: "Q" } }, "cmVmLVE="],
  ])("%j is %j, at once and in two passes", (value, result) => {
    expect(resolve(value, scope, resources)).toEqual(result);
    const first = resolve(value, scope, nothingYet);
    expect(resolve(first ?? null, scope, resources)).toEqual(result);
  });
});

describe("a function that cannot be evaluated", () => {
  test.each<[Value, string]>([
    [{ "Fn::Select": [5, ["a"]] }, "Fn::Select cannot select nonexistent value at index 5"],
    [{ "Fn::Select": [-1, ["a"]] }, "Fn::Select requires a list argument"],
    [{ "Fn::Join": ["a"] }, "every Fn::Join object requires two parameters"],
    [{ "Fn::Split": ["", "a"] }, "every Fn::Split object requires two parameters"],
    [{ "Fn::FindInMap": ["M", "top", "third"] }, "Unable to get mapping for M::top::third"],
    [{ "Fn::FindInMap": ["M"] }, "every Fn::FindInMap object requires three parameters"],
    [{ "Fn::If": ["Maybe", 1, 2] }, "unresolved condition dependency Maybe in Fn::If"],
    [{ "Fn::If": ["Yes", 1] }, "Fn::If requires a list argument with three elements"],
    [{ "Fn::Sub": text("<a b>") }, "variable names in Fn::Sub syntax"],
    [{ "Fn::Sub": ["a", {}, 3] }, "Fn::Sub intrinsic functions don't specify expected arguments"],
    [{ "Fn::GetAtt": "Q" }, "every Fn::GetAtt object requires two non-empty parameters"],
    [{ "Fn::ImportValue": "Nothing" }, "No export named Nothing found."],
    [{ "Fn::Base64": ["a"] }, "every Fn::Base64 object must have a String-typed value"],
    [{ "Fn::Cidr": ["10.0.0.0/24", 9, 8] }, "Fn::Cidr cannot take 9 blocks"],
    [{ "Fn::ToJsonString": {} }, "Fn::ToJsonString is not supported here"],
    [{ "Fn::Nonsense": 1 }, "Fn::Nonsense is no function that can stand here"],
  ])("%j says so, and where it stands", (value, message) => {
    expect(() => resolve({ a: [value] }, scope, nothingYet, ["Resources"])).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), path: ["Resources", "a", 0] }),
    );
  });
});
