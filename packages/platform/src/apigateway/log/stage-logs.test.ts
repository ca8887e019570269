import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiIdOf, eventAsBody, proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

const format = JSON.stringify({
  id: "$context.requestId",
  extended: "$context.extendedRequestId",
  stage: "$context.stage",
  method: "$context.httpMethod",
  path: "$context.path",
  resource: "$context.resourcePath",
  ip: "$context.identity.sourceIp",
  agent: "$context.identity.userAgent",
  arn: "$context.identity.userArn",
  key: "$context.identity.apiKeyId",
  status: "$context.status",
  length: "$context.responseLength",
  latency: "$context.responseLatency",
  mode: "$context.integration.responseTransferMode",
  functionStatus: "$context.integration.status",
  lambdaStatus: "$context.integrationStatus",
  headersAfter: "$context.integration.timeToAllHeaders",
  contentAfter: "$context.integration.timeToFirstContent",
  integrationLatency: "$context.integrationLatency",
  lambdaRequestId: "$context.awsEndpointRequestId",
  integrationError: "$context.integration.error",
  error: "$context.error.message",
  type: "$context.error.responseType",
});

const streamed = `const s = stream(id); s.write(chunk('{"statusCode":201}' + "\\0".repeat(8) + "hello "));
  s.write(chunk("world")); s.write("0\\r\\n\\r\\n"); await answered(s);`;

const stage = restStage({
  invokes: ["Echo", "Scripted"],
  paths: {
    "/echo/{name}": { get: proxyTo("Echo", "BUFFERED") },
    "/stream": { post: proxyTo("Scripted", "STREAM") },
    "/script": { post: proxyTo("Scripted", "BUFFERED") },
    "/quiet": { get: proxyTo("Echo", "BUFFERED") },
    "/errors": { get: proxyTo("Echo", "BUFFERED"), post: proxyTo("Scripted", "BUFFERED") },
    "/signed": { get: proxyTo("Echo", "BUFFERED", { auth: "AWS_IAM" }) },
    "/forbidden": { get: proxyTo("Private", "BUFFERED") },
  },
  stage: {
    AccessLogSetting: { DestinationArn: { "Fn::GetAtt": ["AccessLogs", "Arn"] }, Format: format },
    MethodSettings: [
      { ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "INFO", DataTraceEnabled: true },
      { ResourcePath: "/~1quiet", HttpMethod: "GET", LoggingLevel: "OFF" },
      { ResourcePath: "/~1errors", HttpMethod: "*", LoggingLevel: "ERROR", DataTraceEnabled: false },
    ],
  },
});

let platform: TestPlatform;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      AccessLogs: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "access" } },
      Echo: scripted({ CodeUri: "echo/" }),
      Private: scripted({ CodeUri: "echo/" }),
      Scripted: scripted(),
      ...stage,
    },
    files: { "echo/bootstrap": eventAsBody },
  });
  logs = new CloudWatchLogsClient(platform.platform.clientConfig);
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  logs.destroy();
  await platform[Symbol.asyncDispose]();
});

/** Lines of a log group that name a request: there are some once the request was answered. */
async function linesOf(logGroupName: string, requestId: string): Promise<string[]> {
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName, filterPattern: `"${requestId}"` }),
  );
  return events.map(({ message = "" }) => message);
}
async function accessOf(requestId: string): Promise<Record<string, string>> {
  const lines = await linesOf("access", requestId);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "");
}
const executionOf = async (requestId: string) => {
  const lines = await linesOf(`API-Gateway-Execution-Logs_${apiIdOf(platform)}/test`, requestId);
  return lines.map((line) => line.replace(`(${requestId}) `, ""));
};

describe("the access log", () => {
  test("has one line for a buffered answer", async () => {
    const answer = await platform.send({
      path: `${stagePath(platform)}/echo/ada?x=1`,
      headers: { "user-agent": 'a "test"' },
    });
    const body = await answer.text();
    expect(await accessOf(answer.requestId)).toMatchObject({
      id: answer.requestId,
      extended: answer.headers["x-amz-apigw-id"],
      stage: "test",
      method: "GET",
      path: "/test/echo/ada",
      resource: "/echo/{name}",
      ip: "127.0.0.1",
      agent: 'a "test"',
      arn: "-",
      key: "-",
      status: "200",
      length: String(Buffer.byteLength(body)),
      latency: expect.stringMatching(/^\d+$/),
      mode: "BUFFERED",
      functionStatus: "200",
      lambdaStatus: "200",
      headersAfter: "-",
      contentAfter: "-",
      integrationLatency: expect.stringMatching(/^\d+$/),
      error: "-",
      type: "-",
    });
  });

  test("tells of a stream when its headers and its first byte came, and its length", async () => {
    const answer = await platform.send({
      method: "POST",
      path: `${stagePath(platform)}/stream`,
      body: streamed,
    });
    expect(await answer.text()).toBe("hello world");
    expect(await accessOf(answer.requestId)).toMatchObject({
      status: "201",
      functionStatus: "201",
      length: "11",
      mode: "STREAMED",
      headersAfter: expect.stringMatching(/^\d+$/),
      contentAfter: expect.stringMatching(/^\d+$/),
    });
  });

  test("names the invocation that answered", async () => {
    const answer = await platform.send({ path: `${stagePath(platform)}/echo/ada` });
    const { lambdaRequestId = "" } = await accessOf(answer.requestId);
    expect((await platform.invocation(lambdaRequestId)).report.requestId).toBe(lambdaRequestId);
  });

  test("names who signed", async () => {
    const answer = await platform.sendSigned({
      service: "execute-api",
      path: `${stagePath(platform)}/signed`,
    });
    expect(answer.status).toBe(200);
    expect(await accessOf(answer.requestId)).toMatchObject({
      arn: "arn:aws:sts::123456789012:assumed-role/Administrator/sluice",
    });
  });

  test.each([
    ["a path that no method has", "/nowhere", "Missing Authentication Token", "MISSING_AUTHENTICATION_TOKEN"],
    ["a missing signature", "/signed", "Missing Authentication Token", "MISSING_AUTHENTICATION_TOKEN"],
  ])("tells of %s", async (_, path, error, type) => {
    const answer = await platform.send({ path: stagePath(platform) + path });
    expect(await accessOf(answer.requestId)).toMatchObject({
      status: "403",
      error,
      type,
      mode: "-",
      functionStatus: "-",
    });
  });
});

describe("the execution log", () => {
  test("has every station of a request, with its data", async () => {
    const answer = await platform.send({
      path: `${stagePath(platform)}/echo/ada?x=1`,
      headers: { "x-api-key": "0123456789" },
    });
    const { lambdaRequestId } = await accessOf(answer.requestId);
    const lines = await executionOf(answer.requestId);
    expect(lines).toEqual([
      expect.stringMatching(/^Extended Request Id: .+=$/),
      `Starting execution for request: ${answer.requestId}`,
      "HTTP Method: GET, Resource Path: /echo/{name}",
      expect.stringContaining("does not require API Key"),
      "Method request path: {name=ada}",
      "Method request query string: {x=1}",
      expect.stringMatching(/^Method request headers: \{.*x-api-key=\*\*\*\*456789.*\}$/),
      "Method request body before transformations: ",
      expect.stringMatching(/^X-ray Tracing ID : Root=1-/),
      expect.stringMatching(
        /^Endpoint request URI: https:\/\/lambda\.us-east-1\.amazonaws\.com\/2015-03-31\/functions\/arn:aws:lambda:.*\/invocations$/,
      ),
      expect.stringMatching(/^Endpoint request body after transformations: \{"resource"/),
      expect.stringMatching(/^Sending request to https:\/\/lambda\./),
      expect.stringMatching(/^Endpoint response body before transformations: \{"body"/),
      `AWS Integration Endpoint RequestId : ${lambdaRequestId}`,
      expect.stringMatching(/^Received response\. Status: 200, Integration latency: \d+ ms$/),
      "Successfully completed execution",
      "Method completed with status: 200",
    ]);
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1_024);
    expect(lines.some((line) => line.endsWith("[TRUNCATED]"))).toBe(true);
  });

  test.each([
    ["a method without permission", "GET", "/forbidden", "", 500, "Invalid permissions on Lambda function"],
    [
      "a function's answer of another form",
      "POST",
      "/script",
      "await respond(id, '[]')",
      502,
      "Malformed Lambda proxy response",
    ],
    [
      "a stream without metadata",
      "POST",
      "/stream",
      `const s = stream(id); s.write(chunk("[]" + "\\0".repeat(8)) + "0\\r\\n\\r\\n"); await answered(s);`,
      500,
      "Failed to parse prelude JSON",
    ],
  ])("says why there was no answer: %s", async (_, method, path, body, status, line) => {
    const answer = await platform.send({ method, path: stagePath(platform) + path, body });
    expect(answer.status).toBe(status);
    const lines = await executionOf(answer.requestId);
    expect(lines).toContain(`Execution failed due to configuration error: ${line}`);
    expect(lines.at(-1)).toBe(`Method completed with status: ${status}`);
    expect(lines).not.toContain("Successfully completed execution");
  });

  test.each([
    [
      "with an error",
      `s.write("0\\r\\nLambda-Runtime-Function-Error-Type: E\\r\\nLambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJubyJ9\\r\\n\\r\\n"); await answered(s);`,
      "no",
    ],
    ["by ending its process", "process.exit(1);", "Runtime.TruncatedResponse"],
  ])("says how a function broke off a stream that it had begun: %s", async (_, failure, message) => {
    const begin = `const s = stream(id); s.write(chunk("{}" + "\\0".repeat(8) + "piece")); await gate("break");`;
    const path = `${stagePath(platform)}/stream`;
    const answer = await platform.send({ method: "POST", path, body: begin + failure });
    await answer.arrival("piece");
    await platform.gate.pass("break");
    expect([answer.status, await answer.ended]).toEqual([200, "broken off"]);
    const line = expect.stringMatching(
      `^Lambda execution failed with status 200 due to customer function error: ${message}\\. Lambda request id: `,
    );
    const lines = await executionOf(answer.requestId);
    expect(lines).toContainEqual(line);
    expect(lines).not.toContain("Successfully completed execution");
    expect(await accessOf(answer.requestId)).toMatchObject({ status: "200", integrationError: line });
  });

  test("has errors alone at the level ERROR", async () => {
    const good = await platform.send({ path: `${stagePath(platform)}/errors` });
    const bad = await platform.send({
      method: "POST",
      path: `${stagePath(platform)}/errors`,
      body: `await fail(id, JSON.stringify({ errorMessage: "boom", errorType: "Error" }))`,
    });
    const { lambdaRequestId } = await accessOf(bad.requestId);
    expect(await executionOf(good.requestId)).toEqual([]);
    expect(await executionOf(bad.requestId)).toEqual([
      `Lambda execution failed with status 200 due to customer function error: boom. Lambda request id: ${lambdaRequestId}`,
      "Method completed with status: 502",
    ]);
  });

  test("has nothing at the level OFF", async () => {
    const answer = await platform.send({ path: `${stagePath(platform)}/quiet` });
    expect(await executionOf(answer.requestId)).toEqual([]);
  });
});

test.each([
  [{ DestinationArn: "arn:aws:logs:us-east-1:1:log-group:g", Format: "$context.status" }, "requestId"],
  [{ DestinationArn: "arn:aws:logs:us-east-1:1:log-group:g" }, "without DestinationArn or Format"],
  [{ DestinationArn: "my-group", Format: "$context.requestId" }, "not the ARN of a log group"],
  [
    {
      DestinationArn: "arn:aws:firehose:us-east-1:1:deliverystream/amazon-apigateway-a",
      Format: "$context.requestId",
    },
    "to log groups of CloudWatch Logs and to nothing else",
  ],
])("a template is refused for the access log %j", async (AccessLogSetting, message) => {
  await expect(
    TestPlatform.start({
      resources: {
        Echo: scripted({ CodeUri: "echo/" }),
        ...restStage({
          invokes: ["Echo"],
          paths: { "/": { get: proxyTo("Echo", "BUFFERED") } },
          stage: { AccessLogSetting },
        }),
      },
      files: { "echo/bootstrap": eventAsBody },
    }),
  ).rejects.toMatchObject({
    diagnostics: expect.arrayContaining([
      expect.objectContaining({ message: expect.stringContaining(message) }),
    ]),
  });
});

test.each([
  ["an info", {}, 1],
  [
    "nothing",
    {
      Account: {
        Type: "AWS::ApiGateway::Account",
        Properties: { CloudWatchRoleArn: "arn:aws:iam::123456789012:role/logs" },
      },
    },
    0,
  ],
])("a stage that logs is told of the role that this takes, by %s", async (_, extra, count) => {
  await using other = await TestPlatform.start({
    resources: {
      Echo: scripted({ CodeUri: "echo/" }),
      ...restStage({
        invokes: ["Echo"],
        paths: { "/": { get: proxyTo("Echo", "BUFFERED") } },
        stage: { MethodSettings: [{ ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "ERROR" }] },
      }),
      ...extra,
    },
    files: { "echo/bootstrap": eventAsBody },
  });
  const [deployed] = other.events.filter((event) => event.kind === "deployed");
  expect(deployed?.diagnostics.filter(({ message }) => message.includes("CloudWatchRoleArn"))).toHaveLength(
    count,
  );
});
