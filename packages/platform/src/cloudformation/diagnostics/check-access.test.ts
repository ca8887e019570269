import { describe, expect, test } from "vitest";
import { diagnosed } from "../../../test/diagnosed.ts";

// Which methods everyone may call: each is named at start, also where the API closes the others.

const authorizer = "Authorizers: { A: { FunctionArn: !GetAtt F.Arn } }, DefaultAuthorizer: A";
const withEvent = (api: string, auth: string) => `Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        E: { Type: Api, Properties: { Path: /e, Method: get, RestApiId: !Ref Api${auth} } }
        Closed: { Type: Api, Properties: { Path: /c, Method: get, RestApiId: !Ref Api, Auth: { Authorizer: AWS_IAM } } }
  Api: { Type: AWS::Serverless::Api, Properties: { StageName: p, Auth: { ${api} } } }`;
const withBody = (api: string, security: string) => `Resources:
  F: { Type: AWS::Serverless::Function }
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: p
      Auth: { ${api} }
      DefinitionBody: { openapi: 3.0.1, paths: { /e: { get: { ${security} } } } }`;

const openMethods = (template: string) => diagnosed(template, "open-api").map(({ message }) => message);

describe("a method that everyone may call is named", () => {
  test.each([
    ["without an authorizer", withEvent("", "")],
    ["that opts out of the default authorizer", withEvent(authorizer, ", Auth: { Authorizer: NONE }")],
    ["that opts out of AWS_IAM", withEvent("DefaultAuthorizer: AWS_IAM", ", Auth: { Authorizer: NONE }")],
    ["that opts out of the key", withEvent("ApiKeyRequired: true", ", Auth: { ApiKeyRequired: false }")],
    ["of a body, without security", withBody("", "")],
    ["of a body, with an empty security", withBody("", "security: []")],
    ["of a body, with NONE alone", withBody("", "security: [ { NONE: [] } ]")],
    [
      "of a body, that opts out of the default authorizer",
      withBody(authorizer, "security: [ { NONE: [] } ]"),
    ],
  ])("%s", (_, template) => {
    expect(openMethods(template)).toEqual([
      "Everyone can call GET /e of the API `Api`: there is no authorizer, key or resource policy.",
    ]);
  });
});

describe("a method that something closes is not named", () => {
  test.each([
    ["by the default authorizer", withEvent(authorizer, "")],
    [
      "by a key instead of the authorizer",
      withEvent(authorizer, ", Auth: { Authorizer: NONE, ApiKeyRequired: true }"),
    ],
    ["by the API's key", withEvent("ApiKeyRequired: true", ", Auth: { Authorizer: NONE }")],
    ["by a resource policy", withEvent("ResourcePolicy: { IpRangeWhitelist: [ 10.0.0.0/8 ] }", "")],
    ["by the default authorizer of a body", withBody(authorizer, "")],
    ["by the security of a body", withBody("", "security: [ { key: [] } ]")],
  ])("%s", (_, template) => {
    expect(openMethods(template)).toEqual([]);
  });
});
