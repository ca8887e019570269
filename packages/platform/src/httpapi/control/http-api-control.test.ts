import {
  type ApiGatewayV2Client,
  CreateApiCommand,
  CreateDeploymentCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  DeleteApiCommand,
  DeleteIntegrationCommand,
  DeleteRouteCommand,
  ExportApiCommand,
  GetApiCommand,
  GetApisCommand,
  GetAuthorizersCommand,
  GetDeploymentsCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
  GetTagsCommand,
  ImportApiCommand,
  ReimportApiCommand,
  UpdateApiCommand,
  UpdateRouteCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerOf, httpClient, refusalOf } from "../../../test/api-gateway.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:answer";

let platform: TestPlatform;
let client: ApiGatewayV2Client;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Api: {
        Type: "AWS::Serverless::HttpApi",
        Properties: {
          Name: "from-file",
          CorsConfiguration: { AllowOrigins: ["*"] },
          Auth: {
            Authorizers: {
              Tokens: {
                IdentitySource: "$request.header.Authorization",
                JwtConfiguration: { issuer: "https://issuer.example", audience: ["app"] },
              },
            },
          },
          DefaultRouteSettings: { ThrottlingRateLimit: 5 },
        },
      },
      Answer: scripted({
        FunctionName: "answer",
        Events: {
          Items: {
            Type: "HttpApi",
            Properties: {
              ApiId: { Ref: "Api" },
              Path: "/items/{id}",
              Method: "GET",
              Auth: { Authorizer: "Tokens", AuthorizationScopes: ["read"] },
            },
          },
        },
      }),
      Permission: {
        Type: "AWS::Lambda::Permission",
        Properties: {
          Action: "lambda:InvokeFunction",
          FunctionName: { Ref: "Answer" },
          Principal: "apigateway.amazonaws.com",
        },
      },
    },
  });
  client = httpClient(platform);
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

/** What an API answers to a script for the function, or without one. */
async function ask(apiId: string | undefined, path: string) {
  const exchange = await platform.send({
    method: "POST",
    path: `/_aws/execute-api/${apiId}${path}`,
    body: `await respond(id, JSON.stringify({ statusCode: 200, body: JSON.parse(event.body).routeKey }))`,
  });
  return `${exchange.status} ${await exchange.text()}`;
}

test("an API of the template is told with its routes, integrations, authorizers and stages", async () => {
  const { Items: apis = [] } = await client.send(new GetApisCommand({}));
  const api = apis.find(({ Name }) => Name === "from-file");
  expect(api).toMatchObject({
    ProtocolType: "HTTP",
    RouteSelectionExpression: "$request.method $request.path",
    CorsConfiguration: { AllowOrigins: ["*"] },
    CreatedDate: expect.any(Date),
  });
  expect(api?.ApiEndpoint).toContain(`${platform.port}`);
  const ApiId = api?.ApiId;
  const { Items: authorizers = [] } = await client.send(new GetAuthorizersCommand({ ApiId }));
  expect(authorizers).toEqual([
    {
      AuthorizerId: expect.any(String),
      Name: "Tokens",
      AuthorizerType: "JWT",
      IdentitySource: ["$request.header.Authorization"],
      JwtConfiguration: { Issuer: "https://issuer.example", Audience: ["app"] },
    },
  ]);
  const { Items: integrations = [] } = await client.send(new GetIntegrationsCommand({ ApiId }));
  expect(integrations).toMatchObject([
    {
      IntegrationType: "AWS_PROXY",
      IntegrationMethod: "POST",
      PayloadFormatVersion: "2.0",
      TimeoutInMillis: 30_000,
    },
  ]);
  const { Items: routes = [] } = await client.send(new GetRoutesCommand({ ApiId }));
  expect(routes).toEqual([
    {
      RouteId: expect.any(String),
      RouteKey: "GET /items/{id}",
      ApiKeyRequired: false,
      AuthorizationType: "JWT",
      AuthorizerId: authorizers[0]?.AuthorizerId,
      AuthorizationScopes: ["read"],
      Target: `integrations/${integrations[0]?.IntegrationId}`,
    },
  ]);
  const { Items: stages = [] } = await client.send(new GetStagesCommand({ ApiId }));
  expect(stages).toMatchObject([
    {
      StageName: "$default",
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 5 },
      StageVariables: {},
    },
  ]);
  const { Items: deployments = [] } = await client.send(new GetDeploymentsCommand({ ApiId }));
  expect(deployments).toMatchObject([{ AutoDeployed: true, DeploymentId: stages[0]?.DeploymentId }]);
  const { body } = await client.send(
    new ExportApiCommand({ ApiId, Specification: "OAS30", OutputType: "JSON" }),
  );
  expect(Object.keys(JSON.parse(Buffer.from(body ?? []).toString()).paths)).toEqual(["/items/{id}"]);
  expect(
    (await client.send(new GetTagsCommand({ ResourceArn: `arn:aws:apigateway:us-east-1::/apis/${ApiId}` })))
      .Tags,
  ).toMatchObject({
    "httpapi:createdBy": "SAM",
  });
  expect(await refusalOf(client.send(new UpdateApiCommand({ ApiId, Name: "x" })))).toMatch(
    /^400 BadRequestException: .* is made by the template that this platform runs/,
  );
  const remove = client.send(new DeleteRouteCommand({ ApiId, RouteId: routes[0]?.RouteId }));
  expect(await refusalOf(remove)).toMatch(/^400 BadRequestException: .*ReimportApi/);
});

test("an API that is quickly created answers at once", async () => {
  const { ApiId } = await client.send(
    new CreateApiCommand({ Name: "quick", ProtocolType: "HTTP", Target: functionArn }),
  );
  expect(await ask(ApiId, "/anything")).toBe("200 $default");
  await client.send(new DeleteApiCommand({ ApiId }));
  // Then nobody knows of which kind it was.
  expect(await ask(ApiId, "/anything")).toBe('403 {"message":"Forbidden"}');
});

test("routes are made one by one; a stage that doesn't deploy by itself serves its deployment", async () => {
  const created = await client.send(new CreateApiCommand({ Name: "by-hand", ProtocolType: "HTTP" }));
  const { ApiId } = created;
  expect(created.$metadata.httpStatusCode).toBe(201);
  expect(answerOf(created)).toMatchObject({
    ApiKeySelectionExpression: "$request.header.x-api-key",
    Tags: {},
  });
  const { RouteId } = await client.send(new CreateRouteCommand({ ApiId, RouteKey: "POST /a" }));
  const { IntegrationId } = await client.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: "AWS_PROXY",
      IntegrationUri: functionArn,
      PayloadFormatVersion: "2.0",
    }),
  );
  const Target = `integrations/${IntegrationId}`;
  // The route is older than what it leads to.
  const updated = await client.send(new UpdateRouteCommand({ ApiId, RouteId, Target }));
  expect(answerOf(updated)).toEqual({
    RouteId,
    RouteKey: "POST /a",
    ApiKeyRequired: false,
    AuthorizationType: "NONE",
    Target,
  });
  await client.send(new CreateStageCommand({ ApiId, StageName: "auto", AutoDeploy: true }));
  await client.send(new CreateStageCommand({ ApiId, StageName: "still" }));
  expect(await ask(ApiId, "/still/a")).toBe('404 {"message":"Not Found"}');
  await client.send(new CreateDeploymentCommand({ ApiId, StageName: "still" }));
  await client.send(new UpdateRouteCommand({ ApiId, RouteId, RouteKey: "POST /b" }));
  expect([await ask(ApiId, "/still/a"), await ask(ApiId, "/auto/b")]).toEqual(["200 POST /a", "200 POST /b"]);
  expect(await ask(ApiId, "/still/b")).toBe('404 {"message":"Not Found"}');
  const { DeploymentId } = await client.send(new CreateDeploymentCommand({ ApiId }));
  const stage = await client.send(
    new UpdateStageCommand({ ApiId, StageName: "still", DeploymentId, StageVariables: { colour: "red" } }),
  );
  expect(stage).toMatchObject({ DeploymentId, StageVariables: { colour: "red" } });
  expect(await ask(ApiId, "/still/b")).toBe("200 POST /b");

  expect(await refusalOf(client.send(new DeleteIntegrationCommand({ ApiId, IntegrationId })))).toMatch(
    /^409 ConflictException: .*referenced by a Route: POST \/b$/,
  );
  expect(await refusalOf(client.send(new CreateRouteCommand({ ApiId, RouteKey: "POST /b" })))).toBe(
    "409 ConflictException: Route with key POST /b already exists for this API",
  );
  await client.send(new DeleteRouteCommand({ ApiId, RouteId }));
  expect(await ask(ApiId, "/auto/b")).toBe('404 {"message":"Not Found"}');
});

test("a document makes an API, and another one takes its place", async () => {
  const document = (path: string) =>
    JSON.stringify({
      openapi: "3.0.1",
      info: { title: "imported", version: "2" },
      paths: {
        [path]: {
          post: {
            "x-amazon-apigateway-integration": {
              type: "AWS_PROXY",
              httpMethod: "POST",
              uri: functionArn,
              payloadFormatVersion: "2.0",
            },
          },
        },
      },
    });
  const { ApiId, Name } = await client.send(new ImportApiCommand({ Body: document("/one") }));
  expect(Name).toBe("imported");
  await client.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
  expect(await ask(ApiId, "/one")).toBe("200 POST /one");
  await client.send(new ReimportApiCommand({ ApiId, Body: document("/two") }));
  expect([await ask(ApiId, "/one"), await ask(ApiId, "/two")]).toEqual([
    '404 {"message":"Not Found"}',
    "200 POST /two",
  ]);
});

test("what is not there, or not served, is refused", async () => {
  expect(await refusalOf(client.send(new GetApiCommand({ ApiId: "none" })))).toBe(
    "404 NotFoundException: Invalid API identifier specified 123456789012:none",
  );
  const sockets = client.send(new CreateApiCommand({ Name: "sockets", ProtocolType: "WEBSOCKET" }));
  expect(await refusalOf(sockets)).toBe(
    "400 BadRequestException: WebSocket APIs are not served by this platform.",
  );
});
