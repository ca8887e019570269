import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { InvocationReceiver } from "../../lambda/environment/invocation.ts";
import { LimitedStream } from "./stream-limits.ts";

let calls: string[];
const receiver: InvocationReceiver = {
  start: () => void calls.push("start"),
  chunk: (bytes) => {
    calls.push(Buffer.from(bytes).toString());
    return undefined;
  },
  end: ({ kind }) => void calls.push(kind),
};
const limit = (timeoutMs: number, idleMs: number) =>
  new LimitedStream(receiver, { timeoutMs, idleMs }, (why) => void calls.push(why));
const piece = Buffer.from("piece");

beforeEach(() => {
  calls = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a stream", () => {
  test("that keeps to its limits is passed on as it is", () => {
    using stream = limit(1_000, 300);
    stream.start({ contentType: undefined, isStreaming: true });
    for (let n = 0; n < 3; n++) {
      vi.advanceTimersByTime(299);
      stream.chunk(piece);
    }
    stream.end({ kind: "complete" });
    expect(calls).toEqual(["start", "piece", "piece", "piece", "complete"]);
  });

  test("that is silent for too long is stopped, before its first byte too", () => {
    using _silent = limit(1_000, 300);
    vi.advanceTimersByTime(300);
    expect(calls).toEqual(["stream was silent for 300 ms"]);
  });

  test("that takes too long altogether is stopped, however busy it is", () => {
    using stream = limit(1_000, 300);
    for (let n = 0; n < 5; n++) {
      vi.advanceTimersByTime(200);
      stream.chunk(piece);
    }
    expect(calls.filter((call) => call !== "piece")).toEqual(["timeout of 1000 ms has passed"]);
  });

  test("is stopped once, whatever still comes", () => {
    using stream = limit(1_000, 300);
    vi.advanceTimersByTime(300);
    stream.chunk(piece);
    vi.advanceTimersByTime(10_000);
    expect(calls).toEqual(["stream was silent for 300 ms", "piece"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that is over is not stopped any more", () => {
    limit(1_000, 300)[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});
