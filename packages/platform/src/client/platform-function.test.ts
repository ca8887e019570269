import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import type { InvocationRecord } from "../trace/invocation-record.ts";
import { receive } from "./received-response.ts";

let bench: TestPlatform;
beforeAll(async () => {
  const url = { AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" };
  bench = await TestPlatform.start({
    resources: {
      Work: scripted({ FunctionUrlConfig: url }),
      Open: scripted({ FunctionUrlConfig: { ...url, AuthType: "NONE" } }),
      Busy: scripted({ FunctionName: "busy", ReservedConcurrentExecutions: 0 }),
    },
  });
});
afterAll(() => bench[Symbol.asyncDispose]());

const work = () => bench.platform.function("Work");
const httpType = "Content-Type: application/vnd.awslambda.http-integration-response\\r\\n";
const prelude = { statusCode: 201, headers: { "X-A": "1" }, cookies: ["c=1"] };
/** Writes status and headers, and waits at the gate between two pieces. */
const twoPieces = `const out = stream(id, "${httpType}");
  out.write(chunk(${JSON.stringify(JSON.stringify(prelude))} + "\\0".repeat(8)) + chunk("one"));
  await gate("between");
  out.end(chunk("two") + "0\\r\\n\\r\\n");
  await answered(out);`;
const errorBody = Buffer.from(
  JSON.stringify({ errorType: "GoneError", errorMessage: "It is gone.", trace: ["GoneError: It is gone."] }),
).toString("base64");

describe("what happened in an invocation", () => {
  test.each<[string, string, Partial<InvocationRecord>]>([
    ["that answered", `await respond(id, "hello")`, { kind: "buffered", text: "hello", bodyBytes: 5 }],
    [
      "that reported an error",
      `await fail(id, JSON.stringify({ errorType: "TypeError", errorMessage: "No.", stackTrace: ["at a"] }), {})`,
      {
        kind: "error",
        text: "",
        chunks: [],
        error: { errorType: "TypeError", errorMessage: "No.", trace: ["at a"], reported: "response" },
      },
    ],
    [
      "whose stream broke with trailers",
      `const out = stream(id); out.end(chunk("half") +
        "0\\r\\nLambda-Runtime-Function-Error-Type: Function.GoneError\\r\\n" +
        "Lambda-Runtime-Function-Error-Body: ${errorBody}\\r\\n\\r\\n"); await answered(out);`,
      {
        kind: "stream",
        text: "half",
        error: {
          errorType: "GoneError",
          errorMessage: "It is gone.",
          trace: ["GoneError: It is gone."],
          reported: "trailers",
        },
      },
    ],
    [
      "whose process ended",
      "process.exit(3)",
      {
        kind: "error",
        error: {
          errorType: "Runtime.ExitError",
          errorMessage: expect.stringContaining("exit status 3"),
          trace: [],
          reported: "platform",
        },
      },
    ],
    [
      "that logged",
      `console.log("one\\ntwo"); console.error("three"); await respond(id, "")`,
      { logs: ["one", "two", "three"] },
    ],
  ])("%s", async (_, script, expected) => {
    const record = await work().invoke({ script });
    expect(record).toMatchObject({
      functionName: work().name,
      mode: "BUFFERED",
      event: { script },
      leftAtMs: undefined,
      isCut: false,
      ...expected,
    });
    expect(record.report).toMatchObject({ requestId: record.requestId });
  });

  test("says which pieces came and when, the prelude apart", async () => {
    const stream = await work().invokeStreaming({ script: twoPieces });
    const arrived: string[] = [];
    for await (const piece of stream) {
      arrived.push(String(piece));
      if (arrived.at(-1) === "one") {
        expect(work().invocations.at(-1)).toMatchObject({
          text: "one",
          endedAtMs: undefined,
          report: undefined,
        });
        await bench.gate.pass("between");
      }
    }
    const record = await stream.over();
    // The caller of Lambda's own API gets the prelude as bytes.
    expect(arrived).toEqual([`${JSON.stringify(prelude)}${"\0".repeat(8)}`, "one", "two"]);
    expect(record.chunks.map(String)).toEqual(["one", "two"]);
    expect(record).toMatchObject({ kind: "stream", mode: "RESPONSE_STREAM", prelude, error: undefined });
    const [one, two] = record.chunks.map(({ atMs }) => atMs);
    const times = [0, record.preludeAtMs, one, two, record.endedAtMs];
    expect(times).toEqual([...times].sort((a, b) => Number(a) - Number(b)));
  });

  test("says that the client left, and what the function wrote after that", async () => {
    const leaving = new AbortController();
    const answer = await work().fetch("/", { method: "POST", body: twoPieces, signal: leaving.signal });
    await bench.gate.arrived("between");
    const next = work().nextInvocation();
    const [record] = work().invocations.slice(-1);
    leaving.abort();
    await vi.waitFor(() => expect(record?.leftAtMs).toBeDefined(), { interval: 5 });
    await bench.gate.pass("between");
    expect(answer.status).toBe(201);
    expect(await next).toBe(record);
    expect(record).toMatchObject({ text: "onetwo", leftAtMs: expect.any(Number), error: undefined });
    expect(record?.report).toMatchObject({ isDetached: true, status: "success" });
  });
});

test.each(["Work", "Open"])("a client of %s can leave even when garbage was collected", async (name) => {
  const leaving = new AbortController();
  const called = bench.platform.function(name);
  await called.fetch("/", { method: "POST", body: twoPieces, signal: leaving.signal });
  await bench.gate.arrived("between");
  const over = called.nextInvocation();
  const [record] = called.invocations.slice(-1);
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  leaving.abort();
  await vi.waitFor(() => expect(record?.leftAtMs).toBeDefined(), { interval: 5 });
  await bench.gate.pass("between");
  expect(await over).toBe(record);
});

describe("a function's URL", () => {
  test("is called with a signature where it wants one, whatever the path and the body", async () => {
    const body = `await respond(id, JSON.parse(event.body).rawPath + "?" + JSON.parse(event.body).rawQueryString)`;
    const answer = await work().fetch("a%20b/c?x=1&x=2&y=%2F+", { method: "PUT", body });
    expect([answer.status, await answer.text()]).toEqual([200, "/a%20b/c?x=1&x=2&y=%2F+"]);
    const { status, event } = await work().nextInvocation();
    expect([status, event]).toEqual([200, expect.objectContaining({ version: "2.0", body })]);
  });

  test("is called without one where it wants none, or by hand", async () => {
    const open = bench.platform.function("Open");
    await open.fetch("/", { method: "POST", body: `await respond(id, "x")` });
    const { headers } = (await open.nextInvocation()).event as { headers: Record<string, string> };
    expect(headers).not.toHaveProperty("x-amz-security-token");
    expect(headers).toHaveProperty("user-agent");
    expect((await fetch(work().url)).status).toBe(403);
  });

  test("is received as it arrives", async () => {
    const received = receive(await work().fetch("/", { method: "POST", body: twoPieces }));
    await bench.gate.pass("between");
    expect(await received).toMatchObject({ kind: "stream", status: 201, text: "onetwo", error: undefined });
    expect((await received).headers.getSetCookie()).toEqual(["c=1"]);
  });

  test("that breaks off is received as broken", async () => {
    const body = `const out = stream(id); out.write(chunk("half")); await gate("broken"); process.exit(1);`;
    const received = receive(await work().fetch("/", { method: "POST", body }));
    await bench.gate.pass("broken");
    expect(await received).toMatchObject({ error: { errorType: "BrokenOff" } });
  });
});

test("each invocation is given out once, in the order in which they began, and not those that a call gave", async () => {
  const open = bench.platform.function("Open");
  const next = [open.nextInvocation(), open.nextInvocation()];
  for (const text of ["a", "b", "c"]) {
    await (await open.fetch("/", { method: "POST", body: `await respond(id, "${text}")` })).text();
  }
  await open.invoke({ script: `await respond(id, "given")` });
  const texts = (await Promise.all([...next, open.nextInvocation()])).map(({ text }) => text);
  expect(texts).toEqual(["a", "b", "c"]);
});

test("a call that Lambda refuses is an error with AWS's code, and no invocation", async () => {
  const busy = bench.platform.function("busy");
  const refused = { name: "InvokeRefusedError", code: "TooManyRequestsException", status: 429 };
  await expect(busy.invoke()).rejects.toMatchObject(refused);
  await expect(busy.invokeStreaming()).rejects.toMatchObject(refused);
  expect(busy.invocations).toEqual([]);
  expect(() => busy.url).toThrow("Busy has no function URL. Give it a FunctionUrlConfig.");
});

test("what a caller says besides the event reaches the function", async () => {
  const headers = ["lambda-runtime-client-context", "lambda-runtime-invoked-function-arn"];
  const script = `await respond(id, JSON.stringify(${JSON.stringify(headers)}.map((name) => event.headers[name])))`;
  const { text } = await work().invoke(
    { script },
    { clientContext: { custom: { a: "é" } }, qualifier: "$LATEST" },
  );
  const [context, arn] = JSON.parse(text) as [string, string];
  expect(JSON.parse(Buffer.from(context, "latin1").toString())).toEqual({ custom: { a: "é" } });
  expect(arn).toBe(`${work().arn}:$LATEST`);
});
