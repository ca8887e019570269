import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { httpApiId, sendTo } from "../../../test/http-api.ts";
import { TestPlatform } from "../../../test/test-platform.ts";
import { TestClock } from "../../test-clock.ts";

let platform: TestPlatform;
let backend: Server;
const clock = new TestClock();

/** Answers with the request, or not at all. */
async function answer(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { method, url, headers } = request;
  return JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() });
}

beforeAll(async () => {
  backend = createServer((request, response) => {
    if (request.url?.startsWith("/hang")) return;
    answer(request).then((body) => {
      response.writeHead(
        418,
        [
          ["Content-Type", "application/json"],
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
          ["X-Backend", "yes"],
          ["Connection", "close"],
        ].flat(),
      );
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  const api = { ApiId: { Ref: "Api" } };
  const proxy = (name: string, key: string, uri: string, properties: Record<string, unknown> = {}) => ({
    [`${name}Integration`]: {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: {
        ...api,
        IntegrationType: "HTTP_PROXY",
        IntegrationUri: uri,
        IntegrationMethod: "ANY",
        PayloadFormatVersion: "1.0",
        ...properties,
      },
    },
    [`${name}Route`]: {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: { ...api, RouteKey: key, Target: { "Fn::Sub": `integrations/\${${name}Integration}` } },
    },
  });
  platform = await TestPlatform.start({
    clock,
    resources: {
      Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "Api", ProtocolType: "HTTP" } },
      Stage: {
        Type: "AWS::ApiGatewayV2::Stage",
        Properties: { ...api, StageName: "$default", AutoDeploy: true, StageVariables: { place: "there" } },
      },
      ...proxy("Default", "$default", `${url}/base`),
      ...proxy("Path", "ANY /items/{id}/{proxy+}", `${url}/\${stageVariables.place}/{id}/x/{proxy}?own=1`),
      ...proxy("Method", "GET /method", `${url}/method`, { IntegrationMethod: "PUT" }),
      ...proxy("Hang", "GET /hang", `${url}/hang`, { TimeoutInMillis: 1000 }),
      ...proxy("Gone", "GET /gone", "http://127.0.0.1:1/"),
      ...proxy("Mapped", "GET /mapped", url, { RequestParameters: { "append:header.a": "$request.path" } }),
      Quick: {
        Type: "AWS::ApiGatewayV2::Api",
        Properties: { Name: "Quick", ProtocolType: "HTTP", Target: url },
      },
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
  backend.closeAllConnections();
  backend.close();
});

const backendSaw = async (request: Parameters<typeof sendTo>[2], logicalId = "Api") =>
  (await (await sendTo(platform, logicalId, request)).json()) as {
    url: string;
    method: string;
    headers: Record<string, string>;
  };

test("passes request and answer on as they are, but for what belongs to a connection", async () => {
  const request = {
    method: "POST",
    path: "/a%20b/?x=1&x=%2F",
    headers: { "X-Own": "1", "X-Forwarded-For": "203.0.113.1", "X-Forwarded-Proto": "https" },
    body: "hello",
  };
  const answered = await sendTo(platform, "Api", request);
  expect(answered.status).toBe(418);
  expect(answered.headers).toMatchObject({
    "content-type": "application/json",
    "set-cookie": ["a=1", "b=2"],
    "x-backend": "yes",
    "apigw-requestid": expect.any(String),
  });
  const saw = (await answered.json()) as { headers: Record<string, string> };
  expect(saw).toMatchObject({ method: "POST", url: "/base/a%20b/?x=1&x=%2F", body: "hello" });
  expect(saw.headers).toMatchObject({
    "x-own": "1",
    "content-length": "5",
    host: `127.0.0.1:${(backend.address() as AddressInfo).port}`,
    forwarded: `for=127.0.0.1;host=${httpApiId(platform, "Api")}.execute-api.us-east-1.amazonaws.com;proto=http`,
  });
  expect(Object.keys(saw.headers).filter((name) => name.startsWith("x-forwarded-"))).toEqual([]);
});

test.each([
  ["path and stage variables", "/items/7/a/b?q=1", { url: "/there/7/x/a/b?own=1&q=1", method: "GET" }],
  ["the integration's method", "/method", { url: "/method", method: "PUT" }],
])("uses %s", async (_name, path, expected) => {
  expect(await backendSaw({ path })).toMatchObject(expected);
});

test("is made by an API with a target", async () => {
  expect(await backendSaw({ path: "/x/y" }, "Quick")).toMatchObject({ url: "/x/y" });
});

test.each([
  ["can't be reached", "/gone"],
  ["takes too long", "/hang"],
])("a backend that %s is a 503", async (_name, path) => {
  const pending = sendTo(platform, "Api", { path });
  if (path === "/hang") {
    await clock.waiting(1_000);
    clock.advance(1_000);
  }
  expect(await (await pending).summary()).toEqual({ status: 503, body: '{"message":"Service Unavailable"}' });
});

test("parameter mappings are refused by name", async () => {
  const message =
    "Parameter mappings (requestParameters: append:header.a) are not served here yet. Try this route on AWS.";
  expect(await (await sendTo(platform, "Api", { path: "/mapped" })).summary()).toEqual({
    status: 501,
    body: JSON.stringify({ message }),
  });
});
