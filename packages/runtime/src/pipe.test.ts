import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { serveFunction } from "../test/served-function.ts";
import { streaming } from "./handlers/streaming.ts";
import { type PipeSource, pipe } from "./pipe.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function* generate(...pieces: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const piece of pieces) {
    await turn();
    yield piece;
  }
}

describe("what is piped arrives, and finishes the response", () => {
  test.each<[string, () => PipeSource, string[]]>([
    ["a web stream of bytes", () => ReadableStream.from([bytes("a"), bytes("b")]), ["a", "b"]],
    ["a web stream of text", () => ReadableStream.from(["ä", "b"]), ["ä", "b"]],
    ["a web stream that is slow", () => ReadableStream.from(generate("a", "b")), ["a", "b"]],
    ["the body of a Response", () => new Response("whole").body ?? [], ["whole"]],
    ["a Blob's stream", () => new Blob(["ab"]).stream(), ["ab"]],
    ["a Node.js readable of bytes", () => Readable.from([Buffer.from("a"), Buffer.from("b")]), ["a", "b"]],
    ["a Node.js readable of text", () => Readable.from(["a", "b"]).setEncoding("utf8"), ["a", "b"]],
    ["an async generator", () => generate("a", bytes("b")), ["a", "b"]],
    ["a list", () => ["a", bytes("b")], ["a", "b"]],
    ["text", () => "a whole text", ["a whole text"]],
    ["empty pieces, which send nothing", () => ["", bytes(""), "a", ""], ["a"]],
    ["nothing", () => ReadableStream.from([]), []],
  ])("%s", async (_, source, pieces) => {
    await using served = await serveFunction(streaming((_event, response) => pipe(source(), response)));
    const { chunks, complete, trailers } = await served.api.invoke({}).result;
    expect({ complete, trailers }).toEqual({ complete: true, trailers: {} });
    expect(chunks.map((chunk) => chunk.bytes.toString())).toEqual(pieces);
  });

  test("after status and headers", async () => {
    await using served = await serveFunction(
      streaming(async (_event, response) => {
        await response.writeStatusAndHeaders({ statusCode: 201 });
        await pipe(["a"], response);
      }),
    );
    expect((await served.api.invoke({}).result).body.toString()).toBe('{"statusCode":201}\0\0\0\0\0\0\0\0a');
  });

  test("each piece while the source still waits", async () => {
    const gate = Promise.withResolvers<void>();
    async function* source() {
      yield "first";
      await gate.promise;
      yield "second";
    }
    await using served = await serveFunction(streaming((_event, response) => pipe(source(), response)));
    const invocation = served.api.invoke({});
    expect((await invocation.chunk(0)).bytes.toString()).toBe("first");
    gate.resolve();
    expect((await invocation.chunk(1)).bytes.toString()).toBe("second");
  });
});

/** Sources of one piece that then fail. */
const failing: [string, (error: Error) => PipeSource][] = [
  [
    "a web stream",
    (error) => {
      let pulls = 0;
      return new ReadableStream({
        pull: (controller) => (++pulls === 1 ? controller.enqueue("a") : controller.error(error)),
      });
    },
  ],
  [
    "a Node.js readable",
    (error) => {
      let reads = 0;
      return new Readable({
        read() {
          if (++reads === 1) this.push("a");
          else this.destroy(error);
        },
      });
    },
  ],
  [
    "an async generator",
    async function* (error) {
      yield "a";
      throw error;
    },
  ],
];

test.each(failing)("an error of %s ends the response with it, in trailers", async (_, source) => {
  const caught = Promise.withResolvers<unknown>();
  const failure = new RangeError("The source broke.");
  await using served = await serveFunction(
    streaming((_event, response) =>
      pipe(source(failure), response).catch((error) => {
        caught.resolve(error);
        throw error;
      }),
    ),
  );
  const { body, trailers, complete } = await served.api.invoke({}).result;
  expect(await caught.promise).toBe(failure);
  expect({ body: body.toString(), complete }).toEqual({ body: "a", complete: true });
  expect(trailers).toMatchObject({ "lambda-runtime-function-error-type": "RangeError" });
});

test("an error of the source that the handler catches does not end the response", async () => {
  await using served = await serveFunction(
    streaming(async (_event, response) => {
      const source = new ReadableStream({ start: (controller) => controller.error(new Error("broken")) });
      await pipe(source, response).catch(() => pipe(["instead"], response));
    }),
  );
  expect(await served.api.invoke({}).result).toMatchObject({
    complete: true,
    trailers: {},
    errorType: undefined,
  });
});

test.each<[string, () => unknown]>([
  ["a number", () => 1],
  ["null", () => null],
])("%s among the pieces is an error, and the source is cancelled", async (_, piece) => {
  const cancelled = Promise.withResolvers<unknown>();
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(piece()),
    cancel: (reason) => cancelled.resolve(reason),
  });
  await using served = await serveFunction(streaming((_event, response) => pipe(source, response)));
  const { kind, body } = await served.api.invoke({}).result;
  expect(kind).toBe("error");
  expect(JSON.parse(body.toString())).toMatchObject({ errorType: "TypeError" });
  expect(await cancelled.promise).toBeInstanceOf(TypeError);
});

/** Sources of `first`, then of silence, and a promise for their end. */
const silent: [string, (stopped: () => void) => PipeSource][] = [
  [
    "a web stream",
    (stopped) =>
      new ReadableStream({ start: (controller) => controller.enqueue("first"), cancel: () => stopped() }),
  ],
  [
    "a Node.js readable",
    (stopped) => {
      const readable = new Readable({ read() {}, destroy: (_error, done) => done(null) });
      readable.push("first");
      return readable.on("close", stopped);
    },
  ],
  [
    "an iterator",
    (stopped) => {
      let count = 0;
      return {
        [Symbol.asyncIterator]: () => ({
          next: () =>
            count++ === 0 ? Promise.resolve({ value: "first", done: false }) : new Promise(() => {}),
          return: async () => {
            stopped();
            return { value: undefined, done: true };
          },
        }),
      };
    },
  ],
];

test.each(silent)("when the connection breaks, %s is stopped though it is silent", async (_, source) => {
  const stopped = Promise.withResolvers<void>();
  const caught = Promise.withResolvers<unknown>();
  await using served = await serveFunction(
    streaming((_event, response) =>
      pipe(source(stopped.resolve), response).catch((error) => {
        caught.resolve(error);
        throw error;
      }),
    ),
  );
  const invocation = served.api.invoke({});
  await invocation.chunk(0);
  invocation.disconnect();
  await stopped.promise;
  expect(await caught.promise).toMatchObject({ code: "Runtime.ResponseClosed" });
  await served.line(/could not be delivered/);
});

test.each<[string, (next: () => Uint8Array | undefined) => PipeSource]>([
  [
    "a web stream",
    (next) =>
      new ReadableStream({
        pull: (controller) => {
          const piece = next();
          if (piece === undefined) controller.close();
          else controller.enqueue(piece);
        },
      }),
  ],
  [
    "a Node.js readable",
    (next) =>
      new Readable({
        read() {
          this.push(next() ?? null);
        },
      }),
  ],
  [
    "a generator",
    function* (next) {
      for (let piece = next(); piece !== undefined; piece = next()) yield piece;
    },
  ],
])("%s is read no faster than the response is taken", async (_, source) => {
  const total = 300;
  let made = 0;
  const next = () => (made++ < total ? new Uint8Array(100_000) : undefined);
  await using served = await serveFunction(streaming((_event, response) => pipe(source(next), response)));
  const invocation = served.api.invoke({});
  invocation.pause();
  await invocation.responseStarted;
  // Buffers take what they can; then nothing moves.
  for (let turns = 0; turns < 500; turns++) await turn();
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(total);
  invocation.resume();
  expect((await invocation.result).body).toHaveLength(total * 100_000);
});

test("pieces that were sent are not kept", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const pieces: WeakRef<Uint8Array>[] = [];
  let kept = 0;
  async function* source() {
    for (let count = 0; count < 200; count++) {
      const piece = new Uint8Array(1_000);
      pieces.push(new WeakRef(piece));
      yield piece;
    }
    // References live to the end of the turn in which they were made.
    await turn();
    collectGarbage();
    kept = pieces.filter((reference) => reference.deref() !== undefined).length;
  }
  await using served = await serveFunction(streaming((_event, response) => pipe(source(), response)));
  await served.api.invoke({}).result;
  expect(kept).toBeLessThan(20);
});
