import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Exchange } from "../../../test/exchange.ts";
import { RawConnection, requestText } from "../../../test/raw-connection.ts";
import { proxyTo, restStage, stagePath } from "../../../test/rest-stage.ts";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      Scripted: scripted(),
      Uninvited: scripted(),
      ...restStage({
        paths: {
          "/": { "x-amazon-apigateway-any-method": proxyTo("Scripted", "BUFFERED") },
          "/impatient": { post: proxyTo("Scripted", "BUFFERED", { integration: { timeoutInMillis: 50 } }) },
          "/uninvited": { post: proxyTo("Uninvited", "BUFFERED") },
        },
        invokes: ["Scripted"],
        binaryMediaTypes: ["image/png"],
      }),
    },
  });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

/** Sends a script on a bare connection. */
async function sendRaw(script: string): Promise<RawConnection> {
  const connection = await RawConnection.open(platform.port);
  await connection.write(requestText(stagePath(platform), script));
  return connection;
}

/** Lets the function do what the script says. */
function run(
  script: string,
  path = "/",
  headers: Record<string, string> = {},
  method = "POST",
): Promise<Exchange> {
  return platform.send({
    method,
    path: stagePath(platform) + path,
    headers: { ...headers, "content-length": String(Buffer.byteLength(script)) },
    body: script,
  });
}

/** Lets the function answer with that. */
const answerWith = (output: unknown, headers: Record<string, string> = {}, method = "POST") =>
  run(`await respond(id, ${JSON.stringify(JSON.stringify(output))})`, "/", headers, method);

const internalError = {
  status: 502,
  "content-type": "application/json",
  "x-amzn-errortype": "InternalServerErrorException",
  // Recorded with 36 bytes: there is a blank.
  body: '{"message": "Internal server error"}',
};

describe("an output", () => {
  test("with nothing but a status is an empty answer with the stage's own headers", async () => {
    const answer = await answerWith({ statusCode: 200 });
    expect(await answer.summary("content-type", "content-length")).toEqual({
      status: 200,
      "content-type": "application/json",
      "content-length": "0",
      body: "",
    });
    expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers["x-amz-apigw-id"]).toMatch(/^[A-Za-z0-9+/]{15}=$/);
    expect(answer.headers["x-amzn-trace-id"]).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });

  test.each<[string, unknown, number, string]>([
    ["no status", { headers: { a: "b" } }, 200, ""],
    ["nothing at all", {}, 200, ""],
    ["a status that is text", { statusCode: "201" }, 201, ""],
    [
      "headers that are null",
      { statusCode: 200, headers: null, multiValueHeaders: null, body: null },
      200,
      "",
    ],
    ["a body", { statusCode: 404, body: "é" }, 404, "é"],
    ["base64 and no binary type wanted", { body: "dGVzdA==", isBase64Encoded: true }, 200, "dGVzdA=="],
  ])("may have %s", async (_, output, status, body) => {
    expect(await (await answerWith(output)).summary()).toEqual({ status, body });
  });

  test.each<[string, unknown, string]>([
    ["a status that is a word", { statusCode: "test" }, 'statusCode is "test"'],
    ["an empty status", { statusCode: "" }, 'statusCode is ""'],
    ["a status out of range", { statusCode: 600 }, "Give an integer from 200 to 599."],
    ["a status that isn't final", { statusCode: 101 }, "statusCode is 101"],
    ["half a status", { statusCode: 200.5 }, "statusCode is 200.5"],
    [
      "an unknown member",
      { statusCode: 200, wrongValue: 1 },
      'It has the key "wrongValue"; the keys are statusCode',
    ],
    ["cookies, which are for streams", { statusCode: 200, cookies: ["a=1"] }, 'the key "cookies"'],
    ["only text", "just a string", "It is no object."],
    ["null, which is what nothing becomes", null, "It is no object."],
    ["a list", [{ statusCode: 200 }], "It is no object."],
    [
      "multi values that are no list",
      { multiValueHeaders: { a: "b" } },
      'multiValueHeaders["a"] is no list.',
    ],
    ["multi values that are text", { multiValueHeaders: "a" }, "multiValueHeaders is no object"],
    ["headers that are a list", { headers: ["a"] }, "headers is no object"],
    ["a header that is an object", { headers: { a: {} } }, 'The header "a"'],
    ["a header name with a blank", { headers: { "a b": "c" } }, 'The header "a b"'],
    ["a header value with a line end", { headers: { a: "b\r\nc: d" } }, 'The header "a"'],
    ["a multi value with a line end", { multiValueHeaders: { a: ["b\n"] } }, 'The header "a"'],
    ["a body that is an object", { body: { a: 1 } }, "such as JSON.stringify(body)."],
  ])("must not be, or have, %s", async (_, output, problem) => {
    const answer = await answerWith(output);
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(internalError);
    expect(answer.headers["x-amzn-trace-id"]).toBeUndefined();
    const [note, ...others] = platform.notes(answer.requestId);
    expect(others).toEqual([]);
    expect(note).toContain(
      "502: Execution failed due to configuration error: Malformed Lambda proxy response. ",
    );
    expect(note).toContain(problem);
  });

  test.each([
    ["text that is no JSON", `await respond(id, "{")`],
    ["nothing", `await respond(id, "")`],
    ["an error of the function", `await fail(id, '{"errorMessage":"x"}', {})`],
    ["the end of the process", "process.exit(1)"],
    ["a stream without a prelude", 'stream(id).end(chunk("text") + "0\\r\\n\\r\\n")'],
    [
      "a stream whose prelude is malformed",
      `stream(id).end(chunk('{"a":1}' + "\\0".repeat(8)) + "0\\r\\n\\r\\n")`,
    ],
  ])("that is %s gives 502", async (_, script) => {
    const answer = await run(script);
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual(internalError);
  });
});

test("a function that streams gives its status and headers, and loses its body, as documented", async () => {
  const prelude = '{"statusCode":201,"headers":{"a":"b"}}';
  const answer = await run(
    `stream(id).end(chunk('${prelude}' + "\\0".repeat(8) + "the body") + "0\\r\\n\\r\\n")`,
  );
  expect(await answer.summary("a", "content-length")).toEqual({
    status: 201,
    a: "b",
    "content-length": "0",
    body: "",
  });
  expect(platform.notes(answer.requestId)).toEqual([expect.stringContaining("loses the body")]);
});

describe("the headers of an output", () => {
  test.each<[string, object, string[]]>([
    ["texts of other values", { headers: { a: true, b: 1 } }, ["a: true", "b: 1"]],
    ["each of several values", { multiValueHeaders: { a: ["1", "2"] } }, ["a: 1", "a: 2"]],
    [
      "multi values first, in their spelling",
      { headers: { "test-multi": "solo" }, multiValueHeaders: { "tesT-Multi": ["multi"] } },
      ["tesT-Multi: multi", "tesT-Multi: solo"],
    ],
    [
      "an identical pair once",
      { headers: { a: "1" }, multiValueHeaders: { A: ["1", "2"] } },
      ["A: 1", "A: 2"],
    ],
    [
      "cookies one by one",
      { multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] } },
      ["Set-Cookie: a=1", "Set-Cookie: b=2"],
    ],
    ["their spelling", { headers: { "X-sPelled": "aS is" } }, ["X-sPelled: aS is"]],
    [
      "new names for those that are API Gateway's",
      { headers: { Server: "mine", "www-authenticate": "Basic", Date: "today" } },
      [
        "x-amzn-Remapped-Server: mine",
        "x-amzn-Remapped-www-authenticate: Basic",
        "x-amzn-Remapped-Date: today",
      ],
    ],
    [
      "nothing that frames the answer",
      { headers: { "Transfer-Encoding": "gzip", Trailer: "x", Upgrade: "h2", Via: "x" } },
      [],
    ],
  ])("give %s", async (_, output, lines) => {
    const { rawHeaders } = await answerWith(output);
    const all = rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [],
    );
    const own =
      /^(?:content-type: application\/json|x-amzn-requestid|x-amz-apigw-id|x-amzn-trace-id|content-length|date|connection|keep-alive)/i;
    expect(all.filter((line) => !own.test(line))).toEqual(lines);
  });

  test("give a content type of their own, and no length that is wrong", async () => {
    const headers = { "Content-Type": "text/plain", "Content-Length": "99" };
    const answer = await answerWith({ headers, body: "four" });
    expect(await answer.summary("content-type", "content-length")).toEqual({
      status: 200,
      "content-type": "text/plain",
      "content-length": "4",
      body: "four",
    });
  });

  test("tell the length of what HEAD leaves out", async () => {
    const answer = await answerWith({ headers: { "Content-Length": "99" } }, {}, "HEAD");
    expect(await answer.summary("content-length")).toEqual({ status: 200, "content-length": "99", body: "" });
  });
});

test.each([
  ["image/png", "bytes"],
  ["image/png;q=1, text/html", "bytes"],
  ["text/html, image/png", "Ynl0ZXM="],
  ["*/*", "Ynl0ZXM="],
])("base64 is decoded when the first type that the client accepts is binary: %s", async (accept, body) => {
  const answer = await answerWith({ body: "Ynl0ZXM=", isBase64Encoded: true }, { accept });
  expect(await answer.text()).toBe(body);
});

describe("an integration", () => {
  test("that takes too long gives 504, and the function runs on", async () => {
    const answer = await run(
      `await gate("late"); await respond(id, "{}"); await gate("answered")`,
      "/impatient",
    );
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual({
      status: 504,
      "content-type": "application/json",
      "x-amzn-errortype": "InternalServerErrorException",
      body: '{"message": "Endpoint request timed out"}',
    });
    expect(platform.notes(answer.requestId)).toEqual([expect.stringContaining("timeout of 50 ms")]);
    await platform.gate.pass("late");
    await platform.gate.pass("answered");
  });

  test("that may not invoke the function gives 500, and the developer is told why", async () => {
    const answer = await run("", "/uninvited");
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual({
      ...internalError,
      status: 500,
    });
    expect(platform.notes(answer.requestId)).toEqual([
      expect.stringContaining("Invalid permissions on Lambda function"),
    ]);
  });
});

test("a request past 10 MB is refused in plain text, before the stage sees it", async () => {
  const answer = await platform.send({
    method: "POST",
    path: stagePath(platform),
    headers: { "content-length": "10485761", expect: "100-continue" },
  });
  expect(await answer.summary("content-type", "x-amzn-requestid")).toEqual({
    status: 413,
    "content-type": "text; charset=utf-8",
    "x-amzn-requestid": undefined,
    body: "HTTP content length exceeded 10485760 bytes.",
  });
  answer.leave();
});

test("an event past Lambda's 6 MB is refused", async () => {
  const answer = await run(`/*${"x".repeat(6 * 1024 * 1024)}*/`);
  expect(await answer.summary("x-amzn-errortype")).toEqual({
    status: 413,
    "x-amzn-errortype": "BadRequestException",
    body: '{"message": "Request Too Long"}',
  });
});

test("a client that leaves lets the function run on, and the log says so", async () => {
  const seen = platform.events.length;
  using client = await sendRaw(`await gate("left"); await respond(id, "{}"); await gate("ran on")`);
  await platform.gate.arrived("left");
  await client.leaveNoticed();
  await platform.gate.pass("left");
  await platform.gate.pass("ran on");
  const ended = await platform.until((events) =>
    events.slice(seen).find((event) => event.kind === "invocation" && event.report.isDetached),
  );
  expect(ended).toMatchObject({ report: { status: "success" }, status: undefined });
});
