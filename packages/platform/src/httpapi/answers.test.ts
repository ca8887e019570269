import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Exchange } from "../../test/exchange.ts";
import { handler, httpApiId, sendTo } from "../../test/http-api.ts";
import { scriptedBootstrap, TestPlatform } from "../../test/test-platform.ts";
import { TestClock } from "../test-clock.ts";

let platform: TestPlatform;
const clock = new TestClock();

beforeAll(async () => {
  platform = await TestPlatform.start({
    clock,
    files: { "do/bootstrap": scriptedBootstrap },
    resources: {
      Api: { Type: "AWS::Serverless::HttpApi" },
      Do: handler(
        "do",
        {
          Two: { ApiId: { Ref: "Api" }, Path: "/2", Method: "post" },
          One: { ApiId: { Ref: "Api" }, Path: "/1", Method: "post", PayloadFormatVersion: "1.0" },
          Slow: { ApiId: { Ref: "Api" }, Path: "/slow", Method: "post", TimeoutInMillis: 5000 },
          Get: { ApiId: { Ref: "Api" }, Path: "/2", Method: "head" },
        },
        { FunctionName: "do", Timeout: 60 },
      ),
      // Its permission is for another API.
      Closed: {
        Type: "AWS::Serverless::HttpApi",
        Properties: {
          DefinitionBody: {
            openapi: "3.0.1",
            info: { title: "x", version: "1" },
            paths: {
              "/": {
                get: {
                  "x-amazon-apigateway-integration": {
                    type: "aws_proxy",
                    httpMethod: "POST",
                    payloadFormatVersion: "2.0",
                    uri: {
                      "Fn::Sub":
                        // biome-ignore lint/suspicious/noTemplateCurlyInString: for CloudFormation.
                        "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Do.Arn}/invocations",
                    },
                  },
                },
                post: {},
              },
            },
          },
        },
      },
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

/** What a client gets for what the function sends as its answer. */
const answerTo = (path: string, output: string) =>
  sendTo(platform, "Api", {
    method: "POST",
    path,
    headers: { "content-type": "text/plain" },
    body: `await respond(id, ${JSON.stringify(output)});`,
  });

const failure = {
  status: 500,
  "content-type": "application/json",
  body: '{"message":"Internal Server Error"}',
};
const plain = "text/plain; charset=utf-8";

describe("a function's answer in format 2.0", () => {
  test.each<[string, unknown, object]>([
    ["an object", { a: 1 }, { status: 200, "content-type": "application/json", body: '{"a":1}' }],
    ["a list", [1], { status: 200, "content-type": "application/json", body: "[1]" }],
    ["a text", "Hello", { status: 200, "content-type": "application/json", body: "Hello" }],
    ["nothing", null, { status: 200, "content-type": "application/json", body: "null" }],
    ["a status", { statusCode: 204 }, { status: 204, "content-type": plain, body: "" }],
    ["a status as text", { statusCode: "201", body: "x" }, { status: 201, "content-type": plain, body: "x" }],
    [
      "headers",
      { statusCode: 200, headers: { "Content-Type": "text/css" }, body: "b{}" },
      { status: 200, "content-type": "text/css", body: "b{}" },
    ],
    [
      "base64",
      { statusCode: 200, body: "aGk=", isBase64Encoded: true },
      { status: 200, "content-type": plain, body: "hi" },
    ],
    ["no status that HTTP has", { statusCode: 0, body: "x" }, failure],
    ["a body that is no text", { statusCode: 200, body: { a: 1 } }, failure],
    ["a header that HTTP can't carry", { statusCode: 200, headers: { "a b": "c" } }, failure],
  ])("is %s", async (_name, output, expected) => {
    const answer = await answerTo("/2", JSON.stringify(output));
    expect(await answer.summary("content-type")).toEqual(expected);
    expect(answer.headers["apigw-requestid"]).toMatch(/^[\w+/]{15}=$/);
  });

  test("sets each cookie by itself", async () => {
    const answer = await answerTo("/2", JSON.stringify({ statusCode: 200, cookies: ["a=1", "b=2; Secure"] }));
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2; Secure"]);
  });

  test("is collected if the function streams, and the developer is told", async () => {
    const streams = (text: string) =>
      sendTo(platform, "Api", {
        method: "POST",
        path: "/2",
        headers: { "content-type": "text/plain" },
        body: `const socket = stream(id); socket.write(chunk(${JSON.stringify(text)}) + "0\\r\\n\\r\\n"); await answered(socket);`,
      });
    const told = (answer: Exchange) => platform.notes(String(answer.headers["apigw-requestid"]));
    const warning = expect.stringMatching(/^The function streams, and HTTP APIs can't/);

    const json = await streams('{"a":1}');
    expect(await json.summary("content-type")).toEqual({
      status: 200,
      "content-type": "application/json",
      body: '{"a":1}',
    });
    expect(told(json)).toEqual([warning]);

    const withPrelude = await streams('{"statusCode":200}\0\0\0\0\0\0\0\0Hello');
    expect(await withPrelude.summary("content-type")).toEqual(failure);
    expect(told(withPrelude)).toEqual([warning, expect.stringMatching(/^500: .* is not JSON/)]);
  });
});

describe("a function's answer in format 1.0", () => {
  test.each<[string, unknown, object]>([
    [
      "described as for REST APIs",
      { statusCode: 200, headers: { a: "1" }, multiValueHeaders: { B: ["2", "3"] }, body: "x" },
      { status: 200, a: "1", b: "2, 3", body: "x" },
    ],
    ["not inferred", { a: 1 }, { status: 500, a: undefined, b: undefined, body: failure.body }],
    ["not a text", "Hello", { status: 500, a: undefined, b: undefined, body: failure.body }],
  ])("is %s", async (_name, output, expected) => {
    const answer = await answerTo("/1", JSON.stringify(output));
    expect(await answer.summary("a", "b")).toEqual(expected);
  });
});

test("a function that fails is a 500, and the failure is recorded", async () => {
  const answer = await sendTo(platform, "Api", {
    method: "POST",
    path: "/2",
    headers: { "content-type": "text/plain" },
    body: 'await fail(id, JSON.stringify({ errorType: "Oops", errorMessage: "no" }));',
  });
  expect(await answer.summary("content-type")).toEqual(failure);
  const record = await platform.platform.invocationOf(
    new Response(null, { headers: { "apigw-requestid": String(answer.headers["apigw-requestid"]) } }),
  );
  expect(record.error?.errorType).toBe("Oops");
});

test.each([
  ["/2", 30_000],
  ["/slow", 5_000],
])("an integration of %s has %i ms", async (path, timeoutMs) => {
  const pending = sendTo(platform, "Api", {
    method: "POST",
    path,
    headers: { "content-type": "text/plain" },
    body: 'await gate("late"); await respond(id, "1");',
  });
  await platform.gate.arrived("late");
  await clock.waiting(timeoutMs);
  clock.advance(timeoutMs);
  const answer = await pending;
  expect(await answer.summary()).toEqual({ status: 503, body: '{"message":"Service Unavailable"}' });
  await platform.gate.pass("late");
});

test.each([
  [
    "the function does not permit",
    "GET",
    /is not permitted to invoke do with the source arn:aws:execute-api/,
  ],
  ["that has no integration", "POST", /has no integration/],
])("a route %s is a 500", async (_name, method, note) => {
  const answer = await sendTo(platform, "Closed", { method, path: "/" });
  expect(await answer.summary()).toEqual({ status: 500, body: failure.body });
  expect(platform.notes(String(answer.headers["apigw-requestid"]))).toEqual([expect.stringMatching(note)]);
});

test.each([
  [
    "a body of more than 10 MB",
    { body: Buffer.alloc(10 * 1024 * 1024 + 1) },
    413,
    "Request Entity Too Large",
  ],
  [
    "a body that makes no event of 6 MB",
    { body: Buffer.alloc(5 * 1024 * 1024) },
    413,
    "Request Entity Too Large",
  ],
  [
    "more than 10,240 bytes of headers",
    { headers: { a: "x".repeat(10_240) } },
    431,
    "Request Header Fields Too Large",
  ],
])("%s is refused", async (_name, request, status, message) => {
  const answer = await sendTo(platform, "Api", { method: "POST", path: "/2", ...request });
  expect(await answer.summary()).toEqual({ status, body: JSON.stringify({ message }) });
});

test("an API that isn't there is not found under the name of one that is", async () => {
  const host = `${httpApiId(platform, "Api")}.execute-api.us-east-1.localhost:${platform.port}`;
  const answer = await platform.send({ path: "/nothing", headers: { host } });
  expect(await answer.summary("content-type")).toEqual({
    status: 404,
    "content-type": "application/json",
    body: '{"message":"Not Found"}',
  });
});
