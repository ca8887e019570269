import {
  type APIGatewayClient,
  GetAccountCommand,
  GetApiKeyCommand,
  GetApiKeysCommand,
  GetAuthorizersCommand,
  GetDeploymentsCommand,
  GetDomainNamesCommand,
  GetExportCommand,
  GetGatewayResponseCommand,
  GetGatewayResponsesCommand,
  GetIntegrationCommand,
  GetMethodCommand,
  GetModelsCommand,
  GetRequestValidatorsCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  GetRestApisCommand,
  GetStageCommand,
  GetStagesCommand,
  GetTagsCommand,
  GetUsageCommand,
  GetUsagePlanKeysCommand,
  GetUsagePlansCommand,
  GetVpcLinksCommand,
  UpdateRestApiCommand,
} from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerOf, functionUri, refusalOf, restClient } from "../../../test/api-gateway.ts";
import { proxyTo } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// What the control plane tells of a template that is run from its file.

let platform: TestPlatform;
let client: APIGatewayClient;
let restApiId: string;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Answer: scripted({ FunctionName: "answer" }),
      Api: {
        Type: "AWS::ApiGateway::RestApi",
        Properties: {
          Name: "template-api",
          EndpointConfiguration: { Types: ["REGIONAL"] },
          Tags: [{ Key: "team", Value: "a" }],
          Body: {
            openapi: "3.0.1",
            info: { title: "ignored", version: "1.0", description: "of the document" },
            paths: {
              "/items/{id}": {
                get: {
                  ...proxyTo("Answer", "STREAM", { integration: { timeoutInMillis: 60_000 } }),
                  operationId: "getItem",
                  parameters: [
                    { name: "id", in: "path", required: true, schema: { type: "string" } },
                    { name: "q", in: "query", schema: { type: "string" } },
                  ],
                  security: [{ key: [] }, { tokens: [] }],
                  "x-amazon-apigateway-request-validator": "all",
                },
              },
            },
            components: {
              schemas: { Item: { type: "object" } },
              securitySchemes: {
                key: { type: "apiKey", name: "x-api-key", in: "header" },
                tokens: {
                  type: "apiKey",
                  name: "Authorization",
                  in: "header",
                  "x-amazon-apigateway-authtype": "custom",
                  "x-amazon-apigateway-authorizer": { type: "token", authorizerUri: functionUri("answer") },
                },
              },
            },
            "x-amazon-apigateway-request-validators": {
              all: { validateRequestBody: false, validateRequestParameters: true },
            },
            "x-amazon-apigateway-gateway-responses": {
              DEFAULT_4XX: { responseParameters: { "gatewayresponse.header.x": "'y'" } },
            },
          },
        },
      },
      Deployment: { Type: "AWS::ApiGateway::Deployment", Properties: { RestApiId: { Ref: "Api" } } },
      Stage: {
        Type: "AWS::ApiGateway::Stage",
        Properties: {
          RestApiId: { Ref: "Api" },
          DeploymentId: { Ref: "Deployment" },
          StageName: "test",
          Variables: { colour: "red" },
          MethodSettings: [
            { ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "INFO", ThrottlingRateLimit: 50 },
            { ResourcePath: "/~1items~1{id}", HttpMethod: "GET", DataTraceEnabled: true },
          ],
          AccessLogSetting: {
            DestinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:access",
            Format: "$context.requestId",
          },
        },
      },
      Key: {
        Type: "AWS::ApiGateway::ApiKey",
        Properties: { Name: "client", Value: "abcdefghijklmnopqrstuvwxyz", Enabled: true },
      },
      Plan: {
        Type: "AWS::ApiGateway::UsagePlan",
        DependsOn: "Stage",
        Properties: {
          UsagePlanName: "small",
          ApiStages: [{ ApiId: { Ref: "Api" }, Stage: "test" }],
          Quota: { Limit: 10, Period: "DAY" },
        },
      },
      PlanKey: {
        Type: "AWS::ApiGateway::UsagePlanKey",
        Properties: { KeyId: { Ref: "Key" }, KeyType: "API_KEY", UsagePlanId: { Ref: "Plan" } },
      },
      Acl: {
        Type: "AWS::WAFv2::WebACL",
        Properties: {
          Name: "acl",
          Scope: "REGIONAL",
          DefaultAction: { Allow: {} },
          VisibilityConfig: {
            CloudWatchMetricsEnabled: false,
            MetricName: "m",
            SampledRequestsEnabled: false,
          },
        },
      },
      Association: {
        Type: "AWS::WAFv2::WebACLAssociation",
        DependsOn: "Stage",
        Properties: {
          ResourceArn: {
            "Fn::Join": ["/", ["arn:aws:apigateway:us-east-1::/restapis", { Ref: "Api" }, "stages/test"]],
          },
          WebACLArn: { "Fn::GetAtt": ["Acl", "Arn"] },
        },
      },
    },
  });
  client = restClient(platform);
  const { items = [] } = await client.send(new GetRestApisCommand({}));
  restApiId = items[0]?.id ?? "";
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

test("an API with its resources and methods", async () => {
  const api = await client.send(new GetRestApiCommand({ restApiId }));
  expect(answerOf(api)).toEqual({
    id: expect.stringMatching(/^[a-z0-9]{10}$/),
    name: "template-api",
    description: "of the document",
    version: "1.0",
    createdDate: expect.any(Date),
    apiKeySource: "HEADER",
    disableExecuteApiEndpoint: false,
    endpointConfiguration: { types: ["REGIONAL"], ipAddressType: "ipv4" },
    rootResourceId: expect.any(String),
    tags: { team: "a" },
  });
  const { items = [] } = await client.send(new GetResourcesCommand({ restApiId, embed: ["methods"] }));
  expect(items.map(({ path, pathPart }) => [path, pathPart])).toEqual([
    ["/", undefined],
    ["/items", "items"],
    ["/items/{id}", "{id}"],
  ]);
  const [root, parent, place] = items;
  expect(root?.id).toBe(api.rootResourceId);
  expect([parent?.parentId, place?.parentId]).toEqual([root?.id, parent?.id]);
  const { items: authorizers = [] } = await client.send(new GetAuthorizersCommand({ restApiId }));
  const { items: validators = [] } = await client.send(new GetRequestValidatorsCommand({ restApiId }));
  const named = { restApiId, resourceId: place?.id, httpMethod: "GET" };
  const method = answerOf(await client.send(new GetMethodCommand(named)));
  expect(method).toEqual(place?.resourceMethods?.["GET"]);
  const integration = answerOf(await client.send(new GetIntegrationCommand(named)));
  expect(integration).toEqual({
    type: "AWS_PROXY",
    httpMethod: "POST",
    uri: functionUri("answer", "STREAM"),
    passthroughBehavior: "WHEN_NO_MATCH",
    timeoutInMillis: 60_000,
    cacheNamespace: place?.id,
    cacheKeyParameters: [],
    responseTransferMode: "STREAM",
  });
  expect(method).toEqual({
    httpMethod: "GET",
    authorizationType: "CUSTOM",
    authorizerId: authorizers[0]?.id,
    apiKeyRequired: true,
    requestValidatorId: validators[0]?.id,
    operationName: "getItem",
    requestParameters: { "method.request.path.id": true, "method.request.querystring.q": false },
    methodIntegration: integration,
  });
  expect(authorizers).toEqual([
    {
      id: expect.stringMatching(/^[a-z0-9]{6}$/),
      name: "tokens",
      type: "TOKEN",
      authType: "custom",
      authorizerUri: functionUri("answer"),
      identitySource: "method.request.header.Authorization",
    },
  ]);
  expect(validators[0]).toMatchObject({
    name: "all",
    validateRequestBody: false,
    validateRequestParameters: true,
  });
  const { items: models = [] } = await client.send(new GetModelsCommand({ restApiId }));
  expect(models.map(({ name, contentType }) => [name, contentType])).toEqual([["Item", "application/json"]]);
});

test("a stage with its settings, log, web ACL and deployment", async () => {
  const { items: deployments = [] } = await client.send(new GetDeploymentsCommand({ restApiId }));
  const stage = answerOf(await client.send(new GetStageCommand({ restApiId, stageName: "test" })));
  const standard = {
    metricsEnabled: false,
    dataTraceEnabled: false,
    throttlingBurstLimit: 5000,
    throttlingRateLimit: 10_000,
    cachingEnabled: false,
    cacheTtlInSeconds: 300,
    cacheDataEncrypted: false,
    requireAuthorizationForCacheControl: true,
    unauthorizedCacheControlHeaderStrategy: "SUCCEED_WITH_RESPONSE_HEADER",
  };
  expect(stage).toEqual({
    stageName: "test",
    deploymentId: deployments[0]?.id,
    variables: { colour: "red" },
    cacheClusterEnabled: false,
    cacheClusterStatus: "NOT_AVAILABLE",
    tracingEnabled: false,
    methodSettings: {
      "*/*": { ...standard, loggingLevel: "INFO", throttlingRateLimit: 50 },
      "~1items~1{id}/GET": { ...standard, dataTraceEnabled: true },
    },
    accessLogSettings: {
      destinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:access",
      format: "$context.requestId",
    },
    webAclArn: expect.stringMatching(/^arn:aws:wafv2:us-east-1:123456789012:regional\/webacl\/acl\//),
    createdDate: expect.any(Date),
    lastUpdatedDate: expect.any(Date),
  });
  const { item } = await client.send(new GetStagesCommand({ restApiId, deploymentId: stage.deploymentId }));
  expect(item).toEqual([stage]);
});

test("keys and usage plans, values only for who asks", async () => {
  const { items: keys = [] } = await client.send(new GetApiKeysCommand({ nameQuery: "cli" }));
  expect(keys).toEqual([
    {
      id: expect.stringMatching(/^[a-z0-9]{10}$/),
      name: "client",
      enabled: true,
      stageKeys: [],
      createdDate: expect.any(Date),
      lastUpdatedDate: expect.any(Date),
    },
  ]);
  const { value } = await client.send(new GetApiKeyCommand({ apiKey: keys[0]?.id, includeValue: true }));
  expect(value).toBe("abcdefghijklmnopqrstuvwxyz");
  const { items: none } = await client.send(new GetApiKeysCommand({ nameQuery: "other" }));
  expect(none).toEqual([]);
  const { items: plans = [] } = await client.send(new GetUsagePlansCommand({}));
  expect(plans).toEqual([
    {
      id: expect.any(String),
      name: "small",
      apiStages: [{ apiId: restApiId, stage: "test" }],
      quota: { limit: 10, offset: 0, period: "DAY" },
    },
  ]);
  const usagePlanId = plans[0]?.id;
  const { items: planKeys } = await client.send(new GetUsagePlanKeysCommand({ usagePlanId }));
  expect(planKeys).toEqual([{ id: keys[0]?.id, type: "API_KEY", name: "client", value }]);
  const today = new Date().toISOString().slice(0, 10);
  const usage = await client.send(new GetUsageCommand({ usagePlanId, startDate: today, endDate: today }));
  expect(usage.items).toEqual({ [keys[0]?.id ?? ""]: [[0, 10]] });
});

test("gateway responses: the API's own before those of their class before the standard ones", async () => {
  const { items = [] } = await client.send(new GetGatewayResponsesCommand({ restApiId }));
  expect(items).toHaveLength(21);
  const templates = { "application/json": '{"message":$context.error.messageString}' };
  const own = { "gatewayresponse.header.x": "'y'" };
  const tell = async (responseType: "DEFAULT_4XX" | "THROTTLED" | "INTEGRATION_TIMEOUT") =>
    answerOf(await client.send(new GetGatewayResponseCommand({ restApiId, responseType })));
  expect(await tell("DEFAULT_4XX")).toEqual({
    responseType: "DEFAULT_4XX",
    responseParameters: own,
    responseTemplates: templates,
    defaultResponse: false,
  });
  expect(await tell("THROTTLED")).toEqual({
    responseType: "THROTTLED",
    statusCode: "429",
    responseParameters: own,
    responseTemplates: templates,
    defaultResponse: true,
  });
  expect(await tell("INTEGRATION_TIMEOUT")).toMatchObject({ statusCode: "504", responseParameters: {} });
});

test("the document, with API Gateway's own parts where they are asked for", async () => {
  const exported = async (parameters: Record<string, string>) => {
    const { body } = await client.send(
      new GetExportCommand({ restApiId, stageName: "test", exportType: "oas30", parameters }),
    );
    const document = JSON.parse(Buffer.from(body ?? []).toString());
    return Object.keys(document.paths["/items/{id}"].get);
  };
  expect(await exported({})).not.toContain("x-amazon-apigateway-integration");
  expect(await exported({ extensions: "integrations" })).toContain("x-amazon-apigateway-integration");
  const swagger = new GetExportCommand({ restApiId, stageName: "test", exportType: "swagger" });
  expect(await refusalOf(client.send(swagger))).toMatch(
    /^400 BadRequestException: .*ask for the export type oas30\.$/,
  );
});

test("the account, its tags, and what there is none of", async () => {
  expect(answerOf(await client.send(new GetAccountCommand({})))).toEqual({
    throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
    features: ["UsagePlans"],
    apiKeyVersion: "4",
  });
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`;
  expect((await client.send(new GetTagsCommand({ resourceArn }))).tags).toEqual({ team: "a" });
  expect((await client.send(new GetDomainNamesCommand({}))).items).toEqual([]);
  expect((await client.send(new GetVpcLinksCommand({}))).items).toEqual([]);
});

test("what the file makes can't be changed by the API", async () => {
  const update = new UpdateRestApiCommand({
    restApiId,
    patchOperations: [{ op: "replace", path: "/name", value: "x" }],
  });
  expect(await refusalOf(client.send(update))).toBe(
    `400 BadRequestException: The REST API ${restApiId} (template-api) is made by the template that this platform runs, so that the API can't change it. Edit the template instead.`,
  );
});
