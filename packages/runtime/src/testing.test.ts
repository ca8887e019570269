import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { background } from "./handlers/background.ts";
import { buffered } from "./handlers/buffered.ts";
import { streaming } from "./handlers/streaming.ts";
import { web } from "./handlers/web.ts";
import { currentContext } from "./invocation-scope.ts";
import { managed } from "./managed.ts";
import { pipe } from "./pipe.ts";
import { type InvokeResult, invoke } from "./testing.ts";

const integration = "application/vnd.awslambda.http-integration-response";
const request = { httpMethod: "GET", path: "/a", requestContext: {} };

describe("the result says what the handler did", () => {
  test.each<[string, Parameters<typeof invoke>[0], Partial<InvokeResult>, string[]]>([
    [
      "streamed, with status and headers",
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 201, headers: { A: "1" }, cookies: ["b=2"] });
        await response.write("first");
        await response.write("");
        await response.writeAndFinish(new Uint8Array([0x32]));
      }),
      {
        kind: "stream",
        contentType: integration,
        prelude: { statusCode: 201, headers: { A: "1" }, cookies: ["b=2"] },
        text: "first2",
      },
      ["first", "2"],
    ],
    [
      "streamed, with a content type",
      streaming(async (_event, response) => {
        response.setContentType("text/csv");
        await response.writeAndFinish("a,b");
      }),
      { kind: "stream", contentType: "text/csv", prelude: undefined, text: "a,b" },
      ["a,b"],
    ],
    [
      "streamed a prelude of its own making, in pieces",
      streaming(async (_event, response) => {
        response.setContentType(integration);
        await pipe(['{"statusCode":', "200}\0\0\0\0\0\0\0", "\0a", "b"], response);
      }),
      { kind: "stream", prelude: { statusCode: 200 }, text: "ab" },
      ["a", "b"],
    ],
    [
      "streamed nothing",
      streaming((_event, response) => response.finish()),
      { kind: "stream", contentType: "application/octet-stream", text: "" },
      [],
    ],
    [
      "streamed status and headers only",
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 204 });
        await response.finish();
      }),
      { kind: "stream", contentType: integration, prelude: { statusCode: 204 }, text: "" },
      [],
    ],
    [
      "returned a value",
      buffered((event) => ({ got: event })),
      {
        kind: "buffered",
        contentType: "application/json",
        prelude: undefined,
        text: `{"got":${JSON.stringify(request)}}`,
      },
      [`{"got":${JSON.stringify(request)}}`],
    ],
    [
      "returned bytes",
      buffered(() => new Uint8Array([0x61])),
      { kind: "buffered", contentType: "application/octet-stream", text: "a" },
      ["a"],
    ],
    [
      "responded before its end",
      background((_event, respond) => respond("early")),
      { kind: "buffered", text: '"early"' },
      ['"early"'],
    ],
    [
      "answered a request",
      web(({ method, url }) => new Response(`${method} ${new URL(url).pathname}`)),
      {
        kind: "stream",
        prelude: { statusCode: 200, headers: { "content-type": "text/plain;charset=UTF-8" } },
      },
      ["GET /a"],
    ],
    [
      "streamed, though it is managed",
      managed(streaming((_event, response) => response.writeAndFinish("x"))),
      { kind: "stream", text: "x" },
      ["x"],
    ],
  ])("%s", async (_, handler, expected, chunks) => {
    const result = await invoke(handler, request);
    expect(result).toMatchObject(expected);
    expect(result.chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(chunks);
    expect(result).toMatchObject({ error: undefined, logs: [] });
  });

  test("what is written is kept though its buffer is used again", async () => {
    const handler = streaming(async (_event, response) => {
      const buffer = new Uint8Array(1);
      for (const byte of [0x61, 0x62, 0x63]) {
        buffer[0] = byte;
        await response.write(buffer);
      }
      await response.finish();
    });
    expect((await invoke(handler, {})).text).toBe("abc");
  });
});

describe("an error does not make it reject", () => {
  const fail = () => {
    throw new RangeError("too far");
  };
  test.each<[string, Parameters<typeof invoke>[0], Partial<InvokeResult>]>([
    ["before the first byte", streaming(async () => fail()), { kind: "error", text: "" }],
    [
      "after status and headers",
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        fail();
      }),
      { kind: "stream", prelude: { statusCode: 200 }, text: "" },
    ],
    [
      "after bytes",
      streaming(async (_event, response) => {
        await response.write("half");
        fail();
      }),
      { kind: "stream", text: "half" },
    ],
    ["of a buffered handler", buffered(fail), { kind: "error", text: "" }],
    ["of a background handler", background(async () => fail()), { kind: "error", text: "" }],
    ["of a web handler", web(fail), { kind: "error", text: "" }],
  ])("%s", async (_, handler, expected) => {
    const result = await invoke(handler, request);
    expect(result).toMatchObject({
      ...expected,
      error: { errorType: "RangeError", errorMessage: "too far" },
    });
    expect(result.error?.trace?.[0]).toBe("RangeError: too far");
    expect(result.logs).toHaveLength(1);
    expect(result.logs[0]).toMatch(/\tERROR\tInvoke Error\s+RangeError: too far/);
  });

  test.each<[string, Parameters<typeof invoke>[0]]>([
    [
      "streaming",
      streaming(async (_event, response) => {
        await response.writeAndFinish('"done"');
        fail();
      }),
    ],
    [
      "background",
      background(async (_event, respond) => {
        await respond("done");
        fail();
      }),
    ],
  ])("that comes after the answer of a %s handler is only logged", async (_, handler) => {
    const { text, error, logs } = await invoke(handler, {});
    expect({ text, error }).toEqual({ text: '"done"', error: undefined });
    expect(logs.join("")).toContain("RangeError: too far");
  });

  test.each([
    ["Runtime.ResponseNotFinished", streaming(async () => {})],
    ["Runtime.RespondOnce", background(async () => {})],
    ["Runtime.OutputNotSerializable", buffered(() => 1n)],
    ["Runtime.NotAnHttpEvent", web(() => new Response())],
    ["Runtime.EventValidation", buffered({ event: z.object({ name: z.string() }) }, ({ name }) => name)],
  ])("%s is reported as on Lambda", async (errorType, handler) => {
    expect(await invoke(handler, { name: 1 })).toMatchObject({ kind: "error", error: { errorType } });
  });

  test("but for something that is no handler", async () => {
    await expect(invoke((() => {}) as never, {})).rejects.toThrow(TypeError);
    await expect(invoke(undefined as never, {})).rejects.toThrow("invoke() takes a handler");
  });

  test.each([
    ["no JSON", `status: 200${"\0".repeat(8)}`, "The prelude is not JSON"],
    ["not ended", '{"statusCode":200}', "The response ended before the prelude was complete."],
  ])("but for a prelude by hand that is %s", async (_, prelude, message) => {
    const handler = streaming(async (_event, response) => {
      response.setContentType("application/vnd.awslambda.http-integration-response");
      await response.writeAndFinish(prelude);
    });
    const invoked = invoke(handler, {});
    await expect(invoked).rejects.toThrow(TypeError);
    await expect(invoked).rejects.toThrow(message);
  });
});

describe("the event is encoded and decoded as on Lambda", () => {
  test.each<[unknown, unknown]>([
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [undefined, null],
    [Buffer.from('{"a":1}'), { a: 1 }],
  ])("%j", async (event, seen) => {
    expect(
      (
        await invoke(
          buffered((value) => value),
          event,
        )
      ).text,
    ).toBe(JSON.stringify(seen));
  });

  test("bytes that are no JSON", async () => {
    const handler = buffered({ event: "bytes" }, (bytes) => bytes);
    expect((await invoke(handler, Buffer.from([0x7b]))).text).toBe("{");
    expect(
      await invoke(
        buffered(() => 1),
        Buffer.from("{"),
      ),
    ).toMatchObject({
      error: { errorType: "Runtime.EventNotJson" },
    });
  });
});

test("the options reach the context", async () => {
  const handler = buffered((_event, context) => {
    context.logger.info("hello");
    return {
      isCurrent: currentContext() === context,
      requestId: context.requestId,
      arn: context.invokedFunctionArn,
      traceId: context.traceId,
      tenantId: context.tenantId,
      clientContext: context.clientContext,
      identity: context.identity,
      functionName: context.functionName,
      hasTime: context.remainingTimeMs() > 800_000,
      isNear: context.signal.aborted,
    };
  });
  const identity = { cognitoIdentityId: "i", cognitoIdentityPoolId: "p" };
  const { text, logs } = await invoke(
    handler,
    {},
    {
      requestId: "r",
      invokedFunctionArn: "arn",
      traceId: "Root=1",
      tenantId: "blue",
      clientContext: { custom: 1 },
      cognitoIdentity: identity,
      timeoutMs: 900_000,
      deadlineMarginMs: 900_000,
      environment: { AWS_LAMBDA_FUNCTION_NAME: "orders", AWS_LAMBDA_LOG_FORMAT: "JSON" },
    },
  );
  expect(JSON.parse(text)).toEqual({
    isCurrent: true,
    requestId: "r",
    arn: "arn",
    traceId: "Root=1",
    tenantId: "blue",
    clientContext: { custom: 1 },
    identity,
    functionName: "orders",
    hasTime: true,
    isNear: true,
  });
  expect(logs.map((line) => JSON.parse(line))).toMatchObject([
    { level: "INFO", requestId: "r", tenantId: "blue", message: "hello" },
  ]);
});

test("without options the function is called test and has three seconds", async () => {
  const handler = buffered((_event, context) => [
    context.invokedFunctionArn,
    context.remainingTimeMs(),
    context.tenantId ?? null,
    context.signal.aborted,
  ]);
  const [arn, remainingMs, ...rest] = JSON.parse((await invoke(handler, {})).text);
  expect(arn).toBe("arn:aws:lambda:us-east-1:000000000000:function:test");
  expect(remainingMs).toBeGreaterThan(2_000);
  expect(remainingMs).toBeLessThanOrEqual(3_000);
  expect(rest).toEqual([null, false]);
});

test("it waits for the work after the answer", async () => {
  let isDone = false;
  const handler = background(async (_event, respond) => {
    await respond("early");
    await new Promise(setImmediate);
    isDone = true;
  });
  expect((await invoke(handler, {})).text).toBe('"early"');
  expect(isDone).toBe(true);
});

test("each piece says when it was written, on the test's clock", async () => {
  vi.useFakeTimers();
  const handler = streaming(async (_event, response) => {
    await response.write("tick");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    await response.writeAndFinish("tock");
  });
  const invoked = invoke(handler, {});
  await vi.runAllTimersAsync();
  const { chunks } = await invoked;
  vi.useRealTimers();
  expect(chunks).toEqual([Buffer.from("tick"), Buffer.from("tock")]);
  expect(chunks.map(({ atMs, wholeLength }) => [atMs, wholeLength])).toEqual([
    [0, 4],
    [60_000, 4],
  ]);
});
