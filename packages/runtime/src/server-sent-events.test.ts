import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { parseEventStream } from "../test/event-stream-parser.ts";
import { serveFunction } from "../test/served-function.ts";
import { streaming } from "./handlers/streaming.ts";
import {
  type ServerSentEvent,
  type ServerSentEventStream,
  type ServerSentEventsOptions,
  sse,
} from "./server-sent-events.ts";
import { invoke } from "./testing.ts";

/** Runs a handler that opens an event stream, and returns what it wrote. */
async function stream(
  write: (events: ServerSentEventStream) => Promise<void>,
  options?: ServerSentEventsOptions,
): ReturnType<typeof invoke> {
  return await invoke(
    streaming(async (_event, response) => {
      const events = await sse(response, options);
      await write(events);
      await events.close();
    }),
    {},
  );
}

describe("on the wire", () => {
  test.each<[string, ServerSentEvent, string]>([
    ["text", { data: "hello" }, "data: hello\n\n"],
    ["empty text", { data: "" }, "data: \n\n"],
    ["several lines", { data: "a\nb\r\nc\rd" }, "data: a\ndata: b\ndata: c\ndata: d\n\n"],
    ["a line break at the end", { data: "a\n" }, "data: a\ndata: \n\n"],
    ["a space at the start", { data: " a" }, "data:  a\n\n"],
    ["an object, as JSON", { data: { text: "two\nlines" } }, 'data: {"text":"two\\nlines"}\n\n'],
    ["null, as JSON", { data: null }, "data: null\n\n"],
    ["a number, as JSON", { data: 0 }, "data: 0\n\n"],
    ["a type", { event: "token", data: "x" }, "event: token\ndata: x\n\n"],
    ["an id", { id: "7", data: "x" }, "id: 7\ndata: x\n\n"],
    ["an empty id, which resets the client's", { id: "", data: "x" }, "id: \ndata: x\n\n"],
    ["a time to reconnect", { retry: 1500 }, "retry: 1500\n\n"],
    ["all fields", { retry: 0, data: 1, id: "2", event: "e" }, "event: e\nid: 2\nretry: 0\ndata: 1\n\n"],
  ])("an event with %s", async (_, event, text) => {
    expect((await stream((events) => events.send(event))).text).toBe(text);
  });

  test.each([
    ["text", "hello", ": hello\n\n"],
    ["several lines", "a\nb\r\nc\rdata: d", ": a\n: b\n: c\n: data: d\n\n"],
    ["nothing", "", ": \n\n"],
  ])("a comment of %s", async (_, comment, text) => {
    expect((await stream((events) => events.comment(comment))).text).toBe(text);
  });

  test("each event is one piece, after status and headers", async () => {
    const { prelude, chunks } = await stream(
      async (events) => {
        await events.send({ data: "a\nb" });
        await events.comment("c");
        await events.send({ data: "d" });
      },
      { statusCode: 203, headers: { "X-Custom": "1" } },
    );
    expect(prelude).toEqual({
      statusCode: 203,
      headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Custom": "1" },
    });
    expect(chunks.map(String)).toEqual(["data: a\ndata: b\n\n", ": c\n\n", "data: d\n\n"]);
  });

  test("headers replace the ones that are always sent, however they are spelled", async () => {
    const { prelude } = await stream(async () => {}, {
      headers: { "cache-control": "no-store", "CONTENT-TYPE": "text/event-stream;charset=utf-8" },
    });
    expect(prelude?.headers).toEqual({
      "cache-control": "no-store",
      "CONTENT-TYPE": "text/event-stream;charset=utf-8",
    });
  });
});

describe("what would break the stream is refused, and the stream goes on", () => {
  const circular: unknown[] = [];
  circular.push(circular);
  test.each<[string, ServerSentEvent, string]>([
    ["a line feed in the type", { event: "a\ndata: b" }, "event"],
    ["a carriage return in the type", { event: "a\rb" }, "event"],
    ["a line break in the id", { id: "a\nb" }, "id"],
    ["a NUL in the id", { id: "a\0" }, "NUL"],
    ["a negative time to reconnect", { retry: -1 }, "-1"],
    ["a broken time to reconnect", { retry: 1.5 }, "1.5"],
    ["a time to reconnect that is no number", { retry: Number.NaN }, "NaN"],
    ["a function as data", { data: () => {} }, "JSON"],
    ["a BigInt as data", { data: 1n }, "JSON"],
    ["a circle as data", { data: circular }, "JSON"],
  ])("%s", async (_, event, message) => {
    const { text, error } = await stream(async (events) => {
      const refused = events.send({ data: "never sent", ...event });
      await expect(refused).rejects.toMatchObject({
        code: "Runtime.InvalidServerSentEvent",
        message: expect.stringContaining(message),
      });
      await events.send({ data: "after" });
    });
    expect({ text, error }).toEqual({ text: "data: after\n\n", error: undefined });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    "a heartbeat of %d ms",
    async (heartbeatMs) => {
      const { kind, error } = await stream(async () => {}, { heartbeatMs });
      expect({ kind, type: error?.errorType }).toEqual({ kind: "error", type: "RangeError" });
      expect(error?.errorMessage).toContain(String(heartbeatMs));
    },
  );
});

/** Text as people and attackers write it, but for lone surrogates, which UTF-8 has no bytes for. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("a", " ", ":", "\n", "\r", "\0", "\ufeff", "data", "id: 1", "é", "💧") }),
);
const singleLine = anyText.map((text) => text.replace(/[\r\n]/g, ""));

const anyEvent = fc.record(
  {
    event: singleLine,
    data: fc.oneof(anyText, fc.jsonValue()),
    id: singleLine.map((text) => text.replaceAll("\0", "")),
    retry: fc.nat(),
  },
  { requiredKeys: [] },
);
const anyWrite = fc.oneof(
  anyEvent.map((event) => ({ event })),
  anyText.map((comment) => ({ comment })),
);

test("a client reads what was sent, whatever it holds", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyWrite, { maxLength: 8 }), async (writes) => {
      const { chunks } = await stream(async (events) => {
        for (const write of writes) {
          await ("event" in write ? events.send(write.event) : events.comment(write.comment));
        }
      });
      const expected: unknown[] = [];
      let lastEventId = "";
      let retry: number | undefined;
      for (const write of writes) {
        if (!("event" in write)) continue;
        const { event = "", data, id = lastEventId, retry: time = retry } = write.event;
        lastEventId = id;
        retry = time;
        if (data === undefined) continue;
        const lines = typeof data === "string" ? data.replace(/\r\n|\r/g, "\n") : JSON.stringify(data);
        expected.push({ type: event || "message", data: lines, lastEventId });
      }
      const parsed = parseEventStream(Buffer.concat(chunks));
      expect(parsed).toMatchObject({ events: expected, retry, lastEventId });
      const comments = writes.flatMap((write) =>
        "comment" in write ? write.comment.split(/\r\n|\r|\n/).map((line) => ` ${line}`) : [],
      );
      expect(parsed.comments).toEqual(comments);
    }),
    { numRuns: 300 },
  );
});

describe("the heartbeat", () => {
  /** An event stream in the hands of a test, with a clock of its own. */
  async function opened(heartbeatMs: number) {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const opening = Promise.withResolvers<ServerSentEventStream>();
    const gate = Promise.withResolvers<void>();
    const served = await serveFunction(
      streaming(async (_event, response) => {
        opening.resolve(await sse(response, { heartbeatMs }));
        await gate.promise;
        if (!response.isFinished && !response.isFailed) await response.finish();
      }),
    );
    const invocation = served.api.invoke({});
    const events = await opening.promise;
    await invocation.chunk(0);
    return { served, invocation, events, end: gate.resolve };
  }

  test("is a comment whenever nothing else was sent for so long", async () => {
    const { served, invocation, events, end } = await opened(1_000);
    await using _ = served;
    vi.advanceTimersByTime(999);
    await events.send({ data: "a" });
    vi.advanceTimersByTime(999);
    await events.comment("b");
    vi.advanceTimersByTime(1_000);
    expect((await invocation.chunk(3)).bytes.toString()).toBe(":\n\n");
    await events.close();
    vi.advanceTimersByTime(10_000);
    end();
    const { chunks, complete, trailers } = await invocation.result;
    expect({ complete, trailers }).toEqual({ complete: true, trailers: {} });
    expect(chunks.slice(1).map(({ bytes }) => bytes.toString())).toEqual(["data: a\n\n", ": b\n\n", ":\n\n"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does not pile up before a client that reads nothing", async () => {
    const { served, invocation, events, end } = await opened(1_000);
    await using _ = served;
    invocation.pause();
    void events.send({ data: "x".repeat(20_000_000) });
    for (let beat = 0; beat < 50; beat++) {
      vi.advanceTimersByTime(1_000);
      await new Promise(setImmediate);
    }
    invocation.resume();
    end();
    const { body } = await invocation.result;
    expect(body.toString().match(/^:$/gm)).toHaveLength(1);
  });

  test("stops when the response is finished without the helper", async () => {
    const { served, invocation, end } = await opened(1_000);
    await using _ = served;
    end();
    expect(await invocation.result).toMatchObject({ complete: true, trailers: {} });
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("stops when the response can't be delivered any more", async () => {
    const { served, invocation, events, end } = await opened(1_000);
    await using _ = served;
    invocation.disconnect();
    await expect(
      (async () => {
        for (;;) await events.send({ data: "x".repeat(10_000) });
      })(),
    ).rejects.toMatchObject({ code: "Runtime.ResponseClosed" });
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(0);
    end();
    await served.line(/could not be delivered/);
  });
});

test("an event stream that is closed takes no more", async () => {
  const errors: unknown[] = [];
  await invoke(
    streaming(async (_event, response) => {
      const events = await sse(response);
      await events.close();
      for (const late of [
        () => events.send({ data: "x" }),
        () => events.comment("x"),
        () => events.close(),
      ]) {
        await late().catch(({ code }) => errors.push(code));
      }
    }),
    {},
  );
  expect(errors).toEqual(["Runtime.WriteAfterFinish", "Runtime.WriteAfterFinish", "Runtime.FinishTwice"]);
});
