import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Handler } from "../handler.ts";
import { type InvokeOptions, type InvokeResult, invoke } from "../testing.ts";
import { type AwsLambdaScope, installAwsLambda, type StreamifyHandler } from "./awslambda.ts";
import { fromStreamified } from "./streamified.ts";
import { streamingTagOf } from "./streaming-tag.ts";

const { HttpResponseStream, streamifyResponse } = installAwsLambda({}, {});

function run(handle: StreamifyHandler, options?: InvokeOptions, event: unknown = {}): Promise<InvokeResult> {
  const handler = streamifyResponse(handle);
  const tag = streamingTagOf(handler) ?? { highWaterMark: undefined };
  return invoke(fromStreamified(handler, tag) as Handler, event, options);
}

const html = { statusCode: 201, headers: { "Content-Type": "text/html" }, cookies: ["a=b"] };

describe("what is written", () => {
  const gif = Buffer.from("47494638", "hex");
  const cases: { name: string; chunk: unknown; body: string | Buffer }[] = [
    { name: "a string as UTF-8", chunk: "grün", body: "grün" },
    { name: "a Buffer as it is", chunk: gif, body: gif },
    { name: "a Uint8Array as it is", chunk: new Uint8Array(gif), body: gif },
    { name: "an object as JSON", chunk: { a: [1] }, body: '{"a":[1]}' },
    { name: "a number as JSON", chunk: 7, body: "7" },
    { name: "a list as JSON", chunk: ["x"], body: '["x"]' },
    { name: "another typed array as JSON", chunk: new Uint16Array([1]), body: '{"0":1}' },
  ];

  test.each(cases)("write sends $name", async ({ chunk, body }) => {
    const result = await run(async (_event, stream) => {
      stream.write(chunk);
      stream.end();
    });
    expect(Buffer.concat([...result.chunks])).toEqual(Buffer.from(body as string));
  });

  test.each(cases)("end sends $name", async ({ chunk, body }) => {
    const result = await run(async (_event, stream) => {
      stream.end(chunk);
    });
    expect(Buffer.concat([...result.chunks])).toEqual(Buffer.from(body as string));
  });

  test("an encoding is honoured", async () => {
    const result = await run(async (_event, stream) => {
      stream.write("aGk", "base64");
      stream.end("21", "hex");
    });
    expect(result.text).toBe("hi!");
  });

  test.each([null, undefined, () => {}, Symbol("x")])("write refuses %s", async (chunk) => {
    const result = await run(async (_event, stream) => {
      stream.write(chunk);
    });
    expect(result).toMatchObject({ kind: "error", error: { errorType: "TypeError" } });
  });

  test("each write is a chunk of its own", async () => {
    const result = await run(async (_event, stream) => {
      for (const piece of ["a", "b", "c"]) stream.write(piece);
      stream.end("d");
    });
    expect(result.chunks.map(String)).toEqual(["a", "b", "c", "d"]);
  });
});

describe("the content type", () => {
  test("is application/octet-stream unless set", async () => {
    const result = await run(async (_event, stream) => {
      stream.end("x");
    });
    expect(result.contentType).toBe("application/octet-stream");
  });

  test("can be set until the first write", async () => {
    const result = await run(async (_event, stream) => {
      stream.setContentType("text/plain");
      stream.setContentType("text/event-stream");
      stream.end("x");
    });
    expect(result.contentType).toBe("text/event-stream");
  });

  test.each<[string, StreamifyHandler]>([
    ["write", async (_event, stream) => void stream.write("x")],
    ["an empty write", async (_event, stream) => void stream.write("")],
    [
      "a corked write",
      async (_event, stream) => {
        stream.cork();
        stream.write("x");
      },
    ],
    ["end", async (_event, stream) => void stream.end()],
  ])("can't be set after %s", async (_, begin) => {
    let thrown: unknown;
    await run(async (event, stream, context) => {
      await begin(event, stream, context);
      try {
        stream.setContentType("text/plain");
      } catch (error) {
        thrown = error;
      }
      stream.destroy();
    });
    expect(thrown).toMatchObject({
      code: "Runtime.InvalidStreamingOperation",
      message: "Cannot set content-type, too late.",
    });
  });

  test("is checked", async () => {
    const result = await run(async (_event, stream) => stream.setContentType("text/plain\r\nX: y"));
    expect(result).toMatchObject({ kind: "error", error: { errorType: "Runtime.InvalidHeader" } });
  });
});

describe("HttpResponseStream.from", () => {
  test.each<[string, string, StreamifyHandler]>([
    [
      "write and end",
      "x",
      async (_event, stream) => {
        stream.write("x");
        stream.end();
      },
    ],
    ["end with a chunk", "x", async (_event, stream) => void stream.end("x")],
    ["end with nothing", "", async (_event, stream) => void stream.end()],
    [
      "an empty write",
      "",
      async (_event, stream) => {
        stream.write("");
        stream.end();
      },
    ],
    ["a pipeline", "xy", async (_event, stream) => pipeline(Readable.from(["x", "y"]), stream)],
    ["an empty pipeline", "", async (_event, stream) => pipeline(Readable.from([]), stream)],
    [
      "a corked write",
      "x",
      async (_event, stream) => {
        stream.cork();
        stream.write("x");
        stream.end();
      },
    ],
  ])("sends the prelude before %s", async (_, text, write) => {
    const result = await run((event, stream, context) =>
      write(event, HttpResponseStream.from(stream, html), context),
    );
    expect(result).toMatchObject({
      kind: "stream",
      contentType: "application/vnd.awslambda.http-integration-response",
      prelude: html,
      text,
    });
  });

  test("returns the stream itself, and the last prelude counts", async () => {
    const result = await run(async (_event, stream) => {
      expect(HttpResponseStream.from(stream, { statusCode: 500 })).toBe(stream);
      HttpResponseStream.from(stream, html).end();
    });
    expect(result.prelude).toEqual(html);
  });

  test("comes too late after the first write", async () => {
    const result = await run(async (_event, stream) => {
      stream.write("x");
      HttpResponseStream.from(stream, html);
    });
    expect(result).toMatchObject({ text: "x", error: { errorType: "Runtime.InvalidStreamingOperation" } });
  });

  test("a library that brings its own prelude is served like it", async () => {
    const result = await run(async (_event, stream) => {
      stream.setContentType("application/vnd.awslambda.http-integration-response");
      stream._onBeforeFirstWrite = (write) => {
        write(JSON.stringify(html));
        write(new Uint8Array(8));
      };
      stream.end();
    });
    expect(result.prelude).toEqual(html);
  });
});

describe("how a response ends", () => {
  test("end calls back when Lambda has accepted the response", async () => {
    const order: string[] = [];
    await run(async (_event, stream) => {
      stream.on("finish", () => order.push("finish"));
      await new Promise<void>((resolve) => stream.end("x", resolve));
      expect(stream.writableFinished).toBe(true);
      order.push("called back");
    });
    expect(order).toEqual(["finish", "called back"]);
  });

  test("finished() can be awaited, as AWS's tutorial does", async () => {
    const result = await run(async (_event, stream) => {
      stream.end("x");
      await stream.finished();
    });
    expect(result).toMatchObject({ text: "x", error: undefined, logs: [] });
  });

  test("a transform in a pipeline works", async () => {
    const result = await run(async (event, stream) => {
      await pipeline(Readable.from([JSON.stringify(event)]), createGzip(), stream);
    });
    const text = Readable.from(result.chunks).pipe(createGunzip()).setEncoding("utf8");
    expect(await text.toArray()).toEqual(["{}"]);
  });

  test("an unawaited pipe ends it after the handler has returned", async () => {
    const result = await run(async (_event, stream) => {
      Readable.from(["a", "b"]).pipe(stream);
    });
    expect(result).toMatchObject({ text: "ab", error: undefined });
  });

  test("a stream that nobody ends fails when the deadline is near", async () => {
    const result = await run(async (_event, stream) => void stream.write("x"), {
      timeoutMs: 600,
      deadlineMarginMs: 600,
    });
    expect(result).toMatchObject({ text: "x", error: { errorType: "Runtime.ResponseStreamNotEnded" } });
  });

  test("a return value is not sent, and a warning says so", async () => {
    const handle: (...parameters: Parameters<StreamifyHandler>) => Promise<unknown> = async (
      _event,
      stream,
    ) => {
      stream.end("x");
      return "ignored";
    };
    const result = await run(handle as StreamifyHandler);
    expect(result).toMatchObject({ text: "x", error: undefined });
    expect(result.logs).toEqual([expect.stringMatching(/\tWARN\t.*not sent/)]);
  });

  test.each<[string, InvokeResult["kind"], (stream: NodeJS.WritableStream) => unknown]>([
    ["that wrote nothing", "error", () => {}],
    ["that wrote something", "stream", (stream) => void stream.write("x")],
  ])("a handler that is not async fails: one %s", async (_, kind, handle) => {
    const result = await run(((_event, stream) => handle(stream)) as StreamifyHandler);
    expect(result).toMatchObject({
      kind,
      error: {
        errorType: "Runtime.MalformedStreamingHandler",
        errorMessage: "Streaming does not support non-async handlers.",
      },
    });
  });
});

describe("errors", () => {
  const boom = new RangeError("boom");
  const error = { errorType: "RangeError", errorMessage: "boom" };

  test.each<[string, object, StreamifyHandler]>([
    ["thrown at once", { kind: "error", error }, () => Promise.reject(boom)],
    [
      "thrown before the first byte, though after from()",
      { kind: "error", error },
      async (_event, stream) => {
        HttpResponseStream.from(stream, html);
        throw boom;
      },
    ],
    [
      "thrown after writes, which come first",
      { kind: "stream", text: "abc", error },
      async (_event, stream) => {
        for (const piece of "abc") stream.write(piece);
        throw boom;
      },
    ],
    [
      "thrown after corked writes, which come first",
      { kind: "stream", text: "ab", error },
      async (_event, stream) => {
        stream.cork();
        for (const piece of "ab") stream.write(piece);
        throw boom;
      },
    ],
    [
      "given to destroy",
      { kind: "stream", text: "a", error },
      async (_event, stream) => {
        stream.write("a");
        stream.destroy(boom);
      },
    ],
    [
      "of a pipeline's source",
      { kind: "stream", text: "a", error },
      async (_event, stream) => {
        const source = async function* () {
          yield "a";
          throw boom;
        };
        await pipeline(source, stream);
      },
    ],
  ])("%s end the response", async (_, expected, handle) => {
    const result = await run(handle);
    expect(result).toMatchObject(expected);
    expect(result.logs).toEqual([expect.stringContaining("Invoke Error")]);
  });

  test("destroy() without an error fails a response that was not ended", async () => {
    const result = await run(async (_event, stream) => void stream.destroy());
    expect(result).toMatchObject({ kind: "error", error: { errorType: "Runtime.ResponseStreamNotEnded" } });
  });

  test("destroy() after the end does nothing", async () => {
    const result = await run(async (_event, stream) => {
      stream.end("x");
      await stream.finished();
      stream.destroy(boom);
    });
    expect(result).toMatchObject({ text: "x", error: undefined, logs: [] });
  });

  test("thrown after the end are logged, and the response stands", async () => {
    const result = await run(async (_event, stream) => {
      stream.end("x");
      throw boom;
    });
    expect(result).toMatchObject({ text: "x", error: undefined });
    expect(result.logs).toEqual([expect.stringMatching(/ERROR\t.*after the response was finished.*boom/)]);
  });

  test("a write after the end is logged, and the response stands", async () => {
    const result = await run(async (_event, stream) => {
      stream.end("x");
      await stream.finished();
      await new Promise((_, reject) => stream.write("y", reject));
    });
    expect(result).toMatchObject({ text: "x", error: undefined });
    expect(result.logs).toEqual([expect.stringContaining("write after end")]);
  });
});

describe("the context", () => {
  test("is that of the managed runtimes", async () => {
    const environment = {
      AWS_LAMBDA_FUNCTION_NAME: "greeter",
      AWS_LAMBDA_FUNCTION_VERSION: "7",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/greeter",
      AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[7]abc",
    };
    const identity = { cognitoIdentityId: "id", cognitoIdentityPoolId: "pool" };
    const result = await run(
      async (_event, stream, context) => {
        const remaining = context.getRemainingTimeInMillis();
        stream.end({ ...context, isRemaining: remaining > 59_000 && remaining <= 60_000 });
      },
      {
        environment,
        requestId: "request-1",
        invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:greeter:7",
        clientContext: { custom: { a: 1 } },
        cognitoIdentity: identity,
        tenantId: "tenant-1",
        timeoutMs: 60_000,
      },
    );
    expect(JSON.parse(result.text)).toEqual({
      awsRequestId: "request-1",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:greeter:7",
      functionName: "greeter",
      functionVersion: "7",
      memoryLimitInMB: "512",
      logGroupName: "/aws/lambda/greeter",
      logStreamName: "2026/01/01/[7]abc",
      clientContext: { custom: { a: 1 } },
      identity,
      tenantId: "tenant-1",
      callbackWaitsForEmptyEventLoop: true,
      isRemaining: true,
    });
  });
});

describe("streamifyResponse", () => {
  const handle = () => async () => {};

  test("tags the function itself", () => {
    const handler = handle();
    expect(streamifyResponse(handler)).toBe(handler);
    expect(Reflect.get(handler, Symbol.for("aws.lambda.runtime.handler.streaming"))).toBe("response");
  });

  test.each([
    { highWaterMark: undefined, read: undefined },
    { highWaterMark: 4096, read: 4096 },
    { highWaterMark: 4096.7, read: 4096 },
    { highWaterMark: 0, read: undefined },
    { highWaterMark: -1, read: undefined },
    { highWaterMark: Number.NaN, read: undefined },
    { highWaterMark: Number.POSITIVE_INFINITY, read: undefined },
  ])("a highWaterMark of $highWaterMark is read as $read", ({ highWaterMark, read }) => {
    expect(streamingTagOf(streamifyResponse(handle(), { highWaterMark }))).toEqual({ highWaterMark: read });
  });

  test("the highWaterMark is the stream's", async () => {
    const handler = streamifyResponse(
      async (_event: unknown, stream: NodeJS.WritableStream & { writableHighWaterMark: number }) =>
        void stream.end(String(stream.writableHighWaterMark)),
      { highWaterMark: 123 },
    );
    const result = await invoke(fromStreamified(handler, { highWaterMark: 123 }) as Handler, {});
    expect(result.text).toBe("123");
  });
});

describe("the global", () => {
  test.each([
    { setting: undefined, isInstalled: true },
    { setting: "", isInstalled: true },
    { setting: "0", isInstalled: true },
    { setting: "false", isInstalled: true },
    { setting: "1", isInstalled: false },
    { setting: "true", isInstalled: false },
  ])(
    "with AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA=$setting is there: $isInstalled",
    ({ setting, isInstalled }) => {
      const scope: AwsLambdaScope = {};
      const made = installAwsLambda({ AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: setting }, scope);
      expect(scope.awslambda).toBe(isInstalled ? made : undefined);
    },
  );

  test("keeps what else is there", () => {
    const scope = { awslambda: { other: 1 } } as AwsLambdaScope;
    expect(installAwsLambda({}, scope)).toHaveProperty("other", 1);
  });

  test("of a managed runtime stays as it is", () => {
    const own = { streamifyResponse, HttpResponseStream };
    const scope: AwsLambdaScope = { awslambda: own };
    expect(installAwsLambda({}, scope)).toBe(own);
    expect(scope.awslambda).toBe(own);
  });
});
