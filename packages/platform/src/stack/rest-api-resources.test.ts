import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { echo, HttpBackend } from "../../test/http-backend.ts";
import { eventAsBody, stagePath } from "../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";
import { rawRuntime } from "../lambda/environment/testing/raw-runtime.ts";

type Properties = Readonly<Record<string, unknown>>;

const part = (type: string, properties: Properties, dependsOn?: readonly string[]) => ({
  Type: `AWS::ApiGateway::${type}`,
  Properties: { RestApiId: { Ref: "Api" }, ...properties },
  ...(dependsOn === undefined ? {} : { DependsOn: dependsOn }),
});
const root = { "Fn::GetAtt": ["Api", "RootResourceId"] };

/** As CDK joins it. */
const uriOf = (name: string, operation: "invocations" | "response-streaming-invocations") => ({
  "Fn::Join": [
    "",
    [
      "arn:",
      { Ref: "AWS::Partition" },
      ":apigateway:",
      { Ref: "AWS::Region" },
      `:lambda:path/${operation === "invocations" ? "2015-03-31" : "2021-11-15"}/functions/`,
      { "Fn::GetAtt": [name, "Arn"] },
      `/${operation}`,
    ],
  ],
});
const buffered = (name: string) => ({
  Type: "AWS_PROXY",
  IntegrationHttpMethod: "POST",
  Uri: uriOf(name, "invocations"),
});
const streamed = (name: string) => ({
  Type: "AWS_PROXY",
  IntegrationHttpMethod: "POST",
  Uri: uriOf(name, "response-streaming-invocations"),
  ResponseTransferMode: "STREAM",
});
const method = (resource: unknown, httpMethod: string, integration: unknown, properties: Properties = {}) =>
  part("Method", {
    ResourceId: resource,
    HttpMethod: httpMethod,
    AuthorizationType: "NONE",
    Integration: integration,
    ...properties,
  });
const mayInvoke = (name: string, source: readonly unknown[] = ["/*"]) => ({
  Type: "AWS::Lambda::Permission",
  Properties: {
    Action: "lambda:InvokeFunction",
    FunctionName: { "Fn::GetAtt": [name, "Arn"] },
    Principal: "apigateway.amazonaws.com",
    SourceArn: {
      "Fn::Join": ["", ["arn:aws:execute-api:us-east-1:123456789012:", { Ref: "Api" }, ...source]],
    },
  },
});

const streaming = rawRuntime(`
  const out = stream(id);
  out.write(chunk(JSON.stringify({ statusCode: 202 }) + "\\0".repeat(8) + "first"));
  await gate("more");
  out.end(chunk("second") + "0\\r\\n\\r\\n");
  await answered(out);`);

const item = {
  $schema: "http://json-schema.org/draft-04/schema#",
  type: "object",
  required: ["name"],
  properties: { name: { $ref: "#/definitions/Name" }, tags: { type: "array", maxItems: 1 } },
  definitions: { Name: { type: "string" } },
};

describe("a REST API of resources as CDK writes them", () => {
  let platform: TestPlatform;
  let backend: HttpBackend;

  beforeAll(async () => {
    backend = await HttpBackend.start(echo);
    const methods = [
      "ProxyAny",
      "RootGet",
      "ItemsPost",
      "ItemsOptions",
      "StreamGet",
      "SecretGet",
      "KeyGet",
      "HttpGet",
      "AuthorizedGet",
      "AwsGet",
    ];
    platform = await TestPlatform.start({
      files: {
        "echo/bootstrap": eventAsBody,
        "streaming/bootstrap": streaming,
        "authorizer/bootstrap": rawRuntime(`
          const { authorizationToken, methodArn } = JSON.parse(event.body);
          const Effect = authorizationToken === "good" ? "Allow" : "Deny";
          const Statement = [{ Action: "execute-api:Invoke", Effect, Resource: methodArn }];
          await respond(id, JSON.stringify({ principalId: "someone", policyDocument: { Version: "2012-10-17", Statement } }));`),
      },
      resources: {
        Echo: scripted({ CodeUri: "echo/" }),
        Streaming: scripted({ CodeUri: "streaming/" }),
        Authorizing: scripted({ CodeUri: "authorizer/" }),
        EchoPermission: mayInvoke("Echo"),
        StreamingPermission: mayInvoke("Streaming"),
        AuthorizingPermission: mayInvoke("Authorizing", ["/authorizers/", { Ref: "Authorizer" }]),
        Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "api" } },
        Deployment: part("Deployment", {}, methods),
        Stage: part("Stage", { DeploymentId: { Ref: "Deployment" }, StageName: "test" }),
        Proxy: part("Resource", { ParentId: root, PathPart: "{proxy+}" }),
        ProxyAny: method({ Ref: "Proxy" }, "ANY", buffered("Echo")),
        RootGet: method(root, "GET", buffered("Echo"), { OperationName: "rootGet" }),
        Items: part("Resource", { ParentId: root, PathPart: "items" }),
        Item: part("Resource", { ParentId: { Ref: "Items" }, PathPart: "{id}" }),
        Validator: part("RequestValidator", { ValidateRequestBody: true, ValidateRequestParameters: true }),
        Model: part("Model", { ContentType: "application/json", Name: "Item", Schema: item }),
        ItemsPost: method({ Ref: "Item" }, "POST", buffered("Echo"), {
          RequestValidatorId: { Ref: "Validator" },
          RequestModels: { "application/json": { Ref: "Model" } },
          RequestParameters: { "method.request.querystring.q": true, "method.request.header.other": false },
        }),
        ItemsOptions: method({ Ref: "Item" }, "OPTIONS", {
          Type: "MOCK",
          RequestTemplates: { "application/json": "{ statusCode: 204 }" },
          IntegrationResponses: [
            {
              StatusCode: "204",
              ResponseParameters: { "method.response.header.Access-Control-Allow-Origin": "'*'" },
            },
          ],
        }),
        Stream: part("Resource", { ParentId: root, PathPart: "stream" }),
        StreamGet: method({ Ref: "Stream" }, "GET", streamed("Streaming")),
        Secret: part("Resource", { ParentId: root, PathPart: "secret" }),
        SecretGet: method({ Ref: "Secret" }, "GET", buffered("Echo"), { AuthorizationType: "AWS_IAM" }),
        Key: part("Resource", { ParentId: root, PathPart: "key" }),
        KeyGet: method({ Ref: "Key" }, "GET", buffered("Echo"), { ApiKeyRequired: true }),
        Http: part("Resource", { ParentId: root, PathPart: "http" }),
        HttpGet: method({ Ref: "Http" }, "GET", {
          Type: "HTTP_PROXY",
          IntegrationHttpMethod: "GET",
          Uri: `${backend.url}/there`,
          RequestParameters: { "integration.request.header.a": "'b'" },
        }),
        Authorizer: part("Authorizer", {
          Name: "authorizer",
          Type: "TOKEN",
          AuthorizerUri: uriOf("Authorizing", "invocations"),
          AuthorizerResultTtlInSeconds: 0,
          IdentitySource: "method.request.header.Authorization",
        }),
        Authorized: part("Resource", { ParentId: root, PathPart: "authorized" }),
        AuthorizedGet: method({ Ref: "Authorized" }, "GET", buffered("Echo"), {
          AuthorizationType: "CUSTOM",
          AuthorizerId: { Ref: "Authorizer" },
        }),
        Aws: part("Resource", { ParentId: root, PathPart: "aws" }),
        AwsGet: method({ Ref: "Aws" }, "GET", { ...buffered("Echo"), Type: "AWS" }),
        Denied: part("GatewayResponse", {
          ResponseType: "BAD_REQUEST_BODY",
          ResponseTemplates: { "application/json": "$context.error.validationErrorString" },
        }),
      },
    });
  });

  afterAll(async () => {
    expect(platform.bugs).toEqual([]);
    await platform[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  const send = (methodName: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    platform.send({
      method: methodName,
      path: stagePath(platform) + path,
      headers,
      ...(body === undefined ? {} : { body }),
    });

  test.each([
    { path: "", resource: "/", pathParameters: null },
    { path: "/any/thing", resource: "/{proxy+}", pathParameters: { proxy: "any/thing" } },
  ])("routes $path to $resource, with the ids that Ref gives", async ({ path, resource, pathParameters }) => {
    const event = (await (await send("GET", path)).json()) as { requestContext: { resourceId: string } };

    expect(event).toMatchObject({ resource, pathParameters });
    expect(event.requestContext.resourceId).toMatch(/^[a-z0-9]{6,10}$/);
  });

  test("streams", async () => {
    const answer = await send("GET", "/stream");
    await answer.arrival("first");
    await platform.gate.pass("more");

    expect(await answer.summary()).toEqual({ status: 202, body: "firstsecond" });
  });

  test.each([
    {
      what: "a parameter that it requires",
      path: "/items/1",
      body: '{"name":"a"}',
      says: '{"message":"Missing required request parameters: [q]"}',
    },
    {
      what: "a body that its model wants",
      path: "/items/1?q=1",
      body: "{}",
      says: '[object has missing required properties (["name"])]',
    },
    {
      what: "what a definition of the model wants",
      path: "/items/1?q=1",
      body: '{"name":1}',
      says: '[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]',
    },
    {
      what: "a list that is as short as the model wants",
      path: "/items/1?q=1",
      body: '{"name":"a","tags":[1,2]}',
      says: "[array is too long: must have at most 1 elements but instance has 2 elements]",
    },
  ])("refuses a request without $what", async ({ path, body, says }) => {
    expect(await (await send("POST", path, {}, body)).summary()).toEqual({ status: 400, body: says });
  });

  test("answers a preflight", async () => {
    expect(await (await send("OPTIONS", "/items/1")).summary("access-control-allow-origin")).toEqual({
      status: 204,
      "access-control-allow-origin": "*",
      body: "",
    });
  });

  test.each([
    {
      what: "a signature",
      path: "/secret",
      headers: {},
      status: 403,
      message: "Missing Authentication Token",
    },
    { what: "an API key", path: "/key", headers: {}, status: 403, message: "Forbidden" },
    { what: "a token", path: "/authorized", headers: {}, status: 401, message: "Unauthorized" },
  ])("lets nobody in without $what", async ({ path, headers, status, message }) => {
    const answer = await send("GET", path, headers);

    expect({ status: answer.status, body: await answer.json() }).toEqual({ status, body: { message } });
  });

  test("lets in whom its authorizer lets in", async () => {
    const answer = await send("GET", "/authorized", { authorization: "good" });

    expect(await answer.json()).toMatchObject({ requestContext: { authorizer: { principalId: "someone" } } });
  });

  test("passes requests on to an HTTP backend", async () => {
    expect(await (await send("GET", "/http")).json()).toMatchObject({ url: "/there", headers: { a: "b" } });
  });

  test("answers 501 where an integration is not served, and tells it at the method", async () => {
    const told = platform.events.flatMap((event) => (event.kind === "deployed" ? event.diagnostics : []));

    expect((await send("GET", "/aws")).status).toBe(501);
    expect(told.filter(({ logicalId }) => logicalId === "AwsGet")).toEqual([
      expect.objectContaining({
        severity: "warning",
        message: expect.stringMatching(
          /^GET \/aws: Integrations of type AWS.* Use AWS_PROXY .* Here it answers 501\.$/,
        ),
      }),
    ]);
  });
});

describe("a mistake in a part is told at that part, with what to write", () => {
  const api = { Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "api" } } };
  const get = (integration: unknown, properties: Properties = {}) => ({
    Get: method(root, "GET", integration, properties),
  });

  test.each([
    {
      what: "a STREAM integration with the URI of Invoke",
      parts: get({ ...streamed("F"), Uri: uriOf("F", "invocations") }),
      at: "Get",
      says: /STREAM.*`?\/invocations/,
    },
    {
      what: "the URI of streams without STREAM",
      parts: get({ ...streamed("F"), ResponseTransferMode: "BUFFERED" }),
      at: "Get",
      says: /response-streaming-invocations.*not in transfer mode/,
    },
    {
      what: "a type that there isn't",
      parts: get({ Type: "LAMBDA" }),
      at: "Get",
      says: /"LAMBDA" is no type of integration/,
    },
    {
      what: "an HTTP integration without a URL",
      parts: get({ Type: "HTTP_PROXY", IntegrationHttpMethod: "GET", Uri: "example.com" }),
      at: "Get",
      says: /Invalid HTTP endpoint specified for URI/,
    },
    {
      what: "a validator that there isn't",
      parts: get(buffered("F"), { RequestValidatorId: "none" }),
      at: "Get",
      says: /^RequestValidatorId is none/,
    },
    {
      what: "a model that there isn't",
      parts: get(buffered("F"), { RequestModels: { "application/json": "None" } }),
      at: "Get",
      says: /^RequestModels is with None, .*Invalid model identifier specified: None/,
    },
    {
      what: "an authorizer that there isn't",
      parts: get(buffered("F"), { AuthorizationType: "CUSTOM" }),
      at: "Get",
      says: /^AuthorizerId is missing/,
    },
    {
      what: "an authorizer that calls no function",
      parts: { Who: part("Authorizer", { Name: "who", Type: "TOKEN", AuthorizerUri: "none" }) },
      at: "Who",
      says: /^The authorizer is refused: authorizerUri is none/,
    },
    {
      what: "a resource that there isn't",
      parts: get(buffered("F"), { ResourceId: "none" }),
      at: "Get",
      says: /^ResourceId is none/,
    },
    {
      what: "two steps in one resource",
      parts: { Two: part("Resource", { ParentId: root, PathPart: "a/b" }) },
      at: "Two",
      says: /^PathPart is a\/b.*Give each step/,
    },
    {
      what: "a step after a greedy parameter",
      parts: {
        One: part("Resource", { ParentId: root, PathPart: "{p+}" }),
        Two: part("Resource", { ParentId: { Ref: "One" }, PathPart: "x" }),
      },
      at: "Two",
      says: /Cannot create a child of a resource with a greedy path variable: \{p\+\}/,
    },
    {
      what: "a second parameter at one place",
      parts: {
        One: part("Resource", { ParentId: root, PathPart: "{p}" }),
        Two: { ...part("Resource", { ParentId: root, PathPart: "{q}" }), DependsOn: "One" },
      },
      at: "Two",
      says: /^PathPart is \{q\}\. A sibling \(\{p\}\) of this resource already has a variable path part/,
    },
    {
      what: "a model that is no schema",
      parts: {
        Bad: part("Model", { ContentType: "application/json", Name: "Bad", Schema: { type: "text" } }),
      },
      at: "Bad",
      says: /^Schema is refused: API Gateway refuses the model/,
    },
  ])("$what", async ({ parts, at, says }) => {
    await using folder = await FunctionFolder.create({ "scripted/bootstrap": eventAsBody });
    const { diagnostics } = await deployResources(folder, { F: scripted(), ...api, ...parts });
    const errors = diagnostics.filter(({ severity }) => severity === "error");

    expect(errors[0]).toMatchObject({
      logicalId: at,
      message: expect.stringMatching(says),
      line: expect.any(Number),
    });
  });
});
