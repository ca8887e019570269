import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExchangeRequest } from "../../test/exchange.ts";
import { eventAsBody, handler, httpApiId, sendTo } from "../../test/http-api.ts";
import { TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;

const api = (stage?: string) => ({
  Type: "AWS::Serverless::HttpApi",
  Properties: {
    ...(stage === undefined ? {} : { StageName: stage }),
    StageVariables: { color: "red" },
  },
});

beforeAll(async () => {
  const route = { Path: "/pets/{kind}/{rest+}", Method: "ANY" };
  platform = await TestPlatform.start({
    files: { "echo/bootstrap": eventAsBody },
    resources: {
      Two: { Type: "AWS::Serverless::HttpApi" },
      Named: api("prod"),
      Echo: handler("echo", {
        Default: { ApiId: { Ref: "Two" } },
        Named: { ...route, ApiId: { Ref: "Named" } },
        One: { ApiId: { Ref: "Named" }, Path: "/one/{kind}", Method: "post", PayloadFormatVersion: "1.0" },
      }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

async function eventOf(logicalId: string, request: ExchangeRequest) {
  const answer = await sendTo(platform, logicalId, request);
  return (await answer.json()) as Record<string, unknown> & { headers: Record<string, string> };
}

const headersOf = (host: string, length: string) => ({
  "content-length": length,
  host,
  "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
  "x-forwarded-for": "203.0.113.1, 127.0.0.1",
  "x-forwarded-port": String(platform.port),
  "x-forwarded-proto": "http",
});

describe("payload format 2.0", () => {
  test("has everything of a request", async () => {
    const id = httpApiId(platform, "Named");
    const domainName = `${id}.execute-api.us-east-1.amazonaws.com`;
    const before = Date.now();
    const event = await eventOf("Named", {
      method: "POST",
      path: "/prod/pets/big%20dog/a/b?a=1&a=%2F&b",
      headers: {
        "Content-Type": "application/json",
        "X-Twice": ["1", "2"],
        Cookie: "a=1; b=2",
        "User-Agent": "test",
        "X-Forwarded-For": "203.0.113.1",
      },
      body: '{"a":1}',
    });
    expect(event).toEqual({
      version: "2.0",
      routeKey: "ANY /pets/{kind}/{rest+}",
      rawPath: "/prod/pets/big dog/a/b",
      rawQueryString: "a=1&a=%2F&b",
      cookies: ["a=1", "b=2"],
      headers: {
        ...headersOf(domainName, "7"),
        "content-type": "application/json",
        "user-agent": "test",
        "x-twice": "1,2",
      },
      queryStringParameters: { a: "1,/", b: "" },
      requestContext: {
        accountId: "123456789012",
        apiId: id,
        domainName,
        domainPrefix: id,
        http: {
          method: "POST",
          path: "/prod/pets/big dog/a/b",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "test",
        },
        requestId: expect.stringMatching(/^[\w+/]{15}=$/),
        routeKey: "ANY /pets/{kind}/{rest+}",
        stage: "prod",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      pathParameters: { kind: "big dog", rest: "a/b" },
      stageVariables: { color: "red" },
      body: '{"a":1}',
      isBase64Encoded: false,
    });
    const { timeEpoch } = event["requestContext"] as { timeEpoch: number };
    expect(timeEpoch).toBeGreaterThanOrEqual(before);
    expect(timeEpoch).toBeLessThanOrEqual(Date.now());
  });

  test("leaves out what a request does not have", async () => {
    const event = await eventOf("Two", { path: "/x" });
    expect(Object.keys(event).sort()).toEqual([
      "headers",
      "isBase64Encoded",
      "rawPath",
      "rawQueryString",
      "requestContext",
      "routeKey",
      "version",
    ]);
    expect(event).toMatchObject({
      rawPath: "/x",
      routeKey: "$default",
      requestContext: { stage: "$default" },
    });
    expect(event.headers).toMatchObject({ "content-length": "0" });
  });

  test.each([
    ["text/plain", "hé", false],
    ["application/json", "{}", false],
    ["application/x-www-form-urlencoded", "a=1", true],
    ["application/octet-stream", "hi", true],
  ])("has a body of the type %s", async (type, body, isBase64Encoded) => {
    const request = { method: "POST", path: "/", headers: { "content-type": type }, body };
    expect(await eventOf("Two", request)).toMatchObject({
      body: Buffer.from(body).toString(isBase64Encoded ? "base64" : "utf8"),
      isBase64Encoded,
    });
  });
});

describe("payload format 1.0", () => {
  test("is that of a REST API with a version and lower-case headers", async () => {
    const id = httpApiId(platform, "Named");
    const domainName = `${id}.execute-api.us-east-1.amazonaws.com`;
    const event = await eventOf("Named", {
      method: "POST",
      path: "/prod/one/a%20b?a=1&a=2",
      headers: { "X-Twice": ["1", "2"], "User-Agent": "test", "X-Forwarded-For": "203.0.113.1" },
      body: "hi",
    });
    const headers = headersOf(domainName, "2");
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    const identity = {
      accessKey: null,
      accountId: null,
      caller: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: "127.0.0.1",
      user: null,
      userAgent: "test",
      userArn: null,
    };
    const requestId = (event["requestContext"] as { requestId: string }).requestId;
    expect(event).toEqual({
      version: "1.0",
      resource: "/one/{kind}",
      path: "/prod/one/a b",
      httpMethod: "POST",
      headers: { ...headers, "user-agent": "test", "x-twice": "2" },
      multiValueHeaders: { ...lists, "user-agent": ["test"], "x-twice": ["1", "2"] },
      queryStringParameters: { a: "2" },
      multiValueQueryStringParameters: { a: ["1", "2"] },
      requestContext: {
        accountId: "123456789012",
        apiId: id,
        authorizer: { claims: null, scopes: null },
        domainName,
        domainPrefix: id,
        extendedRequestId: requestId,
        httpMethod: "POST",
        identity,
        path: "/prod/one/a b",
        protocol: "HTTP/1.1",
        requestId,
        requestTime: expect.any(String),
        requestTimeEpoch: expect.any(Number),
        resourceId: null,
        resourcePath: "/one/{kind}",
        stage: "prod",
      },
      pathParameters: { kind: "a b" },
      stageVariables: { color: "red" },
      body: "aGk=",
      isBase64Encoded: true,
    });
  });
});
