import { describe, expect, test } from "vitest";
import { instantiate } from "./instantiate.ts";

const stack = {
  stackName: "s",
  stackId: "arn:aws:cloudformation:eu-west-1:123456789012:stack/s/1",
  region: "eu-west-1",
  accountId: "123456789012",
  partition: "aws",
};

const template = {
  Parameters: { Stage: { Type: "String", Default: "dev" } },
  Conditions: { Prod: { "Fn::Equals": [{ Ref: "Stage" }, "prod"] } },
  Resources: {
    Always: {
      Type: "T::A",
      DependsOn: "Sometimes",
      DeletionPolicy: "Retain",
      Properties: { Name: { "Fn::Join": ["-", [{ Ref: "Stage" }, "x"]] }, Other: { Ref: "Sometimes" } },
    },
    Sometimes: { Type: "T::B", Condition: "Prod", Metadata: { a: 1 } },
  },
  Outputs: {
    O: { Value: { Ref: "Always" }, Description: "d", Export: { Name: { "Fn::Sub": "e" } } },
    OnlyProd: { Condition: "Prod", Value: { Ref: "Sometimes" } },
  },
};

describe("a template as a stack has it", () => {
  test.each([
    ["dev", ["Always"], ["Sometimes"], ["O"]],
    ["prod", ["Always", "Sometimes"], [], ["O", "OnlyProd"]],
  ])("in %s has resources %j, not %j, and outputs %j", (stage, resources, excluded, outputs) => {
    const result = instantiate(template, { stack, overrides: { Stage: stage } });
    expect(result.errors).toEqual([]);
    expect(result.resources.map(({ logicalId }) => logicalId)).toEqual(resources);
    expect([...result.excluded]).toEqual(excluded);
    expect(result.outputs.map(({ name }) => name)).toEqual(outputs);
  });

  test("has parameters filled in, references to resources left, and attributes beside", () => {
    const [always] = instantiate(template, { stack }).resources;
    expect(always).toMatchObject({
      type: "T::A",
      properties: { Name: "dev-x", Other: { Ref: "Sometimes" } },
      dependsOn: ["Sometimes"],
      attributes: { DeletionPolicy: "Retain" },
    });
  });

  test("keeps an output's export", () => {
    const { outputs } = instantiate(template, { stack });
    expect(outputs[0]).toEqual({ name: "O", value: { Ref: "Always" }, description: "d", exportName: "e" });
  });

  test.each([
    [{ R: { Properties: {} } }, "Every Resources object must contain a Type member"],
    [{ R: { Type: "T", Condition: "Nope" } }, "Unresolved condition dependency Nope in the Resources block"],
    [{ R: { Type: "T", DependsOn: [1] } }, "DependsOn must be a logical id"],
    [{ R: { Type: "T", Properties: { a: { "Fn::Select": [3, []] } } } }, "cannot select nonexistent value"],
  ])("leaves out %j and says why", (resources, message) => {
    const result = instantiate({ Resources: { ...resources, Fine: { Type: "T" } } }, { stack });
    expect(result.errors.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
    expect([...result.broken.keys()]).toEqual(["R"]);
    expect(result.resources.map(({ logicalId }) => logicalId)).toEqual(["Fine"]);
  });
});
