import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { authorizerPermission, authorizerScheme, TokenSigner } from "../../../test/authorizers.ts";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { rawRuntime } from "../../lambda/environment/testing/raw-runtime.ts";
import { TestClock } from "../../test-clock.ts";

/** Answers what its token, or the query, says: a policy, or JavaScript. Tells with `calls` how often it was asked. */
const authorizer = rawRuntime(
  `globalThis.calls = (globalThis.calls ?? 0) + 1;
   const input = JSON.parse(event.body);
   const policy = (Effect, Resource = "*") => ({ Version: "2012-10-17", Statement: [{ Effect, Action: "execute-api:Invoke", Resource }] });
   const answer = (value) => respond(id, JSON.stringify(value));
   const allow = (rest = {}) => answer({ principalId: "ada", policyDocument: policy("Allow"), context: { calls }, ...rest });
   const said = input.authorizationToken ?? input.queryStringParameters?.say ?? "allow()";
   await eval("(async () => {" + said + "})()");`,
);

const method = (security: Readonly<Record<string, readonly string[]>>) =>
  proxyTo("Echo", "BUFFERED", { operation: { security: [security] } });
const pool = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_pool";
const poolScheme = {
  type: "apiKey",
  name: "Authorization",
  in: "header",
  "x-amazon-apigateway-authtype": "cognito_user_pools",
  "x-amazon-apigateway-authorizer": { type: "cognito_user_pools", providerARNs: [pool] },
};
const querystring = "method.request.querystring.say";
const schemes = {
  Token: authorizerScheme("Authorizer", { type: "token" }),
  Validated: authorizerScheme("Authorizer", {
    type: "token",
    identityValidationExpression: "allow.*",
    authorizerResultTtlInSeconds: 0,
  }),
  Request: authorizerScheme("Authorizer", { type: "request", identitySource: querystring }),
  Uncached: authorizerScheme("Authorizer", { type: "request", authorizerResultTtlInSeconds: 0 }),
  Unpermitted: authorizerScheme("Echo", { type: "token" }),
  Pool: poolScheme,
};

const signer = new TokenSigner();
let clock: TestClock;
let platform: TestPlatform;
const begin = async (policy?: unknown) => {
  clock = new TestClock();
  platform = await TestPlatform.start({
    clock,
    resources: {
      Echo: scripted({ CodeUri: "echo/" }),
      Authorizer: scripted({ CodeUri: "authorizer/" }),
      Permission: authorizerPermission("Authorizer"),
      ...restStage({
        invokes: ["Echo"],
        paths: {
          "/token": { get: method({ Token: [] }), post: method({ Token: [] }) },
          "/validated": { get: method({ Validated: [] }) },
          "/request/{name}": { get: method({ Request: [] }) },
          "/uncached": { get: method({ Uncached: [] }) },
          "/unpermitted": { get: method({ Unpermitted: [] }) },
          "/pool": { get: method({ Pool: [] }) },
          "/scoped": { get: method({ Pool: ["notes/read", "notes/write"] }) },
        },
        ...(policy === undefined ? {} : { policy }),
        root: { components: { securitySchemes: schemes } },
      }),
    },
    files: {
      "echo/bootstrap": eventAsBody,
      "authorizer/bootstrap": authorizer,
      "keys.json": JSON.stringify(signer.keySet),
    },
    userPoolKeys: { "us-east-1_pool": "keys.json" },
  });
};
const end = async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
};
const get = (path: string, token?: string, method = "GET") =>
  platform.send({
    method,
    path: stagePath(platform) + path,
    headers: token === undefined ? {} : { Authorization: token },
  });
const authorizerOf = async (answer: Awaited<ReturnType<typeof get>>) =>
  ((await answer.json()) as { requestContext: { authorizer: Record<string, unknown> } }).requestContext
    .authorizer;

const answers = {
  unauthorized: [401, "UnauthorizedException", '{"message":"Unauthorized"}'],
  denied: [
    403,
    "AccessDeniedException",
    '{"Message":"User is not authorized to access this resource with an explicit deny"}',
  ],
  notAllowed: [403, "AccessDeniedException", '{"Message":"User is not authorized to access this resource"}'],
  failed: [500, "InternalServerErrorException", '{"message":null}'],
  misconfigured: [500, "AuthorizerConfigurationException", '{"message":null}'],
} as const;
const expectAnswer = async (
  answer: Awaited<ReturnType<typeof get>>,
  [status, type, body]: (typeof answers)[keyof typeof answers],
) => expect(await answer.summary("x-amzn-errortype")).toEqual({ status, "x-amzn-errortype": type, body });

describe("a Lambda authorizer", () => {
  beforeAll(() => begin());
  afterAll(() => end());

  test.each<[string, string, string | undefined, keyof typeof answers]>([
    ["without the token", "/token", undefined, "unauthorized"],
    ["with an empty token", "/token", "", "unauthorized"],
    ["with a token that is not valid in whole", "/validated", "return allow()", "unauthorized"],
    [
      "whose function throws Unauthorized",
      "/token",
      `fail(id, JSON.stringify({ errorMessage: "Unauthorized" }))`,
      "unauthorized",
    ],
    [
      "whose function throws something else",
      "/token",
      `fail(id, JSON.stringify({ errorMessage: "no" }))`,
      "failed",
    ],
    ["that denies", "/token", `answer({ principalId: "a", policyDocument: policy("Deny") })`, "denied"],
    [
      "that allows something else",
      "/token",
      `answer({ principalId: "a", policyDocument: policy("Allow", "arn:aws:execute-api:*:*:*/*/GET/other") })`,
      "notAllowed",
    ],
    ["that gives no policy", "/token", `answer({ principalId: "a" })`, "misconfigured"],
    ["that gives no principal", "/token", `allow({ principalId: "" })`, "misconfigured"],
    ["that gives a list as context", "/token", `allow({ context: { a: [] } })`, "misconfigured"],
    ["that gives no JSON", "/token", `respond(id, "yes")`, "misconfigured"],
    [
      "that gives a resource that is too long",
      "/token",
      `answer({ principalId: "a", policyDocument: policy("Allow", "*".repeat(513)) })`,
      "misconfigured",
    ],
    ["whose function may not be invoked", "/unpermitted", "a", "misconfigured"],
    ["without the source that its answers are kept by", "/request/ada", undefined, "unauthorized"],
  ])("%s refuses", async (_, path, token, expected) => {
    const answer = await get(path, token);
    await expectAnswer(answer, answers[expected]);
  });

  test("gives principal and context to the function, as text", async () => {
    const answer = await get(
      "/token",
      `allow({ context: { level: 3, admin: true, none: null, name: "x" } })`,
    );
    expect(await authorizerOf(answer)).toEqual({
      principalId: "ada",
      level: "3",
      admin: "true",
      name: "x",
      integrationLatency: expect.any(Number),
    });
  });

  test("of type TOKEN gets the token and the method's ARN", async () => {
    const answer = await get("/token", `allow({ context: { input: event.body.toString() } })`);
    const { input } = await authorizerOf(answer);
    expect(JSON.parse(String(input))).toEqual({
      type: "TOKEN",
      methodArn: expect.stringMatching(
        /^arn:aws:execute-api:us-east-1:123456789012:[a-z0-9]{10}\/test\/GET\/token$/,
      ),
      authorizationToken: `allow({ context: { input: event.body.toString() } })`,
    });
  });

  test("of type REQUEST gets the request without its body", async () => {
    const say = "allow({ context: { input: event.body.toString() } })";
    const answer = await get(`/request/ada?say=${encodeURIComponent(say)}`);
    const { input } = await authorizerOf(answer);
    const event = JSON.parse(String(input)) as Record<string, unknown>;
    expect(event).toMatchObject({
      type: "REQUEST",
      methodArn: expect.stringMatching(/\/test\/GET\/request\/ada$/),
      resource: "/request/{name}",
      path: "/request/ada",
      httpMethod: "GET",
      queryStringParameters: { say },
      pathParameters: { name: "ada" },
      requestContext: expect.objectContaining({ stage: "test" }),
    });
    expect(event).not.toHaveProperty("body");
    expect(event["requestContext"]).not.toHaveProperty("authorizer");
  });

  test("is asked again after the time for which its answer is kept, and for another token", async () => {
    const token = "allow({ context: { nonce: Math.random() } })";
    const nonce = async (text = token) => (await authorizerOf(await get("/token", text)))["nonce"];
    const first = await nonce();
    expect(await nonce()).toBe(first);
    expect(await nonce(`${token};`)).not.toBe(first);
    clock.advance(299_999);
    expect(await nonce()).toBe(first);
    clock.advance(1);
    expect(await nonce()).not.toBe(first);
  });

  test("whose answer is kept has it looked at for each method", async () => {
    const token = `answer({ principalId: "a", policyDocument: policy("Allow", input.methodArn) })`;
    expect((await get("/token", token)).status).toBe(200);
    await expectAnswer(await get("/token", token, "POST"), answers.notAllowed);
  });

  test("without kept answers is asked each time, sources or none", async () => {
    const first = Number((await authorizerOf(await get("/uncached")))["calls"]);
    expect(await authorizerOf(await get("/uncached"))).toMatchObject({ calls: String(first + 1) });
  });

  test("that doesn't answer in ten seconds fails", async () => {
    const answer = get("/token", `await gate("late"); allow()`);
    await clock.waiting(10_000);
    await platform.gate.arrived("late");
    clock.advance(10_000);
    await expectAnswer(await answer, answers.failed);
    await platform.gate.pass("late");
  });
});

describe("an API's own policy besides a Lambda authorizer", () => {
  beforeEach(async () => {
    await begin({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Deny", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*/POST/*" },
        {
          Effect: "Allow",
          Principal: "*",
          Action: "execute-api:Invoke",
          Resource: "execute-api:/*/GET/token",
        },
      ],
    });
    return end;
  });

  test("denies before the function is asked, and allows where the authorizer's says nothing", async () => {
    await expectAnswer(await get("/token", "allow()", "POST"), answers.denied);
    const nothing = `answer({ principalId: "a", policyDocument: policy("Allow", "arn:aws:execute-api:*:*:*/other"), context: { calls } })`;
    expect(await authorizerOf(await get("/token", nothing))).toMatchObject({ calls: "1" });
    await expectAnswer(
      await get("/token", `answer({ principalId: "a", policyDocument: policy("Deny") })`),
      answers.denied,
    );
  });
});

describe("an authorizer for user pools", () => {
  beforeAll(() => begin());
  afterAll(() => end());

  const issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool";
  const seconds = () => Math.floor(clock.now() / 1_000);
  const claims = (more: object = {}) => ({
    iss: issuer,
    sub: "user-1",
    aud: "client-1",
    token_use: "id",
    exp: seconds() + 3_600,
    ...more,
  });
  const access = (scope: string) => claims({ token_use: "access", scope });

  test("gives the claims of an identity token to the function", async () => {
    const token = signer.sign(claims({ "cognito:groups": ["a", "b"], email_verified: true }));
    expect(await authorizerOf(await get("/pool", token))).toEqual({
      claims: {
        iss: issuer,
        sub: "user-1",
        aud: "client-1",
        token_use: "id",
        exp: String(seconds() + 3_600),
        "cognito:groups": "a,b",
        email_verified: "true",
      },
    });
    expect((await get("/pool", `Bearer ${token}`)).status).toBe(200);
  });

  test("takes an access token with one of the scopes where the method has some", async () => {
    expect((await get("/scoped", signer.sign(access("openid notes/read")))).status).toBe(200);
  });

  const expired = '{"message":"The incoming token has expired"}';
  test.each<[string, string, () => string | undefined, string | undefined]>([
    ["no token", "/pool", () => undefined, undefined],
    ["what is no token", "/pool", () => "a.b", undefined],
    ["one that has expired", "/pool", () => signer.sign(claims({ exp: seconds() })), expired],
    ["one of another pool", "/pool", () => signer.sign(claims({ iss: `${issuer}2` })), undefined],
    ["one signed by another", "/pool", () => new TokenSigner().sign(claims()), undefined],
    ["one of an unknown key", "/pool", () => signer.sign(claims(), { kid: "key-2" }), undefined],
    ["one that names no algorithm", "/pool", () => signer.sign(claims(), { alg: "none" }), undefined],
    ["an access token without scopes", "/pool", () => signer.sign(access("notes/read")), undefined],
    ["an identity token with scopes", "/scoped", () => signer.sign(claims()), undefined],
    ["an access token of other scopes", "/scoped", () => signer.sign(access("notes")), undefined],
  ])("refuses %s", async (_, path, token, body = answers.unauthorized[2]) => {
    const answer = await get(path, token());
    expect(await answer.summary("x-amzn-errortype")).toEqual({
      status: 401,
      "x-amzn-errortype": "UnauthorizedException",
      body,
    });
    expect(platform.notes(answer.requestId)).toEqual([expect.stringMatching(/^401: Pool: /)]);
  });
});
