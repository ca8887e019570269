import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compileTemplate } from "./compile.ts";
import { hasErrors } from "./diagnostics/diagnostic.ts";
import { resolve } from "./intrinsics/resolve.ts";

const stack = {
  stackName: "StreamingNumbers",
  stackId: "arn:aws:cloudformation:us-east-1:123456789012:stack/StreamingNumbers/1",
  region: "us-east-1",
  accountId: "123456789012",
  partition: "aws",
};

const functionOf = (more: string): string => `
  StreamingNumbers:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .sluice/StreamingNumbers.zip
      Timeout: 60 # longer than the stream
      Handler: bootstrap
      Runtime: provided.al2
      MemorySize: 128
      Architectures: [arm64]
${more}`;

/** A function behind a REST API whose OpenAPI body says that it streams. */
const restTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:${functionOf(`      Events:
        StreamingApi:
          Type: Api
          Properties:
            RestApiId: !Ref StreamingApi
            Path: /stream
            Method: ANY`)}
  StreamingApi:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody:
        openapi: "3.0.1"
        info: { title: StreamingAPI, version: "1.0" }
        paths:
          /stream:
            x-amazon-apigateway-any-method:
              x-amazon-apigateway-integration:
                httpMethod: POST
                type: aws_proxy
                uri: !Sub "arn:aws:apigateway:\u0024{AWS::Region}:lambda:path/2021-11-15/functions/\u0024{StreamingNumbers.Arn}/response-streaming-invocations"
                timeoutInMillis: 60000
                responseTransferMode: STREAM
                credentials: !GetAtt InvokeRole.Arn
  InvokeRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: apigateway.amazonaws.com }, Action: sts:AssumeRole }]
      Policies:
        - PolicyName: Invoke
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: [lambda:InvokeFunction, lambda:InvokeWithResponseStream]
                Resource: !GetAtt StreamingNumbers.Arn
Outputs:
  ApiUrl: { Value: !Sub "https://\u0024{StreamingApi}.execute-api.\u0024{AWS::Region}.amazonaws.com/prod/stream" }
`;

/** The same function behind a function URL. */
const urlTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:${functionOf(`      FunctionUrlConfig:
        AuthType: AWS_IAM
        InvokeMode: RESPONSE_STREAM`)}
Outputs:
  FunctionUrl: { Value: !GetAtt StreamingNumbersUrl.FunctionUrl }
`;

describe("a streaming project's template", () => {
  test.each([
    [
      "of a REST API",
      restTemplate,
      "StreamingNumbersRole StreamingNumbers InvokeRole StreamingApi StreamingNumbersStreamingApiPermissionprod StreamingApiDeployment# StreamingApiprodStage",
    ],
    ["of a function URL", urlTemplate, "StreamingNumbersRole StreamingNumbers StreamingNumbersUrl"],
  ])("%s becomes a graph, with nothing wrong", (_, text, order) => {
    const { compiled, diagnostics } = compileTemplate(text, "template.yaml", { stack });
    expect(hasErrors(diagnostics), JSON.stringify(diagnostics)).toBe(false);
    const ids = compiled?.graph.creationOrder.map((id) =>
      id.replace(/Deployment[0-9a-f]{10}$/, "Deployment#"),
    );
    expect(ids?.sort()).toEqual(order.split(" ").sort());
    expect(compiled?.artifacts).toEqual([
      {
        logicalId: "StreamingNumbers",
        property: "CodeUri",
        path: ".sluice/StreamingNumbers.zip",
        key: ".sluice/StreamingNumbers.zip",
      },
    ]);
  });

  test("knows where each generated resource comes from", () => {
    const { compiled } = compileTemplate(restTemplate, "template.yaml", { stack });
    expect(compiled?.graph.nodes.get("StreamingNumbersRole")).toMatchObject({
      origin: "StreamingNumbers",
      position: { file: "template.yaml", line: 3, column: 3 },
    });
    expect(compiled?.graph.nodes.get("StreamingApiprodStage")?.position.line).toBe(19);
  });

  test("is resolved to the end once its resources exist", () => {
    const { compiled } = compileTemplate(restTemplate, "template.yaml", { stack });
    const api = compiled?.graph.nodes.get("StreamingApi");
    const [output] = compiled?.stack.outputs ?? [];
    if (compiled === undefined || api === undefined || output === undefined) throw new Error("not compiled");
    const lookup = {
      ref: (id: string) => `id-of-${id}`,
      getAtt: (id: string, attribute: string) => `${attribute}-of-${id}`,
    };
    expect(resolve(output.value, compiled.stack.scope, lookup)).toBe(
      "https://id-of-StreamingApi.execute-api.us-east-1.amazonaws.com/prod/stream",
    );
    expect(JSON.stringify(resolve(api.properties, compiled.stack.scope, lookup))).toContain(
      "lambda:path/2021-11-15/functions/Arn-of-StreamingNumbers/response-streaming-invocations",
    );
  });

  test("with a local API definition names the file", () => {
    const text = `Transform: AWS::Serverless-2016-10-31
Resources:
  Api: { Type: AWS::Serverless::Api, Properties: { StageName: p, DefinitionUri: openapi.yaml } }`;
    const { compiled } = compileTemplate(text, "template.yaml", { stack });
    expect(compiled?.artifacts).toMatchObject([{ property: "DefinitionUri", path: "openapi.yaml" }]);
  });
});

describe("a template that was sent to CloudFormation", () => {
  test("cannot name local paths", () => {
    const { compiled, diagnostics } = compileTemplate(urlTemplate, "template.yaml", {
      stack,
      localPaths: false,
    });
    expect(compiled).toBeUndefined();
    expect(diagnostics).toMatchObject([
      {
        code: "sam-transform",
        logicalId: "StreamingNumbers",
        line: 6,
        message: expect.stringContaining("'CodeUri' is not a valid S3 Uri"),
      },
    ]);
  });
});

describe("each example's template", () => {
  const examples = new URL("../../../../examples/", import.meta.url);
  const templates = readdirSync(examples)
    .map((name) => new URL(`${name}/template.yaml`, examples))
    .filter((url) => existsSync(url));

  test("is there", () => {
    expect(templates.length).toBeGreaterThan(0);
  });

  test.each(templates.map((url) => [url.pathname.split("/").at(-2), url]))("%s has no mistake", (_, url) => {
    const text = readFileSync(url ?? "", "utf8");
    const { compiled, diagnostics } = compileTemplate(text, "template.yaml", { stack });
    expect(diagnostics.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(compiled?.graph.creationOrder.length).toBeGreaterThan(0);
  });
});
