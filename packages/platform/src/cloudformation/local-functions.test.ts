import { describe, expect, test } from "vitest";
import { compileTemplate } from "./compile.ts";
import { type LocalFunction, localFunctions } from "./local-functions.ts";

function functionsOf(template: Readonly<Record<string, unknown>>): readonly LocalFunction[] {
  const text = JSON.stringify({ Transform: "AWS::Serverless-2016-10-31", ...template }, undefined, 2);
  const { compiled, diagnostics } = compileTemplate(text, "template.json", {
    stack: {
      stackName: "sluice",
      stackId: "arn:aws:cloudformation:us-east-1:123456789012:stack/sluice/local",
      region: "us-east-1",
      accountId: "123456789012",
      partition: "aws",
    },
    overrides: { Node: "nodejs24.x" },
  });
  if (compiled === undefined) throw new Error(JSON.stringify(diagnostics));
  return localFunctions(compiled);
}

const made = (properties: Readonly<Record<string, unknown>>, others = {}) => ({
  Type: "AWS::Serverless::Function",
  ...others,
  Properties: { Handler: "index.handler", Runtime: "nodejs24.x", ...properties },
});

const image = {
  Type: "AWS::Serverless::Function",
  Properties: { PackageType: "Image", ImageUri: "1.dkr.ecr/x" },
};

describe("functions whose code is on this machine", () => {
  test("have what the template, its Globals and parameters say", () => {
    const [found] = functionsOf({
      Parameters: { Node: { Type: "String" } },
      Globals: {
        Function: {
          CodeUri: "all.zip",
          Architectures: ["arm64"],
          Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps" } },
        },
      },
      Resources: {
        A: made(
          { Runtime: { Ref: "Node" }, Layers: ["arn:aws:lambda:us-east-1:1:layer:x:1"] },
          {
            Metadata: { BuildMethod: "esbuild", Sluice: { Include: ["assets"] } },
          },
        ),
      },
    });
    expect(found).toMatchObject({
      logicalId: "A",
      runtime: "nodejs24.x",
      handler: "index.handler",
      architecture: "arm64",
      codeUri: "all.zip",
      hasLayers: true,
      nodeOptions: "--enable-source-maps",
      metadata: { BuildMethod: "esbuild", Sluice: { Include: ["assets"] } },
      position: { file: "template.json", line: expect.any(Number), column: expect.any(Number) },
    });
  });

  test.each([
    { that: "say nothing about their code", resource: made({}), codeUri: "." },
    { that: "are plain CloudFormation", resource: plain({ Code: "dist" }), codeUri: "dist" },
    { that: "run on x86_64 where nothing is said", resource: made({ CodeUri: "a" }), architecture: "x86_64" },
    {
      that: "have no layers in an empty list",
      resource: made({ CodeUri: "a", Layers: [] }),
      hasLayers: false,
    },
  ])("may be ones that $that", ({ that: _, resource, ...expected }) => {
    expect(functionsOf({ Resources: { A: resource } })).toMatchObject([expected]);
  });

  test.each([
    { that: "are in S3", resource: made({ CodeUri: "s3://bucket/key" }) },
    { that: "stand in the template", resource: made({ InlineCode: "exports.handler = 1;" }) },
    { that: "are container images", resource: image },
    { that: "are no functions", resource: { Type: "AWS::S3::Bucket" } },
  ])("are not those that $that", ({ resource }) => {
    expect(functionsOf({ Resources: { A: resource } })).toEqual([]);
  });
});

function plain(properties: Readonly<Record<string, unknown>>) {
  const Role = "arn:aws:iam::123456789012:role/r";
  return {
    Type: "AWS::Lambda::Function",
    Properties: { Handler: "index.handler", Runtime: "nodejs24.x", Role, ...properties },
  };
}
