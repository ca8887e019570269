import { describe, expect, test } from "vitest";
import { readAuthorizer } from "./authorizer.ts";
import { RestApiError } from "./rest-api-error.ts";

const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:f";
const authorizerUri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
const pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCd";
const read = (authorizer: object, scheme: object = {}) =>
  readAuthorizer("Own", {
    type: "apiKey",
    name: "X-Token",
    in: "header",
    "x-amazon-apigateway-authorizer": authorizer,
    ...scheme,
  });

describe("an authorizer", () => {
  test.each<[string, object, object]>([
    [
      "of type token has its header, and its answers are kept for five minutes",
      { type: "token", authorizerUri },
      { kind: "TOKEN", functionArn, identitySources: [{ kind: "header", name: "X-Token" }], ttlSeconds: 300 },
    ],
    [
      "of type request has as many sources as it names",
      {
        type: "request",
        authorizerUri,
        identitySource:
          "method.request.header.Auth, method.request.querystring.q,stageVariables.s, context.identity.sourceIp",
        authorizerResultTtlInSeconds: 0,
      },
      {
        kind: "REQUEST",
        identitySources: [
          { kind: "header", name: "Auth" },
          { kind: "querystring", name: "q" },
          { kind: "stageVariables", name: "s" },
          { kind: "context", name: "identity.sourceIp" },
        ],
        ttlSeconds: 0,
      },
    ],
    [
      "may have a role",
      { type: "TOKEN", authorizerUri, authorizerCredentials: "arn:aws:iam::1:role/r" },
      { credentials: "arn:aws:iam::1:role/r" },
    ],
    [
      "may be user pools",
      { type: "cognito_user_pools", providerARNs: [pool] },
      { kind: "COGNITO_USER_POOLS", pools: [{ region: "eu-west-1", id: "eu-west-1_AbCd" }] },
    ],
  ])("%s", (_, authorizer, expected) => {
    expect(read(authorizer)).toMatchObject(expected);
  });

  test.each<[object, string]>([
    [{ type: "oauth" }, "takes token, request or cognito_user_pools"],
    [{ type: "token", authorizerUri: functionArn }, "not the invocation URI of a Lambda function"],
    [{ type: "request", authorizerUri }, "needs an identitySource"],
    [{ type: "token", authorizerUri, authorizerResultTtlInSeconds: 3_601 }, "takes 0 to 3600"],
    [{ type: "token", authorizerUri, identitySource: "header.Auth" }, 'identitySource has "header.Auth"'],
    [{ type: "token", authorizerUri, identityValidationExpression: "(" }, "is no regular expression"],
    [{ type: "cognito_user_pools" }, "has no providerARNs"],
    [{ type: "cognito_user_pools", providerARNs: ["pool"] }, "not the ARN of a user pool"],
  ])("%j is refused", (authorizer, message) => {
    expect(() => read(authorizer)).toThrow(RestApiError);
    expect(() => read(authorizer)).toThrow(message);
  });
});
