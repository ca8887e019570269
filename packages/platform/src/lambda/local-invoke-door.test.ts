import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({
    resources: {
      First: scripted({ FunctionName: "first-one" }),
      Second: scripted({ FunctionName: "second-one" }),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

function post(path: string, body = "") {
  return platform.send({ method: "POST", path, body });
}

const whoIsIt = JSON.stringify({
  script: `await respond(id, event.headers["lambda-runtime-invoked-function-arn"].split(":").at(-1))`,
});

describe("POST /invoke", () => {
  test.each([
    ["/invoke", "first-one"],
    ["/invoke/second-one", "second-one"],
    ["/invoke/Second", "second-one"],
    ["/invoke/First", "first-one"],
  ])("%s runs %s, unsigned", async (path, name) => {
    expect(await (await post(path, whoIsIt)).text()).toBe(name);
  });

  test("gives the body as the event, as it is, and an empty object for none", async () => {
    expect(await (await post("/invoke", '{"a" :1}')).text()).toBe('{"a" :1}');
    expect(await (await post("/invoke")).text()).toBe("{}");
  });

  test("streams, with the status, headers and cookies that the function sets", async () => {
    const answer = await post(
      "/invoke",
      JSON.stringify({
        script: `
          const out = stream(id, "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n");
          out.write(chunk('{"statusCode":202,"headers":{"X-A":"1"},"cookies":["c=1"]}' + "\\0".repeat(8)));
          out.write(chunk("one"));
          await gate("two");
          out.end(chunk("two") + "0\\r\\n\\r\\n");
          await answered(out);`,
      }),
    );
    expect(answer.status).toBe(202);
    expect(answer.headers).toMatchObject({
      "x-a": "1",
      "set-cookie": ["c=1"],
      "x-amz-executed-version": "$LATEST",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    await answer.arrival("one");
    await platform.gate.pass("two");
    expect(await answer.text()).toBe("onetwo");
  });

  test.each([
    {
      what: "a function that does not stream",
      script: `await respond(id, '{"statusCode":418}', { "Content-Type": "application/json" })`,
      type: "application/json",
      body: '{"statusCode":418}',
    },
    {
      what: "a stream without a prelude",
      script: `const out = stream(id, "Content-Type: text/csv\\r\\n"); out.end(chunk("a,b") + "0\\r\\n\\r\\n"); await answered(out);`,
      type: "text/csv",
      body: "a,b",
    },
    {
      what: "a stream without a byte",
      script: `const out = stream(id); out.end("0\\r\\n\\r\\n"); await answered(out);`,
      type: "application/octet-stream",
      body: "",
    },
  ])("gives the output of $what as it is", async ({ script, type, body }) => {
    const answer = await post("/invoke", JSON.stringify({ script }));
    expect(await answer.summary("content-type")).toEqual({ status: 200, "content-type": type, body });
  });

  test("says what a function reported that failed, as Invoke does", async () => {
    const answer = await post("/invoke", JSON.stringify({ script: `await fail(id, '{"errorType":"Odd"}')` }));
    expect(await answer.summary("content-type", "x-amz-function-error")).toEqual({
      status: 200,
      "content-type": "application/json",
      "x-amz-function-error": "Unhandled",
      body: '{"errorType":"Odd"}',
    });
  });

  test("says what is wrong with a prelude", async () => {
    const answer = await post(
      "/invoke",
      JSON.stringify({
        script: `
          const out = stream(id, "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n");
          out.end(chunk("body") + "0\\r\\n\\r\\n");
          await answered(out);`,
      }),
    );
    expect(await answer.summary()).toEqual({
      status: 502,
      body: expect.stringMatching(
        /^Internal Server Error\nThe stream ended before its prelude was complete\. Write status and headers .+\.\n$/,
      ),
    });
  });
});

describe("the raw stream", () => {
  const type = "application/vnd.awslambda.http-integration-response";
  const prelude = `{"statusCode":202}${"\0".repeat(8)}`;
  const begun = `
    const out = stream(id, "Content-Type: ${type}\\r\\n");
    out.write(chunk('{"statusCode":202}' + "\\0".repeat(8) + "one"));`;

  test.each([
    { how: "a header", path: "/invoke", headers: { "Sluice-View": "raw" } },
    { how: "the query", path: "/invoke/Second?view=raw", headers: {} },
  ])(
    "comes as the function writes it, prelude included, when $how asks for it",
    async ({ path, headers }) => {
      const body = JSON.stringify({
        script: `${begun} await gate("two"); out.end(chunk("two") + "0\\r\\n\\r\\n"); await answered(out);`,
      });
      const answer = await platform.send({ method: "POST", path, headers, body });
      expect([answer.status, answer.headers["content-type"]]).toEqual([200, type]);
      await answer.arrival(`${prelude}one`);
      await platform.gate.pass("two");
      expect(await answer.text()).toBe(`${prelude}onetwo`);
      expect(await answer.ended).toBe("complete");
    },
  );

  test("ends with the error trailers that the function sent", async () => {
    const error = Buffer.from('{"errorType":"Odd"}').toString("base64");
    const trailers = `Lambda-Runtime-Function-Error-Type: Odd\\r\\nLambda-Runtime-Function-Error-Body: ${error}`;
    const answer = await platform.send({
      method: "POST",
      path: "/invoke?view=raw",
      body: JSON.stringify({
        script: `${begun} out.end("0\\r\\n${trailers}\\r\\n\\r\\n"); await answered(out);`,
      }),
    });
    expect(await answer.text()).toBe(`${prelude}one`);
    expect(answer.message.trailers).toEqual({
      "lambda-runtime-function-error-type": "Odd",
      "lambda-runtime-function-error-body": error,
    });
  });

  test("of a process that is gone breaks off", async () => {
    const body = JSON.stringify({ script: `${begun} await gate("now"); process.exit(1);` });
    const answer = await platform.send({ method: "POST", path: "/invoke?view=raw", body });
    await answer.arrival("one");
    await platform.gate.pass("now");
    expect(await answer.ended).toBe("broken off");
  });

  test("of a function that failed before it is the answer of Invoke", async () => {
    const body = JSON.stringify({ script: `await fail(id, '{"errorType":"Odd"}')` });
    const answer = await platform.send({ method: "POST", path: "/invoke?view=raw", body });
    expect(await answer.summary("x-amz-function-error")).toEqual({
      status: 200,
      "x-amz-function-error": "Unhandled",
      body: '{"errorType":"Odd"}',
    });
  });
});

describe("the context", () => {
  const script = `await respond(id, JSON.stringify([event.headers["lambda-runtime-client-context"], event.headers["lambda-runtime-aws-tenant-id"]]))`;
  const send = (headers: Record<string, string>) =>
    platform.send({ method: "POST", path: "/invoke", headers, body: JSON.stringify({ script }) });

  test("gets what the request's headers say about client and tenant", async () => {
    const context = Buffer.from('{"custom":{"a":1}}').toString("base64");
    const answer = await send({ "X-Amz-Client-Context": context, "X-Amz-Tenant-Id": "blue" });
    expect(await answer.text()).toBe(JSON.stringify(['{"custom":{"a":1}}', "blue"]));
  });

  test("is not made of a header that is not base64 of JSON", async () => {
    const answer = await send({ "X-Amz-Client-Context": "e30x" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("Client context must be base64 of a JSON object");
  });
});

describe("refused is", () => {
  test.each([
    {
      what: "a function that does not exist",
      request: { method: "POST", path: "/invoke/Third", body: "{}" },
      status: 404,
      type: "ResourceNotFoundException",
      message: "There is no function Third.",
    },
    {
      what: "another method",
      request: { method: "GET", path: "/invoke" },
      status: 405,
      type: "MethodNotAllowed",
      message: "Send a POST request whose body is the event.",
    },
    {
      what: "an event that is not JSON",
      request: { method: "POST", path: "/invoke", body: "{" },
      status: 400,
      type: "InvalidRequestContentException",
      message: expect.stringMatching(/^Could not parse request body into json: /),
    },
    {
      what: "an event of more than 6 MB",
      request: { method: "POST", path: "/invoke", body: " ".repeat(6 * 1024 * 1024 + 1) },
      status: 413,
      type: "RequestTooLargeException",
      message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    },
  ])("$what", async ({ request, status, type, message }) => {
    const answer = await platform.send(request);
    expect(answer.status).toBe(status);
    expect(answer.headers["x-amzn-errortype"]).toBe(type);
    expect(answer.headers.allow).toBe(status === 405 ? "POST" : undefined);
    expect(await answer.json()).toMatchObject({ message });
  });
});

test("a template without functions has nothing to invoke", async () => {
  await using empty = await TestPlatform.start({
    resources: { Role: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {} } } },
  });
  const answer = await empty.send({ method: "POST", path: "/invoke", body: "{}" });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ message: "The template has no function." });
});
