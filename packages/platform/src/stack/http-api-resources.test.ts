import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployResources } from "../../test/deploy-resources.ts";
import { eventAsBody, sendTo } from "../../test/http-api.ts";
import { TestPlatform } from "../../test/test-platform.ts";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";

const api = { ApiId: { Ref: "Api" } };
const httpApi = (properties: Record<string, unknown> = {}) => ({
  Type: "AWS::ApiGatewayV2::Api",
  Properties: { Name: "Api", ProtocolType: "HTTP", ...properties },
});
const part = (type: string, properties: Record<string, unknown>) => ({
  Type: `AWS::ApiGatewayV2::${type}`,
  Properties: { ...api, ...properties },
});

describe("resources as CDK writes them", () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    const source = {
      "Fn::Join": ["", ["arn:aws:execute-api:us-east-1:123456789012:", { Ref: "Api" }, "/*/*/items/{id}"]],
    };
    platform = await TestPlatform.start({
      files: { "echo/bootstrap": eventAsBody },
      resources: {
        Echo: {
          Type: "AWS::Lambda::Function",
          Properties: {
            FunctionName: "echo",
            Role: "arn:aws:iam::123456789012:role/x",
            Code: "echo/",
            Handler: "bootstrap",
            Runtime: "provided.al2023",
          },
        },
        Api: httpApi({ CorsConfiguration: { AllowOrigins: ["https://a.test"], AllowMethods: ["GET"] } }),
        Stage: part("Stage", { StageName: "$default", AutoDeploy: true }),
        Integration: part("Integration", {
          IntegrationType: "AWS_PROXY",
          IntegrationUri: { "Fn::GetAtt": ["Echo", "Arn"] },
          PayloadFormatVersion: "2.0",
        }),
        Permission: {
          Type: "AWS::Lambda::Permission",
          Properties: {
            Action: "lambda:InvokeFunction",
            FunctionName: { "Fn::GetAtt": ["Echo", "Arn"] },
            Principal: "apigateway.amazonaws.com",
            SourceArn: source,
          },
        },
        Route: part("Route", {
          AuthorizationType: "NONE",
          RouteKey: "GET /items/{id}",
          Target: { "Fn::Join": ["", ["integrations/", { Ref: "Integration" }]] },
        }),
        Signed: part("Route", {
          AuthorizationType: "AWS_IAM",
          RouteKey: "POST /items/{id}",
          Target: { "Fn::Join": ["", ["integrations/", { Ref: "Integration" }]] },
        }),
        // By hand: the deployment comes when the routes are there.
        Manual: part("Stage", { StageName: "manual", DeploymentId: { Ref: "Deployment" } }),
        Deployment: { ...part("Deployment", {}), DependsOn: ["Route"] },
        Late: part("Stage", { StageName: "late" }),
        LateDeployment: { ...part("Deployment", { StageName: "late" }), DependsOn: ["Late"] },
        Quick: httpApi({ RouteKey: "GET /quick", Target: { "Fn::GetAtt": ["Echo", "Arn"] } }),
        QuickPermission: {
          Type: "AWS::Lambda::Permission",
          Properties: {
            Action: "lambda:InvokeFunction",
            FunctionName: "echo",
            Principal: "apigateway.amazonaws.com",
            SourceArn: { "Fn::Sub": `arn:aws:execute-api:us-east-1:123456789012:\${Quick}/*/GET/quick` },
          },
        },
      },
    });
  });
  afterAll(async () => {
    expect(platform.bugs).toEqual([]);
    await platform[Symbol.asyncDispose]();
  });

  test.each([
    ["Api", "GET", "/items/1", 200],
    ["Api", "POST", "/items/1", 403],
    ["Api", "GET", "/manual/items/1", 200],
    ["Api", "GET", "/late/items/1", 200],
    ["Quick", "GET", "/quick", 200],
    ["Quick", "GET", "/other", 404],
  ])("%s answers %s %s with %i", async (logicalId, method, path, status) => {
    expect((await sendTo(platform, logicalId, { method, path })).status).toBe(status);
  });

  test("have the CORS that the API says", async () => {
    const answer = await sendTo(platform, "Api", { path: "/items/1", headers: { origin: "https://a.test" } });
    expect(answer.headers["access-control-allow-origin"]).toBe("https://a.test");
  });
});

describe("what AWS refuses", () => {
  const lambda = "arn:aws:lambda:us-east-1:123456789012:function:x";
  const authorizer = (properties: Record<string, unknown>) => ({
    Part: part("Authorizer", { Name: "A", ...properties }),
  });
  const jwt = { AuthorizerType: "JWT", IdentitySource: ["$request.header.Authorization"] };
  const request = {
    AuthorizerType: "REQUEST",
    AuthorizerPayloadFormatVersion: "2.0",
    AuthorizerUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${lambda}/invocations`,
  };
  const integration = (properties: Record<string, unknown>) => ({ Part: part("Integration", properties) });
  const proxy = { IntegrationType: "AWS_PROXY", IntegrationUri: lambda };
  const log = (format: string) => ({
    Part: part("Stage", {
      StageName: "$default",
      AccessLogSettings: { DestinationArn: "arn:aws:logs:::log-group:x", Format: format },
    }),
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["a route key", { Part: part("Route", { RouteKey: "get /x" }) }, /RouteKey is not one/],
    [
      "a target that is not there",
      { Part: part("Route", { RouteKey: "GET /", Target: "integrations/x" }) },
      /Target is integrations\/x/,
    ],
    [
      "a missing authorizer",
      { Part: part("Route", { RouteKey: "GET /", AuthorizationType: "JWT" }) },
      /AuthorizerId is missing/,
    ],
    [
      "a JWT authorizer without an audience",
      authorizer({ ...jwt, JwtConfiguration: { Issuer: "https://x" } }),
      /needs an audience/,
    ],
    [
      "an issuer that is no URL",
      authorizer({ ...jwt, JwtConfiguration: { Issuer: "x", Audience: ["a"] } }),
      /is no URL: x/,
    ],
    [
      "two identity sources of a token",
      authorizer({
        ...jwt,
        IdentitySource: ["$request.header.a", "$request.header.b"],
        JwtConfiguration: { Issuer: "https://x", Audience: ["a"] },
      }),
      /needs one identity source/,
    ],
    [
      "an identity source",
      authorizer({ ...request, IdentitySource: ["method.request.header.a"] }),
      /is no identity source/,
    ],
    [
      "what is kept without a source",
      authorizer({ ...request, AuthorizerResultTtlInSeconds: 5 }),
      /can only be kept/,
    ],
    [
      "more than an hour",
      authorizer({ ...request, IdentitySource: ["$request.header.a"], AuthorizerResultTtlInSeconds: 3601 }),
      /takes 0 to 3600/,
    ],
    [
      "simple answers of format 1.0",
      authorizer({ ...request, AuthorizerPayloadFormatVersion: "1.0", EnableSimpleResponses: true }),
      /need the payload format version 2\.0/,
    ],
    ["an authorizer's URI", authorizer({ ...request, AuthorizerUri: lambda }), /is not the invocation URI/],
    [
      "an integration's URI",
      integration({ ...proxy, IntegrationUri: "x" }),
      /neither a Lambda function's ARN/,
    ],
    ["a payload format", integration({ ...proxy, PayloadFormatVersion: "3.0" }), /takes 1\.0 and 2\.0/],
    ["a timeout", integration({ ...proxy, TimeoutInMillis: 30_001 }), /between 50 ms and 30000 ms/],
    ["a type", integration({ ...proxy, IntegrationType: "MOCK" }), /no integrations of type MOCK/],
    ["a log without an id", log("$context.status"), /AccessLogSettings is refused by AWS/],
    [
      "a rate",
      { Part: part("Stage", { StageName: "$default", DefaultRouteSettings: { ThrottlingRateLimit: -1 } }) },
      /ThrottlingRateLimit is -1/,
    ],
  ])("is told: %s", async (_name, resources, message) => {
    await using folder = await FunctionFolder.create({});
    const { diagnostics } = await deployResources(folder, { Api: httpApi(), ...resources });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([
      expect.objectContaining({
        logicalId: "Part",
        message: expect.stringMatching(message),
      }),
    ]);
  });

  test.each<[string, Record<string, unknown>, string, RegExp]>([
    [
      "WebSocket APIs",
      { Api: httpApi({ ProtocolType: "WEBSOCKET" }), Part: part("Stage", { StageName: "x" }) },
      "left-out",
      /WebSocket APIs are not served/,
    ],
    [
      "bodies elsewhere",
      { Api: httpApi({ BodyS3Location: { Bucket: "b", Key: "k" } }) },
      "left-out",
      /whose body is in S3/,
    ],
    [
      "integrations with services",
      {
        Api: httpApi(),
        I: part("Integration", { ...proxy, IntegrationSubtype: "SQS-SendMessage" }),
        R: part("Route", { RouteKey: "GET /", Target: { "Fn::Sub": `integrations/\${I}` } }),
      },
      "no-effect",
      /^GET \/: Integrations with AWS services \(SQS-SendMessage\) are not served here yet/,
    ],
    [
      "logs elsewhere",
      {
        Api: httpApi(),
        S: part("Stage", {
          StageName: "x",
          AccessLogSettings: { DestinationArn: "arn:aws:firehose:x", Format: "$context.requestId" },
        }),
      },
      "no-effect",
      /is no log group/,
    ],
  ])("is served by AWS alone: %s", async (_name, resources, code, message) => {
    await using folder = await FunctionFolder.create({});
    const { diagnostics } = await deployResources(folder, resources);
    expect(diagnostics.filter(({ severity }) => severity !== "info")).toEqual([
      expect.objectContaining({ severity: "warning", code, message: expect.stringMatching(message) }),
    ]);
  });
});
