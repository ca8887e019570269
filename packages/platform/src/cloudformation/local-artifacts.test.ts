import { describe, expect, test } from "vitest";
import { localBucket, packageLocally } from "./local-artifacts.ts";
import type { Value, ValueMap } from "./value.ts";

const location = (key: string): ValueMap => ({ Bucket: localBucket, Key: key });

function packaged(properties: ValueMap, type = "AWS::Serverless::Function", globals: ValueMap = {}) {
  const template = {
    Globals: { Function: globals },
    Resources: { R: { Type: type, Properties: properties } },
  };
  const result = packageLocally(template);
  return {
    properties: (result.template["Resources"] as Record<string, ValueMap>)["R"]?.["Properties"],
    ...result,
  };
}

describe("local code", () => {
  test.each<[string, ValueMap, string, ValueMap, ValueMap]>([
    ["a path", { CodeUri: "src/" }, "AWS::Serverless::Function", {}, { CodeUri: location("src/") }],
    [
      "nothing, which is the template's folder",
      {},
      "AWS::Serverless::Function",
      {},
      { CodeUri: location(".") },
    ],
    [
      "a path in Globals",
      {},
      "AWS::Serverless::Function",
      { CodeUri: "all/" },
      { CodeUri: location("all/") },
    ],
    [
      "a layer",
      { ContentUri: "layer" },
      "AWS::Serverless::LayerVersion",
      {},
      { ContentUri: location("layer") },
    ],
    [
      "a plain function",
      { Code: "src" },
      "AWS::Lambda::Function",
      {},
      { Code: { S3Bucket: localBucket, S3Key: "src" } },
    ],
    [
      "an API's definition",
      { DefinitionUri: "api.yaml" },
      "AWS::Serverless::Api",
      {},
      { DefinitionUri: location("api.yaml") },
    ],
  ])("of %s becomes a location", (_, properties, type, globals, result) => {
    expect(packaged(properties, type, globals).properties).toEqual(result);
  });

  test.each<[string, ValueMap, string]>([
    ["an object in S3", { CodeUri: "s3://b/k" }, "AWS::Serverless::Function"],
    ["a location", { CodeUri: { Bucket: "b", Key: "k" } }, "AWS::Serverless::Function"],
    ["inline code", { InlineCode: "x" }, "AWS::Serverless::Function"],
    ["an image", { PackageType: "Image", ImageUri: "i" }, "AWS::Serverless::Function"],
    ["another type", { Code: "src" }, "AWS::Other::Thing"],
  ])("is not %s", (_, properties, type) => {
    const result = packaged(properties, type);
    expect(result.properties).toEqual(properties);
    expect(result.artifacts).toEqual([]);
  });

  test("is listed, under a key of the caller's", () => {
    const template: Record<string, Value> = {
      Resources: { F: { Type: "AWS::Serverless::Function", Properties: { CodeUri: "src" } } },
    };
    const { artifacts } = packageLocally(template, (path, id) => `${id}-${path}-hash`);
    expect(artifacts).toEqual([{ logicalId: "F", property: "CodeUri", path: "src", key: "F-src-hash" }]);
  });
});
