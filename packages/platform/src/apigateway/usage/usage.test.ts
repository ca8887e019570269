import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { authorizerPermission, authorizerScheme } from "../../../test/authorizers.ts";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { rawRuntime } from "../../lambda/environment/testing/raw-runtime.ts";
import { TestClock } from "../../test-clock.ts";

const keyed = proxyTo("Echo", "BUFFERED", { operation: { security: [{ api_key: [] }] } });
const open = proxyTo("Echo", "BUFFERED");
const stage = restStage({
  invokes: ["Echo"],
  paths: {
    "/keyed": { get: keyed },
    "/keyed/slow": { get: keyed },
    "/open": { get: open },
    "/slow/{id}": { get: open, post: open },
    "/never": { get: open },
  },
  root: {
    components: { securitySchemes: { api_key: { type: "apiKey", name: "x-api-key", in: "header" } } },
  },
  stage: {
    MethodSettings: [
      { ResourcePath: "/*", HttpMethod: "*", ThrottlingRateLimit: 100, ThrottlingBurstLimit: 10 },
      {
        ResourcePath: "/~1slow~1{id}",
        HttpMethod: "GET",
        ThrottlingRateLimit: 0.5,
        ThrottlingBurstLimit: 2,
      },
      { ResourcePath: "/~1never", HttpMethod: "GET", ThrottlingRateLimit: 0, ThrottlingBurstLimit: 0 },
    ],
  },
});

/** A key with a plan of its own for the stage. */
function planned(name: string, key: object, plan: object, planStage: object = {}) {
  return {
    [`${name}Key`]: {
      Type: "AWS::ApiGateway::ApiKey",
      Properties: { Name: name, Enabled: true, Value: `${name}-0123456789-0123456789`, ...key },
    },
    [`${name}Plan`]: {
      Type: "AWS::ApiGateway::UsagePlan",
      Properties: {
        ApiStages: [{ ApiId: { Ref: "Api" }, Stage: { Ref: "Stage" }, ...planStage }],
        ...plan,
      },
    },
    [`${name}PlanKey`]: {
      Type: "AWS::ApiGateway::UsagePlanKey",
      Properties: {
        KeyId: { Ref: `${name}Key` },
        KeyType: "API_KEY",
        UsagePlanId: { Ref: `${name}Plan` },
      },
    },
  };
}

const resources = {
  Echo: scripted({ CodeUri: "echo/" }),
  ...stage,
  ...planned("free", {}, {}),
  ...planned("disabled", { Enabled: false }, {}),
  ...planned("elsewhere", {}, { ApiStages: [] }),
  ...planned("narrow", {}, { Throttle: { RateLimit: 1, BurstLimit: 2 } }),
  ...planned(
    "uneven",
    {},
    { Throttle: { RateLimit: 1, BurstLimit: 1 } },
    { Throttle: { "/keyed/slow/GET": { RateLimit: 1, BurstLimit: 3 } } },
  ),
  ...planned("daily", {}, { Quota: { Limit: 3, Offset: 1, Period: "DAY" } }),
};

const start = Date.parse("2026-11-24T12:00:00Z");
let clock: TestClock;
let platform: TestPlatform;
const begin = async () => {
  clock = new TestClock(start);
  platform = await TestPlatform.start({ resources, files: { "echo/bootstrap": eventAsBody }, clock });
};
const end = async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
};
const keyOf = (name: string) => `${name}-0123456789-0123456789`;
const get = (path: string, key?: string, method = "GET") =>
  platform.send({
    method,
    path: stagePath(platform) + path,
    headers: key === undefined ? {} : { "X-API-Key": key },
  });
const statuses = async (count: number, path: string, key?: string) => {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) seen.push((await get(path, key)).status);
  return seen;
};
const throttled = {
  status: 429,
  "x-amzn-errortype": "TooManyRequestsException",
  body: '{"message":"Too Many Requests"}',
};

describe("a method that asks for an API key", () => {
  beforeAll(begin);
  afterAll(end);

  test.each<[string, string | undefined, string]>([
    ["none", undefined, "asks for an API key in the header x-api-key"],
    ["one that is unknown", "unknown", "There is no API key of that value."],
    ["one that is disabled", keyOf("disabled"), "The API key disabled is disabled."],
    [
      "one of a plan for other stages",
      keyOf("elsewhere"),
      "The API key elsewhere is in no usage plan of the stage test.",
    ],
  ])("refuses %s", async (_, key, note) => {
    const answer = await get("/keyed", key);
    expect(await answer.summary("x-amzn-errortype")).toEqual({
      status: 403,
      "x-amzn-errortype": "ForbiddenException",
      body: '{"message":"Forbidden"}',
    });
    expect(platform.notes(answer.requestId)).toEqual([expect.stringContaining(note)]);
  });

  test("takes the key of a usage plan, and tells the function which it was", async () => {
    const answer = await get("/keyed", keyOf("free"));
    expect(answer.status).toBe(200);
    const { requestContext, headers } = (await answer.json()) as {
      requestContext: { identity: Record<string, unknown> };
      headers: Record<string, string>;
    };
    expect(requestContext.identity).toMatchObject({
      apiKey: keyOf("free"),
      apiKeyId: expect.stringMatching(/^[a-z0-9]{10}$/),
    });
    expect(headers["X-API-Key"]).toBe(keyOf("free"));
  });

  test("leaves the methods beside it open", async () => {
    const answer = await get("/open");
    expect(answer.status).toBe(200);
    const { requestContext } = (await answer.json()) as { requestContext: { identity: object } };
    expect(requestContext.identity).not.toHaveProperty("apiKey");
  });
});

describe("throttling", () => {
  beforeEach(async () => {
    await begin();
    return end;
  });

  test("of a method answers 429 beyond its burst, and goes on at its rate", async () => {
    expect(await statuses(3, "/slow/1")).toEqual([200, 200, 429]);
    const answer = await get("/slow/2");
    expect(await answer.summary("x-amzn-errortype")).toEqual(throttled);
    expect(platform.notes(answer.requestId)).toEqual([
      "429: the stage lets 0.5 requests a second and 2 at once through to /slow/{id}/GET.",
    ]);
    clock.advance(2_000);
    expect(await statuses(2, "/slow/1")).toEqual([200, 429]);
  });

  test("of all methods counts each by itself", async () => {
    expect(await statuses(11, "/open")).toEqual([...Array(10).fill(200), 429]);
    expect((await get("/slow/1", undefined, "POST")).status).toBe(200);
  });

  test("by a rate and burst of 0 lets nothing through", async () => {
    expect(await statuses(1, "/never")).toEqual([429]);
    clock.advance(60_000);
    expect(await statuses(1, "/never")).toEqual([429]);
  });

  test("by a usage plan is for each key, at all methods together", async () => {
    expect(await statuses(2, "/keyed", keyOf("narrow"))).toEqual([200, 200]);
    const answer = await get("/keyed/slow", keyOf("narrow"));
    expect(await answer.summary("x-amzn-errortype")).toEqual(throttled);
    expect(platform.notes(answer.requestId)).toEqual([
      "429: the usage plan lets 1 requests a second and 2 at once of the API key narrow through.",
    ]);
    expect(await statuses(1, "/keyed", keyOf("free"))).toEqual([200]);
  });

  test("by a usage plan for one method goes before that for all", async () => {
    expect(await statuses(4, "/keyed/slow", keyOf("uneven"))).toEqual([200, 200, 200, 429]);
    expect(await statuses(2, "/keyed", keyOf("uneven"))).toEqual([200, 429]);
  });

  test("by quota answers 429 until the next day, and an offset counts on the first one alone", async () => {
    expect(await statuses(2, "/keyed", keyOf("daily"))).toEqual([200, 200]);
    const answer = await get("/keyed", keyOf("daily"));
    expect(await answer.summary("x-amzn-errortype")).toEqual({
      status: 429,
      "x-amzn-errortype": "LimitExceededException",
      body: '{"message":"Limit Exceeded"}',
    });
    clock.advance(12 * 3_600_000);
    expect(await statuses(4, "/keyed", keyOf("daily"))).toEqual([200, 200, 200, 429]);
  });

  test("doesn't count who has no key", async () => {
    expect(await statuses(20, "/keyed")).toEqual(Array(20).fill(403));
    expect(await statuses(1, "/keyed", keyOf("free"))).toEqual([200]);
  });
});

test("an authorizer gives the key where the API takes it from there", async () => {
  const authorizer = rawRuntime(
    `await respond(id, JSON.stringify({ principalId: "a", usageIdentifierKey: JSON.parse(event.body).authorizationToken, policyDocument: {
       Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }] } }));`,
  );
  await using other = await TestPlatform.start({
    resources: {
      ...resources,
      Authorizer: scripted({ CodeUri: "authorizer/" }),
      Permission: authorizerPermission("Authorizer"),
      ...restStage({
        invokes: ["Echo"],
        paths: {
          "/keyed": {
            get: proxyTo("Echo", "BUFFERED", { operation: { security: [{ Token: [], api_key: [] }] } }),
          },
        },
        root: {
          "x-amazon-apigateway-api-key-source": "AUTHORIZER",
          components: {
            securitySchemes: {
              api_key: { type: "apiKey", name: "x-api-key", in: "header" },
              Token: authorizerScheme("Authorizer", { type: "token" }),
            },
          },
        },
      }),
    },
    files: { "echo/bootstrap": eventAsBody, "authorizer/bootstrap": authorizer },
  });
  const ask = (token: string) =>
    other.send({
      path: `${stagePath(other)}/keyed`,
      headers: { Authorization: token, "X-API-Key": keyOf("free") },
    });
  expect((await ask("unknown")).status).toBe(403);
  const answer = await ask(keyOf("free"));
  expect(await answer.json()).toMatchObject({ requestContext: { identity: { apiKey: keyOf("free") } } });
});

test("an account's requests are throttled over all stages", async () => {
  clock = new TestClock(start);
  platform = await TestPlatform.start({
    resources,
    files: { "echo/bootstrap": eventAsBody },
    clock,
    limits: { apiRequests: { ratePerSecond: 1, burst: 2 } },
  });
  expect(await statuses(3, "/open")).toEqual([200, 200, 429]);
  await end();
});

test.each([
  [
    "a key that is too short",
    { K: { Type: "AWS::ApiGateway::ApiKey", Properties: { Value: "short" } } },
    "Value is 5 characters long; API Gateway takes 20 to 128.",
  ],
  [
    "a quota without period",
    { P: { Type: "AWS::ApiGateway::UsagePlan", Properties: { Quota: { Limit: 3 } } } },
    "Quota is without a Period of DAY, WEEK or MONTH.",
  ],
  [
    "a rate that is no number",
    { P: { Type: "AWS::ApiGateway::UsagePlan", Properties: { Throttle: { RateLimit: "fast" } } } },
    "Throttle is without a usable RateLimit: fast is no number from 0 on.",
  ],
  [
    "settings of a path without slash",
    restStage({
      invokes: [],
      paths: { "/": { get: open } },
      stage: { MethodSettings: [{ ResourcePath: "a", HttpMethod: "GET" }] },
    }),
    "MethodSettings is for the ResourcePath a, which API Gateway refuses: it begins with a slash, and further ones are written ~1.",
  ],
  [
    "an unknown logging level",
    restStage({
      invokes: [],
      paths: { "/": { get: open } },
      stage: { MethodSettings: [{ ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "DEBUG" }] },
    }),
    "MethodSettings is with the LoggingLevel DEBUG; API Gateway takes OFF, ERROR or INFO.",
  ],
])("a template is refused for %s", async (_, extra, message) => {
  await expect(
    TestPlatform.start({
      resources: { Echo: scripted({ CodeUri: "echo/" }), ...extra },
      files: { "echo/bootstrap": eventAsBody },
    }),
  ).rejects.toMatchObject({ diagnostics: expect.arrayContaining([expect.objectContaining({ message })]) });
});
