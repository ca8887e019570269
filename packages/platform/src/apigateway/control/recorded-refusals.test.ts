import {
  type APIGatewayClient,
  CreateResourceCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  DeleteIntegrationResponseCommand,
  DeleteResourceCommand,
  GetIntegrationCommand,
  GetIntegrationResponseCommand,
  GetMethodCommand,
  ImportRestApiCommand,
  type IntegrationType,
  PutIntegrationCommand,
  PutMethodCommand,
  PutRestApiCommand,
  UpdateMethodCommand,
  UpdateResourceCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusalOf, restClient } from "../../../test/api-gateway.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// What API Gateway refused when it was asked the same, as it was recorded.

let platform: TestPlatform;
let client: APIGatewayClient;
let restApiId: string | undefined;
let rootId: string | undefined;
let resourceId: string | undefined;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Answer: scripted({ FunctionName: "answer" }) } });
  client = restClient(platform);
  const api = await client.send(new CreateRestApiCommand({ name: "refusing" }));
  restApiId = api.id;
  rootId = api.rootResourceId;
  const place = await client.send(
    new CreateResourceCommand({ restApiId, parentId: rootId, pathPart: "pets" }),
  );
  resourceId = place.id;
  await client.send(
    new PutMethodCommand({ restApiId, resourceId, httpMethod: "GET", authorizationType: "NONE" }),
  );
  await client.send(
    new PutMethodCommand({ restApiId, resourceId, httpMethod: "PUT", authorizationType: "NONE" }),
  );
  await client.send(new PutIntegrationCommand({ restApiId, resourceId, httpMethod: "PUT", type: "MOCK" }));
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

type Send = () => Promise<unknown>;

describe("of APIs and paths", () => {
  test.each<[string, Send, string]>([
    [
      "an empty description",
      () => client.send(new CreateRestApiCommand({ name: "x", description: "" })),
      "400 BadRequestException: Description cannot be an empty string",
    ],
    [
      "a compression size that is none",
      () => client.send(new CreateRestApiCommand({ name: "x", minimumCompressionSize: -1 })),
      "400 BadRequestException: Invalid minimum compression size, must be between 0 and 10485760",
    ],
    [
      "a list in the place of one of its items",
      () =>
        client.send(
          new UpdateRestApiCommand({
            restApiId,
            patchOperations: [{ op: "replace", path: "/binaryMediaTypes", value: "image/gif" }],
          }),
        ),
      "400 BadRequestException: Invalid patch path /binaryMediaTypes",
    ],
    [
      "a document that is none",
      () => client.send(new ImportRestApiCommand({ body: Buffer.from("{") })),
      "400 BadRequestException: Invalid OpenAPI input.",
    ],
    [
      "a parent that is not there",
      () => client.send(new CreateResourceCommand({ restApiId, parentId: "fake", pathPart: "x" })),
      "404 NotFoundException: Invalid Resource identifier specified",
    ],
    [
      "a path that is there",
      () => client.send(new CreateResourceCommand({ restApiId, parentId: rootId, pathPart: "pets" })),
      "409 ConflictException: Another resource with the same parent already has this name: pets",
    ],
    [
      "a path under itself",
      () =>
        client.send(
          new UpdateResourceCommand({
            restApiId,
            resourceId,
            patchOperations: [{ op: "replace", path: "/parentId", value: resourceId }],
          }),
        ),
      "400 BadRequestException: Resources cannot be cyclical.",
    ],
    [
      "a change of a path that there is none of",
      () =>
        client.send(
          new UpdateResourceCommand({
            restApiId,
            resourceId,
            patchOperations: [{ op: "replace", path: "/invalid", value: "x" }],
          }),
        ),
      "400 BadRequestException: Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
    ],
    [
      "a resource that is not there",
      () => client.send(new DeleteResourceCommand({ restApiId, resourceId: "fake" })),
      "404 NotFoundException: Invalid Resource identifier specified",
    ],
  ])("%s", async (_, send, refusal) => {
    expect(await refusalOf(send())).toBe(refusal);
  });

  test("a variable beside another one, and anything under a greedy one", async () => {
    const make = (parentId: string | undefined, pathPart: string) =>
      client.send(new CreateResourceCommand({ restApiId, parentId, pathPart }));
    const { id } = await make(rootId, "{proxy+}");
    expect(await refusalOf(make(rootId, "{other}"))).toBe(
      "400 BadRequestException: A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed",
    );
    expect(await refusalOf(make(id, "below"))).toBe(
      "400 BadRequestException: Cannot create a child of a resource with a greedy path variable: {proxy+}",
    );
  });
});

describe("of methods", () => {
  const put = (more: object) =>
    client.send(
      new PutMethodCommand({ restApiId, resourceId, httpMethod: "POST", authorizationType: "NONE", ...more }),
    );
  test.each<[string, Send, string]>([
    [
      "no such API",
      () => put({ restApiId: "fake" }),
      "404 NotFoundException: Invalid Resource identifier specified",
    ],
    [
      "no such method of HTTP",
      () => put({ httpMethod: "TEST" }),
      "400 BadRequestException: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
    ],
    [
      "no authorizer",
      () => put({ authorizationType: "CUSTOM" }),
      "400 BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    ],
    [
      "no such validator",
      () => put({ requestValidatorId: "fake" }),
      "400 BadRequestException: Invalid Request Validator identifier specified",
    ],
    [
      "no such model",
      () => put({ requestModels: { "application/json": "petModel" } }),
      "400 BadRequestException: Invalid model identifier specified: petModel",
    ],
    [
      "two parameters of one name",
      () =>
        put({ requestParameters: { "method.request.header.a": true, "method.request.querystring.a": true } }),
      "400 BadRequestException: Parameter names must be unique across querystring, header and path",
    ],
    [
      "a method that is not there",
      () => client.send(new GetMethodCommand({ restApiId, resourceId, httpMethod: "DELETE" })),
      "404 NotFoundException: Invalid Method identifier specified",
    ],
    [
      "a change of what can't be changed",
      () =>
        client.send(
          new UpdateMethodCommand({
            restApiId,
            resourceId,
            httpMethod: "GET",
            patchOperations: [{ op: "replace", path: "/httpMethod", value: "PUT" }],
          }),
        ),
      "400 BadRequestException: Invalid patch path /httpMethod",
    ],
    [
      "an integration that is not there",
      () => client.send(new GetIntegrationCommand({ restApiId, resourceId, httpMethod: "GET" })),
      "404 NotFoundException: Invalid Integration identifier specified",
    ],
    [
      "a response that is not there",
      () =>
        client.send(
          new GetIntegrationResponseCommand({ restApiId, resourceId, httpMethod: "PUT", statusCode: "404" }),
        ),
      "404 NotFoundException: Invalid Response status code specified",
    ],
    [
      "a response of a method that is not there",
      () =>
        client.send(
          new DeleteIntegrationResponseCommand({
            restApiId,
            resourceId,
            httpMethod: "POST",
            statusCode: "200",
          }),
        ),
      "404 NotFoundException: Invalid Integration identifier specified",
    ],
  ])("%s", async (_, send, refusal) => {
    expect(await refusalOf(send())).toBe(refusal);
  });
});

describe("of integrations", () => {
  const lambdaArn = "arn:aws:lambda:us-east-1:123456789012:function:answer";
  test.each<[string, IntegrationType, string | undefined, string | undefined, string]>([
    [
      "no method",
      "HTTP_PROXY",
      undefined,
      "http://example.com",
      "Enumeration value for HttpMethod must be non-empty",
    ],
    ["no endpoint", "HTTP", "POST", "httpx://test", "Invalid HTTP endpoint specified for URI"],
    ["no ARN", "AWS_PROXY", "POST", "non-arn", "Invalid ARN specified in the request"],
    [
      "a function's ARN",
      "AWS_PROXY",
      "POST",
      lambdaArn,
      "AWS ARN for integration must contain path or action",
    ],
    [
      "another service",
      "AWS_PROXY",
      "POST",
      "arn:aws:apigateway:us-east-1:s3:path/b/k",
      "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
    ],
  ])("%s", async (_, type, integrationHttpMethod, uri, refusal) => {
    const sent = client.send(
      new PutIntegrationCommand({
        restApiId,
        resourceId,
        httpMethod: "GET",
        type,
        integrationHttpMethod,
        uri,
      }),
    );
    expect(await refusalOf(sent)).toBe(`400 BadRequestException: ${refusal}`);
  });

  test("a type that there is none of", async () => {
    const type = "HTTPS_PROXY" as IntegrationType;
    const sent = client.send(new PutIntegrationCommand({ restApiId, resourceId, httpMethod: "GET", type }));
    expect(await refusalOf(sent)).toBe(
      "400 ValidationException: 1 validation error detected: Value 'HTTPS_PROXY' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
    );
  });
});

test("what this platform doesn't do is refused with what to do instead", async () => {
  const merge = client.send(new PutRestApiCommand({ restApiId, body: Buffer.from("{}") }));
  expect(await refusalOf(merge)).toMatch(/^400 BadRequestException: .*mode=overwrite\.$/);
  const canary = client.send(
    new CreateStageCommand({
      restApiId,
      stageName: "x",
      deploymentId: "x",
      canarySettings: { percentTraffic: 1 },
    }),
  );
  expect(await refusalOf(canary)).toMatch(/^400 BadRequestException: Canary deployments are not served/);
  const stage = client.send(new UpdateStageCommand({ restApiId, stageName: "none", patchOperations: [] }));
  expect(await refusalOf(stage)).toBe("404 NotFoundException: Invalid stage identifier specified");
});
