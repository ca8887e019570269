import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventAsBody, handler, sendTo } from "../../../test/http-api.ts";
import { TestPlatform } from "../../../test/test-platform.ts";
import { TokenIssuer, type TokenOptions } from "../../../test/token-issuer.ts";
import { TestClock } from "../../test-clock.ts";

let platform: TestPlatform;
let issuer: TokenIssuer;
const clock = new TestClock();

beforeAll(async () => {
  issuer = await TokenIssuer.start();
  const api = { ApiId: { Ref: "Api" } };
  platform = await TestPlatform.start({
    clock,
    files: { "echo/bootstrap": eventAsBody },
    resources: {
      Api: {
        Type: "AWS::Serverless::HttpApi",
        Properties: {
          Auth: {
            DefaultAuthorizer: "Tokens",
            Authorizers: {
              Tokens: {
                IdentitySource: "$request.header.Authorization",
                JwtConfiguration: { issuer: issuer.url, audience: ["app", "other"] },
              },
              Query: {
                IdentitySource: "$request.querystring.token",
                JwtConfiguration: { issuer: issuer.url, audience: ["app"] },
              },
            },
          },
        },
      },
      Echo: handler("echo", {
        Plain: { ...api, Path: "/", Method: "get" },
        Old: { ...api, Path: "/1", Method: "get", PayloadFormatVersion: "1.0" },
        Scoped: { ...api, Path: "/pets", Method: "get", Auth: { AuthorizationScopes: ["read", "write"] } },
        Query: { ...api, Path: "/query", Method: "get", Auth: { Authorizer: "Query" } },
        Open: { ...api, Path: "/open", Method: "get", Auth: { Authorizer: "NONE" } },
      }),
    },
  });
});
beforeEach(() => issuer.answers.clear());
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

const call = (path: string, token?: string, prefix = "Bearer ") =>
  sendTo(platform, "Api", {
    path,
    headers: token === undefined ? {} : { authorization: prefix + token },
  });

const nowSeconds = Math.floor(Date.now() / 1_000);
const unauthorized = '{"message":"Unauthorized"}';
const challenge = (why: string) => `Bearer scope="" error="invalid_token" error_description="${why}"`;

describe("a JWT authorizer lets in", () => {
  test.each<[string, TokenOptions, string?]>([
    ["a token of the issuer", {}],
    ["one without Bearer", {}, ""],
    ["one with a small bearer", {}, "bearer "],
    ["RS384", { header: { alg: "RS384" } }],
    ["RS512", { header: { alg: "RS512" } }],
    ["PS256", { header: { alg: "PS256" } }],
    ["one of several audiences", { claims: { aud: ["x", "other"] } }],
    ["a client where there is no audience", { claims: { aud: undefined, client_id: "app" } }],
    ["one that became valid", { claims: { nbf: nowSeconds - 1 } }],
  ])("%s", async (_name, options, prefix) => {
    expect((await call("/", issuer.token(options), prefix)).status).toBe(200);
  });

  test("a token from the query", async () => {
    expect((await call(`/query?token=${issuer.token()}`)).status).toBe(200);
  });

  test("everyone, to a route that opts out", async () => {
    expect((await call("/open")).status).toBe(200);
  });
});

describe("a JWT authorizer refuses", () => {
  const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

  test.each<[string, string, TokenOptions]>([
    ["another audience", "the token does not have a valid audience", { claims: { aud: "x" } }],
    [
      "a client beside an audience",
      "the token does not have a valid audience",
      { claims: { aud: "x", client_id: "app" } },
    ],
    ["another issuer", "the token does not have a valid issuer", { claims: { iss: "http://x" } }],
    ["one that is over", "the token has expired", { claims: { exp: nowSeconds - 1 } }],
    ["one without an end", "the token has expired", { claims: { exp: undefined } }],
    ["one that is not valid yet", "the token is not valid yet", { claims: { nbf: nowSeconds + 600 } }],
    ["one from the future", "the token was issued in the future", { claims: { iat: nowSeconds + 600 } }],
    ["a signature of someone else", "the token's signature is invalid", { key: foreign }],
    ["an unknown key", "the issuer does not have the token's key", { header: { kid: "none" } }],
    ["a key that can't be read", "the issuer does not have the token's key", { header: { kid: "broken" } }],
    ["no key", "the token does not name its key", { header: { kid: undefined } }],
    ["another algorithm", "signing method ES256 is invalid", { header: { alg: "ES256" }, key: elliptic }],
    ["no algorithm", "signing method none is invalid", { header: { alg: "none" } }],
  ])("%s", async (_name, why, options) => {
    const answer = await call("/", issuer.token(options));
    expect(await answer.summary("www-authenticate")).toEqual({
      status: 401,
      "www-authenticate": challenge(why),
      body: unauthorized,
    });
  });

  test.each(["x", "a.b.c", "a.b", `${Buffer.from("{}").toString("base64url")}.e.e`])(
    "%s, which is no token",
    async (token) => {
      const answer = await call("/", token);
      expect(await answer.summary("www-authenticate")).toEqual({
        status: 401,
        "www-authenticate": challenge("the token is not one"),
        body: unauthorized,
      });
    },
  );

  test("a request without a token", async () => {
    const answer = await call("/");
    expect(await answer.summary("www-authenticate")).toEqual({
      status: 401,
      "www-authenticate": "Bearer",
      body: unauthorized,
    });
  });
});

describe("a route with scopes", () => {
  test.each<[string, Record<string, unknown>, number]>([
    ["one of them", { scope: "x write" }, 200],
    ["one of them as a list", { scp: ["read"] }, 200],
    ["none of them", { scope: "x" }, 403],
    ["none", {}, 403],
  ])("wants a token that has %s", async (_name, claims, status) => {
    expect((await call("/pets", issuer.token({ claims }))).status).toBe(status);
  });

  test("says which it wants", async () => {
    const answer = await call("/pets", issuer.token());
    expect(await answer.summary("www-authenticate")).toEqual({
      status: 403,
      "www-authenticate":
        'Bearer scope="read write" error="insufficient_scope" error_description="the token does not have a scope that the route wants"',
      body: '{"message":"Forbidden"}',
    });
  });
});

describe("the function", () => {
  const claims = { groups: ["a", "b"], admin: true, level: 3, nested: { a: 1 } };
  const texts = { sub: "ada", groups: "[a b]", admin: "true", level: "3", nested: "map[a:1]" };

  test("gets the claims as text, and no scopes for a route without", async () => {
    const answer = await call("/", issuer.token({ claims }));
    expect(await answer.json()).toMatchObject({
      requestContext: { authorizer: { jwt: { claims: texts, scopes: null } } },
    });
  });

  test("gets the scopes of the token for a route with scopes", async () => {
    const answer = await call("/pets", issuer.token({ claims: { scope: "read x" } }));
    expect(await answer.json()).toMatchObject({
      requestContext: { authorizer: { jwt: { scopes: ["read", "x"] } } },
    });
  });

  test("gets them in format 1.0 as well", async () => {
    const answer = await call("/1", issuer.token({ claims }));
    expect(await answer.json()).toMatchObject({
      requestContext: { authorizer: { claims: texts, scopes: null } },
    });
  });
});

describe("the issuer's keys", () => {
  test("are fetched once, and again after two hours", async () => {
    await call("/", issuer.token());
    issuer.requests.length = 0;
    await call("/", issuer.token());
    expect(issuer.requests).toEqual([]);
    clock.advance(2 * 3_600_000 + 1);
    await call("/", issuer.token());
    expect(issuer.requests).toEqual(["/.well-known/openid-configuration", "/keys"]);
  });

  test.each([
    ["/.well-known/openid-configuration", 500, "{}"],
    ["/.well-known/openid-configuration", 200, "{}"],
    ["/keys", 200, "[]"],
    ["/keys", 200, `{"keys":[],"x":"${"x".repeat(150_000)}"}`],
  ])("are asked for again where %s answered %i %.9s", async (path, status, body) => {
    issuer.rotate(`key-${Math.random()}`);
    issuer.answers.set(path, { status, body });
    const refused = await call("/", issuer.token());
    expect(refused.status).toBe(401);
    expect(refused.headers["www-authenticate"]).toContain("the keys of the issuer can't be had");
    issuer.answers.clear();
    const token = issuer.token({ claims: { exp: Math.floor(clock.now() / 1_000) + 60 } });
    expect((await call("/", token)).status).toBe(200);
  });
});
