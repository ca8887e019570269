import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  DeleteMethodCommand,
  GetMethodCommand,
  GetResourcesCommand,
  GetRestApisCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  UpdateIntegrationResponseCommand,
} from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusalOf, restClient } from "../../../test/api-gateway.ts";
import { deployStack, stackClient } from "../../../test/stack-client.ts";
import { Platform } from "../../platform.ts";

// What stacks made is changed as well, and what was made by hand is there after a restart.

let stateFolder: string;
let platform: Platform;
let client: APIGatewayClient;
const start = async () => {
  platform = await Platform.start({ port: 0, region: "us-east-1", stateFolder });
  client = restClient({ platform });
};
beforeAll(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), "sluice-test-"));
  await start();
});
afterAll(async () => {
  await platform.close();
  await rm(stateFolder, { recursive: true, force: true });
});

/** A mock integration as CloudFormation has it. */
const mock = (status: number) => ({
  Type: "MOCK",
  RequestTemplates: { "application/json": `{"statusCode": ${status}}` },
  IntegrationResponses: [{ StatusCode: String(status), ResponseTemplates: { "application/json": "first" } }],
});

const ask = async (restApiId: string | undefined, stage: string, path: string) => {
  const response = await fetch(`${platform.url}/_aws/execute-api/${restApiId}/${stage}/${path}`);
  return `${response.status} ${await response.text()}`;
};

test("a method that is a resource of a stack is told, changed and removed; its deployment stays", async () => {
  await deployStack(stackClient(platform), "resources", {
    Resources: {
      Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "stacked" } },
      Items: {
        Type: "AWS::ApiGateway::Resource",
        Properties: {
          RestApiId: { Ref: "Api" },
          ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
          PathPart: "items",
        },
      },
      Get: {
        Type: "AWS::ApiGateway::Method",
        Properties: {
          RestApiId: { Ref: "Api" },
          ResourceId: { Ref: "Items" },
          HttpMethod: "GET",
          AuthorizationType: "NONE",
          MethodResponses: [{ StatusCode: "200", ResponseModels: { "application/json": "Empty" } }],
          Integration: mock(200),
        },
      },
      Deployment: {
        Type: "AWS::ApiGateway::Deployment",
        DependsOn: "Get",
        Properties: { RestApiId: { Ref: "Api" }, StageName: "prod" },
      },
    },
  });
  const { items: apis = [] } = await client.send(new GetRestApisCommand({}));
  const restApiId = apis.find(({ name }) => name === "stacked")?.id;
  const { items = [] } = await client.send(new GetResourcesCommand({ restApiId }));
  expect(items.map(({ path }) => path)).toEqual(["/", "/items"]);
  const place = { restApiId, resourceId: items[1]?.id, httpMethod: "GET" };
  expect(await client.send(new GetMethodCommand(place))).toMatchObject({
    httpMethod: "GET",
    methodResponses: { "200": { statusCode: "200", responseModels: { "application/json": "Empty" } } },
    methodIntegration: { type: "MOCK", integrationResponses: { "200": { statusCode: "200" } } },
  });
  expect(await ask(restApiId, "prod", "items")).toBe("200 first");
  const patchOperations = [
    { op: "replace" as const, path: "/responseTemplates/application~1json", value: "second" },
  ];
  await client.send(new UpdateIntegrationResponseCommand({ ...place, statusCode: "200", patchOperations }));
  expect(await ask(restApiId, "prod", "items")).toBe("200 first");
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "prod" }));
  expect(await ask(restApiId, "prod", "items")).toBe("200 second");
  await client.send(new DeleteMethodCommand(place));
  expect(await refusalOf(client.send(new GetMethodCommand(place)))).toBe(
    "404 NotFoundException: Invalid Method identifier specified",
  );
  expect(await refusalOf(client.send(new CreateDeploymentCommand({ restApiId })))).toBe(
    "400 BadRequestException: The REST API doesn't contain any methods",
  );
  expect(await ask(restApiId, "prod", "items")).toBe("200 second");
});

test("an API that was made by hand answers after a restart, and what it had not deployed is still to be", async () => {
  const { id: restApiId, rootResourceId } = await client.send(new CreateRestApiCommand({ name: "kept" }));
  const make = async (pathPart: string) => {
    const { id: resourceId } = await client.send(
      new CreateResourceCommand({ restApiId, parentId: rootResourceId, pathPart }),
    );
    const place = { restApiId, resourceId, httpMethod: "GET" };
    await client.send(new PutMethodCommand({ ...place, authorizationType: "NONE" }));
    await client.send(
      new PutIntegrationCommand({
        ...place,
        type: "MOCK",
        requestTemplates: { "application/json": '{"statusCode": 200}' },
      }),
    );
    await client.send(
      new PutIntegrationResponseCommand({
        ...place,
        statusCode: "200",
        responseTemplates: { "application/json": pathPart },
      }),
    );
  };
  await make("one");
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  await make("two");
  await platform.close();
  await start();
  expect([await ask(restApiId, "live", "one"), await ask(restApiId, "live", "two")]).toEqual([
    "200 one",
    '403 {"message":"Missing Authentication Token"}',
  ]);
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  expect(await ask(restApiId, "live", "two")).toBe("200 two");
});
