import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { call } from "../../test/api-call.ts";
import { TeapotError } from "../../test/handler-failures.ts";
import { serveFunction } from "../../test/served-function.ts";
import { pipe } from "../pipe.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";
import { streaming } from "./streaming.ts";

const nuls = "\0".repeat(8);

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
