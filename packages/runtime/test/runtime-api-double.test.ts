import { describe, expect, test } from "vitest";
import { type Call, type CallAnswer, call, exchange, open } from "./api-call.ts";
import { RuntimeApiDouble } from "./runtime-api-double.ts";

// The rules are those of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and, for streamed responses,
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming

const runtime = "/2018-06-01/runtime";
const modeHeader = "Lambda-Runtime-Function-Response-Mode";
const errorTypeHeader = "Lambda-Runtime-Function-Error-Type";
const errorBodyHeader = "Lambda-Runtime-Function-Error-Body";

function next(api: RuntimeApiDouble): Promise<CallAnswer> {
  return call(api.address, "GET", `${runtime}/invocation/next`);
}

function respond(api: RuntimeApiDouble, requestId: string, options?: Call): Promise<CallAnswer> {
  return call(api.address, "POST", `${runtime}/invocation/${requestId}/response`, options);
}

function report(api: RuntimeApiDouble, requestId: string, options?: Call): Promise<CallAnswer> {
  return call(api.address, "POST", `${runtime}/invocation/${requestId}/error`, options);
}

function initError(api: RuntimeApiDouble, options?: Call): Promise<CallAnswer> {
  return call(api.address, "POST", `${runtime}/init/error`, options);
}

describe("the order of calls", () => {
  const makes: Record<string, (api: RuntimeApiDouble) => Promise<CallAnswer>> = {
    "init error": (api) => initError(api),
    next,
    "response to first": (api) => respond(api, "first"),
    "response to second": (api) => respond(api, "second"),
    "response to unknown": (api) => respond(api, "unknown"),
    "error of first": (api) => report(api, "first"),
    "response in an unknown mode": (api) => respond(api, "first", { headers: { [modeHeader]: "Streaming" } }),
    "response of another attempt": (api) =>
      respond(api, "first", { headers: { "Lambda-Runtime-Invocation-Id": "another" } }),
  };
  const ok = '202 {"status":"OK"}\n';
  const first = "200 first";
  const second = "200 second";
  const unknownId = '400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n';
  const unknownMode =
    '400 {"errorMessage":"Invalid function response mode","errorType":"InvalidFunctionResponseMode"}\n';
  const transition = (from: string, to: string) =>
    `403 {"errorMessage":"State transition from ${from} to ${to} failed for runtime. ` +
    'Error: State transition is not allowed","errorType":"InvalidStateTransition"}\n';

  const sequences: Record<string, readonly (readonly [call: string, answer: string | RegExp])[]> = {
    "a failed init ends everything": [
      ["init error", ok],
      ["next", transition("InitError", "Ready")],
      ["init error", transition("InitError", "InitError")],
      ["response to first", unknownId],
    ],
    "an init error comes too late after next": [
      ["next", first],
      ["init error", transition("Running", "InitError")],
    ],
    "an event that was not delivered cannot be answered": [["response to first", unknownId]],
    "events come one after the other": [
      ["next", first],
      ["response to first", ok],
      ["next", second],
      ["response to second", ok],
    ],
    "next again delivers the same event again": [
      ["next", first],
      ["next", first],
      ["response to first", ok],
      ["next", second],
    ],
    "the request ID is looked at before the state": [
      ["next", first],
      ["response to first", ok],
      ["response to unknown", unknownId],
      ["response to first", transition("RuntimeResponseSentState", "InvocationResponse")],
      ["error of first", transition("RuntimeResponseSentState", "InvocationErrorResponse")],
    ],
    "an invocation is over only when next is called again": [
      ["next", first],
      ["error of first", ok],
      ["response to first", transition("RuntimeResponseSentState", "InvocationResponse")],
      ["next", second],
      ["response to first", unknownId],
    ],
    "after an unknown response mode nothing is possible": [
      ["next", first],
      ["response in an unknown mode", unknownMode],
      ["response to first", transition("InvocationResponse", "InvocationResponse")],
      ["error of first", transition("InvocationResponse", "InvocationErrorResponse")],
      ["next", transition("InvocationResponse", "Ready")],
    ],
    "an answer of another attempt is refused, and the right one still taken": [
      ["next", first],
      ["response of another attempt", /^400 .*"errorType":"InvalidInvocationId"/],
      ["response to first", ok],
    ],
  };

  test.each(Object.entries(sequences))("%s", async (_name, steps) => {
    await using api = await RuntimeApiDouble.start();
    api.invoke({}, { requestId: "first" });
    api.invoke({}, { requestId: "second" });
    for (const [name, expected] of steps) {
      const answer = await makes[name]?.(api);
      const shown = answer?.status === 200 ? answer.headers["lambda-runtime-aws-request-id"] : answer?.body;
      const actual = `${answer?.status} ${shown}`;
      if (typeof expected === "string") expect([name, actual]).toEqual([name, expected]);
      else expect(actual).toMatch(expected);
    }
  });

  test("a request ID is unknown once the runtime waits for the next event", async () => {
    await using api = await RuntimeApiDouble.start();
    api.invoke({}, { requestId: "first" });
    await next(api);
    await respond(api, "first");
    const blocked = next(api);
    await api.waitForNext();
    expect((await respond(api, "first")).status).toBe(400);
    api.invoke({});
    expect((await blocked).status).toBe(200);
  });
});

describe("the event", () => {
  const always = {
    "lambda-runtime-aws-request-id": "r",
    "lambda-runtime-deadline-ms": "1700000000000",
    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:123456789012:function:test-function",
    "content-type": "application/json",
  };
  test.each([
    ["needs no tracing, identity or tenant", {}, always],
    [
      "carries them when there are any",
      {
        traceId: "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        clientContext: { custom: { a: "b" } },
        cognitoIdentity: '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        tenantId: "blue",
        contentType: "application/octet-stream",
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:test-function:live",
      },
      {
        ...always,
        "lambda-runtime-trace-id":
          "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        "lambda-runtime-client-context": '{"custom":{"a":"b"}}',
        "lambda-runtime-cognito-identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        "lambda-runtime-aws-tenant-id": "blue",
        "content-type": "application/octet-stream",
        "lambda-runtime-invoked-function-arn":
          "arn:aws:lambda:us-east-1:123456789012:function:test-function:live",
      },
    ],
    [
      "can have more",
      { headers: { "lambda-runtime-future": "1" } },
      { ...always, "lambda-runtime-future": "1" },
    ],
    [
      "can have other values",
      { headers: { "CONTENT-TYPE": "text/csv" } },
      { ...always, "content-type": "text/csv" },
    ],
  ])("%s", async (_name, options, headers) => {
    await using api = await RuntimeApiDouble.start();
    const omitHeaders = ["lambda-runtime-INVOCATION-ID"];
    api.invoke("{ }", { requestId: "r", deadlineMs: 1_700_000_000_000, omitHeaders, ...options });
    const answer = await next(api);
    expect(answer.body).toBe("{ }");
    expect(answer.headers).toEqual({ ...headers, "content-length": "3", connection: "close" });
  });

  test.each([
    ["text", "plain", "plain"],
    ["bytes", Buffer.from("bytes"), "bytes"],
    ["an object", { a: [1] }, '{"a":[1]}'],
  ])("can be %s, also in chunks", async (_name, event, body) => {
    await using api = await RuntimeApiDouble.start();
    const { requestId, invocationId } = api.invoke(event, { chunked: true });
    const answer = await next(api);
    expect(answer.body).toBe(body);
    expect(answer.headers["transfer-encoding"]).toBe("chunked");
    expect(answer.headers["lambda-runtime-invocation-id"]).toBe(invocationId);
    const headers = { "Lambda-Runtime-Invocation-Id": invocationId };
    expect((await respond(api, requestId, { headers })).status).toBe(202);
  });

  test("is waited for, and is not lost on a connection that ended meanwhile", async () => {
    await using api = await RuntimeApiDouble.start();
    const gone = exchange(api.address, `GET ${runtime}/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n`);
    await api.waitForNext();
    gone.socket.destroy();
    await api.waitFor(({ openConnections }) => openConnections === 0);
    const answer = next(api);
    await api.waitFor(({ requests }) => requests.length === 2);
    await api.waitForNext();
    api.invoke({}, { requestId: "late" });
    expect((await answer).headers["lambda-runtime-aws-request-id"]).toBe("late");
  });
});

describe("a response", () => {
  const streaming = { [modeHeader]: "streaming", Trailer: `${errorTypeHeader}, ${errorBodyHeader}` };
  test.each<[string, Call, object]>([
    ["in one piece", { body: "all" }, { body: "all", chunks: ["all"], trailers: {}, errorType: undefined }],
    ["without a body", {}, { body: "", chunks: [], trailers: {}, errorType: undefined }],
    [
      "as a stream",
      { headers: streaming, chunks: ["a", "bc"] },
      { body: "abc", chunks: ["a", "bc"], trailers: {}, errorType: undefined },
    ],
    [
      "as a stream that ends in an error, whose type is passed on as it is",
      {
        headers: streaming,
        chunks: ["a"],
        trailers: { [errorTypeHeader]: "my error", [errorBodyHeader]: "e30=" },
      },
      {
        body: "a",
        chunks: ["a"],
        trailers: { [errorTypeHeader.toLowerCase()]: "my error", [errorBodyHeader.toLowerCase()]: "e30=" },
        errorType: "my error",
      },
    ],
    [
      "with trailers that were not announced, which do not count",
      {
        headers: { [modeHeader]: "streaming" },
        chunks: ["a"],
        trailers: { [errorTypeHeader]: "Runtime.Lost" },
      },
      { body: "a", chunks: ["a"], trailers: {}, errorType: undefined },
    ],
  ])("comes %s", async (_name, options, expected) => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({});
    await next(api);
    expect((await respond(api, invocation.requestId, options)).body).toBe('{"status":"OK"}\n');
    const { headers: _headers, ...result } = await invocation.result;
    const chunks = result.chunks.map(({ bytes }) => bytes.toString());
    const actual = { ...result, body: result.body.toString(), chunks };
    expect(actual).toEqual({ kind: "response", complete: true, ...expected });
    expect(api.protocolErrors).toEqual([]);
  });

  const limit = 6_291_556;
  test.each<[string, number, Call["headers"], "BUFFERED" | "RESPONSE_STREAM" | undefined, number]>([
    ["as large as the limit", limit, {}, undefined, 202],
    ["larger than the limit", limit + 1, {}, undefined, 413],
    ["far larger than the limit", limit + 2_000_000, {}, undefined, 413],
    ["a stream larger than the limit", limit + 1, { [modeHeader]: "streaming" }, undefined, 202],
    ["a stream too large for a buffered invoke", limit + 1, { [modeHeader]: "streaming" }, "BUFFERED", 413],
    ["large, where the invoker alone asked for a stream", limit + 1, {}, "RESPONSE_STREAM", 202],
  ])("may be %s", async (_name, size, headers, invokeMode, status) => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, invokeMode ? { invokeMode } : {});
    await next(api);
    const answer = await respond(api, invocation.requestId, {
      headers: { ...headers },
      body: Buffer.alloc(size),
    });
    expect(answer.status).toBe(status);
    const result = await invocation.result;
    if (status === 202) {
      expect(result).toMatchObject({ kind: "response", complete: true, errorType: undefined });
      expect(result.body.length).toBe(size);
    } else {
      const message = "Exceeded maximum allowed payload size (6291556 bytes).";
      expect(JSON.parse(answer.body)).toEqual({ errorMessage: message, errorType: "RequestEntityTooLarge" });
      expect(result).toMatchObject({ kind: "error", errorType: "Function.ResponseSizeTooLarge" });
      expect(result.body.toString()).toContain("Response payload size exceeded maximum allowed payload size");
    }
  });

  test("that is far too large is refused before it has ended", async () => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    await next(api);
    const path = `${runtime}/invocation/r/response`;
    const { request, answer } = open(api.address, "POST", path, { "Transfer-Encoding": "chunked" });
    request.write(Buffer.alloc(limit));
    request.write(Buffer.alloc(1));
    request.write(Buffer.alloc(300_000));
    expect(await answer).toMatchObject({ status: 413, headers: { connection: "close" } });
    expect(await invocation.result).toMatchObject({
      complete: false,
      errorType: "Function.ResponseSizeTooLarge",
    });
    request.destroy();
  });

  test("that was refused half-way can be sent to its end", async () => {
    await using api = await RuntimeApiDouble.start();
    api.invoke({}, { requestId: "r" });
    await next(api);
    const path = `${runtime}/invocation/r/response`;
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${3 * limit}\r\n\r\n`;
    const { received } = exchange(api.address, head + "a".repeat(3 * limit), { end: true });
    expect(await received).toMatch(/^HTTP\/1.1 413 /);
  });

  const head = (framing: string) =>
    `POST ${runtime}/invocation/r/response HTTP/1.1\r\nHost: a\r\n${modeHeader}: streaming\r\n${framing}\r\n\r\n`;
  test.each([
    ["shorter than its length", `${head("Content-Length: 5")}abc`, "abc", []],
    ["without a last chunk", `${head("Transfer-Encoding: chunked")}3\r\nabc\r\n`, "abc", []],
    ["within a chunk", `${head("Transfer-Encoding: chunked")}5\r\nabc`, "abc", []],
    ["within the trailers", `${head("Transfer-Encoding: chunked")}0\r\nTrai`, "", []],
    [
      "in more trailers than AWS reads",
      `${head("Transfer-Encoding: chunked")}3\r\nabc\r\n0\r\n${"a: b\r\n".repeat(683)}\r\n`,
      "abc",
      [],
    ],
    [
      "with a broken chunk",
      `${head("Transfer-Encoding: chunked")}3\r\nabc\r\nzz\r\n`,
      "abc",
      ["the body is not chunked as HTTP/1.1 has it"],
    ],
    [
      "after a chunk longer than its size",
      `${head("Transfer-Encoding: chunked")}3\r\nabcd\r\n0\r\n\r\n`,
      "abc",
      ["the body is not chunked as HTTP/1.1 has it"],
    ],
  ])("is truncated when it ends %s", async (_name, bytes, body, protocolErrors) => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    await next(api);
    const received = await exchange(api.address, bytes, { end: true }).received;
    expect(received).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(received).toContain(
      '{"errorMessage":"HTTP request detected as truncated","errorType":"TruncatedHTTPRequest"}',
    );
    const result = await invocation.result;
    expect(result).toMatchObject({
      kind: "response",
      complete: false,
      errorType: "Runtime.TruncatedResponse",
    });
    expect(result.body.toString()).toBe(body);
    expect(api.protocolErrors).toEqual(protocolErrors);
    api.invoke({}, { requestId: "after" });
    expect((await next(api)).headers["lambda-runtime-aws-request-id"]).toBe("after");
  });
});

describe("an error", () => {
  test.each([
    ["Runtime.NoSuchHandler", "Runtime.NoSuchHandler"],
    ["Function.Custom", "Function.Custom"],
    ["Function.custom", "Function.Unknown"],
    ["Runtime.With.Dots", "Runtime.Unknown"],
    ["Unhandled", "Runtime.Unknown"],
    [undefined, "Runtime.Unknown"],
  ])("of type %s is shown as %s", async (sent, shown) => {
    const options = {
      body: '{"any":"shape"}',
      headers: sent === undefined ? {} : { [errorTypeHeader]: sent },
    };

    await using invoked = await RuntimeApiDouble.start();
    const invocation = invoked.invoke({});
    await next(invoked);
    expect((await report(invoked, invocation.requestId, options)).status).toBe(202);
    const result = await invocation.result;
    expect(result).toMatchObject({ kind: "error", complete: true, errorType: shown });
    expect(result.body.toString()).toBe(options.body);

    await using started = await RuntimeApiDouble.start();
    expect((await initError(started, options)).status).toBe(202);
    expect(await started.initError).toMatchObject({ errorType: shown, body: Buffer.from(options.body) });
  });
});

test.each([
  ["GET", "/2018-06-01/ping", 200],
  ["GET", `${runtime}/restore/next`, 404],
  ["POST", `${runtime}/restore/error`, 404],
  ["GET", "/", 404],
  ["GET", `${runtime}/invocation/r/response`, 404],
])("%s %s is answered with %i", async (method, path, status) => {
  await using api = await RuntimeApiDouble.start();
  expect((await call(api.address, method, path)).status).toBe(status);
});
