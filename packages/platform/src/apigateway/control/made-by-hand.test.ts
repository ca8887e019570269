import {
  type APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  DeleteRestApiCommand,
  GetRestApiCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  TestInvokeMethodCommand,
  UpdateIntegrationCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerOf, functionUri, refusalOf, restClient } from "../../../test/api-gateway.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// REST APIs that are made by the API, method by method.

let platform: TestPlatform;
let client: APIGatewayClient;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Answer: scripted({ FunctionName: "answer" }),
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
  client = restClient(platform);
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

/** An API with one method for a function. */
async function makeApi(name: string) {
  const { id: restApiId, rootResourceId } = await client.send(new CreateRestApiCommand({ name }));
  const { id: resourceId } = await client.send(
    new CreateResourceCommand({ restApiId, parentId: rootResourceId, pathPart: "greeting" }),
  );
  const place = { restApiId, resourceId, httpMethod: "POST" };
  await client.send(new PutMethodCommand({ ...place, authorizationType: "NONE" }));
  await client.send(
    new PutIntegrationCommand({
      ...place,
      type: "AWS_PROXY",
      integrationHttpMethod: "POST",
      uri: functionUri("answer"),
    }),
  );
  return { restApiId, rootResourceId, resourceId, place };
}

/** What a stage of an API answers to a script for the function. */
async function ask(restApiId: string | undefined, stage: string, answer: unknown, method = "POST") {
  const path = `/_aws/execute-api/${restApiId}/${stage}/greeting`;
  const script = `await respond(id, ${JSON.stringify(JSON.stringify(answer))})`;
  const exchange = await platform.send({ method, path, body: script });
  return `${exchange.status} ${await exchange.text()}`;
}

test("an API is made, deployed, changed and removed, and a deployment serves what there was then", async () => {
  const { restApiId, place } = await makeApi("by-hand");
  const answer = { statusCode: 200, body: "hello" };
  expect(await ask(restApiId, "live", answer)).toBe('403 {"message":"Forbidden"}');
  const deployed = await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  expect(deployed.id).toMatch(/^[a-z0-9]{6}$/);
  expect(deployed.$metadata.httpStatusCode).toBe(201);
  expect(await ask(restApiId, "live", answer)).toBe("200 hello");

  await client.send(
    new PutIntegrationCommand({
      ...place,
      type: "MOCK",
      requestTemplates: { "application/json": '{"statusCode": 202}' },
    }),
  );
  await client.send(new PutMethodResponseCommand({ ...place, statusCode: "202" }));
  await client.send(
    new PutIntegrationResponseCommand({
      ...place,
      statusCode: "202",
      responseTemplates: { "application/json": "accepted" },
    }),
  );
  expect(await ask(restApiId, "live", answer)).toBe("200 hello");
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  expect(await ask(restApiId, "live", answer)).toBe("202 accepted");
  await client.send(
    new UpdateStageCommand({
      restApiId,
      stageName: "live",
      patchOperations: [{ op: "replace", path: "/deploymentId", value: deployed.id }],
    }),
  );
  expect(await ask(restApiId, "live", answer)).toBe("200 hello");

  await client.send(new DeleteRestApiCommand({ restApiId }));
  expect(await ask(restApiId, "live", answer)).toBe('403 {"message":"Forbidden"}');
  expect(await refusalOf(client.send(new GetRestApiCommand({ restApiId })))).toBe(
    `404 NotFoundException: Invalid API identifier specified 123456789012:${restApiId}`,
  );
});

test("an integration is made to stream by a change of its mode and its URI", async () => {
  const { restApiId, place } = await makeApi("stream");
  const changed = await client.send(
    new UpdateIntegrationCommand({
      ...place,
      patchOperations: [
        { op: "replace", path: "/responseTransferMode", value: "STREAM" },
        { op: "replace", path: "/uri", value: functionUri("answer", "STREAM") },
        { op: "replace", path: "/timeoutInMillis", value: "90000" },
      ],
    }),
  );
  expect(answerOf(changed)).toEqual({
    type: "AWS_PROXY",
    httpMethod: "POST",
    uri: functionUri("answer", "STREAM"),
    passthroughBehavior: "WHEN_NO_MATCH",
    timeoutInMillis: 90_000,
    cacheNamespace: place.resourceId,
    cacheKeyParameters: [],
    responseTransferMode: "STREAM",
  });
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
  const script = String.raw`const s = stream(id); s.write(chunk('{"statusCode":201}' + "\0".repeat(8))); s.write(chunk("streamed")); s.end("0\r\n\r\n"); await answered(s);`;
  const path = `/_aws/execute-api/${restApiId}/live/greeting`;
  const exchange = await platform.send({ method: "POST", path, body: script });
  expect([exchange.status, await exchange.text()]).toEqual([201, "streamed"]);
  const tried = await client.send(new TestInvokeMethodCommand({ ...place, body: script }));
  expect(answerOf(tried)).toMatchObject({ status: 201, body: "streamed" });
  expect(tried.log).toBeUndefined();
});

test("a streamed answer is tried as far as its first megabyte", async () => {
  const { place } = await makeApi("large-stream");
  await client.send(
    new UpdateIntegrationCommand({
      ...place,
      patchOperations: [
        { op: "replace", path: "/responseTransferMode", value: "STREAM" },
        { op: "replace", path: "/uri", value: functionUri("answer", "STREAM") },
      ],
    }),
  );
  const script = String.raw`const s = stream(id); s.write(chunk("{}" + "\0".repeat(8))); s.write(chunk("x".repeat(1_500_000))); s.end("0\r\n\r\n"); await answered(s);`;
  const tried = await client.send(new TestInvokeMethodCommand({ ...place, body: script }));
  expect([tried.status, tried.body?.length]).toEqual([200, 1024 * 1024]);
});

test("a method is tried before anything is deployed, and its log is told", async () => {
  const { place } = await makeApi("tried");
  const script =
    "await respond(id, JSON.stringify({ statusCode: 203, body: event.body.toString().length > 2 ? 'ok' : '' }))";
  const { status, body, headers, log, latency } = await client.send(
    new TestInvokeMethodCommand({ ...place, body: script, pathWithQueryString: "/greeting?x=1" }),
  );
  expect({ status, body }).toEqual({ status: 203, body: "ok" });
  expect(headers).toMatchObject({ "Content-Type": "application/json" });
  expect(latency).toBeGreaterThanOrEqual(0);
  const lines = (log ?? "")
    .split("\n")
    .map((line) => line.replace(/^\w{3} \w{3} \d\d [\d:]{8} UTC \d{4} : /, ""));
  expect(lines.slice(1, 7)).toEqual([
    expect.stringMatching(/^Starting execution for request: [0-9a-f-]{36}$/),
    "HTTP Method: POST, Resource Path: /greeting",
    "Method request path: {}",
    "Method request query string: {x=1}",
    "Method request headers: {}",
    expect.stringMatching(/^Method request body before transformations: await respond/),
  ]);
  expect(lines.slice(-3)).toEqual([
    "Successfully completed execution",
    "Method completed with status: 203",
    "",
  ]);
});
