import { describe, expect, test } from "vitest";
import { type CallAnswer, call, exchange, open } from "./api-call.ts";
import type { Fault, FaultRoute } from "./fault.ts";
import { RuntimeApiDouble } from "./runtime-api-double.ts";

// How a runtime should bear these: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

const runtime = "/2018-06-01/runtime";
const nextPath = `${runtime}/invocation/next`;
const responsePath = `${runtime}/invocation/r/response`;
const streaming = { "Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked" };
const chunkedHead =
  `POST ${responsePath} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n` +
  "Lambda-Runtime-Function-Response-Mode: streaming\r\n\r\n";

function next(api: RuntimeApiDouble): Promise<CallAnswer> {
  return call(api.address, "GET", nextPath);
}

describe("an open response", () => {
  test("can be watched chunk by chunk", async () => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    await next(api);
    const { request, answer } = open(api.address, "POST", responsePath, { ...streaming, "X-Case": "Kept" });
    request.flushHeaders();
    const started = await invocation.responseStarted;
    expect(started.headers["lambda-runtime-function-response-mode"]).toBe("streaming");
    expect(started.rawHead).toContain("\r\nX-Case: Kept\r\n");
    expect(started.body.chunks).toEqual([]);

    const before = performance.now();
    request.write("one");
    const first = await invocation.chunk(0);
    const between = performance.now();
    request.write("two");
    const second = await invocation.chunk(1);
    expect([first.bytes.toString(), second.bytes.toString()]).toEqual(["one", "two"]);
    expect([before, first.at, between, second.at]).toEqual(
      [before, first.at, between, second.at].toSorted((a, b) => a - b),
    );
    const none = expect(invocation.chunk(2)).rejects.toThrow(RangeError);
    request.end();
    await none;
    expect((await answer).status).toBe(202);
    const seen: string[] = [];
    for await (const { bytes } of invocation) seen.push(bytes.toString());
    expect(seen).toEqual(["one", "two"]);
  });

  test("is a sequence of chunks however the bytes arrive", async () => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    await next(api);
    const { socket } = exchange(api.address, "");
    socket.setNoDelay(true);
    for (const byte of `${chunkedHead}3;x=y\r\nabc\r\n1\r\nd\r\n0\r\n\r\n`) {
      await new Promise((resolve) => socket.write(byte, resolve));
    }
    const result = await invocation.result;
    expect(result.chunks.map(({ bytes }) => bytes.toString())).toEqual(["abc", "d"]);
    expect(result.complete).toBe(true);
    socket.destroy();
  });

  test("fills up while it is paused", async () => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    invocation.pause();
    await next(api);
    const { request, answer } = open(api.address, "POST", responsePath, streaming);
    request.write("first");
    const size = 32 * 1024 * 1024; // more than the buffers of two sockets on the loopback interface
    const written = new Promise<string>((resolve) =>
      request.write(Buffer.alloc(size), () => resolve("written")),
    );
    const { body } = await invocation.responseStarted;
    // The paused connection is alone in being held up: another one is served, and the write has not come through.
    expect((await call(api.address, "GET", "/2018-06-01/ping")).status).toBe(200);
    expect(await Promise.race([written, Promise.resolve("held up")])).toBe("held up");
    expect(body.chunks).toEqual([]);
    invocation.resume();
    expect(await written).toBe("written");
    request.end();
    expect((await answer).status).toBe(202);
    expect((await invocation.result).body.length).toBe("first".length + size);
  });

  test("can be broken", async () => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    expect(() => invocation.disconnect()).toThrow("responseStarted");
    await next(api);
    const { request, answer } = open(api.address, "POST", responsePath, streaming);
    request.write("part");
    await invocation.chunk(0);
    invocation.disconnect();
    await expect(answer).rejects.toThrow();
    const result = await invocation.result;
    expect(result).toMatchObject({ complete: false, errorType: "Runtime.TruncatedResponse" });
    expect(result.body.toString()).toBe("part");
  });
});

test.each([
  ["a request line", "next please\r\nHost: a\r\n\r\n", "not an HTTP/1.1 request line"],
  ["another version", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "not an HTTP/1.1 request line"],
  ["no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", "without Host"],
  ["line feeds alone", "GET / HTTP/1.1\nHost: a\n\n", "a line feed alone"],
  ["a field that is none", "GET / HTTP/1.1\r\nHost a\r\n\r\n", "not a field"],
  ["an injected carriage return", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "not a field"],
  [
    "a length that is none",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "not a Content-Length",
  ],
  [
    "two framings",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "without Content-Length",
  ],
])("invalid HTTP is refused and remembered: %s", async (_name, bytes, message) => {
  await using api = await RuntimeApiDouble.start();
  expect(await exchange(api.address, bytes, { end: true }).received).toMatch(/^HTTP\/1.1 400 /);
  expect(api.protocolErrors).toEqual([expect.stringContaining(message)]);
});

describe("a scripted fault", () => {
  const cases: readonly [string, FaultRoute, Fault, string | RegExp][] = [
    [
      "an error in place of an event",
      "next",
      { status: 500, errorType: "InternalServerError", errorMessage: "Internal Server Error" },
      /^HTTP\/1.1 500 Internal Server Error\r\n.*"errorType":"InternalServerError"}\n$/s,
    ],
    [
      "an error in place of the acknowledgement",
      "response",
      { status: 413, errorType: "RequestEntityTooLarge", errorMessage: "too large" },
      /^HTTP\/1.1 413 .*{"errorMessage":"too large","errorType":"RequestEntityTooLarge"}\n$/s,
    ],
    [
      "raw bytes",
      "next",
      { raw: "HTTP/1.1 200 OK\r\n\r\nnot for you", end: true },
      "HTTP/1.1 200 OK\r\n\r\nnot for you",
    ],
    ["a connection that breaks on next", "next", { close: "before-response" }, ""],
    ["a connection that breaks on response", "response", { close: "before-response" }, ""],
    ["a head that breaks off", "next", { close: "mid-headers" }, /^HTTP\/1.1 200 OK\r\n(?!.*\r\n\r\n)/s],
    ["a body that breaks off", "next", { close: "mid-body" }, /\r\nContent-Length: 8\r\n\r\n{"a"$/],
    [
      "an acknowledgement that breaks off",
      "error",
      { close: "mid-body" },
      /^HTTP\/1.1 202 .*\r\n\r\n{"status$/s,
    ],
    [
      "a refused init error",
      "init-error",
      { status: 403, errorType: "E", errorMessage: "m" },
      /^HTTP\/1.1 403 /,
    ],
    [
      "a refused registration",
      "register",
      { status: 403, errorType: "E", errorMessage: "m" },
      /^HTTP\/1.1 403 /,
    ],
  ];
  const requests: Record<FaultRoute, string> = {
    next: `GET ${nextPath} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    response: `POST ${responsePath} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok`,
    error: `POST ${runtime}/invocation/r/error HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    "init-error": `POST ${runtime}/init/error HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    register:
      "POST /2020-01-01/extension/register HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
  };

  test.each(cases)("can be %s", async (_name, route, fault, expected) => {
    await using api = await RuntimeApiDouble.start();
    if (route !== "init-error" && route !== "register") api.invoke({ a: 10 }, { requestId: "r" });
    if (route === "response" || route === "error") await next(api);
    api.failNext(route, fault);
    const received = await exchange(api.address, requests[route]).received;
    if (typeof expected === "string") expect(received).toBe(expected);
    else expect(received).toMatch(expected);
    // It is used up, and the event is still there or delivered again.
    if (route === "next") expect((await next(api)).headers["lambda-runtime-aws-request-id"]).toBe("r");
  });

  test("leaves the invocation open when it replaces the acknowledgement", async () => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    await next(api);
    api.failNext("response", { status: 413, errorType: "RequestEntityTooLarge", errorMessage: "too large" });
    expect((await call(api.address, "POST", responsePath, { body: "lost" })).status).toBe(413);
    expect(api.requests.at(-1)?.body.bytes.toString()).toBe("lost");
    expect((await call(api.address, "POST", `${runtime}/invocation/r/error`, { body: "kept" })).status).toBe(
      202,
    );
    expect(await invocation.result).toMatchObject({ kind: "error", body: Buffer.from("kept") });
  });

  test("takes the response when only the acknowledgement is lost", async () => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    await next(api);
    api.failNext("response", { close: "before-response" });
    await expect(call(api.address, "POST", responsePath, { body: "kept" })).rejects.toThrow();
    expect(await invocation.result).toMatchObject({
      kind: "response",
      complete: true,
      body: Buffer.from("kept"),
    });
  });

  test("can be an answer before the body has ended", async () => {
    await using api = await RuntimeApiDouble.start();
    api.invoke({}, { requestId: "r" });
    await next(api);
    api.failNext("response", { answerEarly: { status: 500, errorType: "E", errorMessage: "m" } });
    const { request, answer } = open(api.address, "POST", responsePath, streaming);
    request.write("part");
    expect((await answer).status).toBe(500);
    request.end("rest");
    await api.waitFor(({ requests }) => requests.at(-1)?.body.bytes.includes("part") === true);
  });

  test("can be an answer that is held back", async () => {
    await using api = await RuntimeApiDouble.start();
    const invocation = api.invoke({}, { requestId: "r" });
    await next(api);
    const { promise, resolve } = Promise.withResolvers<void>();
    api.failNext("response", { delayUntil: promise });
    const order: string[] = [];
    const answer = call(api.address, "POST", responsePath).then(() => order.push("acknowledged"));
    await invocation.result;
    expect((await call(api.address, "GET", "/2018-06-01/ping")).status).toBe(200);
    order.push("released");
    resolve();
    await answer;
    expect(order).toEqual(["released", "acknowledged"]);
  });
});

test("connections are counted, shared and dropped", async () => {
  await using api = await RuntimeApiDouble.start();
  const twice = `GET /2018-06-01/ping HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(2);
  const { received } = exchange(api.address, twice);
  await api.waitFor(({ requests }) => requests.length === 2);
  expect(api.requests.map(({ method, path, connectionId }) => [method, path, connectionId])).toEqual([
    ["GET", "/2018-06-01/ping", 1],
    ["GET", "/2018-06-01/ping", 1],
  ]);
  await call(api.address, "GET", "/2018-06-01/ping");
  expect(api.connections).toBe(2);
  api.dropConnections();
  expect((await received).split("pong")).toHaveLength(3);
});

describe("closing the double ends", () => {
  const begins: Record<string, (api: RuntimeApiDouble) => Promise<{ readonly waiting: Promise<unknown> }>> = {
    "a blocked next": async (api) => {
      const waiting = next(api);
      await api.waitForNext();
      return { waiting };
    },
    "an open response": async (api) => {
      const invocation = api.invoke({}, { requestId: "r" });
      await next(api);
      const { request, answer } = open(api.address, "POST", responsePath, streaming);
      request.write("part");
      await invocation.chunk(0);
      return { waiting: answer };
    },
    "a paused response": async (api) => {
      const invocation = api.invoke({}, { requestId: "r" });
      invocation.pause();
      await next(api);
      const { request, answer } = open(api.address, "POST", responsePath, streaming);
      request.write(Buffer.alloc(32 * 1024 * 1024));
      await invocation.responseStarted;
      return { waiting: answer };
    },
    "an answer that is held back": async (api) => {
      api.failNext("init-error", { delayUntil: new Promise(() => {}) });
      const waiting = call(api.address, "POST", `${runtime}/init/error`);
      await api.initError;
      return { waiting };
    },
    "a request without an end": async (api) => {
      const { socket } = exchange(api.address, "GET /");
      await api.waitFor(({ connections }) => connections === 1);
      return {
        waiting: new Promise((_resolve, reject) => socket.once("close", () => reject(new Error("closed")))),
      };
    },
    "a wait for a result": async (api) => ({ waiting: api.invoke({}).result }),
    "a wait for a chunk": async (api) => ({ waiting: api.invoke({}).chunk(0) }),
    "a wait for a runtime": async (api) => ({ waiting: api.waitForNext() }),
    "a wait for an init error": async (api) => ({ waiting: api.initError }),
  };

  test.each(Object.entries(begins))("%s", async (_name, begin) => {
    const api = await RuntimeApiDouble.start();
    const { waiting } = await begin(api);
    const ended = expect(waiting).rejects.toThrow();
    await api[Symbol.asyncDispose]();
    await ended;
    expect(api.openConnections).toBe(0);
  });
});
