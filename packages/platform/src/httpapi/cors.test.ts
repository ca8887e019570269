import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { handler, sendTo } from "../../test/http-api.ts";
import { TestPlatform } from "../../test/test-platform.ts";
import { rawRuntime } from "../lambda/environment/testing/raw-runtime.ts";

let platform: TestPlatform;

/** Has headers of its own, which a browser must not see where API Gateway has a say. */
const own = rawRuntime(
  `await respond(id, JSON.stringify({ statusCode: 200, body: "mine", headers: { "Access-Control-Allow-Origin": "mine", "access-control-expose-headers": "mine" } }));`,
);

const api = (cors: unknown, properties: Record<string, unknown> = {}) => ({
  Type: "AWS::Serverless::HttpApi",
  Properties: { ...(cors === undefined ? {} : { CorsConfiguration: cors }), ...properties },
});

beforeAll(async () => {
  const on = (name: string, properties: Record<string, unknown>) => ({ ...properties, ApiId: { Ref: name } });
  platform = await TestPlatform.start({
    files: { "own/bootstrap": own },
    resources: {
      Open: api(true),
      Strict: api({
        AllowOrigins: ["https://a.test", "http://*"],
        AllowMethods: ["GET", "POST"],
        AllowHeaders: ["x-a", "x-b"],
        ExposeHeaders: ["x-c"],
        MaxAge: 600,
        AllowCredentials: true,
      }),
      Bare: api(undefined),
      Guarded: api(true, { Auth: { EnableIamAuthorizer: true, DefaultAuthorizer: "AWS_IAM" } }),
      Own: handler("own", {
        Open: on("Open", { Path: "/", Method: "get" }),
        Strict: on("Strict", { Path: "/", Method: "get" }),
        Bare: on("Bare", { Path: "/", Method: "any" }),
        Guarded: on("Guarded", { Path: "/get", Method: "get" }),
        GuardedAny: on("Guarded", { Path: "/any", Method: "any" }),
      }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const names = [
  "access-control-allow-origin",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-allow-credentials",
  "access-control-expose-headers",
  "access-control-max-age",
  "vary",
];

/** Status, body, and the headers of the above that are there. */
async function corsOf(logicalId: string, path: string, origin: string | undefined, asks = false) {
  const answer = await sendTo(platform, logicalId, {
    method: asks ? "OPTIONS" : "GET",
    path,
    headers: {
      ...(origin === undefined ? {} : { origin }),
      ...(asks ? { "access-control-request-method": "GET" } : {}),
    },
  });
  return JSON.parse(JSON.stringify(await answer.summary(...names)));
}

const strict = {
  "access-control-allow-credentials": "true",
  "access-control-expose-headers": "x-c",
  vary: "Origin",
};
const preflight = {
  "access-control-allow-methods": "GET,POST",
  "access-control-allow-headers": "x-a,x-b",
  "access-control-max-age": "600",
};

describe("a preflight", () => {
  test.each<[string, string, string, string, object]>([
    ["where everyone may", "Open", "/", "https://x.test", { "access-control-allow-origin": "*" }],
    ["of a path without a route", "Open", "/no", "https://x.test", { "access-control-allow-origin": "*" }],
    [
      "of an origin that may",
      "Strict",
      "/",
      "https://a.test",
      { "access-control-allow-origin": "https://a.test", ...strict, ...preflight },
    ],
    [
      "of an origin of a kind that may",
      "Strict",
      "/",
      "http://any.test",
      { "access-control-allow-origin": "http://any.test", ...strict, ...preflight },
    ],
    ["of an origin that may not", "Strict", "/", "https://b.test", {}],
    [
      "of a route that takes GET alone",
      "Guarded",
      "/get",
      "https://x.test",
      { "access-control-allow-origin": "*" },
    ],
  ])("%s is answered by API Gateway", async (_name, logicalId, path, origin, headers) => {
    expect(await corsOf(logicalId, path, origin, true)).toEqual({ status: 204, body: "", ...headers });
  });

  test("to a route that takes every method needs what the route's authorizer wants", async () => {
    expect(await corsOf("Guarded", "/any", "https://x.test", true)).toMatchObject({ status: 403 });
  });

  test("is the function's to answer where there is no CORS", async () => {
    expect(await corsOf("Bare", "/", "https://x.test", true)).toMatchObject({
      body: "mine",
      "access-control-allow-origin": "mine",
    });
  });

  test("without an origin is none", async () => {
    expect(await corsOf("Open", "/", undefined, true)).toEqual({
      status: 404,
      body: '{"message":"Not Found"}',
    });
  });
});

describe("an answer", () => {
  test.each<[string, string, string | undefined, object]>([
    [
      "has API Gateway's headers in the place of the function's",
      "Open",
      "https://x.test",
      { "access-control-allow-origin": "*" },
    ],
    ["has none for an origin that may not", "Strict", "https://b.test", {}],
    [
      "has them for one that may",
      "Strict",
      "https://a.test",
      { "access-control-allow-origin": "https://a.test", ...strict },
    ],
    ["has none without an origin, not even the function's", "Open", undefined, {}],
  ])("%s", async (_name, logicalId, origin, headers) => {
    expect(await corsOf(logicalId, "/", origin)).toEqual({ status: 200, body: "mine", ...headers });
  });

  test("of API Gateway itself has them as well", async () => {
    expect(await corsOf("Open", "/no", "https://x.test")).toEqual({
      status: 404,
      body: '{"message":"Not Found"}',
      "access-control-allow-origin": "*",
    });
  });
});
