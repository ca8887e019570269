import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExchangeRequest } from "../../../test/exchange.ts";
import { TestPlatform } from "../../../test/test-platform.ts";
import { echo, rawRuntime } from "../environment/testing/raw-runtime.ts";

let platform: TestPlatform;
let id: string;

beforeAll(async () => {
  platform = await TestPlatform.start({
    files: { "echo/bootstrap": rawRuntime(echo) },
    resources: {
      Echo: {
        Type: "AWS::Serverless::Function",
        Properties: {
          FunctionName: "echo",
          CodeUri: "echo/",
          Handler: "bootstrap",
          Runtime: "provided.al2023",
          FunctionUrlConfig: { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" },
        },
      },
    },
  });
  id = platform.urlPath("echo").replace("/_lambda-url/", "");
});
afterAll(() => platform[Symbol.asyncDispose]());

interface UrlEvent {
  readonly headers: Record<string, string>;
  readonly requestContext: Record<string, unknown>;
  readonly [key: string]: unknown;
}

/** What the function gets for a request to its URL. */
async function eventOf({ path, headers, ...request }: ExchangeRequest): Promise<UrlEvent> {
  const host = `${id}.lambda-url.us-east-1.localhost:${platform.port}`;
  const answer = await platform.send({ ...request, path, headers: { host, ...headers } });
  return (await answer.json()) as UrlEvent;
}

describe("the event of a function URL", () => {
  test("is payload format 2.0, exactly", async () => {
    const before = Date.now();
    const event = await eventOf({
      method: "POST",
      path: "/pa2%Fth/1?q=query&multiQuery=foo&multiQuery=%2Fbar",
      headers: {
        "content-type": "application/json",
        "Extra-Headers": "With WeiRd CapS",
        "user-agent": "test/echo",
        "x-twice": ["1", "2"],
        cookie: "a=1; b=2",
        "x-forwarded-for": "203.0.113.1",
      },
      body: '{"foo":"bar"}\n',
    });
    const timeEpoch = event.requestContext["timeEpoch"] as number;
    expect(event).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/pa2%Fth/1",
      rawQueryString: "q=query&multiQuery=foo&multiQuery=%2Fbar",
      cookies: ["a=1", "b=2"],
      headers: {
        "content-length": "14",
        "content-type": "application/json",
        "extra-headers": "With WeiRd CapS",
        host: `${id}.lambda-url.us-east-1.on.aws`,
        "user-agent": "test/echo",
        "x-twice": "1,2",
        cookie: "a=1; b=2",
        "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}/),
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": String(platform.port),
        "x-forwarded-proto": "http",
      },
      queryStringParameters: { q: "query", multiQuery: "foo,/bar" },
      requestContext: {
        accountId: "anonymous",
        apiId: id,
        domainName: `${id}.lambda-url.us-east-1.on.aws`,
        domainPrefix: id,
        http: {
          method: "POST",
          path: "/pa2%Fth/1",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "test/echo",
        },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: "$default",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"foo":"bar"}\n',
      isBase64Encoded: false,
    });
    expect(timeEpoch).toBeGreaterThanOrEqual(before);
    expect(timeEpoch).toBeLessThanOrEqual(Date.now());
  });

  test("has no body, query or cookies where the request has none", async () => {
    const event = await eventOf({ path: "/" });
    expect(Object.keys(event).sort()).toEqual([
      "headers",
      "isBase64Encoded",
      "rawPath",
      "rawQueryString",
      "requestContext",
      "routeKey",
      "version",
    ]);
    expect(event).toMatchObject({ rawPath: "/", rawQueryString: "", isBase64Encoded: false });
  });

  test("has the path decoded only in the request context", async () => {
    expect(await eventOf({ path: "/a%20b/%C3%A9" })).toMatchObject({
      rawPath: "/a%20b/%C3%A9",
      requestContext: { http: { path: "/a b/é" } },
    });
  });

  test.each([
    ["a=1&a=2&a=", { a: "1,2," }],
    ["a", { a: "" }],
    ["a=b=c", { a: "b=c" }],
    ["a=x+y&b=%2B", { a: "x y", b: "+" }],
    ["__proto__=1&constructor=2", { ["__proto__"]: "1", constructor: "2" }],
    ["a=%zz", { a: "%zz" }],
  ])("reads the query %s", async (query, parameters) => {
    const event = await eventOf({ path: `/?${query}` });
    expect(event["rawQueryString"]).toBe(query);
    expect(JSON.stringify(event["queryStringParameters"])).toBe(JSON.stringify(parameters));
  });

  test("keeps no header of the connection", async () => {
    const { headers } = await eventOf({
      method: "POST",
      path: "/",
      headers: { connection: "close", "transfer-encoding": "chunked", "content-type": "text/plain" },
      body: "hi",
    });
    expect(headers).not.toHaveProperty("connection");
    expect(headers).not.toHaveProperty("transfer-encoding");
  });
});

describe("the body", () => {
  const bytes = Buffer.from([0, 0xff, 0xfe]);

  test.each<[string | undefined, string | Buffer, boolean]>([
    ["text/plain", "hé", false],
    ["text/html; charset=utf-8", "<p>", false],
    ["application/json", "{", false],
    ["Application/JSON;charset=utf-8", "{}", false],
    ["application/problem+json", "{}", false],
    ["application/xml", "<a/>", false],
    ["application/javascript", "1", false],
    ["multipart/form-data; boundary=b", "--b--", true],
    ["application/x-www-form-urlencoded", "a=1", true],
    ["application/octet-stream", "hi", true],
    ["image/png", bytes, true],
    [undefined, "hi", true],
    // As text these bytes would be lost.
    ["text/plain; charset=latin1", bytes, true],
  ])("of type %s: %j is base64: %s", async (type, body, isBase64Encoded) => {
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    expect(await eventOf({ method: "POST", path: "/", headers, body })).toMatchObject({
      body: Buffer.from(body).toString(isBase64Encoded ? "base64" : "utf8"),
      isBase64Encoded,
    });
  });

  test("is there for a chunked request as well", async () => {
    const event = await eventOf({
      method: "POST",
      path: "/",
      headers: { "transfer-encoding": "chunked", "content-type": "text/plain" },
      body: "hi",
    });
    expect(event["body"]).toBe("hi");
  });
});
