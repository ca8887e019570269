import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DiscardingRuntimeApi } from "../test/discarding-runtime-api.ts";
import { FunctionProcess } from "../test/function-process.ts";
import { serveFunction } from "../test/served-function.ts";
import { streaming } from "./handlers/streaming.ts";
import { pipe } from "./pipe.ts";
import type { ResponseStreamWriter } from "./response-stream.ts";

const megabyte = 1024 * 1024;

/** Resolves to a count that has stopped to change, although the event loop has turned often. */
async function standstill(read: () => number): Promise<number> {
  let last = read();
  for (let turns = 0; turns < 100; turns++) {
    await new Promise(setImmediate);
    if (read() !== last) turns = 0;
    last = read();
  }
  return last;
}

describe("a Runtime API that does not read stops", () => {
  /** More than any two sockets hold; reached only by a handler that nothing stops. */
  const endlessBytes = 256 * megabyte;
  const ways: Record<
    string,
    (chunks: Generator<Uint8Array>, response: ResponseStreamWriter) => Promise<void>
  > = {
    "await write()": async (chunks, response) => {
      for (const chunk of chunks) await response.write(chunk);
      await response.finish();
    },
    "pipe() of an iterable": (chunks, response) => pipe(chunks, response),
    "pipe() of a web stream": (chunks, response) => pipe(ReadableStream.from(chunks), response),
    "pipeTo(writable)": (chunks, response) => ReadableStream.from(chunks).pipeTo(response.writable),
    "a writer that waits until it is ready": async (chunks, response) => {
      const writer = response.writable.getWriter();
      for (const chunk of chunks) {
        await writer.ready;
        void writer.write(chunk);
      }
      await writer.close();
    },
  };
  const sizes: [string, number][] = [
    ["small", 1_000],
    ["large", 64 * 1024],
  ];

  describe.each(sizes)("%s chunks", (_, size) => {
    test.each(Object.entries(ways))("%s", async (_, run) => {
      const state = { written: 0, mayEnd: false };
      function* chunks(): Generator<Uint8Array> {
        const chunk = Buffer.alloc(size, "x");
        for (; !state.mayEnd && state.written < endlessBytes; state.written += size) yield chunk;
      }
      await using served = await serveFunction(streaming((_event, response) => run(chunks(), response)));
      const invocation = served.api.invoke({});
      invocation.pause();
      await invocation.responseStarted;
      const stoppedAt = await standstill(() => state.written);
      state.mayEnd = true;
      invocation.resume();
      const { body, complete } = await invocation.result;
      expect(stoppedAt).toBeGreaterThan(0);
      expect(stoppedAt).toBeLessThan(endlessBytes / 4);
      expect(complete).toBe(true);
      expect(body.length).toBe(state.written);
    });
  });
});

describe("the memory of a process is flat", () => {
  const program = fileURLToPath(new URL("../test/fixtures/much.ts", import.meta.url));

  test.each<[string, string, object, { readonly sent: number; readonly grown: number }]>([
    [
      "over 300 MB in large chunks",
      "stream",
      { way: "write", chunkBytes: 64 * 1024, chunks: 4_800 },
      { sent: 300 * megabyte, grown: 150 * megabyte },
    ],
    [
      "over 300 MB through writable",
      "stream",
      { way: "pipeTo", chunkBytes: 64 * 1024, chunks: 4_800 },
      { sent: 300 * megabyte, grown: 150 * megabyte },
    ],
    [
      "over many small chunks that are piped",
      "stream",
      { way: "pipe", chunkBytes: 16, chunks: 600_000 },
      { sent: 9 * megabyte, grown: 75 * megabyte },
    ],
    ["over many invocations", "often", { invocations: 3_000 }, { sent: megabyte / 2, grown: 0 }],
  ])("%s", async (_, handler, event, { sent, grown }) => {
    await using api = await DiscardingRuntimeApi.start(event);
    await using process = await FunctionProcess.start({
      program,
      environment: { HANDLER: handler, AWS_LAMBDA_RUNTIME_API: api.address },
    });
    expect(await process.exited, process.output).toBe(0);
    expect(api.receivedBytes).toBeGreaterThan(sent);
    const { leakedBytes, peakBytes } = JSON.parse(process.output.split("\t").at(-1) ?? "");
    expect(leakedBytes).toBeLessThan(3 * megabyte);
    expect(peakBytes).toBeLessThanOrEqual(grown);
  });
});
