import {
  type APIGatewayClient,
  CreateApiKeyCommand,
  CreateDeploymentCommand,
  CreateStageCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  DeleteDeploymentCommand,
  DeleteStageCommand,
  FlushStageAuthorizersCacheCommand,
  FlushStageCacheCommand,
  GetGatewayResponseCommand,
  GetStageCommand,
  GetTagsCommand,
  GetUsageCommand,
  ImportRestApiCommand,
  PutGatewayResponseCommand,
  PutRestApiCommand,
  TagResourceCommand,
  UpdateAccountCommand,
  UpdateApiKeyCommand,
  UpdateStageCommand,
  UpdateUsagePlanCommand,
} from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerOf, refusalOf, restClient } from "../../../test/api-gateway.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// Stages, keys and plans that are made by the API, on one that a document makes.

const document = (status: number, security: readonly object[] = [{ key: [] }]) => ({
  openapi: "3.0.1",
  info: { title: "keyed", version: "1" },
  paths: {
    "/items": {
      get: {
        security,
        responses: { [status]: { description: "" } },
        "x-amazon-apigateway-integration": {
          type: "mock",
          requestTemplates: { "application/json": `{"statusCode": ${status}}` },
          responses: { default: { statusCode: String(status) } },
        },
      },
    },
  },
  components: { securitySchemes: { key: { type: "apiKey", name: "x-api-key", in: "header" } } },
});
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

let platform: TestPlatform;
let client: APIGatewayClient;
let restApiId: string | undefined;
let deploymentId: string | undefined;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Answer: scripted() } });
  client = restClient(platform);
  const api = await client.send(new ImportRestApiCommand({ body: bytes(document(200)) }));
  restApiId = api.id;
  const deployment = await client.send(new CreateDeploymentCommand({ restApiId }));
  deploymentId = deployment.id;
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const ask = async (stage: string, key = "") => {
  const path = `/_aws/execute-api/${restApiId}/${stage}/items`;
  const { status } = await platform.send({ path, headers: key === "" ? {} : { "x-api-key": key } });
  return status;
};
const update = (
  stageName: string,
  ...changes: [op: "add" | "remove" | "replace", path: string, value?: string | undefined][]
) =>
  client.send(
    new UpdateStageCommand({
      restApiId,
      stageName,
      patchOperations: changes.map(([op, path, value]) => ({ op, path, value })),
    }),
  );

test("a stage is made, set and removed as it was recorded", async () => {
  const created = await client.send(
    new CreateStageCommand({ restApiId, stageName: "s1", deploymentId, description: "my stage" }),
  );
  const bare = {
    stageName: "s1",
    deploymentId,
    cacheClusterEnabled: false,
    cacheClusterStatus: "NOT_AVAILABLE",
    tracingEnabled: false,
    createdDate: expect.any(Date),
    lastUpdatedDate: expect.any(Date),
  };
  expect(answerOf(created)).toEqual({ ...bare, description: "my stage", methodSettings: {} });
  const changed = await update(
    "s1",
    ["replace", "/description", "stage new"],
    ["replace", "/variables/var1", "test"],
    ["replace", "/tracingEnabled", "true"],
    ["replace", "/*/*/caching/enabled", "true"],
    ["replace", "/*/*/throttling/burstLimit", "123"],
    ["replace", "/test/GET/throttling/burstLimit", "124"],
    ["add", "/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:123456789012:log-group:access"],
    ["add", "/accessLogSettings/format", "$context.requestId $context.status"],
  );
  const settings = {
    cacheDataEncrypted: false,
    cacheTtlInSeconds: 300,
    cachingEnabled: true,
    dataTraceEnabled: false,
    metricsEnabled: false,
    requireAuthorizationForCacheControl: true,
    throttlingBurstLimit: 123,
    throttlingRateLimit: 10_000,
    unauthorizedCacheControlHeaderStrategy: "SUCCEED_WITH_RESPONSE_HEADER",
  };
  expect(answerOf(changed)).toEqual({
    ...bare,
    description: "stage new",
    tracingEnabled: true,
    variables: { var1: "test" },
    accessLogSettings: {
      destinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:access",
      format: "$context.requestId $context.status",
    },
    methodSettings: { "*/*": settings, "test/GET": { ...settings, throttlingBurstLimit: 124 } },
  });
  const reset = await update(
    "s1",
    ["remove", "/*/*"],
    ["remove", "/test/GET"],
    ["remove", "/accessLogSettings"],
  );
  expect(reset.methodSettings).toEqual({});
  expect(reset.accessLogSettings).toBeUndefined();

  await client.send(new FlushStageCacheCommand({ restApiId, stageName: "s1" }));
  await client.send(new FlushStageAuthorizersCacheCommand({ restApiId, stageName: "s1" }));
  expect(await refusalOf(client.send(new DeleteDeploymentCommand({ restApiId, deploymentId })))).toBe(
    "400 BadRequestException: Active stages pointing to this deployment must be moved or deleted",
  );
  await client.send(new DeleteStageCommand({ restApiId, stageName: "s1" }));
  expect(await refusalOf(client.send(new GetStageCommand({ restApiId, stageName: "s1" })))).toBe(
    "404 NotFoundException: Invalid stage identifier specified",
  );
});

test.each<[string, "add" | "remove" | "replace", string, string | undefined, string]>([
  [
    "an unknown part of the access log",
    "add",
    "/accessLogSettings/randomValue",
    "x",
    "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]",
  ],
  ["an empty value", "replace", "/accessLogSettings/format", "", "Access Log value must not be empty"],
  [
    "settings that are not there",
    "remove",
    "/*/*",
    undefined,
    "Cannot remove method setting */* because there is no method setting for this method ",
  ],
])("of a stage is refused: %s", async (_, op, path, value, refusal) => {
  const stageName = "refusing";
  await client.send(new CreateStageCommand({ restApiId, stageName, deploymentId })).catch(() => {});
  expect(await refusalOf(update(stageName, [op, path, value]))).toBe(`400 BadRequestException: ${refusal}`);
  expect(await refusalOf(update(stageName, ["replace", "/tags/tag1", "x"]))).toMatch(
    /^400 BadRequestException: Invalid method setting path: \/tags\/tag1\. Must be one of: \[\/deploymentId, \/description, /,
  );
});

test("a key opens a stage that its plan has, until it is disabled or its quota is used", async () => {
  await client.send(new CreateStageCommand({ restApiId, stageName: "keyed", deploymentId }));
  expect(await ask("keyed")).toBe(403);
  const { id: usagePlanId } = await client.send(
    new CreateUsagePlanCommand({
      name: "plan",
      apiStages: [{ apiId: restApiId, stage: "keyed" }],
      quota: { limit: 1, period: "MONTH" },
    }),
  );
  const key = await client.send(new CreateApiKeyCommand({ name: "key", enabled: true }));
  expect(key.value).toMatch(/^[a-zA-Z0-9]{40}$/);
  const planKey = await client.send(
    new CreateUsagePlanKeyCommand({ usagePlanId, keyId: key.id, keyType: "API_KEY" }),
  );
  expect(answerOf(planKey)).toEqual({ id: key.id, type: "API_KEY", name: "key", value: key.value });
  expect([await ask("keyed", key.value), await ask("keyed", key.value)]).toEqual([200, 429]);
  const today = new Date().toISOString().slice(0, 10);
  const usage = await client.send(new GetUsageCommand({ usagePlanId, startDate: today, endDate: today }));
  expect(usage.items).toEqual({ [key.id ?? ""]: [[1, 0]] });

  const plan = await client.send(
    new UpdateUsagePlanCommand({
      usagePlanId,
      patchOperations: [
        { op: "replace", path: "/quota/limit", value: "5000" },
        { op: "replace", path: "/throttle/rateLimit", value: "200" },
        { op: "replace", path: "/throttle/burstLimit", value: "100" },
      ],
    }),
  );
  expect(answerOf(plan)).toEqual({
    id: usagePlanId,
    name: "plan",
    apiStages: [{ apiId: restApiId, stage: "keyed" }],
    quota: { limit: 5000, offset: 0, period: "MONTH" },
    throttle: { rateLimit: 200, burstLimit: 100 },
    tags: {},
  });
  expect(await ask("keyed", key.value)).toBe(200);
  const wrong = client.send(
    new UpdateUsagePlanCommand({
      usagePlanId,
      patchOperations: [{ op: "add", path: "/apiStages", value: `${restApiId}:fake` }],
    }),
  );
  expect(await refusalOf(wrong)).toBe(
    `404 NotFoundException: Invalid API Stage {api: ${restApiId}, stage: fake} specified for usageplan ${usagePlanId}`,
  );
  const disabled = await client.send(
    new UpdateApiKeyCommand({
      apiKey: key.id,
      patchOperations: [{ op: "replace", path: "/enabled", value: "false" }],
    }),
  );
  expect(disabled).toMatchObject({ enabled: false, tags: {} });
  expect(await ask("keyed", key.value)).toBe(403);
});

test("another document takes the API's place, and is served by the next deployment", async () => {
  const body = document(202, []);
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  await client.send(new PutRestApiCommand({ restApiId, mode: "overwrite", body: bytes(body) }));
  expect(await ask("live")).toBe(403);
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  expect(await ask("live")).toBe(202);
  const responseType = "MISSING_AUTHENTICATION_TOKEN";
  await client.send(new PutGatewayResponseCommand({ restApiId, responseType, statusCode: "404" }));
  const told = await client.send(new GetGatewayResponseCommand({ restApiId, responseType }));
  expect(answerOf(told)).toEqual({
    responseType,
    statusCode: "404",
    responseParameters: {},
    responseTemplates: { "application/json": '{"message":$context.error.messageString}' },
    defaultResponse: false,
  });
  const nowhere = { path: `/_aws/execute-api/${restApiId}/live/nowhere` };
  expect((await platform.send(nowhere)).status).toBe(403);
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  expect((await platform.send(nowhere)).status).toBe(404);
});

test("tags and the account's role for logs are kept", async () => {
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`;
  await client.send(new TagResourceCommand({ resourceArn, tags: { team: "a" } }));
  expect((await client.send(new GetTagsCommand({ resourceArn }))).tags).toEqual({ team: "a" });
  const role = "arn:aws:iam::123456789012:role/logs";
  const account = await client.send(
    new UpdateAccountCommand({
      patchOperations: [{ op: "replace", path: "/cloudwatchRoleArn", value: role }],
    }),
  );
  expect(account.cloudwatchRoleArn).toBe(role);
});
