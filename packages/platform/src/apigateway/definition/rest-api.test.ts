import { describe, expect, test } from "vitest";
import { findMethod, readRestApi } from "./rest-api.ts";
import { RestApiError } from "./rest-api-error.ts";

const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:f";
const invoke = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
const stream = `arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${functionArn}/response-streaming-invocations`;

const bodyOf = (integration: object, operation: object = {}, root: object = {}) => ({
  ...root,
  paths: { "/a": { get: { ...operation, "x-amazon-apigateway-integration": integration } } },
});
const methodOf = (...parts: Parameters<typeof bodyOf>) =>
  readRestApi(bodyOf(...parts)).resources[0]?.methods.get("GET");

describe("the integration of a method", () => {
  test.each([
    ["is buffered unless told otherwise", { uri: invoke }, { transferMode: "BUFFERED", timeoutMs: 29_000 }],
    [
      "streams",
      { uri: stream, responseTransferMode: "STREAM" },
      { transferMode: "STREAM", timeoutMs: 29_000 },
    ],
    [
      "may stream for 15 minutes",
      { uri: stream, responseTransferMode: "STREAM", timeoutInMillis: 900_000 },
      { timeoutMs: 900_000 },
    ],
    ["may have a timeout that is text", { uri: invoke, timeoutInMillis: "50" }, { timeoutMs: 50 }],
    [
      "may have a role",
      { uri: invoke, credentials: "arn:aws:iam::1:role/r" },
      { credentials: "arn:aws:iam::1:role/r" },
    ],
    ["may be written in capitals", { uri: invoke, type: "AWS_PROXY" }, { functionArn }],
  ])("%s", (_, integration, expected) => {
    expect(methodOf({ type: "aws_proxy", ...integration })?.integration).toMatchObject({
      functionArn,
      ...expected,
    });
  });

  test.each<[string, object, string]>([
    ["none", {}, "has no x-amazon-apigateway-integration"],
    [
      "an unknown transfer mode",
      { type: "aws_proxy", uri: invoke, responseTransferMode: "stream" },
      "takes BUFFERED or STREAM",
    ],
    ["a function's plain ARN", { type: "aws_proxy", uri: functionArn }, "not the invocation URI"],
    [
      "a streaming URI without STREAM",
      { type: "aws_proxy", uri: stream },
      "Add responseTransferMode: STREAM",
    ],
    [
      "STREAM without a streaming URI",
      { type: "aws_proxy", uri: invoke, responseTransferMode: "STREAM" },
      "response-streaming-invocations",
    ],
    ["a timeout below 50 ms", { type: "aws_proxy", uri: invoke, timeoutInMillis: 49 }, "takes 50 to 300000"],
    [
      "a timeout past 15 minutes",
      { type: "aws_proxy", uri: stream, responseTransferMode: "STREAM", timeoutInMillis: 900_001 },
      "takes 50 to 900000",
    ],
    ["half a timeout", { type: "aws_proxy", uri: invoke, timeoutInMillis: 50.5 }, "is 50.5"],
  ])("is refused, with its place, when it is or has %s", (_, integration, message) => {
    const read = () => readRestApi(bodyOf(integration));
    expect(read).toThrow(RestApiError);
    expect(read).toThrow(
      expect.objectContaining({ place: "paths./a.get", message: expect.stringContaining(message) }),
    );
  });
});

describe("the authorization of a method", () => {
  const integration = { type: "aws_proxy", uri: invoke };
  const sigv4 = { sig: { type: "apiKey", "x-amazon-apigateway-authtype": "awsSigv4" } };

  test.each<[string, object, object, string]>([
    ["nothing is said", {}, {}, "NONE"],
    ["the method says so", { "x-amazon-apigateway-auth": { type: "AWS_IAM" } }, {}, "AWS_IAM"],
    ["the API says so", {}, { "x-amazon-apigateway-auth": { type: "aws_iam" } }, "AWS_IAM"],
    [
      "the method opts out",
      { "x-amazon-apigateway-auth": { type: "NONE" } },
      { "x-amazon-apigateway-auth": { type: "AWS_IAM" } },
      "NONE",
    ],
    [
      "a scheme of OpenAPI 3 says so",
      { security: [{ sig: [] }] },
      { components: { securitySchemes: sigv4 } },
      "AWS_IAM",
    ],
    ["a scheme of Swagger 2 says so", {}, { security: [{ sig: [] }], securityDefinitions: sigv4 }, "AWS_IAM"],
    [
      "the method has an empty list",
      { security: [] },
      { security: [{ sig: [] }], securityDefinitions: sigv4 },
      "NONE",
    ],
    ["SAM's NONE opts out", { security: [{ NONE: [] }] }, {}, "NONE"],
  ])("when %s", (_, operation, root, authorization) => {
    expect(methodOf(integration, operation, root)?.authorization).toBe(authorization);
  });
});

describe("a method that AWS serves and this platform does not", () => {
  const lambda = { type: "aws_proxy", uri: invoke };

  test.each([
    [
      "an integration of another type",
      bodyOf({ type: "http" }),
      "Integrations of type HTTP, which map requests and responses by templates, are not served by this platform.",
    ],
    [
      "security that the document does not define",
      bodyOf(lambda, { security: [{ MyCognito: [] }] }),
      'The security "MyCognito" is no authorizer that API Gateway knows',
    ],
  ])("is told by name: %s", (_, body, reason) => {
    const [resource] = readRestApi(body).resources;
    expect([...(resource?.methods ?? [])]).toEqual([]);
    expect([...(resource?.unserved ?? [])]).toEqual([["GET", expect.stringContaining(reason)]]);
  });

  test("is not taken over by the one for any method", () => {
    const served = { "x-amazon-apigateway-integration": lambda };
    const paths = {
      "/a": { get: { ...served, security: [{ MyCognito: [] }] }, "x-amazon-apigateway-any-method": served },
    };
    const [resource] = readRestApi({ paths }).resources;
    expect(resource && findMethod(resource, "GET")).toMatch(/MyCognito/);
    expect(resource && findMethod(resource, "PUT")).toMatchObject({ authorization: "NONE" });
  });
});

test("a resource has one method for each key that is one, and ids that stay the same", () => {
  const operation = { "x-amazon-apigateway-integration": { type: "aws_proxy", uri: invoke } };
  const paths = {
    "/a": { get: operation, "x-amazon-apigateway-any-method": operation, parameters: [] },
    "/none": { parameters: [] },
  };
  const [first, ...others] = readRestApi({ paths }).resources;
  expect([...(first?.methods.keys() ?? [])]).toEqual(["GET", "ANY"]);
  expect(others).toEqual([]);
  expect(first?.id).toMatch(/^[a-z0-9]{6}$/);
  expect(readRestApi({ paths }).resources[0]?.id).toBe(first?.id);
});
