import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../../test/test-platform.ts";

const forbidden =
  '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}';
const integration = "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n";

/** A function's script that answers with the event it got. */
const echo = `await respond(id, event.body, { "Content-Type": "application/json" })`;

let platform: TestPlatform;

beforeAll(async () => {
  const url = (AuthType: string, InvokeMode: string) => ({ FunctionUrlConfig: { AuthType, InvokeMode } });
  platform = await TestPlatform.start({
    resources: {
      Open: scripted({ FunctionName: "open", ...url("NONE", "BUFFERED") }),
      OpenStream: scripted({ FunctionName: "open-stream", ...url("NONE", "RESPONSE_STREAM") }),
      Signed: scripted({ FunctionName: "signed", ...url("AWS_IAM", "BUFFERED") }),
      SignedStream: scripted({ FunctionName: "signed-stream", ...url("AWS_IAM", "RESPONSE_STREAM") }),
      Hurried: scripted({ FunctionName: "hurried", Timeout: 1, ...url("NONE", "BUFFERED") }),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

/** Lets a function run a script through its URL. */
function run(functionName: string, script: string, request: { method?: string; path?: string } = {}) {
  return platform.send({
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: script,
    ...request,
    path: platform.urlPath(functionName) + (request.path ?? "/"),
  });
}

describe("a URL that streams", () => {
  test("sends status, headers and cookies of the prelude at once, and each piece when it is written", async () => {
    const answer = await run(
      "open-stream",
      `const out = stream(id, "${integration}");
       out.write(chunk(JSON.stringify({ statusCode: 201, headers: { "X-Name": "é" }, cookies: ["a=1", "b=2"] })));
       out.write(chunk("\\0".repeat(8)));
       await gate("one");
       out.write(chunk("one"));
       await gate("two");
       out.end(chunk("two") + "0\\r\\n\\r\\n");
       await answered(out);`,
    );
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      "x-name": "é",
      "set-cookie": ["a=1", "b=2"],
      "content-type": "application/octet-stream",
      "transfer-encoding": "chunked",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "x-amzn-trace-id": expect.stringMatching(/^root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
    expect(answer.soFar).toBe("");
    await platform.gate.pass("one");
    await answer.arrival("one");
    expect(answer.soFar).toBe("one");
    await platform.gate.pass("two");
    expect(await answer.text()).toBe("onetwo");
    expect(await answer.ended).toBe("complete");
    expect(platform.logLines(answer.requestId)[0]).toMatch(/^START RequestId: /);
  });

  test("takes a prelude one byte at a time", async () => {
    const answer = await run(
      "open-stream",
      `const out = stream(id, "${integration}");
       for (const byte of '{"statusCode":202}' + "\\0".repeat(8) + "body") {
         await new Promise((go) => out.write(chunk(byte), go));
       }
       out.end("0\\r\\n\\r\\n");
       await answered(out);`,
    );
    expect(await answer.summary()).toEqual({ status: 202, body: "body" });
  });

  test.each([
    {
      what: "bytes without a type",
      script: `const out = stream(id); out.end(chunk("{}") + "0\\r\\n\\r\\n"); await answered(out);`,
      type: "application/octet-stream",
      body: "{}",
    },
    {
      what: "bytes of a type of their own",
      script: `const out = stream(id, "Content-Type: text/event-stream\\r\\n"); out.end(chunk("data: 1\\n\\n") + "0\\r\\n\\r\\n"); await answered(out);`,
      type: "text/event-stream",
      body: "data: 1\n\n",
    },
    {
      what: "an announced prelude that never comes",
      script: `const out = stream(id, "${integration}"); out.end("0\\r\\n\\r\\n"); await answered(out);`,
      type: "application/octet-stream",
      body: "",
    },
    {
      what: "the answer of a function that does not stream, uninterpreted",
      script: `await respond(id, '{"statusCode":418,"body":"tea"}', { "Content-Type": "application/json" })`,
      type: "application/json",
      body: '{"statusCode":418,"body":"tea"}',
    },
  ])("gives $what with status 200", async ({ script, type, body }) => {
    const answer = await run("open-stream", script);
    expect(await answer.summary("content-type")).toEqual({ status: 200, "content-type": type, body });
  });

  test.each([
    {
      what: "a prelude without its delimiter",
      script: `const out = stream(id, "${integration}"); out.end(chunk("text") + "0\\r\\n\\r\\n"); await answered(out);`,
      note: "The stream ended before its prelude was complete. Write status and headers before the body",
    },
    {
      what: "a prelude that is not JSON",
      script: `const out = stream(id, "${integration}"); out.end(chunk("text" + "\\0".repeat(8)) + "0\\r\\n\\r\\n"); await answered(out);`,
      note: "The prelude is not JSON",
    },
    {
      what: "a header that HTTP can't carry",
      script: `const out = stream(id, "${integration}"); out.end(chunk('{"headers":{"a":"b\\\\nc"}}' + "\\0".repeat(8)) + "0\\r\\n\\r\\n"); await answered(out);`,
      note: 'header "a"',
    },
  ])("answers 502 for $what, and tells the developer why", async ({ script, note }) => {
    const answer = await run("open-stream", script);
    expect(await answer.summary("content-type", "x-name")).toEqual({
      status: 502,
      "content-type": "application/json",
      body: "Internal Server Error",
    });
    expect(platform.notes(answer.requestId)).toEqual([expect.stringContaining(note)]);
  });

  test("answers 502 for a function that fails before its first byte", async () => {
    for (const script of [`await fail(id, "{}")`, "process.exit(1)"]) {
      expect(await (await run("open-stream", script)).summary()).toEqual({
        status: 502,
        body: "Internal Server Error",
      });
    }
  });

  test.each([204, 304])("sends no body with status %d, whatever the function writes", async (statusCode) => {
    const answer = await run(
      "open-stream",
      `const out = stream(id, "${integration}");
       out.end(chunk('{"statusCode":${statusCode},"headers":{"x-a":"1"}}' + "\\0".repeat(8) + "body") + "0\\r\\n\\r\\n");
       await answered(out);`,
    );
    expect(await answer.summary("x-a")).toEqual({ status: statusCode, "x-a": "1", body: "" });
    expect(await answer.ended).toBe("complete");
  });

  test("decides itself how long a body is, whatever the function says", async () => {
    const answer = await run(
      "open-stream",
      `const out = stream(id, "${integration}");
       out.write(chunk('{"headers":{"Content-Length":"3"}}' + "\\0".repeat(8)));
       out.end(chunk("longer") + "0\\r\\n\\r\\n");
       await answered(out);`,
    );
    expect(await answer.summary("content-length", "transfer-encoding")).toEqual({
      status: 200,
      "transfer-encoding": "chunked",
      body: "longer",
    });
  });
});

describe("a buffered URL", () => {
  test("makes an HTTP answer of what the function describes", async () => {
    const described = {
      statusCode: 201,
      headers: { "X-A": "1", "Content-Length": "99" },
      cookies: ["c=1"],
      body: "aGk=",
      isBase64Encoded: true,
    };
    const answer = await run("open", `await respond(id, '${JSON.stringify(described)}')`);
    expect(await answer.summary("x-a", "set-cookie", "content-type", "content-length")).toEqual({
      status: 201,
      "x-a": "1",
      "set-cookie": ["c=1"],
      "content-type": "application/json",
      "content-length": "2",
      body: "hi",
    });
  });

  test("has no body with status 204", async () => {
    const answer = await run("open", `await respond(id, '{"statusCode":204}')`);
    expect(await answer.summary("content-length", "transfer-encoding")).toEqual({ status: 204, body: "" });
  });

  test.each([
    ["reports an error", "open", `await fail(id, '{"errorType":"Odd"}')`],
    ["crashes", "open", "process.exit(1)"],
    ["runs out of time", "hurried", "await new Promise(() => setInterval(() => {}, 60_000))"],
    ["answers no JSON", "open", `await respond(id, "hello")`],
    ["streams a prelude", "open", `await respond(id, '{"statusCode":200}' + "\\0".repeat(8) + "hi")`],
  ])("answers 502 if the function %s", async (_, functionName, script) => {
    const answer = await run(functionName, script);
    expect(await answer.summary("content-type")).toEqual({
      status: 502,
      "content-type": "application/json",
      body: "Internal Server Error",
    });
  });
});

describe("a request", () => {
  test.each(["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])("may be %s", async (method) => {
    const answer = await platform.send({ method, path: `${platform.urlPath("open")}/x` });
    expect(await answer.json()).toMatchObject({ requestContext: { http: { method, path: "/x" } } });
  });

  test("of HEAD gets the headers, and no body", async () => {
    const script = `await respond(id, '{"statusCode":200,"body":"hello","headers":{"X-A":"1"}}')`;
    const head = await run("open", script, { method: "HEAD" });
    expect(await head.summary("x-a")).toEqual({ status: 200, "x-a": "1", body: "" });
    const streamed = await run(
      "open-stream",
      `const out = stream(id); out.end(chunk("body") + "0\\r\\n\\r\\n"); await answered(out);`,
      { method: "HEAD" },
    );
    expect(await streamed.summary("content-type")).toEqual({
      status: 200,
      "content-type": "application/octet-stream",
      body: "",
    });
  });

  test("reaches a URL by path, by local host name and by AWS's own, and the function sees AWS's", async () => {
    const id = platform.urlPath("open").split("/").at(-1);
    const aws = `${id}.lambda-url.us-east-1.on.aws`;
    const local = `${id}.lambda-url.us-east-1.localhost:${platform.port}`;
    for (const request of [
      { path: `${platform.urlPath("open")}/a` },
      { path: "/a", headers: { host: local } },
      { path: "/a", headers: { host: local.toUpperCase() } },
      { path: "/a", headers: { host: aws } },
    ]) {
      expect(await (await platform.send(request)).json()).toMatchObject({
        rawPath: "/a",
        headers: { host: aws },
        requestContext: { apiId: id, domainName: aws, domainPrefix: id },
      });
    }
  });

  test("to an id that nobody has is forbidden", async () => {
    const answer = await platform.send({ path: `/_lambda-url/${"a".repeat(32)}/` });
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual({
      status: 403,
      "content-type": "application/json",
      "x-amzn-errortype": "AccessDeniedException",
      body: '{"Message":null}',
    });
  });

  test("of more than 6 MB is too large, and is answered though it is still being sent", async () => {
    const answer = await platform.send({
      method: "POST",
      path: platform.urlPath("open"),
      body: Buffer.alloc(32 * 1024 * 1024),
    });
    expect(answer.status).toBe(413);
  });
});

describe("AuthType AWS_IAM", () => {
  test.each(["signed", "signed-stream"])(
    "lets a signed request through to %s, and tells who signed it",
    async (name) => {
      const answer = await platform.sendSigned({
        method: "POST",
        path: `${platform.urlPath(name)}/a%20b?x=1`,
        headers: { "content-type": "text/plain" },
        body: echo,
      });
      const { accessKeyId } = platform.platform.credentials;
      const arn = "arn:aws:sts::123456789012:assumed-role/Administrator/sluice";
      expect(await answer.json()).toMatchObject({
        rawPath: "/a%20b",
        requestContext: {
          accountId: "123456789012",
          authorizer: {
            iam: {
              accessKey: accessKeyId,
              accountId: "123456789012",
              callerId: expect.stringMatching(/^AROA\w+:sluice$/),
              cognitoIdentity: null,
              principalOrgId: null,
              userArn: arn,
              userId: expect.stringMatching(/^AROA\w+:sluice$/),
            },
          },
        },
      });
    },
  );

  test.each([
    ["without a signature", () => platform.send({ path: platform.urlPath("signed") })],
    [
      "with a signature for another service",
      () => platform.sendSigned({ path: platform.urlPath("signed"), service: "execute-api" }),
    ],
    [
      "with a body that the signature does not cover",
      () =>
        platform.sendSigned({
          method: "POST",
          path: platform.urlPath("signed"),
          body: "1",
          headers: { "x-amz-content-sha256": "0".repeat(64) },
        }),
    ],
  ])("forbids a request %s, and tells only the developer why", async (_, send) => {
    const answer = await send();
    expect(await answer.summary("content-type", "x-amzn-errortype")).toEqual({
      status: 403,
      "content-type": "application/json",
      "x-amzn-errortype": "AccessDeniedException",
      body: forbidden,
    });
    expect(platform.notes(answer.requestId)).toEqual([expect.stringMatching(/^403: /)]);
  });
});
