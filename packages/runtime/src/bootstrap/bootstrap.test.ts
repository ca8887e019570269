import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bootstrap, FunctionProcess, fixtures } from "../../test/function-process.ts";

const requestId = "5f1b9f7e-0d4c-4d5e-9a55-6b1c6d3a2f10";

describe("functions of the managed runtimes", () => {
  const event = { greeting: "hello" };
  test.each([
    ["a function that is not async", "plain", { got: event }],
    ["a function that returns nothing", "nothing", null],
    ["bytes, which are JSON too", "bytes", { type: "Buffer", data: [104, 105] }],
    ["a promise of a function", "promised", "from a promise"],
    ["a callback", "callback", { got: event }],
    ["a callback that is called twice", "callbackTwice", "first"],
    ["a callback parameter that is not used", "callbackAsync", { got: event }],
  ])("%s", async (_, name, output) => {
    await using process = await FunctionProcess.start({ handler: `plain.${name}` });
    const result = await process.invoke(event);
    expect(result).toMatchObject({ kind: "response", headers: { "content-type": "application/json" } });
    expect(JSON.parse(result.body.toString())).toEqual(output);
  });

  const boom = { errorType: "RangeError", errorMessage: "boom" };
  test.each([
    ["an error that is thrown", "fails", boom],
    ["an error that is called back with", "callbackError", boom],
    ["an error that a callback function throws", "callbackThrows", boom],
    ["text that is called back with", "callbackText", { errorType: "string", errorMessage: "went wrong" }],
    ["what JSON can't hold", "unserializable", { errorType: "Runtime.OutputNotSerializable" }],
  ])("%s is the invocation's error", async (_, name, error) => {
    await using process = await FunctionProcess.start({ handler: `plain.${name}` });
    const result = await process.invoke(event);
    expect(result.kind).toBe("error");
    expect(JSON.parse(result.body.toString())).toMatchObject(error);
    // It lives on.
    await process.api.waitForNext();
  });

  test("get the managed context", async () => {
    await using process = await FunctionProcess.start({ handler: "plain.echo" });
    const result = await process.invoke(event, {
      requestId,
      tenantId: "blue",
      clientContext: { custom: { a: 1 } },
    });
    expect(JSON.parse(result.body.toString())).toEqual({
      event,
      context: {
        awsRequestId: requestId,
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:test-function",
        functionName: "test-function",
        functionVersion: "$LATEST",
        memoryLimitInMB: "256",
        logGroupName: "/aws/lambda/test-function",
        logStreamName: "stream",
        clientContext: { custom: { a: 1 } },
        tenantId: "blue",
        callbackWaitsForEmptyEventLoop: true,
      },
    });
  });
});

describe("callback functions", () => {
  test.each([
    ["AWS_Lambda_nodejs20.x", true],
    ["AWS_Lambda_nodejs22.x", true],
    ["AWS_Lambda_nodejs24.x", false],
    ["AWS_Lambda_nodejs26.x", false],
  ])("under %s are called: %s", async (AWS_EXECUTION_ENV, areCalled) => {
    await using process = await FunctionProcess.start({
      handler: "plain.callback",
      environment: { AWS_EXECUTION_ENV },
    });
    if (areCalled) {
      expect((await process.invoke({})).kind).toBe("response");
    } else {
      expect((await process.api.initError).errorType).toBe("Runtime.CallbackHandlerDeprecated");
      expect(await process.exited).toBe(1);
      expect(process.output).toContain("https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html");
    }
  });

  test("are refused on Lambda Managed Instances", async () => {
    await using process = await FunctionProcess.start({ handler: "plain.callback", maxConcurrency: 2 });
    expect((await process.api.initError).errorType).toBe("Runtime.CallbackHandlerDeprecated");
  });
});

describe("a function that can't be started", () => {
  let taskRoot: string;
  beforeAll(async () => {
    taskRoot = await mkdtemp(join(tmpdir(), "bootstrap-"));
    await writeFile(join(taskRoot, "broken.mjs"), "export const handler = async () => {\n  const = 1;\n};\n");
    await writeFile(join(taskRoot, "throws.mjs"), 'throw new RangeError("boom");');
    await writeFile(
      join(taskRoot, "rejects.mjs"),
      'export const handler = Promise.reject(new RangeError("boom"));',
    );
    await writeFile(join(taskRoot, "value.mjs"), "export const handler = { a: 1 };");
    await writeFile(
      join(taskRoot, "tagged.mjs"),
      'export const handler = Object.assign(async () => {}, { [Symbol.for("aws.lambda.runtime.handler.streaming")]: "request" });',
    );
  });
  afterAll(() => rm(taskRoot, { recursive: true }));

  test.each([
    { handler: undefined, errorType: "Runtime.MalformedHandlerName", text: "_HANDLER is not set" },
    { handler: "../broken.handler", errorType: "Runtime.MalformedHandlerName", text: "../broken.handler" },
    { handler: "absent.handler", errorType: "Runtime.ImportModuleError", text: "absent" },
    { handler: "broken.handler", errorType: "Runtime.UserCodeSyntaxError", text: "Unexpected token" },
    { handler: "value.other", errorType: "Runtime.HandlerNotFound", text: "other" },
    { handler: "value.handler", errorType: "Runtime.HandlerNotFound", text: "not a function" },
    { handler: "tagged.handler", errorType: "Runtime.MalformedStreamingHandler", text: '"request"' },
    { handler: "throws.handler", errorType: "RangeError", text: "boom" },
    { handler: "rejects.handler", errorType: "RangeError", text: "boom" },
  ])(
    "$handler is reported as $errorType, and the process exits with 1",
    async ({ handler, errorType, text }) => {
      await using process = await FunctionProcess.start({
        taskRoot,
        ...(handler === undefined ? {} : { handler }),
      });
      const { body } = await process.api.initError;
      const document = JSON.parse(body.toString());
      expect(document.errorType).toBe(errorType);
      expect(document.errorMessage).toContain(text);
      expect(await process.exited).toBe(1);
      expect(process.output).toContain(text);
    },
  );
});

describe("the invocation that libraries see", () => {
  test("is the one under way", async () => {
    await using process = await FunctionProcess.start({ handler: "scope.ids" });
    const traceId = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    const first = await process.invoke({ name: "Ada" }, { requestId, traceId, tenantId: "blue" });
    const second = await process.invoke({ name: "Bob" }, { requestId: "second" });
    expect(JSON.parse(first.body.toString())).toEqual({
      duringInit: "-",
      requestId,
      traceId,
      tenantId: "blue",
      name: "Ada",
    });
    expect(JSON.parse(second.body.toString())).toEqual({
      duringInit: "-",
      requestId: "second",
      name: "Bob",
    });
    expect(await process.stop()).toMatch(
      new RegExp(
        `\\t-\\tINFO\\tloading\\n.*\\t${requestId}\\tINFO\\thandling Ada\\n.*\\tsecond\\tINFO\\thandling Bob\\n`,
      ),
    );
  });

  test("is the right one of several that run at once", async () => {
    await using process = await FunctionProcess.start({ handler: "scope.together", maxConcurrency: 2 });
    const results = await Promise.all([
      process.invoke({ name: "a", waitsFor: "b" }, { requestId: "one", tenantId: "blue" }),
      process.invoke({ name: "b", waitsFor: "a" }, { requestId: "two", tenantId: "red" }),
    ]);
    expect(results.map(({ body }) => JSON.parse(body.toString()))).toEqual([
      { awsRequestId: "one", requestId: "one", tenantId: "blue" },
      { awsRequestId: "two", requestId: "two", tenantId: "red" },
    ]);
  });

  test.each([
    [{}, "object"],
    [{ AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: "1" }, "undefined"],
  ])("with %o the awslambda global is of type %s", async (environment, type) => {
    const taskRoot = await mkdtemp(join(tmpdir(), "bootstrap-"));
    await writeFile(join(taskRoot, "index.mjs"), "export const handler = async () => typeof awslambda;");
    await using process = await FunctionProcess.start({ taskRoot, handler: "index.handler", environment });
    expect((await process.invoke({})).body.toString()).toBe(`"${type}"`);
    await rm(taskRoot, { recursive: true });
  });
});

test("without a Runtime API the function is served on this machine", async () => {
  const child = spawn(process.execPath, [bootstrap], {
    env: {
      PATH: process.env["PATH"],
      _HANDLER: "plain.plain",
      LAMBDA_TASK_ROOT: fixtures,
      LOCAL_LAMBDA_PORT: "0",
      // As the managed runtimes set it: the process still is the runtime.
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    let printed = "";
    for await (const text of child.stderr.setEncoding("utf8")) {
      printed += text;
      if (/http:\/\/\S+\/invoke,/.test(printed)) break;
    }
    const [url = ""] = /http:\/\/\S+\/invoke/.exec(printed) ?? [];
    const response = await fetch(url, { method: "POST", body: '{"a":1}' });
    expect(await response.json()).toEqual({ got: { a: 1 } });
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
