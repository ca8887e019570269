import { describe, expect, test } from "vitest";
import { buildGraph, dependents } from "./graph.ts";
import { instantiate } from "./intrinsics/instantiate.ts";
import type { Value, ValueMap } from "./value.ts";

const stack = { stackName: "s", stackId: "id", region: "r", accountId: "1", partition: "aws" };

function graphOf(resources: ValueMap, outputs: ValueMap = {}) {
  const conditions = { No: { "Fn::Equals": ["a", "b"] } };
  const template = { Conditions: conditions, Resources: resources, Outputs: outputs };
  const { graph, diagnostics } = buildGraph(instantiate(template, { stack }), {
    originOf: (id) => id.replace(/Role$/, ""),
    positionOf: (path) => ({ file: path.join("/"), line: 1, column: 1 }),
  });
  return { graph, messages: diagnostics.map(({ file, code, message }) => `${file} ${code} ${message}`) };
}

const r = (value: Value | undefined, more: ValueMap = {}): ValueMap => ({
  Type: "T",
  ...more,
  ...(value === undefined ? {} : { Properties: { a: value } }),
});

describe("the order of creation", () => {
  test.each<[string, ValueMap, string]>([
    ["the template's, where nothing depends", { A: r(1), B: r(2) }, "A B"],
    ["after what Ref names", { A: r({ Ref: "B" }), B: r(1) }, "B A"],
    ["after what GetAtt names", { A: r({ "Fn::GetAtt": ["B", "Arn"] }), B: r(1) }, "B A"],
    ["after what Sub names", { A: r({ "Fn::Sub": "x-\u0024{B.Arn}" }), B: r(1) }, "B A"],
    [
      "after what a variable of Sub names",
      { A: r({ "Fn::Sub": ["\u0024{v}", { v: { Ref: "B" } }] }), B: r(1) },
      "B A",
    ],
    ["after DependsOn", { A: r(1, { DependsOn: ["B"] }), B: r(1) }, "B A"],
    ["deep", { A: r({ Ref: "B" }), B: r([{ x: { Ref: "C" } }]), C: r(1) }, "C B A"],
    [
      "as if there were no DependsOn on what is not in the stack",
      { A: r(1, { DependsOn: "B" }), B: r(1, { Condition: "No" }) },
      "A",
    ],
  ])("is %s", (_, resources, order) => {
    const { graph, messages } = graphOf(resources);
    expect(graph.creationOrder.join(" ")).toBe(order);
    expect(messages).toEqual([]);
  });

  test("knows what depends on a resource, also through others", () => {
    const { graph } = graphOf({ A: r({ Ref: "B" }), B: r({ Ref: "C" }), C: r(1), D: r(2) });
    expect([...dependents(graph, "C")]).toEqual(["B", "A"]);
  });

  test("each node knows the resource it comes from and where that stands", () => {
    const { graph } = graphOf({ FRole: r(1) });
    expect(graph.nodes.get("FRole")).toMatchObject({ origin: "F", position: { file: "Resources/F" } });
  });
});

describe("what is wrong between resources", () => {
  test.each<[string, ValueMap, ValueMap, string]>([
    [
      "a cycle",
      { A: r({ Ref: "B" }), B: r({ Ref: "C" }), C: r({ Ref: "B" }) },
      {},
      "circular-dependency Circular dependency between resources: [B, C]",
    ],
    [
      "a resource that names itself",
      { A: r({ Ref: "A" }) },
      {},
      "circular-dependency Circular dependency between resources: [A]",
    ],
    [
      "a Ref to nothing",
      { A: r({ Ref: "Nope" }) },
      {},
      "Resources/A/Properties/a reference-to-nothing `Ref` names `Nope`",
    ],
    [
      "a GetAtt of nothing",
      { A: r({ "Fn::GetAtt": ["Nope", "Arn"] }) },
      {},
      "instance of Fn::GetAtt references undefined resource Nope",
    ],
    [
      "a DependsOn on nothing",
      { A: r(1, { DependsOn: "Nope" }) },
      {},
      "Resources/A/DependsOn reference-to-nothing",
    ],
    [
      "a reference to what is not in the stack",
      { A: r({ Ref: "B" }), B: r(1, { Condition: "No" }) },
      {},
      "reference-to-excluded",
    ],
    [
      "an output of nothing",
      { A: r(1) },
      { O: { Value: { Ref: "Nope" } } },
      "Outputs/O/Value reference-to-nothing",
    ],
  ])("%s is told", (_, resources, outputs, message) => {
    expect(graphOf(resources, outputs).messages.join("\n")).toContain(message);
  });
});
