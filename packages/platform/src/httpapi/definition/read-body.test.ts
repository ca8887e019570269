import { describe, expect, test } from "vitest";
import { RestApiError } from "../../apigateway/definition/rest-api-error.ts";
import type { HttpApi } from "./http-api.ts";
import { readHttpApiBody } from "./read-body.ts";

const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:f";
const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
const lambda = { type: "aws_proxy", httpMethod: "POST", payloadFormatVersion: "2.0", uri };
const jwt = { type: "jwt", identitySource: "$request.header.Authorization" };

/** The API of a body with one route, `GET /`. */
function read(operation: Record<string, unknown>, sections: Record<string, unknown> = {}): HttpApi {
  const paths = { "/": { get: { "x-amazon-apigateway-integration": lambda, ...operation } } };
  return readHttpApiBody({ openapi: "3.0.1", paths, ...sections }, (name) => `id of ${name}`);
}

const routeOf = (...body: Parameters<typeof read>) => read(...body).routes[0];
const scheme = (settings: Record<string, unknown>) => ({
  security: [{ A: ["one", "two"] }],
  components: { securitySchemes: { A: settings } },
});

describe("a body", () => {
  test("has a route for each method of its paths", () => {
    const { routes } = readHttpApiBody(
      {
        openapi: "3.0.1",
        paths: {
          "/a/{id}": { get: {}, "x-amazon-apigateway-any-method": {}, parameters: [], summary: "no method" },
          "/$default": { "x-amazon-apigateway-any-method": { isDefaultRoute: true } },
        },
      },
      String,
    );
    expect(routes.map(({ key, method }) => [key, method])).toEqual([
      ["GET /a/{id}", "GET"],
      ["ANY /a/{id}", "ANY"],
      ["$default", undefined],
    ]);
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ["of its own", lambda, {}],
    [
      "that routes share",
      { $ref: "#/components/x-amazon-apigateway-integrations/f" },
      { components: { "x-amazon-apigateway-integrations": { f: lambda } } },
    ],
  ])("has an integration %s", (_name, integration, sections) => {
    expect(routeOf({ "x-amazon-apigateway-integration": integration }, sections)?.integration).toEqual({
      type: "AWS_PROXY",
      functionArn,
      payloadFormatVersion: "2.0",
      timeoutMs: 30_000,
      credentials: undefined,
    });
  });

  test.each<[string, Record<string, unknown>, unknown]>([
    ["no authorizer", {}, { kind: "NONE" }],
    ["one that SAM opts out of", { security: [{ NONE: [] }] }, { kind: "NONE" }],
    ["signatures", scheme({ "x-amazon-apigateway-authtype": "awsSigv4" }), { kind: "AWS_IAM" }],
    [
      "tokens",
      scheme({
        type: "oauth2",
        "x-amazon-apigateway-authorizer": {
          ...jwt,
          jwtConfiguration: { issuer: "https://i/", audience: ["a"] },
        },
      }),
      {
        kind: "JWT",
        name: "A",
        identitySource: { kind: "header", name: "Authorization" },
        issuer: "https://i/",
        audience: ["a"],
      },
    ],
    [
      "tokens of OpenID Connect",
      scheme({
        type: "openIdConnect",
        openIdConnectUrl: "https://i/.well-known/openid-configuration",
        "x-amazon-apigateway-authorizer": { ...jwt, jwtConfiguration: { audience: "a" } },
      }),
      expect.objectContaining({ issuer: "https://i", audience: ["a"] }),
    ],
    [
      "a function",
      scheme({
        type: "apiKey",
        "x-amazon-apigateway-authorizer": {
          type: "request",
          authorizerUri: uri,
          authorizerPayloadFormatVersion: 2,
          enableSimpleResponses: true,
          authorizerResultTtlInSeconds: 60,
          identitySource: "$request.header.a, $request.querystring.b,$context.routeKey",
        },
      }),
      {
        kind: "REQUEST",
        id: "id of A",
        name: "A",
        functionArn,
        credentials: undefined,
        payloadFormatVersion: "2.0",
        hasSimpleResponses: true,
        identitySources: [
          { kind: "header", name: "a" },
          { kind: "querystring", name: "b" },
          { kind: "context", name: "routeKey" },
        ],
        ttlSeconds: 60,
      },
    ],
  ])("asks for %s", (_name, sections, authorizer) => {
    expect(routeOf({}, sections)?.authorizer).toEqual(authorizer);
  });

  test("has one authorizer for all of its routes, and scopes for each", () => {
    const sections = scheme({
      "x-amazon-apigateway-authorizer": {
        ...jwt,
        jwtConfiguration: { issuer: "https://i", audience: ["a"] },
      },
    });
    const paths = { "/": { get: {}, put: { security: [{ A: [] }] } } };
    const { routes } = read({}, { ...sections, paths });
    expect(routes[0]?.authorizer).toBe(routes[1]?.authorizer);
    expect(routes.map(({ scopes }) => scopes)).toEqual([["one", "two"], []]);
  });

  test("has CORS", () => {
    const cors = { allowOrigins: ["https://a"], allowMethods: ["GET"], maxAge: 5, allowCredentials: true };
    expect(read({}, { "x-amazon-apigateway-cors": cors }).cors).toEqual({
      allowOrigins: ["https://a"],
      allowMethods: ["GET"],
      allowHeaders: [],
      exposeHeaders: [],
      maxAgeSeconds: 5,
      allowCredentials: true,
    });
  });

  test.each([
    [
      "an integration with a service",
      { integrationSubtype: "SQS-SendMessage" },
      /AWS services \(SQS-SendMessage\)/,
    ],
    ["a VPC link", { connectionType: "VPC_LINK" }, /by VPC link/],
    ["parameter mappings", { responseParameters: { 200: {} } }, /\(responseParameters: 200\)/],
  ])("has a route that is not served for %s", (_name, members, reason) => {
    expect(routeOf({ "x-amazon-apigateway-integration": { ...lambda, ...members } })?.integration).toEqual({
      unserved: expect.stringMatching(reason),
    });
  });
});

test.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp]>([
  ["another OpenAPI", {}, { openapi: "2.0" }, /OpenAPI 3 only/],
  ["a mode that streams", { ...lambda, responseTransferMode: "STREAM" }, {}, /HTTP APIs can't stream/],
  ["a path", {}, { paths: { "/{a+}/b": { get: {} } } }, /must be last/],
  ["no type", { ...lambda, type: undefined }, {}, /has no type/],
  [
    "an integration that nobody has",
    { $ref: "#/components/x-amazon-apigateway-integrations/no" },
    {},
    /has no type/,
  ],
])("%s is refused", (_name, integration, sections, message) => {
  const operation =
    Object.keys(integration).length === 0 ? {} : { "x-amazon-apigateway-integration": integration };
  expect(() => read(operation, sections)).toThrow(RestApiError);
  expect(() => read(operation, sections)).toThrow(message);
});
