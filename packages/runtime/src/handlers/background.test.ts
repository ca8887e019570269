import { describe, expect, test } from "vitest";
import { serveFunction } from "../../test/served-function.ts";
import { background } from "./background.ts";

test("the caller has its answer while the handler works on, and the next event waits", async () => {
  const working = Promise.withResolvers<void>();
  const order: string[] = [];
  await using served = await serveFunction(
    background(async (event: { number: number }, respond, context) => {
      await respond({ echo: event.number, requestId: context.requestId });
      order.push(`accepted ${event.number}`);
      if (event.number === 1) await working.promise;
      order.push(`done ${event.number}`);
    }),
  );
  const first = served.api.invoke({ number: 1 });
  const second = served.api.invoke({ number: 2 });
  expect(JSON.parse((await first.result).body.toString())).toEqual({ echo: 1, requestId: first.requestId });
  expect(order).not.toContain("accepted 2");
  working.resolve();
  await second.result;
  await served.api.waitForNext();
  expect(order).toEqual(["accepted 1", "done 1", "accepted 2", "done 2"]);
});

test("the answer is encoded as a buffered one", async () => {
  await using served = await serveFunction(
    background(async (event: { kind: string }, respond) => {
      await respond(event.kind === "bytes" ? new Uint8Array([1, 2]) : undefined);
    }),
  );
  expect((await served.api.invoke({ kind: "bytes" }).result).body).toEqual(Buffer.of(1, 2));
  expect((await served.api.invoke({ kind: "nothing" }).result).body.toString()).toBe("null");
});

test("an answer that nobody waits for is sent", async () => {
  await using served = await serveFunction(
    background(async (_event, respond) => {
      void respond("x");
    }),
  );
  expect((await served.api.invoke({}).result).body.toString()).toBe('"x"');
});

describe("misuse", () => {
  test.each<[string, (respond: (output: unknown) => Promise<void>) => Promise<void>, string]>([
    ["returning without an answer", async () => {}, "Runtime.RespondOnce"],
    ["an answer that JSON can't hold", (respond) => respond(1n), "Runtime.OutputNotSerializable"],
    ["throwing before the answer", () => Promise.reject(new RangeError("r")), "Function.RangeError"],
  ])("%s is an invocation error", async (_, run, errorType) => {
    await using served = await serveFunction(background((_event, respond) => run(respond)));
    expect(await served.api.invoke({}).result).toMatchObject({ kind: "error", errorType });
  });

  test("answering twice is an error that can be caught, and the first answer stays", async () => {
    const caught = Promise.withResolvers<unknown>();
    await using served = await serveFunction(
      background(async (_event, respond) => {
        await respond("first");
        await respond("second").catch(caught.resolve);
      }),
    );
    expect((await served.api.invoke({}).result).body.toString()).toBe('"first"');
    expect(await caught.promise).toMatchObject({ name: "RespondError", code: "Runtime.RespondOnce" });
  });

  test("an answer that was refused for its form can be given again", async () => {
    await using served = await serveFunction(
      background(async (_event, respond) => {
        await respond(1n).catch(() => {});
        await respond("second");
      }),
    );
    expect((await served.api.invoke({}).result).body.toString()).toBe('"second"');
  });
});

test("throwing after the answer is only logged, and the next invocation works", async () => {
  await using served = await serveFunction(
    background(async (event: { fail: boolean }, respond) => {
      await respond("x");
      if (event.fail) throw new RangeError("afterwards");
    }),
  );
  expect(await served.api.invoke({ fail: true }).result).toMatchObject({
    kind: "response",
    errorType: undefined,
  });
  expect(await served.line(/afterwards/)).toMatch(/\tERROR\tError after the response was sent: RangeError/);
  expect((await served.api.invoke({ fail: false }).result).body.toString()).toBe('"x"');
});

describe("an answer that the API refuses", () => {
  const refused = { status: 413, errorType: "RequestEntityTooLarge", errorMessage: "Exceeded" };

  test("is the error of respond", async () => {
    const caught = Promise.withResolvers<unknown>();
    await using served = await serveFunction(
      background(async (_event, respond) => {
        await respond("x").catch(caught.resolve);
      }),
    );
    served.api.failNext("response", refused);
    const invocation = served.api.invoke({});
    expect(await caught.promise).toMatchObject({ code: "Runtime.ApiRefused", status: 413 });
    await served.line(/\tERROR\tThe answer could not be delivered\. .*413/);
    await invocation.result;
  });

  test("is logged even if the handler doesn't wait for respond, and works on", async () => {
    await using served = await serveFunction(
      background(async (_event, respond) => {
        void respond("x");
        await served.api.waitFor(({ requests }) => requests.some(({ method }) => method === "POST"));
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      }),
    );
    served.api.failNext("response", refused);
    const invocation = served.api.invoke({});
    await served.line(/\tERROR\tThe answer could not be delivered\. .*413/);
    expect((await invocation.result).body.toString()).toBe('"x"');
    expect(served.lines.filter((line) => line.includes("FATAL"))).toEqual([]);
  });
});
