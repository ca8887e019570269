import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { call } from "../../test/api-call.ts";
import { serveFunction } from "../../test/served-function.ts";
import { pipe } from "../pipe.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";
import { streaming } from "./streaming.ts";

const nuls = "\0".repeat(8);

/** What the trailer with the error's body holds. */
function errorOf(trailers: Readonly<Record<string, string>>): { errorType: string; errorMessage: string } {
  return JSON.parse(Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64").toString());
}

/** A promise and its switch, for handlers that wait for the test. */
function gate(): PromiseWithResolvers<void> {
  return Promise.withResolvers<void>();
}

describe("a streamed response", () => {
  test("has the prelude, byte for byte, as its first chunk, and each write as a chunk", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({
          statusCode: 201,
          headers: { "X-Custom": "é" },
          cookies: ["a=1"],
        });
        await response.write("text");
        await response.write("");
        await response.write(new Uint8Array(0));
        await response.write(new Uint8Array([0, 1, 2]));
        await response.finish();
      }),
    );
    const { kind, headers, chunks, trailers, complete, errorType } = await served.api.invoke({}).result;
    expect({ kind, complete, errorType, trailers }).toEqual({
      kind: "response",
      complete: true,
      errorType: undefined,
      trailers: {},
    });
    expect(chunks.map(({ bytes }) => bytes.toString())).toEqual([
      `{"statusCode":201,"headers":{"X-Custom":"é"},"cookies":["a=1"]}${nuls}`,
      "text",
      "\0\x01\x02",
    ]);
    expect(headers).toMatchObject({
      "content-type": "application/vnd.awslambda.http-integration-response",
      "lambda-runtime-function-response-mode": "streaming",
      "transfer-encoding": "chunked",
      trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    });
  });

  test("sends its prelude while the handler still waits, and needs no body", async () => {
    const waiting = gate();
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 204 });
        await waiting.promise;
        await response.finish();
      }),
    );
    const invocation = served.api.invoke({});
    expect((await invocation.chunk(0)).bytes.toString()).toBe(`{"statusCode":204}${nuls}`);
    waiting.resolve();
    expect(await invocation.result).toMatchObject({
      complete: true,
      trailers: {},
      body: Buffer.from(`{"statusCode":204}${nuls}`),
    });
  });

  test("sends each write while the handler still waits", async () => {
    const gates = [gate(), gate()];
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        for (const [index, { promise }] of gates.entries()) {
          await response.write(`part ${index}`);
          await promise;
        }
        await response.writeAndFinish("last");
      }),
    );
    const invocation = served.api.invoke({});
    for (const [index, { resolve }] of gates.entries()) {
      expect((await invocation.chunk(index)).bytes.toString()).toBe(`part ${index}`);
      resolve();
    }
    const { chunks } = await invocation.result;
    expect(chunks.map(({ bytes }) => bytes.toString())).toEqual(["part 0", "part 1", "last"]);
  });

  test.each<[string, (response: ResponseStreamWriter) => Promise<void>, string, string]>([
    [
      "an unset content type",
      async (response) => response.writeAndFinish("x"),
      "application/octet-stream",
      "x",
    ],
    [
      "a content type of its own",
      async (response) => {
        response.setContentType("text/event-stream");
        await response.writeAndFinish("data: x\n\n");
      },
      "text/event-stream",
      "data: x\n\n",
    ],
    [
      "the content type that was set last",
      async (response) => {
        response.setContentType("text/plain");
        response.setContentType("text/html");
        await response.finish();
      },
      "text/html",
      "",
    ],
    ["no bytes at all", (response) => response.finish(), "application/octet-stream", ""],
    ["an empty last write", (response) => response.writeAndFinish(""), "application/octet-stream", ""],
    [
      "a content type longer than a buffer",
      async (response) => {
        response.setContentType(`text/plain; x=${"y".repeat(20_000)}`);
        await response.writeAndFinish("x");
      },
      `text/plain; x=${"y".repeat(20_000)}`,
      "x",
    ],
  ])("without status and headers has no prelude: %s", async (_, write, contentType, body) => {
    await using served = await serveFunction(streaming((_event, response) => write(response)));
    const result = await served.api.invoke({}).result;
    expect(result.body.toString()).toBe(body);
    expect(result).toMatchObject({ kind: "response", complete: true, errorType: undefined });
    expect(result.headers["content-type"]).toBe(contentType);
  });

  test("gives back what the attempt was called", async () => {
    await using served = await serveFunction(streaming((_event, response) => response.writeAndFinish("x")));
    const invocation = served.api.invoke({});
    const { headers } = await invocation.result;
    expect(headers["lambda-runtime-invocation-id"]).toBe(invocation.invocationId);
  });

  test("may be written and finished without waiting for anything", async () => {
    const large = "x".repeat(3_000_000);
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        void response.writeStatusAndHeaders({ statusCode: 200 });
        void response.write("a");
        void response.writeAndFinish(large);
      }),
    );
    const { body, trailers, complete } = await served.api.invoke({}).result;
    expect({ trailers, complete }).toEqual({ trailers: {}, complete: true });
    expect(body.toString()).toBe(`{"statusCode":200}${nuls}a${large}`);
  });

  test("may be finished by a handler that is not asynchronous", async () => {
    const handler = (_event: unknown, response: ResponseStreamWriter) => response.writeAndFinish("x");
    await using served = await serveFunction(streaming(handler));
    expect((await served.api.invoke({}).result).body.toString()).toBe("x");
  });

  test("takes bytes from one buffer that is filled again after each write", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        const buffer = new Uint8Array(20_000);
        for (let round = 0; round < 1_000; round++) {
          buffer.fill(round % 251);
          await response.write(buffer);
        }
        await response.finish();
      }),
    );
    const invocation = served.api.invoke({});
    invocation.pause();
    await invocation.responseStarted;
    // By now the connection is full, unless the writer is slow; then the test proves less and still passes.
    await new Promise(setImmediate);
    invocation.resume();
    const { chunks } = await invocation.result;
    const wrong = chunks.findIndex(({ bytes }, round) => !bytes.equals(Buffer.alloc(20_000, round % 251)));
    expect(wrong).toBe(-1);
  });
});

interface Misuse {
  readonly write: (response: ResponseStreamWriter) => Promise<unknown>;
  readonly name: string;
  readonly code: string;
}

describe("misuse of a response", () => {
  const misuses: Readonly<Record<string, Misuse>> = {
    "write after finish": {
      write: async (response) => {
        await response.finish();
        await response.write("x");
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "write after writeAndFinish": {
      write: async (response) => {
        await response.writeAndFinish("x");
        await response.write("x");
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "writeAndFinish after finish": {
      write: async (response) => {
        await response.finish();
        await response.writeAndFinish("x");
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "an empty write after finish": {
      write: async (response) => {
        await response.finish();
        await response.write("");
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "status after finish": {
      write: async (response) => {
        await response.finish();
        await response.writeStatusAndHeaders({ statusCode: 200 });
      },
      name: "WriteAfterFinishError",
      code: "Runtime.WriteAfterFinish",
    },
    "finish twice": {
      write: async (response) => {
        await response.finish();
        await response.finish();
      },
      name: "FinishTwiceError",
      code: "Runtime.FinishTwice",
    },
    "finish after writeAndFinish": {
      write: async (response) => {
        await response.writeAndFinish("x");
        await response.finish();
      },
      name: "FinishAfterWriteAndFinishError",
      code: "Runtime.FinishAfterWriteAndFinish",
    },
    "status after the first byte": {
      write: async (response) => {
        await response.write("x");
        await response.writeStatusAndHeaders({ statusCode: 200 });
      },
      name: "StatusAfterFirstByteError",
      code: "Runtime.StatusAfterFirstByte",
    },
    "status twice": {
      write: async (response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        await response.writeStatusAndHeaders({ statusCode: 200 });
      },
      name: "StatusTwiceError",
      code: "Runtime.StatusTwice",
    },
    "status twice, with a body between": {
      write: async (response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        await response.write("x");
        await response.writeStatusAndHeaders({ statusCode: 200 });
      },
      name: "StatusTwiceError",
      code: "Runtime.StatusTwice",
    },
    "an invalid status": {
      write: (response) => response.writeStatusAndHeaders({ statusCode: 100 }),
      name: "InvalidStatusError",
      code: "Runtime.InvalidStatus",
    },
    "an invalid header name": {
      write: (response) => response.writeStatusAndHeaders({ statusCode: 200, headers: { "a b": "" } }),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
    "an invalid header value": {
      write: (response) => response.writeStatusAndHeaders({ statusCode: 200, headers: { a: "b\r\nc: d" } }),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
    "an invalid cookie": {
      write: (response) => response.writeStatusAndHeaders({ statusCode: 200, cookies: ["a\n"] }),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
    "a prelude that is too large": {
      write: (response) =>
        response.writeStatusAndHeaders({ statusCode: 200, headers: { a: "b".repeat(16_384) } }),
      name: "PreludeTooLargeError",
      code: "Runtime.PreludeTooLarge",
    },
    "a content type after the first byte": {
      write: async (response) => {
        await response.write("x");
        response.setContentType("text/plain");
      },
      name: "ContentTypeTooLateError",
      code: "Runtime.ContentTypeTooLate",
    },
    "a content type after the status": {
      write: async (response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        response.setContentType("text/plain");
      },
      name: "ContentTypeTooLateError",
      code: "Runtime.ContentTypeTooLate",
    },
    "a content type that would end its line": {
      write: async (response) => response.setContentType("text/plain\r\nX: y"),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
    "an empty content type": {
      write: async (response) => response.setContentType(""),
      name: "InvalidHeaderError",
      code: "Runtime.InvalidHeader",
    },
  };

  test.each(Object.entries(misuses))(
    "%s is an error that can be caught",
    async (_, { write, name, code }) => {
      const caught = Promise.withResolvers<unknown>();
      await using served = await serveFunction(
        streaming(async (_event, response) => {
          await write(response).catch(caught.resolve);
          await response.finish().catch(() => {}); // it may be finished already
        }),
      );
      const { kind, trailers } = await served.api.invoke({}).result;
      expect({ kind, trailers }).toEqual({ kind: "response", trailers: {} });
      expect(await caught.promise).toMatchObject({ name, code });
    },
  );

  test("a write of something else is a TypeError, and the response can go on", async () => {
    const caught: unknown[] = [];
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        for (const chunk of [undefined, null, 1, {}, new ArrayBuffer(1)]) {
          await response.write(chunk as never).catch((error) => caught.push(error));
        }
        await response.writeAndFinish({} as never).catch((error) => caught.push(error));
        await response.writeAndFinish("x");
      }),
    );
    expect((await served.api.invoke({}).result).body.toString()).toBe("x");
    expect(caught).toEqual(Array.from({ length: 6 }, () => expect.any(TypeError)));
  });

  test("a status that was refused can be sent again, right", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 1 }).catch(() => {});
        await response.writeStatusAndHeaders({ statusCode: 200 });
        await response.finish();
      }),
    );
    expect((await served.api.invoke({}).result).body.toString()).toBe(`{"statusCode":200}${nuls}`);
  });
});

class TeapotError extends Error {
  override readonly name = "TeapotError";
}

describe("a handler that fails", () => {
  test.each<[string, () => unknown, string, { errorType: string; errorMessage: string }]>([
    [
      "an error",
      () => new TeapotError("no coffee"),
      "Function.TeapotError",
      { errorType: "TeapotError", errorMessage: "no coffee" },
    ],
    ["a text", () => "no coffee", "Function.String", { errorType: "string", errorMessage: "no coffee" }],
    [
      "an object",
      () => ({ coffee: 0 }),
      "Function.Object",
      { errorType: "object", errorMessage: '{"coffee":0}' },
    ],
    ["nothing", () => undefined, "Function.Undefined", { errorType: "undefined", errorMessage: "undefined" }],
    ["null", () => null, "Function.Object", { errorType: "object", errorMessage: "null" }],
    [
      "an error whose name is no text",
      () => Object.assign(new Error("odd"), { name: undefined }),
      "Function.Error",
      { errorType: "Error", errorMessage: "odd" },
    ],
    [
      "an error whose message is no text",
      () => Object.assign(new Error("odd"), { message: 7 }),
      "Function.Error",
      { errorType: "Error", errorMessage: "7" },
    ],
    [
      "a circular object",
      () => {
        const circular: Record<string, unknown> = {};
        circular["self"] = circular;
        return circular;
      },
      "Function.Object",
      { errorType: "object", errorMessage: "[object Object]" },
    ],
    [
      "an object that has no JSON",
      () => ({ toJSON: () => undefined }),
      "Function.Object",
      { errorType: "object", errorMessage: "[object Object]" },
    ],
  ])("before the first byte is an invocation error: %s", async (_, make, typeHeader, document) => {
    await using served = await serveFunction(
      streaming(async () => {
        throw make();
      }),
    );
    const { kind, headers, body } = await served.api.invoke({}).result;
    expect(kind).toBe("error");
    expect(headers["lambda-runtime-function-error-type"]).toBe(typeHeader);
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(body.toString())).toEqual({ ...document, trace: expect.any(Array) });
    await served.line(/\tERROR\tInvoke Error/);
  });

  test("synchronously is an invocation error, too", async () => {
    await using served = await serveFunction(
      streaming(() => {
        throw new TeapotError("at once");
      }),
    );
    expect(await served.api.invoke({}).result).toMatchObject({
      kind: "error",
      errorType: "Function.TeapotError",
    });
  });

  test.each<[string, (response: ResponseStreamWriter) => Promise<void>, string]>([
    [
      "a prelude",
      (response) => response.writeStatusAndHeaders({ statusCode: 200 }),
      `{"statusCode":200}${nuls}`,
    ],
    ["bytes", (response) => response.write("some"), "some"],
  ])("after %s ends the stream with trailers", async (_, write, sent) => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await write(response);
        throw new TeapotError("too late: é\nsecond line");
      }),
    );
    const { kind, body, trailers, complete, errorType } = await served.api.invoke({}).result;
    expect({ kind, body: body.toString(), complete, errorType }).toEqual({
      kind: "response",
      body: sent,
      complete: true,
      errorType: "TeapotError",
    });
    expect(trailers["lambda-runtime-function-error-body"]).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(errorOf(trailers)).toEqual({
      errorType: "TeapotError",
      errorMessage: "too late: é\nsecond line",
      trace: expect.arrayContaining([expect.stringContaining("streaming.test.ts")]),
    });
    await served.line(/\tERROR\tInvoke Error/);
  });

  test("with a name that would end the trailer's line is still one trailer", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.write("x");
        throw Object.assign(new Error("m"), { name: "Bad\r\nX-Injected: ü" });
      }),
    );
    const { trailers } = await served.api.invoke({}).result;
    expect(trailers["lambda-runtime-function-error-type"]).toBe("BadX-Injected:");
    expect(errorOf(trailers).errorType).toBe("Bad\r\nX-Injected: ü");
  });

  test("after finish is only logged, and the next invocation works", async () => {
    await using served = await serveFunction(
      streaming(async (event: { fail: boolean }, response) => {
        await response.writeAndFinish("whole");
        if (event.fail) throw new TeapotError("after all");
      }),
    );
    expect(await served.api.invoke({ fail: true }).result).toMatchObject({
      kind: "response",
      complete: true,
      trailers: {},
      errorType: undefined,
    });
    expect(await served.line(/TeapotError/)).toMatch(
      /\tERROR\tError after the response was finished: TeapotError/,
    );
    expect((await served.api.invoke({ fail: false }).result).body.toString()).toBe("whole");
  });

  test("after a finish it did not wait for is only logged", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        void response.writeAndFinish("whole");
        throw new TeapotError("after all");
      }),
    );
    expect(await served.api.invoke({}).result).toMatchObject({ complete: true, trailers: {} });
    await served.line(/Error after the response was finished: TeapotError/);
  });

  test("by returning before the end is reported: before the first byte", async () => {
    await using served = await serveFunction(streaming(async () => {}));
    const { kind, body, errorType } = await served.api.invoke({}).result;
    expect({ kind, errorType }).toEqual({ kind: "error", errorType: "Runtime.ResponseNotFinished" });
    expect(body.toString()).toContain("returned before the response was finished");
  });

  test("by returning before the end is reported: after it", async () => {
    await using served = await serveFunction(streaming((_event, response) => response.write("half")));
    const { body, trailers } = await served.api.invoke({}).result;
    expect(body.toString()).toBe("half");
    expect(errorOf(trailers)).toMatchObject({ errorType: "Runtime.ResponseNotFinished" });
  });

  test("can't write to a response that it has failed", async () => {
    const caught: unknown[] = [];
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.write("x");
        await response.fail(new TeapotError("given up"));
        await response.fail(new Error("once is enough"));
        for (const write of [
          () => response.write("y"),
          () => response.finish(),
          () => response.writeAndFinish("y"),
          () => response.writeStatusAndHeaders({ statusCode: 200 }),
        ]) {
          await write().catch((error) => caught.push(error));
        }
      }),
    );
    const { trailers, body } = await served.api.invoke({}).result;
    expect(body.toString()).toBe("x");
    expect(errorOf(trailers)).toMatchObject({ errorType: "TeapotError", errorMessage: "given up" });
    await served.api.waitForNext();
    expect(caught).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ code: "Runtime.ResponseClosed" })),
    );
  });
});

describe("the writable of a response", () => {
  test("takes what is piped into it, and finishes the response", async () => {
    await using served = await serveFunction(
      streaming((_event, response) =>
        ReadableStream.from(["one", new Uint8Array([50]), "", "three"]).pipeTo(response.writable),
      ),
    );
    const { chunks, complete } = await served.api.invoke({}).result;
    expect(complete).toBe(true);
    expect(chunks.map(({ bytes }) => bytes.toString())).toEqual(["one", "2", "three"]);
  });

  test("comes after status and headers, and is always the same stream", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 200 });
        const writer = response.writable.getWriter();
        expect(response.writable.locked).toBe(true);
        await writer.write("x");
        await writer.close();
      }),
    );
    expect((await served.api.invoke({}).result).body.toString()).toBe(`{"statusCode":200}${nuls}x`);
  });

  const failing = (pieces: number) => {
    let sent = 0;
    return new ReadableStream<string>({
      pull: (controller) => {
        if (sent++ < pieces) controller.enqueue("x");
        else controller.error(new TeapotError("source failed"));
      },
    });
  };

  test.each([
    ["lets the failure through", (source: ReadableStream, sink: WritableStream) => source.pipeTo(sink)],
    [
      "swallows the failure",
      (source: ReadableStream, sink: WritableStream) => source.pipeTo(sink).catch(() => {}),
    ],
  ])("fails the response with what its source fails with: a handler that %s", async (_, run) => {
    await using served = await serveFunction(
      streaming((event: { pieces: number }, response) => run(failing(event.pieces), response.writable)),
    );
    const early = await served.api.invoke({ pieces: 0 }).result;
    expect(early).toMatchObject({ kind: "error", errorType: "Function.TeapotError" });
    const late = await served.api.invoke({ pieces: 2 }).result;
    expect(late).toMatchObject({ kind: "response", body: Buffer.from("xx"), complete: true });
    expect(errorOf(late.trailers)).toMatchObject({ errorMessage: "source failed" });
    await served.api.waitForNext();
    expect(served.lines.filter((line) => line.includes("source failed"))).toHaveLength(2);
  });

  test("that is aborted fails the response", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.write("x");
        await response.writable.abort(new TeapotError("aborted"));
      }),
    );
    const { trailers } = await served.api.invoke({}).result;
    expect(errorOf(trailers)).toMatchObject({ errorMessage: "aborted" });
  });

  test("can't be closed twice over: finish after it is an error", async () => {
    const caught = Promise.withResolvers<unknown>();
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.writable.close();
        await response.finish().catch(caught.resolve);
      }),
    );
    await served.api.invoke({}).result;
    expect(await caught.promise).toMatchObject({ code: "Runtime.FinishTwice" });
  });
});

describe("a response that can't be delivered", () => {
  const refused = { status: 413, errorType: "RequestEntityTooLarge", errorMessage: "Exceeded maximum" };

  test("aborts its signal, refuses further writes, and leaves the next invocation alone", async () => {
    const seen = Promise.withResolvers<{ reason: unknown; write: unknown }>();
    await using served = await serveFunction(
      streaming(async (event: { long: boolean }, response) => {
        if (!event.long) return response.writeAndFinish("fine");
        const aborted = new Promise((resolve) => {
          response.signal.addEventListener("abort", () => resolve(response.signal.reason));
        });
        await response.write("x");
        const reason = await aborted;
        const write = await response.write("y").catch((error) => error);
        seen.resolve({ reason, write });
        throw write;
      }),
    );
    served.api.failNext("response", { answerEarly: refused });
    served.api.invoke({ long: true });
    const next = served.api.invoke({ long: false });
    const { reason, write } = await seen.promise;
    expect(reason).toMatchObject({ code: "Runtime.ApiRefused", status: 413 });
    expect(write).toMatchObject({ code: "Runtime.ResponseClosed", cause: { status: 413 } });
    expect(await served.line(/could not be delivered/)).toMatch(
      /413 to an unfinished response.*RequestEntityTooLarge/,
    );
    await served.api.waitFor((api) => api.requests.length > 2);
    void next;
  });

  test.each<[string, (response: ResponseStreamWriter) => Promise<void>]>([
    ["waits for the signal and returns", (response) => aborts(response.signal)],
    [
      "waits for the signal and finishes",
      async (response) => {
        await aborts(response.signal);
        await response.finish();
      },
    ],
    [
      "waits for the signal and throws something else",
      async (response) => {
        await aborts(response.signal);
        throw new TeapotError("consequence");
      },
    ],
    [
      "writes until it can't",
      async (response) => {
        for (;;) await response.write("x".repeat(1_000));
      },
    ],
    [
      "writes without waiting, and goes on",
      async (response) => {
        for (let count = 0; count < 5; count++) {
          void response.write("x");
          await new Promise(setImmediate);
        }
        await aborts(response.signal);
        void response.write("x");
        void response.writeAndFinish("x");
        void response.finish();
        await new Promise(setImmediate);
      },
    ],
    ["pipes a source that is silent", (response) => pipe(new ReadableStream(), response)],
  ])("is logged, and the loop goes on, when its connection breaks: a handler that %s", async (_, run) => {
    await using served = await serveFunction(
      streaming(async (event: { breaks: boolean }, response) => {
        if (!event.breaks) return response.writeAndFinish("fine");
        await response.write("first");
        await run(response);
      }),
    );
    const broken = served.api.invoke({ breaks: true });
    await broken.chunk(0);
    broken.disconnect();
    expect(await broken.result).toMatchObject({ complete: false });
    await served.line(/\tERROR\tThe answer could not be delivered\. .*connection/i);
    expect((await served.api.invoke({ breaks: false }).result).body.toString()).toBe("fine");
  });

  test.each<[string, (response: ResponseStreamWriter) => Promise<void>]>([
    ["waits for the end", (response) => response.writeAndFinish("x")],
    ["does not wait for the end", async (response) => void response.writeAndFinish("x")],
    [
      "finishes without waiting, and works on",
      async (response) => {
        void response.write("x");
        void response.finish();
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      },
    ],
  ])("is logged when the whole of it is refused: a handler that %s", async (_, run) => {
    await using served = await serveFunction(streaming((_event, response) => run(response)));
    served.api.failNext("response", refused);
    // The scripted refusal takes the answer's place, so the API gives out the same event again.
    const invocation = served.api.invoke({});
    await served.line(
      /\tERROR\tThe answer could not be delivered\. The Runtime API answered 413 to response/,
    );
    expect(await invocation.result).toMatchObject({ complete: true, trailers: {} });
  });
});

function aborts(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

describe("work after finish", () => {
  test("holds back the next event until it is done", async () => {
    const order: string[] = [];
    const working = gate();
    await using served = await serveFunction(
      streaming(async (event: { number: number }, response) => {
        order.push(`begin ${event.number}`);
        await response.writeAndFinish("x");
        if (event.number === 1) await working.promise;
        order.push(`end ${event.number}`);
      }),
    );
    const first = served.api.invoke({ number: 1 });
    const second = served.api.invoke({ number: 2 });
    expect((await first.result).complete).toBe(true);
    expect(order).toEqual(["begin 1"]);
    working.resolve();
    await second.result;
    await served.api.waitForNext();
    expect(order).toEqual(["begin 1", "end 1", "begin 2", "end 2"]);
  });
});

test("the API's own order of calls holds for n invocations on one connection", async () => {
  await using served = await serveFunction(
    streaming(async (event: { number: number }, response) => {
      if (event.number % 3 === 0) throw new TeapotError("every third");
      await response.write(`${event.number}`);
      if (event.number % 3 === 1) throw new TeapotError("with a byte");
      await response.finish();
    }),
  );
  const invocations = Array.from({ length: 30 }, (_, number) => served.api.invoke({ number }));
  const results = await Promise.all(invocations.map(({ result }) => result));
  expect(results.map(({ kind, complete }) => `${kind} ${complete}`)).toEqual(
    invocations.map((_, number) => (number % 3 === 0 ? "error true" : "response true")),
  );
  expect(served.api.connections).toBe(1);
  // And the double is a real one: nothing of this comes from the test's own process.
  expect((await call(served.api.address, "GET", "/2018-06-01/ping")).body).toBe("pong");
});

test("a Node.js readable can be piped to the response", async () => {
  await using served = await serveFunction(
    streaming((_event, response) => pipe(Readable.from(["a", Buffer.from("b")]), response)),
  );
  expect((await served.api.invoke({}).result).body.toString()).toBe("ab");
});
