import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExchangeRequest, send } from "../../../test/exchange.ts";
import { apiIdOf, eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

// Shapes and values are those that AWS's recorded events have, but for ids, addresses and times.

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Echo: scripted({ CodeUri: "echo/" }),
      ...restStage({
        paths: {
          "/": { get: proxyTo("Echo", "BUFFERED") },
          "/hardcoded": { get: proxyTo("Echo", "BUFFERED", { operation: { operationId: "GetHardcoded" } }) },
          "/pets/{id}": { "x-amazon-apigateway-any-method": proxyTo("Echo", "BUFFERED") },
          "/{proxy+}": { "x-amazon-apigateway-any-method": proxyTo("Echo", "BUFFERED") },
          "/signed": { get: proxyTo("Echo", "BUFFERED", { auth: "AWS_IAM" }) },
        },
        invokes: ["Echo"],
        binaryMediaTypes: ["image/png"],
        variables: { greeting: "hello" },
      }),
    },
    files: { "echo/bootstrap": eventAsBody },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

interface ProxyEvent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

/** The event that a request to the stage becomes. */
async function eventOf(path: string, request: Partial<ExchangeRequest> = {}): Promise<ProxyEvent> {
  const answer = await platform.send({ ...request, path: stagePath(platform) + path });
  expect(answer.status).toBe(200);
  return (await answer.json()) as ProxyEvent;
}

test("the event of a plain request has every member of the format, and no other", async () => {
  const before = Date.now();
  const event = await eventOf("/pets/7", { headers: { "user-agent": "test/1", "tEsT-HEADeR": "aValUE" } });
  const apiId = apiIdOf(platform);
  const domainName = `${apiId}.execute-api.us-east-1.amazonaws.com`;
  const traceId = expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  const headers = {
    Host: domainName,
    "user-agent": "test/1",
    "tEsT-HEADeR": "aValUE",
    "X-Amzn-Trace-Id": traceId,
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Port": String(platform.port),
    "X-Forwarded-Proto": "http",
  };
  expect(event).toEqual({
    resource: "/pets/{id}",
    path: "/pets/7",
    httpMethod: "GET",
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { id: "7" },
    stageVariables: { greeting: "hello" },
    requestContext: {
      resourceId: expect.stringMatching(/^[a-z0-9]{6}$/),
      resourcePath: "/pets/{id}",
      httpMethod: "GET",
      extendedRequestId: expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      path: "/test/pets/7",
      accountId: "123456789012",
      protocol: "HTTP/1.1",
      stage: "test",
      domainPrefix: apiId,
      requestTimeEpoch: expect.any(Number),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      identity: {
        cognitoIdentityPoolId: null,
        accountId: null,
        cognitoIdentityId: null,
        caller: null,
        sourceIp: "127.0.0.1",
        principalOrgId: null,
        accessKey: null,
        cognitoAuthenticationType: null,
        cognitoAuthenticationProvider: null,
        userArn: null,
        userAgent: "test/1",
        user: null,
      },
      domainName,
      deploymentId: expect.stringMatching(/^[a-z0-9]{6}$/),
      apiId,
    },
    body: null,
    isBase64Encoded: false,
  });
  const { requestTime, requestTimeEpoch } = event.requestContext;
  expect(requestTimeEpoch).toBeGreaterThanOrEqual(before);
  const [, day, clock] = /^(\d\d\/...\/\d{4}):(.*)$/.exec(String(requestTime)) ?? [];
  expect(Date.parse(`${day?.replaceAll("/", " ")} ${clock}`)).toBe(
    Math.floor(Number(requestTimeEpoch) / 1000) * 1000,
  );
});

describe("the path of the event", () => {
  test.each([
    ["/proxy-value", "/proxy-value", "/test/proxy-value", { proxy: "proxy-value" }],
    ["/proxy-value/", "/proxy-value/", "/test/proxy-value/", { proxy: "proxy-value" }],
    ["/a//b", "/a//b", "/test/a//b", { proxy: "a//b" }],
    ["//proxy-value", "/proxy-value", "/test//proxy-value", { proxy: "proxy-value" }],
    ["//hardcoded", "/hardcoded", "/test//hardcoded", null],
    [
      "/u/test%2Balias@x.com/t+a",
      "/u/test%2Balias@x.com/t+a",
      "/test/u/test%2Balias@x.com/t+a",
      { proxy: "u/test%2Balias@x.com/t+a" },
    ],
    ["/", "/", "/test/", null],
    ["", "/", "/test", null],
  ])("for '%s'", async (sent, path, stagePath, pathParameters) => {
    const event = await eventOf(sent);
    expect(event).toMatchObject({ path, pathParameters, requestContext: { path: stagePath } });
  });

  test("has one slash before the stage, also where the host names the API", async () => {
    const host = `${apiIdOf(platform)}.execute-api.localhost:${platform.port}`;
    const answer = await send(platform.port, { path: "//test/proxy-value", headers: { host } });
    expect(await answer.json()).toMatchObject({
      path: "/proxy-value",
      requestContext: { path: "/test/proxy-value" },
    });
  });
});

test("a method that a resource lacks is that of a less specific one", async () => {
  const event = await eventOf("/hardcoded", { method: "DELETE" });
  expect(event).toMatchObject({
    resource: "/{proxy+}",
    pathParameters: { proxy: "hardcoded" },
    httpMethod: "DELETE",
  });
});

describe("the query of the event", () => {
  test.each([
    ["urlparam=test", { urlparam: ["test"] }],
    ["a=1&a=2&b=3", { a: ["1", "2"], b: ["3"] }],
    [
      "whitespace=foo%20bar&plus=test+alias&mail=test%2Balias",
      {
        whitespace: ["foo bar"],
        plus: ["test alias"],
        mail: ["test+alias"],
      },
    ],
    ["empty=&bare", { empty: [""], bare: [""] }],
    ["a=1;b=2", { a: ["1"], b: ["2"] }],
    ["bad=%zz", { bad: ["%zz"] }],
    ["constructor=1&A=1&a=2", { constructor: ["1"], A: ["1"], a: ["2"] }],
    ["%C3%A9=%C3%A9", { é: ["é"] }],
  ])("%s is decoded, and the last value counts", async (query, values) => {
    const event = await eventOf(`/pets/7?${query}`);
    expect(event["multiValueQueryStringParameters"]).toEqual(values);
    expect(event["queryStringParameters"]).toEqual(
      Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.at(-1)])),
    );
  });
});

describe("the headers of the event", () => {
  test("keep every value of a repeated name, and the last one counts", async () => {
    const { headers, multiValueHeaders } = await eventOf("/pets/7", { headers: { "X-Twice": ["1", "2"] } });
    expect([headers["X-Twice"], multiValueHeaders["X-Twice"]]).toEqual(["2", ["1", "2"]]);
  });

  test("lack those that API Gateway does not pass on", async () => {
    const gone = [
      "content-md5",
      "expect",
      "max-forwards",
      "proxy-authenticate",
      "server",
      "te",
      "trailer",
      "www-authenticate",
    ];
    const passed = { accept: "text/html", "accept-encoding": "br", date: "x", via: "y", range: "bytes=0-1" };
    const { headers } = await eventOf("/pets/7", {
      method: "PUT",
      headers: {
        ...Object.fromEntries(
          gone.filter((name) => name !== "expect" && name !== "trailer").map((name) => [name, "x"]),
        ),
        ...passed,
        connection: "close",
        authorization: "random-value",
      },
      body: "x",
    });
    expect(headers).toMatchObject({ ...passed, authorization: "random-value" });
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    expect(names.filter((name) => [...gone, "connection", "content-length"].includes(name))).toEqual([]);
  });

  test("tell the whole way of the request", async () => {
    const { headers } = await eventOf("/pets/7", {
      headers: { "x-forwarded-for": "10.0.0.1", "x-forwarded-proto": "https", "x-forwarded-port": "443" },
    });
    expect(headers).toMatchObject({
      "X-Forwarded-For": "10.0.0.1, 127.0.0.1",
      "X-Forwarded-Proto": "http",
      "X-Forwarded-Port": String(platform.port),
    });
    expect(Object.keys(headers).filter((name) => /^x-forwarded/.test(name))).toEqual([]);
  });

  test("lack a signature, and the context says whose it was", async () => {
    const answer = await platform.sendSigned({
      service: "execute-api",
      path: `${stagePath(platform)}/signed`,
    });
    const { accessKeyId } = platform.platform.credentials;
    const { headers, requestContext } = (await answer.json()) as ProxyEvent;
    expect(Object.keys(headers).filter((name) => /^authorization$/i.test(name))).toEqual([]);
    expect(requestContext["identity"]).toMatchObject({
      accountId: "123456789012",
      accessKey: accessKeyId,
      userArn: "arn:aws:sts::123456789012:assumed-role/Administrator/sluice",
      caller: "AROASLUICEADMINISTRATOR:sluice",
      user: "AROASLUICEADMINISTRATOR:sluice",
    });
  });
});

describe("the body of the event", () => {
  test.each([
    ["text", "text/plain", Buffer.from("é"), "é", false],
    ["base64 for a binary media type", "image/png", Buffer.from([0xff, 0x00]), "/wA=", true],
    ["base64 whatever parameters the type has", "IMAGE/PNG; a=b", Buffer.from("x"), "eA==", true],
    ["null when there is none", "image/png", Buffer.alloc(0), null, false],
  ])("is %s", async (_, type, sent, body, isBase64Encoded) => {
    const event = await eventOf("/pets/7", { method: "POST", headers: { "content-type": type }, body: sent });
    expect(event).toMatchObject({ body, isBase64Encoded, httpMethod: "POST" });
  });
});

describe("the ids of a request", () => {
  test("are the same in the event and in the answer", async () => {
    const answer = await platform.send({ path: `${stagePath(platform)}/hardcoded` });
    const { headers, requestContext } = (await answer.json()) as ProxyEvent;
    expect(requestContext).toMatchObject({
      requestId: answer.requestId,
      extendedRequestId: answer.headers["x-amz-apigw-id"],
      operationName: "GetHardcoded",
    });
    expect(answer.headers["x-amzn-trace-id"]).toBe(headers["X-Amzn-Trace-Id"]);
  });

  test("are the client's, if it sends good ones", async () => {
    const root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const requestId = "11111111-2222-3333-4444-555555555555";
    const answer = await platform.send({
      path: `${stagePath(platform)}/hardcoded`,
      headers: { "x-amzn-requestid": requestId, "x-amzn-trace-id": `Self=1-a-b;${root};Sampled=1` },
    });
    expect(answer.headers).toMatchObject({ "x-amzn-requestid": requestId, "x-amzn-trace-id": root });
    const bad = await platform.send({
      path: `${stagePath(platform)}/hardcoded`,
      headers: { "x-amzn-requestid": "mine", "x-amzn-trace-id": "Root=mine" },
    });
    expect(bad.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(bad.headers["x-amzn-trace-id"]).toMatch(/^Root=1-/);
  });
});
