import { describe, expect, test } from "vitest";
import { diagnosed } from "../../../test/diagnosed.ts";

const properties = "InlineCode: x, Handler: index.handler, Runtime: nodejs24.x, Timeout: 20";
const url = "FunctionUrlConfig: { AuthType: AWS_IAM, InvokeMode: RESPONSE_STREAM }";
const events = (...list: string[]) =>
  `Events: { ${list.map((event, index) => `E${index}: ${event}`).join(", ")} }`;
const f = (more: string) =>
  `Resources:\n  F: { Type: AWS::Serverless::Function, Properties: { ${properties}, ${more} } }`;
const integration = (uri: string) =>
  `\n  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: x, ProtocolType: HTTP } }\n  I: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: AWS_PROXY, PayloadFormatVersion: "2.0", IntegrationUri: ${uri} } }`;
const lambdaUrl =
  "\n  U: { Type: AWS::Lambda::Url, Properties: { AuthType: AWS_IAM, InvokeMode: RESPONSE_STREAM, TargetFunctionArn: !GetAtt F.Arn } }";

describe("a function that streams elsewhere", () => {
  test.each([
    ["to its URL", f(`${url}, ${events("{ Type: HttpApi }")}`), 3, "ANY $default", "its function URL"],
    ["to a URL beside it", f(events("{ Type: HttpApi }")) + lambdaUrl, 3, "ANY $default", "its function URL"],
    [
      "to a REST API",
      f(
        events(
          "{ Type: Api, Properties: { Path: /s, Method: get, ResponseTransferMode: RESPONSE_STREAM } }",
          "{ Type: HttpApi, Properties: { Path: /h, Method: get } }",
        ),
      ),
      3,
      "GET /h",
      "GET /s",
    ],
    ["and an integration calls by ARN", f(url) + integration("!GetAtt F.Arn"), 5, "`I`", "its function URL"],
  ])("%s is told to be buffered behind an HTTP API", (_name, template, line, label, where) => {
    const [diagnostic, ...others] = diagnosed(template, "http-api-buffers");
    expect(others).toEqual([]);
    expect(diagnostic).toMatchObject({
      severity: "warning",
      line,
      logicalId: label.includes("`I`") ? "I" : "F",
      message: expect.stringContaining(
        `${label} calls \`F\`, which streams to ${where}. HTTP APIs cannot stream`,
      ),
    });
  });

  test.each([
    ["a function that streams nowhere", f(events("{ Type: HttpApi }"))],
    [
      "a URL that is buffered",
      f(`${url.replace("RESPONSE_STREAM", "BUFFERED")}, ${events("{ Type: HttpApi }")}`),
    ],
    ["a REST API alone", f(`${url}, ${events("{ Type: Api, Properties: { Path: /, Method: get } }")}`)],
  ])("nothing is told of %s", (_name, template) => {
    expect(diagnosed(template, "http-api-buffers")).toEqual([]);
  });
});

describe("who may call an HTTP API", () => {
  const route = (auth = "") =>
    `{ Type: HttpApi, Properties: { ApiId: !Ref H, Path: /a, Method: get${auth} } }`;
  const api = (auth: string) =>
    `\n  H: { Type: AWS::Serverless::HttpApi${auth === "" ? "" : `, Properties: { Auth: { ${auth} } }`} }`;

  test.each([
    ["an event's route", f(events(route())) + api(""), "H", "GET /a", 4],
    [
      "the default route of the implicit API",
      f(events("{ Type: HttpApi }")),
      "ServerlessHttpApi",
      "ANY $default",
      3,
    ],
  ])("is told: everyone, %s", (_name, template, name, label, line) => {
    expect(diagnosed(template, "open-api")).toEqual([
      expect.objectContaining({
        severity: "info",
        line,
        message: `Everyone can call ${label} of the API \`${name}\`: there is no authorizer.`,
        hint: expect.stringContaining("EnableIamAuthorizer: true"),
      }),
    ]);
  });

  test.each([
    [
      "a default authorizer",
      f(events(route())) + api("EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM"),
    ],
    [
      "an authorizer of its own",
      f(events(route(", Auth: { Authorizer: AWS_IAM }"))) + api("EnableIamAuthorizer: true"),
    ],
  ])("is not told of a route with %s", (_name, template) => {
    expect(diagnosed(template, "open-api")).toEqual([]);
  });
});

test("a function that nothing permits an HTTP API to call is told as AWS answers it", () => {
  const [diagnostic] = diagnosed(
    f("Tags: {}") + integration("!GetAtt F.Arn"),
    "integration-permission-missing",
  );
  expect(diagnostic).toMatchObject({
    logicalId: "I",
    message: expect.stringContaining('500 `{"message":"Internal Server Error"}`'),
    hint: expect.stringContaining("event of type `HttpApi`"),
  });
});
