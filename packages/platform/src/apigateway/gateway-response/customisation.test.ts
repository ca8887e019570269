import { afterAll, beforeAll, expect, test } from "vitest";
import { eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";
import { RestApiError } from "../definition/rest-api-error.ts";
import { readGatewayResponses } from "./customisation.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Echo: scripted({ CodeUri: "echo/" }),
      Scripted: scripted(),
      ...restStage({
        invokes: ["Echo", "Scripted"],
        paths: {
          "/signed": { get: proxyTo("Echo", "BUFFERED", { auth: "AWS_IAM" }) },
          "/script": { post: proxyTo("Scripted", "BUFFERED") },
        },
        variables: { team: "streams" },
        root: {
          "x-amazon-apigateway-gateway-responses": {
            MISSING_AUTHENTICATION_TOKEN: {
              statusCode: 404,
              responseParameters: {
                "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
                "gatewayresponse.header.X-Path": "context.path",
                "gatewayresponse.header.X-Asked": "method.request.querystring.q",
                "gatewayresponse.header.X-Sent": "method.request.header.x-name",
                "gatewayresponse.header.X-Nothing": "method.request.header.x-missing",
                "gatewayresponse.header.X-Team": "stageVariables.team",
              },
              responseTemplates: {
                "application/json":
                  '{"error":$context.error.messageString,"type":"$context.error.responseType","id":"$context.requestId","by":"$stageVariables.team"}',
                "text/plain": "$context.error.message at $context.path",
              },
            },
            DEFAULT_4XX: { responseParameters: { "gatewayresponse.header.X-Class": "'4xx'" } },
            DEFAULT_5XX: { statusCode: "503", responseTemplates: { "application/json": '{"sorry":true}' } },
          },
        },
      }),
    },
    files: { "echo/bootstrap": eventAsBody },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

test("an answer of a type has the status, headers and body that the API gives it", async () => {
  const answer = await platform.send({
    path: `${stagePath(platform)}/nowhere?q=asked`,
    headers: { "X-Name": "ada" },
  });
  expect(
    await answer.summary(
      "content-type",
      "x-amzn-errortype",
      "access-control-allow-origin",
      "x-path",
      "x-asked",
      "x-sent",
      "x-nothing",
      "x-team",
      "x-class",
    ),
  ).toEqual({
    status: 404,
    "content-type": "application/json",
    "x-amzn-errortype": "MissingAuthenticationTokenException",
    "access-control-allow-origin": "*",
    "x-path": "/test/nowhere",
    "x-asked": "asked",
    "x-sent": "ada",
    "x-team": "streams",
    body: JSON.stringify({
      error: "Missing Authentication Token",
      type: "MISSING_AUTHENTICATION_TOKEN",
      id: answer.requestId,
      by: "streams",
    }),
  });
});

test("the body is of the media type that the client takes", async () => {
  const answer = await platform.send({
    path: `${stagePath(platform)}/nowhere`,
    headers: { Accept: "text/html, text/plain;q=0.9" },
  });
  expect(await answer.summary("content-type")).toEqual({
    status: 404,
    "content-type": "text/plain",
    body: "Missing Authentication Token at /test/nowhere",
  });
});

test("a header value that would break out of its line is left out", async () => {
  const answer = await platform.send({
    path: `${stagePath(platform)}/nowhere?q=a%0d%0aX-Evil:%201`,
  });
  expect(answer.headers["x-asked"]).toBeUndefined();
  expect(answer.headers["x-evil"]).toBeUndefined();
});

test("types without a shape of their own have that of their class, which changes nothing else", async () => {
  const answer = await platform.send({
    path: `${stagePath(platform)}/signed`,
    headers: { Authorization: "Bearer x" },
  });
  expect(answer.status).toBe(403);
  expect(answer.headers["x-class"]).toBe("4xx");
  expect(await answer.text()).toContain("Invalid key=value pair");
});

test("a class may change the status of all its types", async () => {
  const answer = await platform.send({
    method: "POST",
    path: `${stagePath(platform)}/script`,
    body: "await respond(id, '[]')",
  });
  expect(await answer.summary("x-amzn-errortype")).toEqual({
    status: 503,
    "x-amzn-errortype": "InternalServerErrorException",
    body: '{"sorry":true}',
  });
});

test.each([
  [{ MISSING: {} }, /"MISSING" is no type of gateway response/],
  [{ THROTTLED: { statusCode: 42 } }, /statusCode is 42/],
  [{ THROTTLED: { responseParameters: { "header.X": "'a'" } } }, /Write gatewayresponse\.header/],
  [{ THROTTLED: { responseParameters: { "gatewayresponse.header.X": "a" } } }, /constant text in single/],
])("%j is refused", (responses, message) => {
  expect(() => readGatewayResponses(responses)).toThrow(RestApiError);
  expect(() => readGatewayResponses(responses)).toThrow(message);
});

test("a resource of its own shapes an answer as well", async () => {
  await using other = await TestPlatform.start({
    resources: {
      Echo: scripted({ CodeUri: "echo/" }),
      ...restStage({ invokes: ["Echo"], paths: { "/": { get: proxyTo("Echo", "BUFFERED") } } }),
      Missing: {
        Type: "AWS::ApiGateway::GatewayResponse",
        Properties: {
          RestApiId: { Ref: "Api" },
          ResponseType: "MISSING_AUTHENTICATION_TOKEN",
          StatusCode: "404",
          ResponseParameters: { "gatewayresponse.header.X-Own": "'yes'" },
          ResponseTemplates: { "application/json": '{"path":"$context.path"}' },
        },
      },
    },
    files: { "echo/bootstrap": eventAsBody },
  });
  const answer = await other.send({ path: `${stagePath(other)}/nowhere` });
  expect(await answer.summary("x-own")).toEqual({
    status: 404,
    "x-own": "yes",
    body: '{"path":"/test/nowhere"}',
  });
});
