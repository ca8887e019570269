import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Fault, FaultRoute } from "../test/fault.ts";
import { FunctionProcess } from "../test/function-process.ts";

// Real processes: how they end is what this is about.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

const program = fileURLToPath(new URL("../test/fixtures/runtime.ts", import.meta.url));

function start(source: string, environment: Record<string, string> = {}, maxConcurrency?: number) {
  return FunctionProcess.start({
    program,
    environment: { SOURCE: source, ...environment },
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
  });
}

const never = new Promise<never>(() => {});
const documentOf = (body: Buffer) => JSON.parse(body.toString());
const trailerOf = (trailers: Readonly<Record<string, string>>) =>
  JSON.parse(Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64").toString());

describe.concurrent("an Init phase that fails is reported, and the process exits", () => {
  test.each<[string, number, string, object]>([
    ["throws", 1, "Function.RangeError", { errorType: "RangeError", errorMessage: "boom" }],
    ["rejects", 1, "Function.TypeError", { errorType: "TypeError", errorMessage: "no configuration" }],
    ["throws text", 1, "Function.String", { errorType: "string", errorMessage: "out of luck", trace: [] }],
    ["returns a function", 1, "Runtime.InvalidHandler", { errorType: "Runtime.InvalidHandler" }],
    ["returns nothing", 1, "Runtime.InvalidHandler", { errorType: "Runtime.InvalidHandler" }],
    ["fails in a callback", 129, "Function.RangeError", { errorType: "RangeError", errorMessage: "boom" }],
    ["rejects aside", 128, "Function.RangeError", { errorType: "RangeError", errorMessage: "boom" }],
  ])("a source that %s: %i", async (source, code, errorType, document) => {
    await using process = await start(source);
    const { body, headers, ...report } = await process.api.initError;
    expect(report.errorType).toBe(errorType);
    expect(headers["content-type"]).toBe("application/json");
    expect(documentOf(body)).toMatchObject(document);
    expect(await process.exited).toBe(code);
    expect(process.output).toMatch(/^[^\t]+\t-\tFATAL\t/);
    expect(process.output).toContain(documentOf(body).errorMessage);
    expect(process.api.requests.map(({ path }) => path)).toEqual(["/2018-06-01/runtime/init/error"]);
  });

  test.each(["0", "1.5", "many"])("AWS_LAMBDA_MAX_CONCURRENCY=%j", async (value) => {
    await using process = await start("buffered", { AWS_LAMBDA_MAX_CONCURRENCY: value });
    const { body } = await process.api.initError;
    expect(documentOf(body)).toMatchObject({
      errorType: "RangeError",
      errorMessage: `AWS_LAMBDA_MAX_CONCURRENCY is "${value}", not a whole number from 1 to 9999.`,
    });
    expect(await process.exited).toBe(1);
  });

  test.each<[string, Fault]>([
    ["refused", { status: 403, errorType: "InvalidStateTransition", errorMessage: "no" }],
    ["answered with a 500", { status: 500, errorType: "InternalServerError", errorMessage: "no" }],
    ["cut off", { close: "before-response" }],
    ["never answered", { delayUntil: never }],
  ])("even if the report is %s", async (_, fault) => {
    await using process = await start("throws");
    process.api.failNext("init-error", fault);
    expect(await process.exited).toBe(1);
    expect(process.output).toContain("RangeError: boom");
  });

  test.each(["", "no address", "http://127.0.0.1:9001", "127.0.0.1:9001/2018-06-01", "127.0.0.1:9001?"])(
    "even if its address is none: %j",
    async (address) => {
      await using process = await start("buffered", { AWS_LAMBDA_RUNTIME_API: address });
      expect(await process.exited).toBe(1);
      expect(process.output).toContain(`AWS_LAMBDA_RUNTIME_API is "${address}", not host:port.`);
    },
  );

  test("even if no Runtime API is there", async () => {
    await using process = await start("throws", { AWS_LAMBDA_RUNTIME_API: "127.0.0.1:1" });
    expect(await process.exited).toBe(1);
    expect(process.output).toContain("RangeError: boom");
  });
});

test.concurrent("what is logged during Init belongs to no request", async () => {
  await using process = await start("logs", { AWS_LAMBDA_LOG_FORMAT: "JSON" });
  await process.api.waitForNext();
  expect(JSON.parse(process.output)).toEqual({
    timestamp: expect.any(String),
    level: "INFO",
    message: "loading",
  });
});

describe.concurrent("an error that nobody catches ends the process, after it was reported", () => {
  const cases: [string, number, string][] = [
    ["throw", 129, "RangeError"],
    ["reject", 128, "RangeError"],
    ["reject text", 128, "string"],
    ["throw twice", 129, "RangeError"],
  ];

  test.each(cases)("%s, before the first byte: %i", async (end, code, errorType) => {
    await using process = await start("streaming");
    const { kind, body } = await process.api.invoke({ end }, { requestId: "a" }).result;
    expect(kind).toBe("error");
    expect(documentOf(body)).toMatchObject({ errorType, errorMessage: "boom" });
    expect(await process.exited).toBe(code);
    expect(process.output).toMatch(/\ta\tFATAL\t(Uncaught Exception|Unhandled Promise Rejection) .*boom/);
  });

  test.each(cases)("%s, in the middle of a stream: %i", async (end, code, errorType) => {
    await using process = await start("streaming");
    const result = await process.api.invoke({ end, text: "first" }).result;
    expect(result).toMatchObject({ kind: "response", complete: true, body: Buffer.from("first") });
    expect(trailerOf(result.trailers)).toMatchObject({ errorType, errorMessage: "boom" });
    expect(await process.exited).toBe(code);
  });

  test.each<[string, string]>([
    ["after a streamed response was finished", "finishing"],
    ["while the runtime waits for the next event", "idle"],
  ])("%s there is nothing to report it to", async (_, source) => {
    await using process = await start(source);
    const result = await process.api.invoke({ end: "throw" }).result;
    expect(result).toMatchObject({ kind: "response", complete: true, errorType: undefined });
    expect(await process.exited).toBe(129);
    expect(process.output).toContain("RangeError: boom");
    expect(process.api.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  test("even if it can't be described", async () => {
    await using process = await start("streaming");
    const { kind, body } = await process.api.invoke({ end: "throw what can't be described" }).result;
    expect(kind).toBe("error");
    expect(documentOf(body)).toMatchObject({ errorMessage: "What was thrown can't be described." });
    expect(await process.exited).toBe(129);
    expect(process.output).toContain("Uncaught Exception");
  });

  test("and all invocations under way are told", async () => {
    await using process = await start("streaming", {}, 3);
    const others = [process.api.invoke({ end: "nothing" }), process.api.invoke({ end: "", text: "x" })];
    await others[1]?.chunk(0);
    const last = process.api.invoke({ end: "throw" });
    const [first, second, third] = await Promise.all([...others, last].map(({ result }) => result));
    expect([first?.kind, second?.kind, third?.kind]).toEqual(["error", "response", "error"]);
    expect(trailerOf(second?.trailers ?? {})).toMatchObject({ errorMessage: "boom" });
    expect(await process.exited).toBe(129);
  });

  test.each<[string, FaultRoute, object, Fault]>([
    ["never answered", "error", { end: "throw" }, { delayUntil: never }],
    ["cut off", "response", { end: "throw", text: "first" }, { close: "mid-headers" }],
  ])("even if the report is %s", async (_, route, event, fault) => {
    await using process = await start("streaming");
    process.api.failNext(route, fault);
    process.api.invoke(event);
    expect(await process.exited).toBe(129);
  });
});

describe.concurrent("a Runtime API that answers 500 ends the process at once", () => {
  const fault = { status: 500, errorType: "InternalServerError", errorMessage: "Internal Server Error" };
  test.each<[string, FaultRoute, string, object, Fault]>([
    ["the call for the next event", "next", "buffered", {}, fault],
    ["a buffered response", "response", "buffered", { end: "nothing" }, fault],
    ["an invocation error", "error", "buffered", { end: "fail" }, fault],
    // These handlers never return; the process ends all the same.
    ["a stream that is still written", "response", "streaming", { text: "x" }, { answerEarly: fault }],
    ["a stream that is finished", "response", "finishing", {}, fault],
    ["a response with work left", "response", "background", {}, fault],
  ])("to %s", async (_, route, source, event, answer) => {
    await using process = await start(source);
    process.api.failNext(route, answer);
    process.api.invoke(event);
    expect(await process.exited).toBe(1);
    expect(process.output).toMatch(
      /\tFATAL\t.*The Runtime API answered 500 to .*Internal Server Error.*The execution environment can't recover; the runtime exits\./,
    );
    const calls = process.api.requests.map(({ path }) => path.split("/").at(-1));
    expect(calls).toEqual(route === "next" ? ["next"] : ["next", route]);
  });
});

test.concurrent("a Runtime API that can't be reached ends the process after ten attempts", async () => {
  // Not the port of a double that was closed: another test's may get it meanwhile.
  await using process = await start("buffered", { AWS_LAMBDA_RUNTIME_API: "127.0.0.1:1" });
  expect(await process.exited).toBe(1);
  expect(process.output.match(/\tERROR\t/g)).toHaveLength(9);
  expect(process.output).toMatch(
    /\tFATAL\t.*The connection to the Runtime API at 127\.0\.0\.1:1 failed: connect ECONNREFUSED/,
  );
});

describe.concurrent("the shutdown hook", () => {
  test.each<[string, number, RegExp]>([
    ["logs", 0, /\tINFO\tclosing undefined\n$/],
    ["waits", 0, /\tINFO\tclosed\n$/],
    ["throws", 1, /\tERROR\tonShutdown failed: RangeError: boom/],
    ["hangs", 1, /\tERROR\tonShutdown took more than 500 ms and was cut off\.\n$/],
  ])("that %s runs on SIGTERM: exit code %i", async (hook, code, output) => {
    await using process = await start("buffered", { HOOK: hook });
    await process.api.waitForNext();
    process.signal("SIGTERM");
    expect(await process.exited).toBe(code);
    expect(process.output).toMatch(output);
  });

  test("has an internal extension registered, which asks for no events and is ready before the first", async () => {
    await using process = await start("buffered", { HOOK: "logs" });
    expect((await process.invoke({ end: "nothing" })).body.toString()).toBe('"fine"');
    expect(process.api.extensions).toEqual([
      expect.objectContaining({ name: "sluice-shutdown", events: [], state: "Ready" }),
    ]);
    const calls = process.api.requests.map(({ path }) => path.split("/").slice(-2).join("/"));
    expect(calls[0]).toBe("extension/register");
    expect(calls).toContain("event/next");
  });

  test("runs while an invocation is under way", async () => {
    await using process = await start("streaming", { HOOK: "waits" });
    await process.api.invoke({ text: "x" }).chunk(0);
    process.signal("SIGTERM");
    expect(await process.exited).toBe(0);
    expect(process.output).toContain("closed");
  });

  test("runs without the extension, if that is the wish", async () => {
    await using process = await start("buffered", { HOOK: "waits", REGISTER_EXTENSION: "false" });
    await process.api.waitForNext();
    expect(process.api.extensions).toEqual([]);
    process.signal("SIGTERM");
    expect(await process.exited).toBe(0);
    expect(process.output).toContain("closed");
  });

  test("costs a warning where extensions are not known", async () => {
    await using process = await start("buffered", { HOOK: "waits" });
    process.api.failNext("register", {
      status: 403,
      errorType: "Extension.RegistrationClosed",
      errorMessage: "closed",
    });
    expect((await process.invoke({ end: "nothing" })).body.toString()).toBe('"fine"');
    expect(process.output).toMatch(
      /\t-\tWARN\tonShutdown may not run: the internal extension could not be registered\. .*403.*RegistrationClosed/,
    );
  });

  test("is nothing to register for where there is none, and SIGTERM ends the process", async () => {
    await using process = await start("buffered");
    await process.api.waitForNext();
    expect(process.api.extensions).toEqual([]);
    process.signal("SIGTERM");
    expect(await process.exited).toBe(null);
  });
});

describe.concurrent("run()", () => {
  test.each([
    ["", undefined],
    ["with an extension", "logs"],
  ])("ends when its signal aborts, and nothing keeps the process alive %s", async (_, hook) => {
    await using process = await start("buffered", hook === undefined ? {} : { HOOK: hook });
    expect((await process.api.invoke({ end: "stop" }).result).body.toString()).toBe('"fine"');
    expect(await process.exited).toBe(0);
    expect(process.output).toMatch(/^.*run\(\) has ended\n$/);
  });

  test("returns at once under a managed Node.js runtime, which polls by itself", async () => {
    await using process = await start("throws", { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" });
    expect(await process.exited).toBe(0);
    expect(process.output).toBe("run() has ended\n");
    expect(process.api.requests).toEqual([]);
  });
});
