import { describe, expect, test } from "vitest";
import { compileTemplate } from "../compile.ts";
import type { Diagnostic } from "./diagnostic.ts";

const stack = {
  stackName: "s",
  stackId: "id",
  region: "us-east-1",
  accountId: "123456789012",
  partition: "aws",
};

/** Diagnoses resources written in YAML, whose first line is line 3 of the file. */
function diagnose(resources: string, more = ""): readonly Diagnostic[] {
  const text = `Transform: AWS::Serverless-2016-10-31\nResources:\n${resources.replace(/^/gm, "  ")}\n${more}`;
  return compileTemplate(text, "template.yaml", { stack, pathExists: (path) => path === "dist/" })
    .diagnostics;
}

const code = "CodeUri: dist/, Handler: index.handler, Runtime: nodejs22.x, Timeout: 20";
const f = (properties: string): string =>
  `F:\n  Type: AWS::Serverless::Function\n  Properties: { ${properties} }`;
const event = (properties: string, type = "Api"): string =>
  `F:\n  Type: AWS::Serverless::Function\n  Properties:\n    ${code.replaceAll(", ", "\n    ")}\n    Events:\n      E:\n        Type: ${type}\n        Properties:\n          Path: /\n          Method: get\n          ${properties}`;

const streamingUri =
  "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/\u0024{F.Arn}/response-streaming-invocations";
const bufferedUri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\u0024{F.Arn}/invocations";

/** A function and an API with a body of its own; the integration's members follow. */
function integration(members: string, more = "", uri = streamingUri): string {
  return `${f(`${code}, Events: { E: { Type: Api, Properties: { Path: /s, Method: get, RestApiId: !Ref Api } } }`)}
Api:
  Type: AWS::Serverless::Api
  Properties:
    StageName: prod
    Auth: { DefaultAuthorizer: AWS_IAM }
    DefinitionBody:
      openapi: 3.0.1
      paths:
        /s:
          get:
            x-amazon-apigateway-integration: { type: aws_proxy, uri: !Sub "${uri}", ${members} }${more}`;
}

const streaming = "httpMethod: POST, responseTransferMode: STREAM";

describe("nothing is said of", () => {
  test.each([
    ["a function alone", f(code)],
    ["a streaming integration", integration(streaming)],
    ["a buffered integration", integration("httpMethod: POST", "", bufferedUri)],
    [
      "a streaming event",
      event("Auth: { Authorizer: AWS_IAM }\n          ResponseTransferMode: RESPONSE_STREAM"),
    ],
    [
      "a signed, streaming function URL",
      f(`${code}, FunctionUrlConfig: { AuthType: AWS_IAM, InvokeMode: RESPONSE_STREAM }`),
    ],
  ])("%s", (_, resources) => {
    expect(diagnose(resources)).toEqual([]);
  });
});

describe("the mistake is told, with its line and what to write instead:", () => {
  test.each<[string, string, string, number, string | RegExp]>([
    [
      "a misspelled property",
      f(`${code}, MemmorySize: 128`),
      "error unknown-property",
      5,
      "Did you mean `MemorySize`?",
    ],
    [
      "a misspelled SAM type",
      "F:\n  Type: AWS::Serverless::Fucntion",
      "error unknown-resource-type",
      4,
      "Did you mean `AWS::Serverless::Function`?",
    ],
    [
      "a misspelled type",
      "F:\n  Type: AWS::Lambda::Fuction",
      "error unknown-resource-type",
      4,
      "Did you mean `AWS::Lambda::Function`?",
    ],
    [
      "a property of a plain resource",
      "U:\n  Type: AWS::Lambda::Url\n  Properties: { Authtype: NONE }",
      "error unknown-property",
      5,
      "Did you mean `AuthType`?",
    ],
    [
      "properties one level too high",
      `${f(code)}\n  Timeout: 3`,
      "error unknown-resource-key",
      6,
      /one level deeper/,
    ],
    ["a misspelled event type", event("", "Apii"), "error unknown-event-type", 12, "Did you mean `Api`?"],
    [
      "InvokeMode STREAM",
      f(`${code}, FunctionUrlConfig: { AuthType: AWS_IAM, InvokeMode: STREAM }`),
      "error invoke-mode",
      5,
      "Write `InvokeMode: RESPONSE_STREAM`.",
    ],
    [
      "InvokeMode STREAM of a plain URL",
      "U:\n  Type: AWS::Lambda::Url\n  Properties: { InvokeMode: STREAM, AuthType: AWS_IAM, TargetFunctionArn: f }",
      "error invoke-mode",
      5,
      "Write `InvokeMode: RESPONSE_STREAM`.",
    ],
    [
      "an unknown key of FunctionUrlConfig",
      f(`${code}, FunctionUrlConfig: { AuthType: AWS_IAM, Invokemode: RESPONSE_STREAM }`),
      "warning unknown-property",
      5,
      "Did you mean `InvokeMode`?",
    ],
    [
      "FunctionUrlConfig without AuthType",
      f(`${code}, FunctionUrlConfig: { InvokeMode: BUFFERED }`),
      "error function-url-auth-type",
      5,
      /AuthType: AWS_IAM/,
    ],
    [
      "STREAM on a SAM event",
      event("Auth: { Authorizer: AWS_IAM }\n          ResponseTransferMode: STREAM"),
      "error event-transfer-mode",
      17,
      /ResponseTransferMode: RESPONSE_STREAM/,
    ],
    [
      "an intrinsic function as an event's mode",
      event("Auth: { Authorizer: AWS_IAM }\n          ResponseTransferMode: !Sub x"),
      "error event-transfer-mode",
      17,
      /ResponseTransferMode: RESPONSE_STREAM/,
    ],
    [
      "streaming on an HTTP API's event",
      event("ResponseTransferMode: RESPONSE_STREAM", "HttpApi"),
      "error unknown-property",
      16,
      /HTTP APIs cannot stream/,
    ],
    [
      "RESPONSE_STREAM in an integration",
      integration("httpMethod: POST, responseTransferMode: RESPONSE_STREAM"),
      "error transfer-mode",
      16,
      /responseTransferMode: STREAM/,
    ],
    [
      "STREAM with /invocations",
      integration(streaming, "", bufferedUri),
      "error streaming-uri-missing",
      16,
      /response-streaming-invocations/,
    ],
    [
      "/response-streaming-invocations without STREAM",
      integration("httpMethod: POST"),
      "error streaming-mode-missing",
      16,
      /responseTransferMode: STREAM/,
    ],
    [
      "a misspelled integration key",
      integration(`${streaming}, timeoutInMilis: 3000`),
      "warning unknown-property",
      16,
      "Did you mean `timeoutInMillis`?",
    ],
    [
      "an integration method other than POST",
      integration("httpMethod: GET, responseTransferMode: STREAM"),
      "error integration-method",
      16,
      /httpMethod: POST/,
    ],
    [
      "an integration without a method",
      integration("responseTransferMode: STREAM"),
      "error integration-method",
      16,
      /httpMethod: POST/,
    ],
    [
      "streaming with compression",
      integration(streaming, "\n    MinimumCompressionSize: 0"),
      "warning not-with-streaming",
      17,
      /Compress in the function/,
    ],
    [
      "an integration timeout below the least",
      integration(`${streaming}, timeoutInMillis: 20`),
      "error integration-timeout",
      16,
      /milliseconds/,
    ],
    [
      "an integration timeout above the most",
      integration(`${streaming}, timeoutInMillis: 900001`),
      "error integration-timeout",
      16,
      "Write at most 900000.",
    ],
    [
      "a buffered timeout above the quota",
      integration("httpMethod: POST, timeoutInMillis: 60000", "", bufferedUri),
      "warning integration-timeout-quota",
      16,
      /29000/,
    ],
    [
      "an integration that gives up before its function",
      integration(`${streaming}, timeoutInMillis: 5000`),
      "warning integration-timeout-short",
      16,
      /timeoutInMillis: 20000/,
    ],
    [
      "a buffered integration that gives up before any function could",
      integration("httpMethod: POST, timeoutInMillis: 50", "", bufferedUri),
      "warning integration-timeout-short",
      16,
      /timeoutInMillis: 20000/,
    ],
    [
      "a function timeout in milliseconds",
      f(code.replace("Timeout: 20", "Timeout: 60000")),
      "error function-timeout",
      5,
      "Write `Timeout: 60` if milliseconds were meant.",
    ],
    [
      "a streaming function with the default timeout",
      f(
        `${code.replace(", Timeout: 20", "")}, FunctionUrlConfig: { AuthType: AWS_IAM, InvokeMode: RESPONSE_STREAM }`,
      ),
      "warning streaming-default-timeout",
      3,
      /Set `Timeout`/,
    ],
    [
      "an event's setting that goes nowhere",
      integration(streaming).replace("RestApiId: !Ref Api", "RestApiId: !Ref Api, TimeoutInMillis: 9000"),
      "warning event-setting-ignored",
      5,
      /x-amazon-apigateway-integration/,
    ],
    [
      "an event that asks to stream where the API's body collects",
      integration("httpMethod: POST", "", bufferedUri).replace(
        "RestApiId: !Ref Api",
        "RestApiId: !Ref Api, ResponseTransferMode: RESPONSE_STREAM",
      ),
      "error event-setting-ignored",
      5,
      /responseTransferMode: STREAM/,
    ],
    [
      "an event that asks to stream where the API's body does",
      integration(streaming).replace(
        "RestApiId: !Ref Api",
        "RestApiId: !Ref Api, ResponseTransferMode: RESPONSE_STREAM",
      ),
      "warning event-setting-ignored",
      5,
      /responseTransferMode: STREAM/,
    ],
    [
      "an unknown runtime",
      f(code.replace("nodejs22.x", "nodejs22x")),
      "error unknown-runtime",
      5,
      "Did you mean `nodejs22.x`?",
    ],
    [
      "a missing handler",
      f(code.replace("Handler: index.handler, ", "")),
      "error missing-handler",
      3,
      /index.handler/,
    ],
    [
      "code that is not there",
      f(code.replace("dist/", "nope/")),
      "error code-not-found",
      5,
      /run the build first/,
    ],
    ["too little memory", f(`${code}, MemorySize: 64`), "error function-memory", 5, /megabytes/],
    [
      "an architecture that is no list",
      f(`${code}, Architectures: arm64`),
      "error function-architectures",
      5,
      "Write `Architectures: [arm64]`.",
    ],
    [
      "a Ref to nothing",
      f(`${code}, Description: !Ref Nope`),
      "error reference-to-nothing",
      5,
      /Name a resource/,
    ],
    [
      "a GetAtt of an attribute that does not exist",
      `${f(code)}\nQ:\n  Type: AWS::SNS::Topic\n  Properties: { TopicName: !GetAtt F.Arm }`,
      "error unknown-attribute",
      8,
      "Did you mean `F.Arn`?",
    ],
    [
      "a dynamic reference",
      f(`${code}, Environment: { Variables: { A: '{{resolve:ssm:/x}}' } }`),
      "warning dynamic-reference",
      5,
      /Use a parameter/,
    ],
    [
      "a dynamic reference to a secret",
      f(`${code}, Environment: { Variables: { A: '{{resolve:ssm-secure:/x:1}}' } }`),
      "error dynamic-reference",
      5,
      /decryption/,
    ],
    [
      "a key that stands twice",
      `${f(code)}\n  Type: AWS::Serverless::Function`,
      "warning duplicate-key",
      6,
      /Remove or rename/,
    ],
    [
      "a function URL for everyone",
      f(`${code}, FunctionUrlConfig: { AuthType: NONE }`),
      "info open-function-url",
      5,
      /AWS_IAM/,
    ],
    ["an API for everyone", event(""), "info open-api", 10, /DefaultAuthorizer: AWS_IAM/],
    [
      "a default authorizer that AWS overlooks",
      integration(streaming).replace("DefaultAuthorizer: AWS_IAM", "DefaultAuthorizer: NONE"),
      "info default-authorizer-ignored",
      10,
      /AWS_IAM/,
    ],
    [
      "an integration that nothing permits",
      integration(streaming).replace(/, Events.*/, " }"),
      "warning integration-permission-missing",
      16,
      /event of type `Api`/,
    ],
  ])("%s", (_, resources, mistake, line, hint) => {
    const found = diagnose(resources);
    const told = found.find(({ severity, code }) => `${severity} ${code}` === mistake);
    expect(told, JSON.stringify(found, undefined, 1)).toBeDefined();
    expect(told?.line).toBe(line);
    expect(told?.hint).toMatch(hint);
  });

  test("the same mistake is not told twice, by the check and by the transform", () => {
    const codes = diagnose(f(`${code}, MemmorySize: 128`)).map((each) => each.code);
    expect(codes).toEqual(["unknown-property"]);
  });

  test.each([
    ["Resource: {}", "unknown-section", "Did you mean `Resources`?"],
    ["Rules: {}", "rules-not-evaluated", undefined],
    [
      "Outputs: { O: { Value: !GetAtt Nope.Arn } }",
      "reference-to-nothing",
      "Name a resource, a parameter or a pseudo parameter.",
    ],
  ])("in the section %s", (section, mistake, hint) => {
    const told = diagnose(f(code), section).find((each) => each.code === mistake);
    expect(told).toBeDefined();
    expect(told?.hint).toBe(hint);
  });

  test("SAM resources in a template that does not ask for SAM", () => {
    const text = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n";
    const { diagnostics } = compileTemplate(text, "t.yaml", { stack });
    expect(diagnostics.find((each) => each.code === "sam-transform-missing")).toMatchObject({
      line: 3,
      logicalId: "F",
    });
  });
});

describe("the role of an integration", () => {
  const role = (policy: string, trust = "apigateway.amazonaws.com"): string =>
    `${integration(`${streaming}, credentials: !GetAtt R.Arn`)}
R:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: ${trust} }, Action: 'sts:AssumeRole' }] }
    ${policy}`;
  const inline = (action: string, resource = "!GetAtt F.Arn"): string =>
    `Policies: [{ PolicyName: p, PolicyDocument: { Statement: [{ Effect: Allow, Action: ${action}, Resource: ${resource} }] } }]`;

  test.each([
    ["allows the call", inline("lambda:InvokeFunction"), undefined],
    ["allows it by wildcard", inline("['lambda:*']", "'*'"), undefined],
    ["has policies from elsewhere", "ManagedPolicyArns: ['arn:x']", undefined],
    ["allows only streaming", inline("['lambda:InvokeWithResponseStream']"), "integration-role-policy"],
    [
      "allows another function",
      inline("lambda:InvokeFunction", "!GetAtt Api.RootResourceId"),
      "integration-role-policy",
    ],
    ["allows nothing", "Description: d", "integration-role-policy"],
  ])("that %s", (_, policy, mistake) => {
    const told = diagnose(role(policy)).find((each) => each.code.startsWith("integration-role"));
    expect(told?.code).toBe(mistake);
    if (mistake !== undefined) expect(told?.logicalId).toBe("R");
  });

  test("that another service is trusted with", () => {
    const told = diagnose(role(inline("lambda:InvokeFunction"), "lambda.amazonaws.com"));
    expect(told.map((each) => each.code)).toEqual(["integration-role-trust"]);
  });
});
