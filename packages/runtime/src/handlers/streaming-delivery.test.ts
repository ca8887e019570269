import { describe, expect, test } from "vitest";
import { errorOf, TeapotError } from "../../test/handler-failures.ts";
import { serveFunction } from "../../test/served-function.ts";
import { pipe } from "../pipe.ts";
import type { ResponseStreamWriter } from "../response-stream.ts";
import { streaming } from "./streaming.ts";

const nuls = "\0".repeat(8);

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
