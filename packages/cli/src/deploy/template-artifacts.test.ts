import { describe, expect, test } from "vitest";
import { CommandError } from "../command.ts";
import { readDeployableTemplate } from "./template-artifacts.ts";

const located = (text: string): string =>
  readDeployableTemplate(text, "template.yaml").withLocations(({ logicalId }) => ({
    bucket: "b",
    key: logicalId,
  }));

describe("what a template names on this machine", () => {
  test.each([
    { type: "AWS::Serverless::Function", property: "CodeUri", becomes: '"s3://b/X"' },
    { type: "AWS::Serverless::LayerVersion", property: "ContentUri", becomes: '"s3://b/X"' },
    { type: "AWS::Serverless::HttpApi", property: "DefinitionUri", becomes: '"s3://b/X"' },
    { type: "AWS::Lambda::Function", property: "Code", becomes: '{"S3Bucket": "b", "S3Key": "X"}' },
    { type: "AWS::ApiGateway::RestApi", property: "BodyS3Location", becomes: '{"Bucket": "b", "Key": "X"}' },
  ])("$property of $type becomes its place in S3", ({ type, property, becomes }) => {
    const text = (value: string) =>
      `Resources:\n  X:\n    Type: ${type}\n    Properties:\n      ${property}: ${value}\n`;
    expect(located(text("./src"))).toBe(text(becomes));
    expect(located(text('"./src" # ours'))).toBe(text(`${becomes} # ours`));
    for (const there of ["s3://other/key", "!Sub 's3://$" + "{Bucket}/key'", "{ S3Bucket: a, S3Key: k }"])
      expect(located(text(there))).toBe(text(there));
  });

  test("everything else stays as it is, to the byte", () => {
    const text = `# A comment
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { CodeUri: all/, Timeout: 3 } }
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: 'one/', Role: !GetAtt Role.Arn }   # kept
  Role: {Type: AWS::IAM::Role}
Outputs: { Url: { Value: !Sub "https://\${One}" } }
`;
    expect(located(text)).toBe(text.replace("all/", '"s3://b/Globals"').replace("'one/'", '"s3://b/One"'));
  });

  test("JSON stays JSON", () => {
    const text = JSON.stringify({
      Resources: { F: { Type: "AWS::Lambda::Function", Properties: { Code: "src", Handler: "i.h" } } },
    });
    expect(JSON.parse(located(text)).Resources.F.Properties).toEqual({
      Code: { S3Bucket: "b", S3Key: "F" },
      Handler: "i.h",
    });
  });

  test("a template of its own is refused by name", () => {
    const text =
      "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n    Properties: { TemplateURL: inner.yaml }\n";
    expect(() => readDeployableTemplate(text, "template.yaml")).toThrow(CommandError);
    expect(() => readDeployableTemplate(text, "template.yaml")).toThrow(
      /^template\.yaml: Inner is a template/,
    );
  });
});
