import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { eventAsBody, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

const plainDefinition = `openapi: "3.0.1"
info: { title: api, version: "1" }
paths:
  /mock:
    get:
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: { application/json: '{"statusCode": 203}' }
        responses: { default: { statusCode: "203" } }
`;

/** Has what only a template can resolve. */
const includedDefinition = `openapi: "3.0.1"
info: { title: api, version: "1" }
paths:
  /hello:
    get:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri:
          Fn::Sub: arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${F.Arn}/invocations
`;
const include = { "Fn::Transform": { Name: "AWS::Include", Parameters: { Location: "api/included.yaml" } } };
const sam = (properties: object) => ({
  Type: "AWS::Serverless::Api",
  Properties: { StageName: "test", ...properties },
});
const stage = {
  Deployment: { Type: "AWS::ApiGateway::Deployment", Properties: { RestApiId: { Ref: "Api" } } },
  Stage: {
    Type: "AWS::ApiGateway::Stage",
    Properties: { RestApiId: { Ref: "Api" }, DeploymentId: { Ref: "Deployment" }, StageName: "test" },
  },
};
const permission = {
  Type: "AWS::Lambda::Permission",
  Properties: {
    Action: "lambda:InvokeFunction",
    FunctionName: { Ref: "F" },
    Principal: "apigateway.amazonaws.com",
  },
};

describe("an API is served whose definition is a file beside the template", () => {
  test.each([
    {
      what: "that DefinitionUri names",
      resources: { Api: sam({ DefinitionUri: "api/plain.yaml" }) },
      path: "/mock",
      status: 203,
    },
    {
      what: "that BodyS3Location names",
      resources: {
        Api: { Type: "AWS::ApiGateway::RestApi", Properties: { BodyS3Location: "api/plain.yaml" } },
        ...stage,
      },
      path: "/mock",
      status: 203,
    },
    {
      what: "that AWS::Include puts into the template",
      resources: { Api: sam({ DefinitionBody: include }) },
      path: "/hello",
      status: 200,
    },
  ])("$what", async ({ resources, path, status }) => {
    await using platform = await TestPlatform.start({
      files: {
        "api/plain.yaml": plainDefinition,
        "api/included.yaml": includedDefinition,
        "echo/bootstrap": eventAsBody,
      },
      resources: { F: scripted({ CodeUri: "echo/" }), Permission: permission, ...resources },
    });

    expect((await platform.send({ path: stagePath(platform) + path })).status).toBe(status);
  });
});

test("the files are watched as the template is", async () => {
  await using folder = await FunctionFolder.create({
    "scripted/bootstrap": "",
    "api/plain.yaml": plainDefinition,
    "api/included.yaml": includedDefinition,
  });
  const { inputs } = await deployResources(folder, {
    F: scripted(),
    Api: sam({ DefinitionUri: "api/plain.yaml" }),
    Other: sam({ DefinitionBody: include }),
  });

  expect(inputs).toEqual(
    expect.arrayContaining([join(folder.path, "api/plain.yaml"), join(folder.path, "api/included.yaml")]),
  );
});

describe("a file that can't be used is told where it is named", () => {
  test.each([
    {
      what: "that isn't there",
      api: sam({ DefinitionUri: "none.yaml" }),
      says: /^DefinitionUri is none\.yaml, which can't be read/,
    },
    {
      what: "that is no YAML",
      api: sam({ DefinitionUri: "bad.yaml" }),
      says: /^DefinitionUri is bad\.yaml, where line 1 says: This is neither YAML nor JSON/,
    },
    {
      what: "that is included and isn't there",
      api: sam({
        DefinitionBody: { "Fn::Transform": { Name: "AWS::Include", Parameters: { Location: "none.yaml" } } },
      }),
      says: /^`AWS::Include` names `none\.yaml`, which can't be read/,
    },
    {
      what: "whose definition API Gateway refuses",
      api: sam({ DefinitionUri: "wrong.yaml" }),
      says: /^paths\.\/x\.get: The method has no x-amazon-apigateway-integration/,
    },
    {
      what: "whose paths API Gateway refuses",
      api: sam({ DefinitionUri: "ambiguous.yaml" }),
      says: /^paths\.\/\{b\}: Unable to create resource at path '\/\{b\}': A sibling \(\{a\}\) of this resource/,
    },
    {
      what: "that does not say what it is",
      api: sam({ DefinitionUri: "versionless.yaml" }),
      says: /Invalid OpenAPI input\. Write `openapi: 3\.0\.1` into it\./,
    },
  ])("$what", async ({ api, says }) => {
    await using folder = await FunctionFolder.create({
      "bad.yaml": "a: [",
      "wrong.yaml": "openapi: 3.0.1\npaths: { /x: { get: {} } }",
      "ambiguous.yaml": "openapi: 3.0.1\npaths: { '/{a}': {}, '/{b}': {} }",
      "versionless.yaml": "paths: {}",
    });
    const { diagnostics } = await deployResources(folder, { Api: api });

    expect(diagnostics.filter(({ severity }) => severity === "error")[0]).toMatchObject({
      logicalId: "Api",
      message: expect.stringMatching(says),
    });
  });
});
