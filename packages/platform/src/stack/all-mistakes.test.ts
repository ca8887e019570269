import { expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

const type = "AWS::Serverless::Function";
const built = (file: string, properties: Readonly<Record<string, unknown>> = {}) => ({
  Type: type,
  Metadata: { BuildMethod: "esbuild", BuildProperties: { EntryPoints: [file] } },
  Properties: { CodeUri: "src/", Handler: "a.handler", Runtime: "nodejs24.x", ...properties },
});
const image = { Type: type, Properties: { PackageType: "Image", ImageUri: "x:latest" } };

/** What is said of a template, in order: severity, logical id, and the text that is looked for. */
async function told(resources: Readonly<Record<string, unknown>>) {
  await using folder = await FunctionFolder.create({
    "src/a.ts": "export const handler = async () => 1;\n",
    "src/broken.ts": "export const handler = (;\n",
  });
  const { diagnostics, stack } = await deployResources(folder, resources);
  expect(stack).toBeUndefined();
  const mistakes = diagnostics.filter(({ severity }) => severity !== "info");
  return mistakes.map(
    ({ severity, code, logicalId, message }) => `${severity} ${code} ${logicalId} ${message}`,
  );
}

test("mistakes of every stage are told at once, errors first and in the order of the file", async () => {
  const messages = await told({
    Broken: built("broken.ts"),
    Untransformed: built("a.ts", { Role: 5, Events: { E: { Type: "Api", Properties: { Path: "/" } } } }),
    Image: image,
    Imports: built("a.ts", { Environment: { Variables: { OTHER: { "Fn::ImportValue": "x" } } } }),
    Waits: { ...built("a.ts"), DependsOn: "Nope" },
    Slow: built("a.ts", { Timeout: 5000 }),
    Old: { Type: type, Properties: { CodeUri: "src/", Handler: "a", Runtime: "dotnet8" } },
  });
  expect(messages).toEqual([
    expect.stringMatching(/^error sam-transform Untransformed .*Event with id \[E\] is invalid/),
    expect.stringMatching(/^error resource Image Container images are not run here/),
    expect.stringMatching(/^error intrinsic-function Imports No export named x/),
    expect.stringMatching(/^error reference-to-nothing Waits `DependsOn` names `Nope`/),
    expect.stringMatching(/^error function-timeout Slow The `Timeout` of `Slow` is 5000/),
    expect.stringMatching(/^error build Broken Unexpected ";"/),
    expect.stringMatching(/^warning runs-differently Old Runtime dotnet8 can't run on this machine/),
  ]);
});

test.each([
  [
    "has a mistake in its environment",
    built("broken.ts", { Environment: { Variables: { OTHER: { "Fn::ImportValue": "x" } } } }),
  ],
  ["depends on nothing", { ...built("broken.ts"), DependsOn: "Nope" }],
  [
    "names an attribute that is not there",
    built("broken.ts", { Environment: { Variables: { OTHER: { "Fn::GetAtt": ["Role", "Arm"] } } } }),
  ],
  [
    "needs a function that can't be made",
    { ...built("broken.ts", { Environment: { Variables: { OTHER: { Ref: "Image" } } } }) },
  ],
  ["is in a cycle", { ...built("broken.ts"), DependsOn: "Other" }],
])("the code of a function is looked at even where it %s", async (_, resource) => {
  const messages = await told({
    A: resource,
    Image: image,
    Role: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {} } },
    Other: { Type: "AWS::SQS::Queue", DependsOn: "A" },
  });
  expect(messages).toContainEqual(expect.stringMatching(/^error build A Unexpected ";"/));
});

test("what only follows from a mistake is not told", async () => {
  const messages = await told({
    Image: {
      ...image,
      Properties: { ...image.Properties, FunctionUrlConfig: { AuthType: "AWS_IAM" } },
    },
    Permission: {
      Type: "AWS::Lambda::Permission",
      Properties: { Action: "lambda:InvokeFunction", FunctionName: { Ref: "Image" }, Principal: "*" },
    },
    Table: { Type: "AWS::Serverless::SimpleTable", Properties: { Nope: 1 } },
    UsesTable: built("a.ts", { Role: { "Fn::GetAtt": ["UntransformedRole", "Arn"] } }),
    Untransformed: built("a.ts", { Events: { E: { Type: "Api", Properties: { Path: "/" } } } }),
    Unknown: { Type: "AWS::Serverless::Fucntion" },
    Missing: { Type: type, Properties: { CodeUri: "gone/", Handler: "a.handler", Runtime: "nodejs24.x" } },
  });
  expect(messages.map((message) => message.split(" ").slice(0, 3).join(" "))).toEqual([
    "error resource Image",
    "error sam-not-supported Table",
    "error sam-transform Untransformed",
    "error unknown-resource-type Unknown",
    "error code-not-found Missing",
  ]);
});

const uri = (path: string) =>
  `arn:aws:apigateway:us-east-1:lambda:path/${path.replace("F", "arn:aws:lambda:us-east-1:123456789012:function:F")}`;
const buffered = uri("2015-03-31/functions/F/invocations");
const streaming = uri("2021-11-15/functions/F/response-streaming-invocations");

test.each([
  [
    "a streaming mode with the other URI",
    { uri: buffered, responseTransferMode: "STREAM" },
    /^error streaming-uri-missing Api GET \/s has/,
  ],
  ["a streaming URI without the mode", { uri: streaming }, /^error streaming-mode-missing Api GET \/s has/],
  [
    "a mode that there is not",
    { uri: streaming, responseTransferMode: "RESPONSE_STREAM" },
    /^error transfer-mode Api `responseTransferMode` of GET \/s can't/,
  ],
  [
    "a timeout that is too long",
    { uri: streaming, responseTransferMode: "STREAM", timeoutInMillis: 900_001 },
    /^error integration-timeout Api The timeout of GET \/s is/,
  ],
])("a mistake in a document's integration is told once: %s", async (_, integration, message) => {
  const get = {
    "x-amazon-apigateway-integration": { type: "aws_proxy", httpMethod: "POST", ...integration },
  };
  const DefinitionBody = { openapi: "3.0.1", paths: { "/s": { get } } };
  const Api = { Type: "AWS::Serverless::Api", Properties: { StageName: "p", DefinitionBody } };
  expect((await told({ Api })).filter((each) => each.startsWith("error"))).toEqual([
    expect.stringMatching(message),
  ]);
});
