import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

let folder: FunctionFolder;
beforeAll(async () => {
  folder = await FunctionFolder.create({
    "api.json": JSON.stringify({ openapi: "3.0.1", paths: { "/a": { get: http(), options: http() } } }),
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

function http(security: readonly object[] = [], more: object = {}) {
  const integration = { type: "http_proxy", httpMethod: "GET", uri: "http://localhost/", ...more };
  return { security, "x-amazon-apigateway-integration": integration };
}
const resource = (Type: string, Properties: object) => ({ Type: `AWS::${Type}`, Properties });
const sam = (properties: object) => resource("Serverless::Api", { StageName: "p", ...properties });
const rest = (properties: object) => resource("ApiGateway::RestApi", { Name: "r", ...properties });
const method = (more: object) =>
  resource("ApiGateway::Method", {
    RestApiId: { Ref: "Api" },
    ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
    HttpMethod: "GET",
    Integration: { Type: "HTTP_PROXY", IntegrationHttpMethod: "GET", Uri: "http://localhost/" },
    ...more,
  });
const keyed = {
  openapi: "3.0.1",
  components: { securitySchemes: { key: { type: "apiKey", name: "x-api-key", in: "header" } } },
  paths: { "/a": { get: http([{ key: [] }]), put: http() } },
};
const httpBody = { openapi: "3.0.1", paths: { "/a": { get: http([], { payloadFormatVersion: "1.0" }) } } };
const policy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "*" }],
};

async function open(resources: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const { diagnostics } = await deployResources(folder, resources);
  return diagnostics.filter(({ code }) => code === "open-api").map(({ message }) => message);
}

describe("what everyone can call is named once, however the API came about", () => {
  test.each([
    ["in a file beside the template", sam({ DefinitionUri: "api.json" }), {}, "GET /a"],
    ["in SAM's own body", sam({ DefinitionBody: keyed }), {}, "PUT /a"],
    ["in the body of a resource of CloudFormation", rest({ Body: keyed }), {}, "PUT /a"],
    [
      "as resources of CloudFormation",
      rest({}),
      { Get: method({ AuthorizationType: "NONE" }), Options: method({ HttpMethod: "OPTIONS" }) },
      "GET /",
    ],
  ])("%s", async (_, Api, more, methods) => {
    expect(await open({ Api, ...more })).toEqual([
      `Everyone can call ${methods} of the API \`Api\`: there is no authorizer, key or resource policy.`,
    ]);
  });

  test("a route of an HTTP API", async () => {
    const Api = resource("ApiGatewayV2::Api", { Body: httpBody });
    expect(await open({ Api })).toEqual([
      "Everyone can call GET /a of the API `Api`: there is no authorizer.",
    ]);
  });
});

test.each([
  ["a resource policy", rest({ Body: keyed, Policy: policy }), {}],
  ["AWS_IAM", rest({}), { Get: method({ AuthorizationType: "AWS_IAM" }) }],
  ["a key", rest({}), { Get: method({ AuthorizationType: "NONE", ApiKeyRequired: true }) }],
])("what %s closes is not named", async (_, Api, more) => {
  expect(await open({ Api, ...more })).toEqual([]);
});
