import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventAsBody, handler, httpApiId, sendTo } from "../../test/http-api.ts";
import { TestPlatform } from "../../test/test-platform.ts";
import { TestClock } from "../test-clock.ts";

let platform: TestPlatform;
const clock = new TestClock();
const format = {
  route: "$context.routeKey",
  status: "$context.status",
  id: "$context.requestId",
  error: "$context.error.message",
  integration: "$context.integration.status/$context.integrationStatus",
  ip: "$context.identity.sourceIp",
  agent: "$context.identity.userAgent",
  length: "$context.responseLength",
  caller: "$context.identity.accountId",
};

beforeAll(async () => {
  const api = { ApiId: { Ref: "Api" } };
  platform = await TestPlatform.start({
    clock,
    files: { "echo/bootstrap": eventAsBody },
    resources: {
      Group: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/access" } },
      Api: {
        Type: "AWS::Serverless::HttpApi",
        Properties: {
          Auth: { EnableIamAuthorizer: true },
          DefaultRouteSettings: { ThrottlingBurstLimit: 100, ThrottlingRateLimit: 100 },
          RouteSettings: { "GET /rare": { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1 } },
          AccessLogSettings: {
            DestinationArn: { "Fn::GetAtt": ["Group", "Arn"] },
            Format: JSON.stringify(format),
          },
        },
      },
      Named: {
        Type: "AWS::ApiGatewayV2::Stage",
        Properties: { ...api, StageName: "v2", AutoDeploy: true, StageVariables: { version: 2 } },
      },
      // It names no deployment.
      Never: { Type: "AWS::ApiGatewayV2::Stage", Properties: { ...api, StageName: "never" } },
      Only: { Type: "AWS::Serverless::HttpApi", Properties: { StageName: "only" } },
      Echo: handler("echo", {
        Root: { ...api, Path: "/", Method: "get" },
        Rare: { ...api, Path: "/rare", Method: "get" },
        Named: { ...api, Path: "/v2/x", Method: "get" },
        X: { ...api, Path: "/x", Method: "any" },
        Signed: { ...api, Path: "/signed", Method: "get", Auth: { Authorizer: "AWS_IAM" } },
        Only: { ApiId: { Ref: "Only" }, Path: "/x", Method: "get" },
      }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const notFound = { status: 404, body: '{"message":"Not Found"}' };

describe("the stage of a request", () => {
  test.each([
    ["Api", "/x", "$default", "ANY /x", "/x"],
    // The name of a stage goes before a route of the default one.
    ["Api", "/v2/x", "v2", "ANY /x", "/v2/x"],
    ["Api", "/v2", "v2", "GET /", "/v2"],
    ["Only", "/only/x", "only", "GET /x", "/only/x"],
  ])("%s %s is %s", async (logicalId, path, stage, routeKey, rawPath) => {
    const answer = await sendTo(platform, logicalId, { path });
    expect(await answer.json()).toMatchObject({ routeKey, rawPath, requestContext: { stage } });
  });

  test.each([
    ["Api", "/never/x"],
    ["Api", "/nothing"],
    ["Api", "/$default/x"],
    ["Only", "/x"],
    ["Only", "/"],
  ])("%s %s is none, or has no such route", async (logicalId, path) => {
    expect(await (await sendTo(platform, logicalId, { path })).summary()).toEqual(notFound);
  });

  test("is found by the path form of the address as well", async () => {
    const path = `/_aws/execute-api/${httpApiId(platform, "Api")}`;
    expect(await (await platform.send({ path: `${path}/x` })).json()).toMatchObject({ rawPath: "/x" });
    expect(await (await platform.send({ path: `${path}/v2/x` })).json()).toMatchObject({
      stageVariables: { version: "2" },
    });
  });
});

describe("addresses", () => {
  test("are told for each route of each stage", () => {
    const id = httpApiId(platform, "Api");
    const told = platform.platform.endpoints.filter(({ kind }) => kind === "http-api");
    expect(
      told.filter(({ url }) => url.includes(id)).map(({ name, signingName }) => [name, signingName]),
    ).toEqual(
      expect.arrayContaining([
        ["Api GET /", undefined],
        ["Api GET /signed", "execute-api"],
        ["Api ANY /x", undefined],
      ]),
    );
    expect(told.find(({ name }) => name === "Only GET /x")?.url).toMatch(/\/only\/x$/);
  });

  test("lead the library to a stage, which it signs for", async () => {
    expect(platform.platform.api("Api").stage).toBe("$default");
    expect((await platform.platform.api("Api").fetch("/signed")).status).toBe(200);
    expect((await platform.platform.api("Api", { stage: "v2" }).fetch("/x")).status).toBe(200);
    expect(() => platform.platform.api("Nope")).toThrow('no API "Nope". It has Api, Only.');
    expect(() => platform.platform.api("Api", { stage: "x" })).toThrow('no stage of Api "x"');
  });
});

describe("a route with AWS_IAM", () => {
  test("refuses a request that is not signed", async () => {
    const answer = await sendTo(platform, "Api", { path: "/signed" });
    expect(await answer.summary()).toEqual({ status: 403, body: '{"message":"Forbidden"}' });
  });

  test("tells the function who signed, and not how", async () => {
    const path = `/_aws/execute-api/${httpApiId(platform, "Api")}/signed`;
    const answer = await platform.sendSigned({ service: "execute-api", path });
    const event = (await answer.json()) as { headers: object };
    expect(event).toMatchObject({
      requestContext: {
        authorizer: {
          iam: {
            accessKey: platform.platform.credentials.accessKeyId,
            accountId: "123456789012",
            callerId: "AROASLUICEADMINISTRATOR:sluice",
            userArn: "arn:aws:sts::123456789012:assumed-role/Administrator/sluice",
            userId: "AROASLUICEADMINISTRATOR:sluice",
            cognitoIdentity: null,
            principalOrgId: null,
          },
        },
      },
    });
    expect(event.headers).not.toHaveProperty("authorization");
  });
});

test("a route is throttled by its own limits, and goes on as time passes", async () => {
  const statusOf = async () => (await sendTo(platform, "Api", { path: "/rare" })).status;
  expect([await statusOf(), await statusOf(), await statusOf()]).toEqual([200, 200, 429]);
  expect((await sendTo(platform, "Api", { path: "/x" })).status).toBe(200);
  const throttled = await sendTo(platform, "Api", { path: "/rare" });
  expect(await throttled.summary()).toEqual({ status: 429, body: '{"message":"Too Many Requests"}' });
  clock.advance(1_000);
  expect([await statusOf(), await statusOf()]).toEqual([200, 429]);
});

describe("the access log", () => {
  /** What is logged of the request, from the log group. */
  async function logged(id: unknown): Promise<unknown> {
    const answer = await platform.sendSigned({
      service: "logs",
      method: "POST",
      path: "/",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Logs_20140328.FilterLogEvents",
      },
      body: JSON.stringify({ logGroupName: "/access" }),
    });
    const { events } = (await answer.json()) as { events: { message: string }[] };
    return events.map(({ message }) => JSON.parse(message)).find((line) => line.id === id);
  }

  test.each([
    [
      "/x",
      { route: "ANY /x", status: "200", error: "-", integration: "200/200", caller: "-", agent: 'a "b"' },
    ],
    ["/nothing", { route: "-", status: "404", error: "Not Found", integration: "-/-" }],
    ["/signed", { route: "GET /signed", status: "403", error: "Forbidden", integration: "-/-" }],
  ])("has a line for %s", async (path, line) => {
    const answer = await sendTo(platform, "Api", { path, headers: { "user-agent": 'a "b"' } });
    const body = await answer.text();
    expect(await logged(answer.headers["apigw-requestid"])).toEqual(
      expect.objectContaining({ ip: "127.0.0.1", length: String(Buffer.byteLength(body)), ...line }),
    );
  });
});
