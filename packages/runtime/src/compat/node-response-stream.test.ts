import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "vitest";
import type { ResponseSink } from "../invocation.ts";
import { ResponseStreamWriter } from "../response-stream.ts";
import { installAwsLambda } from "./awslambda.ts";
import { nodeResponseStreamClass } from "./node-response-stream.ts";

/** Downstream that takes one write after the other, each when it is told to. */
class StalledSink extends EventEmitter implements ResponseSink {
  readonly written: string[] = [];
  readonly #loss = Promise.withResolvers<never>();
  readonly lost = this.#loss.promise;
  #room = Promise.withResolvers<void>();

  write(chunk: string | Uint8Array): Promise<void> {
    this.written.push(Buffer.from(chunk as string).toString());
    this.emit("write");
    return this.#room.promise;
  }

  async finish(): Promise<void> {
    this.written.push("end");
  }

  async fail(): Promise<void> {
    this.written.push("failed");
  }

  take(): void {
    const room = this.#room;
    this.#room = Promise.withResolvers();
    room.resolve();
  }

  lose(error: Error): void {
    this.#loss.reject(error);
    this.#room.promise.catch(() => {});
    this.#room.reject(error);
  }
}

function open(highWaterMark: number) {
  const sink = new StalledSink();
  const stream = new (nodeResponseStreamClass())(new ResponseStreamWriter(sink), highWaterMark);
  return { sink, stream };
}

describe("backpressure", () => {
  test("write says false while downstream is full, and drain comes when everything is taken", async () => {
    const { sink, stream } = open(4);
    expect(stream.write("abc")).toBe(true);
    expect(stream.write("def")).toBe(false);
    expect(sink.written).toEqual(["abc"]);
    const second = once(sink, "write");
    sink.take();
    await second;
    expect(stream.writableNeedDrain).toBe(true);
    const drained = once(stream, "drain");
    sink.take();
    await drained;
    expect(sink.written).toEqual(["abc", "def"]);
  });

  test("a pipeline reads its source no faster than downstream takes it", async () => {
    const { sink, stream } = open(1);
    let read = 0;
    const endless = async function* () {
      for (; ; read++) yield "x";
    };
    let next = once(sink, "write");
    const copied = pipeline(Readable.from(endless(), { highWaterMark: 1 }), stream);
    for (let taken = 1; taken <= 20; taken++) {
      await next;
      expect(read).toBeLessThan(taken + 4);
      next = once(sink, "write");
      sink.take();
    }
    stream.destroy(new Error("enough"));
    await expect(copied).rejects.toThrow("enough");
  });
});

test("the prelude is sent as it is given, in one write: whoever receives it checks it", () => {
  const { sink, stream } = open(64);
  const { HttpResponseStream } = installAwsLambda({}, {});
  const odd = { statusCode: "200", headers: { "X-Count": 1 }, isBase64Encoded: false };
  HttpResponseStream.from(stream, odd).write("body");
  expect(sink.written).toEqual([`${JSON.stringify(odd)}${"\0".repeat(8)}`, "body"]);
});

describe("a response that can't be delivered any more", () => {
  test("stops the source of a pipeline, even one that is silent", async () => {
    const { sink, stream } = open(4);
    const silent = new Readable({ read() {} });
    const copied = pipeline(silent, stream);
    sink.lose(new Error("connection lost"));
    await expect(copied).rejects.toThrow("connection lost");
    expect(silent.destroyed).toBe(true);
  });

  test("destroys the stream; nobody has to listen", async () => {
    const { sink, stream } = open(4);
    const closed = new Promise((resolve) => stream.once("close", resolve));
    stream.write("abc");
    sink.lose(new Error("connection lost"));
    await closed;
    expect(stream.errored).toMatchObject({ message: expect.stringContaining("connection lost") });
  });
});
