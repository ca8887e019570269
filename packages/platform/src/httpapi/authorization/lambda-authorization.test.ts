import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventAsBody, handler, httpApiId, sendTo } from "../../../test/http-api.ts";
import { TestPlatform } from "../../../test/test-platform.ts";
import { rawRuntime } from "../../lambda/environment/testing/raw-runtime.ts";
import { TestClock } from "../../test-clock.ts";

let platform: TestPlatform;
const clock = new TestClock();

/** Answers with what the request's header `do` says. */
const authorizer = rawRuntime(
  `const input = JSON.parse(event.body);
   const allow = (Resource, more) => ({ principalId: "ada", policyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource }] }, ...more });
   const result = await eval("(async () => (" + input.headers.do + "))()");
   if (result !== undefined) await respond(id, JSON.stringify(result));`,
);

const authorizerOf = (properties: Record<string, unknown>, sources: string[] = ["do"]) => ({
  FunctionArn: { "Fn::GetAtt": ["Authorizer", "Arn"] },
  AuthorizerPayloadFormatVersion: "2.0",
  EnableFunctionDefaultPermissions: true,
  Identity: { Headers: sources },
  ...properties,
});

beforeAll(async () => {
  const api = { ApiId: { Ref: "Api" } };
  const route = (path: string, name: string) => ({
    ...api,
    Path: path,
    Method: "get",
    Auth: { Authorizer: name },
  });
  platform = await TestPlatform.start({
    clock,
    files: { "echo/bootstrap": eventAsBody, "authorizer/bootstrap": authorizer },
    resources: {
      Api: {
        Type: "AWS::Serverless::HttpApi",
        Properties: {
          Auth: {
            Authorizers: {
              Simple: authorizerOf({ EnableSimpleResponses: true }),
              Policy: authorizerOf({}),
              Old: authorizerOf({ AuthorizerPayloadFormatVersion: "1.0" }, ["do", "x-user"]),
              Kept: authorizerOf({
                EnableSimpleResponses: true,
                Identity: { Headers: ["do"], ReauthorizeEvery: 60 },
              }),
              KeptByRoute: authorizerOf({
                Identity: { Headers: ["do"], Context: ["routeKey"], ReauthorizeEvery: 60 },
              }),
              KeptPolicy: authorizerOf({ Identity: { Headers: ["do"], ReauthorizeEvery: 60 } }),
              Unpermitted: authorizerOf({ EnableFunctionDefaultPermissions: false }),
            },
          },
        },
      },
      Authorizer: handler("authorizer", {}, { Timeout: 60 }),
      Echo: handler("echo", {
        Simple: route("/simple", "Simple"),
        Policy: route("/policy/{id}", "Policy"),
        Old: { ...route("/old", "Old"), PayloadFormatVersion: "1.0" },
        Kept: route("/kept", "Kept"),
        KeptToo: route("/kept-too", "Kept"),
        ByRoute: route("/by-route", "KeptByRoute"),
        ByRouteToo: route("/by-route-too", "KeptByRoute"),
        Allowed: route("/allowed", "KeptPolicy"),
        Denied: route("/denied", "KeptPolicy"),
      }),
      Other: {
        Type: "AWS::Serverless::HttpApi",
        Properties: {
          Auth: { Authorizers: { Unpermitted: authorizerOf({ EnableFunctionDefaultPermissions: false }) } },
        },
      },
      OtherEcho: handler("echo", {
        Any: { ApiId: { Ref: "Other" }, Path: "/", Method: "get", Auth: { Authorizer: "Unpermitted" } },
      }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const call = (path: string, script?: string, headers: Record<string, string> = {}) =>
  sendTo(platform, "Api", { path, headers: { ...(script === undefined ? {} : { do: script }), ...headers } });

const refused = {
  401: '{"message":"Unauthorized"}',
  403: '{"message":"Forbidden"}',
  500: '{"message":"Internal Server Error"}',
};

describe("a Lambda authorizer", () => {
  test.each<[string, string, string, number]>([
    ["/simple", "true", "{ isAuthorized: true }", 200],
    ["/simple", "false", "{ isAuthorized: false }", 403],
    ["/simple", "no answer at all", "{}", 500],
    ["/simple", "a policy in the place of a simple answer", 'allow("*")', 500],
    ["/simple", "a context that is none", "{ isAuthorized: true, context: 5 }", 500],
    ["/policy/1", "a policy that allows it", 'allow("*")', 200],
    ["/policy/1", "a policy that allows this route", "allow(input.routeArn)", 200],
    ["/policy/1", "a policy for another path", 'allow(input.routeArn.replace("/1", "/2"))', 403],
    ["/policy/1", "a simple answer in the place of a policy", "{ isAuthorized: true }", 500],
    ["/policy/1", "a policy that can't be read", "{ policyDocument: { Statement: [] } }", 500],
    ["/policy/1", "a text", '"yes"', 500],
    [
      "/policy/1",
      "the error Unauthorized",
      'void await fail(id, JSON.stringify({ errorType: "Error", errorMessage: "Unauthorized" }))',
      401,
    ],
    ["/policy/1", "another error", 'void await fail(id, JSON.stringify({ errorMessage: "no" }))', 500],
    ["/policy/1", "an exit", "process.exit(1)", 500],
  ])("of %s that answers with %s", async (path, _name, script, status) => {
    const answer = await call(path, script);
    expect(answer.status).toBe(status);
    if (status !== 200) expect(await answer.text()).toBe(refused[status as keyof typeof refused]);
  });

  test("is not asked where an identity source is missing", async () => {
    const answer = await call("/old", "process.exit(1)");
    expect(await answer.summary()).toEqual({ status: 401, body: refused[401] });
  });

  test("has ten seconds", async () => {
    const pending = call("/simple", 'void await gate("late")');
    await platform.gate.arrived("late");
    clock.advance(10_000);
    expect(await (await pending).summary()).toEqual({ status: 500, body: refused[500] });
    await platform.gate.pass("late");
  });

  test("needs to be permitted", async () => {
    const answer = await sendTo(platform, "Other", { path: "/", headers: { do: "{}" } });
    expect(await answer.summary()).toEqual({ status: 500, body: refused[500] });
    expect(platform.notes(String(answer.headers["apigw-requestid"]))).toEqual([
      expect.stringMatching(
        /not permitted to invoke .* with the source arn:aws:execute-api:.*\/authorizers\/\w{6}/,
      ),
    ]);
  });
});

describe("its event", () => {
  test("is of format 2.0", async () => {
    const answer = await call("/policy/a%20b?q=1", 'allow("*", { context: { event: input } })', {
      Cookie: "a=1",
    });
    const { requestContext } = (await answer.json()) as {
      requestContext: { authorizer: { lambda: { event: Record<string, unknown> } } };
    };
    const id = httpApiId(platform, "Api");
    const { event } = requestContext.authorizer.lambda;
    expect(event).toMatchObject({
      version: "2.0",
      type: "REQUEST",
      routeArn: `arn:aws:execute-api:us-east-1:123456789012:${id}/$default/GET/policy/a%20b`,
      identitySource: ['allow("*", { context: { event: input } })'],
      routeKey: "GET /policy/{id}",
      rawPath: "/policy/a b",
      rawQueryString: "q=1",
      cookies: ["a=1"],
      queryStringParameters: { q: "1" },
      requestContext: { apiId: id, stage: "$default" },
      pathParameters: { id: "a b" },
    });
    expect(Object.keys(event)).not.toContain("body");
  });

  test("is of format 1.0", async () => {
    const script = 'allow("*", { context: { event: JSON.stringify(input) } })';
    const answer = await call("/old", script, { "x-user": "ada" });
    const { requestContext } = (await answer.json()) as {
      requestContext: { authorizer: Record<string, string> };
    };
    expect(requestContext.authorizer["principalId"]).toBe("ada");
    expect(JSON.parse(requestContext.authorizer["event"] ?? "")).toMatchObject({
      version: "1.0",
      type: "REQUEST",
      methodArn: expect.stringMatching(/\/\$default\/GET\/old$/),
      identitySource: `${script},ada`,
      authorizationToken: `${script},ada`,
      resource: "/old",
      path: "/old",
      httpMethod: "GET",
      headers: { "x-user": "ada" },
      queryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      requestContext: { stage: "$default", resourcePath: "/old" },
    });
  });
});

describe("an answer that is kept", () => {
  /** The Lambda request id of the call that the answer comes from. */
  const callOf = async (path: string, script: string) => {
    const event = (await (await call(path, script)).json()) as {
      requestContext: { authorizer: { lambda: { call: string } } };
    };
    return event.requestContext.authorizer.lambda.call;
  };
  const simple = "{ isAuthorized: true, context: { call: id } }";
  const policy = 'allow("*", { context: { call: id } })';

  test("holds for all routes of the authorizer, as long as it may", async () => {
    const first = await callOf("/kept", simple);
    expect(await callOf("/kept", simple)).toBe(first);
    expect(await callOf("/kept-too", simple)).toBe(first);
    expect(await callOf("/kept", `${simple} /* another value */`)).not.toBe(first);
    clock.advance(59_999);
    expect(await callOf("/kept", simple)).toBe(first);
    clock.advance(1);
    expect(await callOf("/kept", simple)).not.toBe(first);
  });

  test("holds for one route where the route is an identity source", async () => {
    const first = await callOf("/by-route", policy);
    expect(await callOf("/by-route", policy)).toBe(first);
    expect(await callOf("/by-route-too", policy)).not.toBe(first);
  });

  test("is asked anew where nothing is kept", async () => {
    expect(await callOf("/policy/1", policy)).not.toBe(await callOf("/policy/1", policy));
  });

  test("is a policy that each route is held against", async () => {
    const script = 'allow(input.routeArn.replace(/[^/]*$/, "allowed"), { context: { call: id } })';
    const first = await callOf("/allowed", script);
    expect((await call("/denied", script)).status).toBe(403);
    expect(await callOf("/allowed", script)).toBe(first);
  });
});
