import { EventEmitter, once } from "node:events";
import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { OutputSink, StreamSink } from "./response-sinks.ts";

/** A managed runtime's response stream, which takes one write after the other, each when it is told to. */
class StalledStream extends Writable {
  readonly calls: string[] = [];
  readonly writes = new EventEmitter();
  #taken: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  setContentType(value: string): void {
    this.calls.push(`type ${value}`);
  }

  take(): void {
    this.#taken?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.calls.push(`write ${chunk}`);
    this.#taken = callback;
    this.writes.emit("write");
  }

  override _final(callback: () => void): void {
    this.calls.push("end");
    callback();
  }
}

describe("the way into a managed runtime's stream", () => {
  test("sets the content type once, before the first bytes", async () => {
    const stream = new StalledStream();
    const sink = new StreamSink(stream);
    sink.write("a", "text/plain");
    stream.take();
    sink.write("b", "text/html");
    stream.take();
    await sink.finish("text/html");
    expect(stream.calls).toEqual(["type text/plain", "write a", "write b", "end"]);
  });

  test("sets the content type of an empty response", async () => {
    const stream = new StalledStream();
    await new StreamSink(stream).finish("text/plain");
    expect(stream.calls).toEqual(["type text/plain", "end"]);
  });

  test("waits while the stream is full", async () => {
    const stream = new StalledStream();
    const sink = new StreamSink(stream);
    let isThereRoom = false;
    const room = Promise.resolve(sink.write("abc", "text/plain")).then(() => {
      isThereRoom = true;
    });
    await turn();
    expect(isThereRoom).toBe(false);
    stream.take();
    await room;
  });

  test.each<[string, Error | undefined, string]>([
    ["breaks", new Error("connection lost"), "connection lost"],
    ["is closed", undefined, "closed the response stream"],
  ])("is lost when the stream %s", async (_, error, message) => {
    const stream = new StalledStream();
    const sink = new StreamSink(stream);
    const room = sink.write("abc", "text/plain");
    stream.destroy(error);
    await expect(sink.lost).rejects.toThrow(message);
    await expect(room).rejects.toThrow(message);
    expect(() => sink.write("def", "text/plain")).toThrow(message);
    await expect(sink.finish("text/plain")).rejects.toThrow(message);
  });

  test("is not lost by the close after the end", async () => {
    const stream = new StalledStream();
    const sink = new StreamSink(stream);
    const closed = once(stream, "close");
    await sink.finish("text/plain");
    await closed;
    const isLost = await Promise.race([sink.lost.catch(() => true), turn(false)]);
    expect(isLost).toBe(false);
  });

  test("leaves the stream of a failed response to the runtime", async () => {
    const stream = new StalledStream();
    const sink = new StreamSink(stream);
    const failure = { errorType: "RangeError", errorMessage: "boom", trace: [] };
    await sink.fail(failure);
    expect(sink.failure).toEqual(failure);
    expect(stream.calls).toEqual([]);
  });
});

test("an error for the runtime's trailers is as short as AWS takes it", async () => {
  const sink = new StreamSink(new StalledStream());
  await sink.fail({ errorType: "RangeError", errorMessage: "x".repeat(8_000), trace: [] });
  expect(sink.failure?.errorMessage).toMatch(/^x{1000,2900}…$/);
});

describe("a collected output", () => {
  test.each([
    ["text", ['{"a":', "1}"], { a: 1 }],
    ["bytes", [Buffer.from("null")], null],
  ])("is parsed from %s", (_, pieces, output) => {
    const sink = new OutputSink();
    for (const piece of pieces) sink.write(piece);
    expect(sink.output()).toEqual(output);
  });

  test("must be JSON", () => {
    const sink = new OutputSink();
    sink.write(Buffer.from("89504e47", "hex"));
    expect(() => sink.output()).toThrow(expect.objectContaining({ code: "Runtime.OutputNotSerializable" }));
  });
});
