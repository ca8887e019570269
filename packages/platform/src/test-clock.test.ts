import { describe, expect, test } from "vitest";
import { proxyTo, restStage } from "../test/rest-stage.ts";
import { scripted, TestPlatform } from "../test/test-platform.ts";
import { receive } from "./client/received-response.ts";
import { TestClock } from "./test-clock.ts";

describe("a clock of a test", () => {
  test("stands still until it is moved, and then lets happen what is due, in order", () => {
    const clock = new TestClock(1_000);
    const happened: [string, number][] = [];
    const note = (name: string) => () => happened.push([name, clock.now()]);
    clock.setTimer(30, note("late"));
    clock.setTimer(10, () => {
      note("early")();
      clock.setTimer(5, note("between"));
    });
    clock.setTimer(20, note("cancelled"))();
    clock.advance(9);
    expect([clock.now(), clock.monotonicMs(), happened]).toEqual([1_009, 9, []]);
    clock.advance(11);
    expect(happened).toEqual([
      ["early", 1_010],
      ["between", 1_015],
    ]);
    clock.advance(10);
    expect(happened.at(-1)).toEqual(["late", 1_030]);
    expect(() => clock.advance(-1)).toThrow(RangeError);
  });

  test("tells when something waits that is due soon enough", async () => {
    const clock = new TestClock();
    const waiting = clock.waiting(100);
    clock.setTimer(101, () => {});
    const stillWaits = Promise.race([waiting.then(() => false), Promise.resolve(true)]);
    expect(await stillWaits).toBe(true);
    clock.setTimer(100, () => {});
    await waiting;
  });
});

describe("on a platform whose clock a test moves", () => {
  const respond = `await respond(id, "1")`;

  test("an event that fails is tried again after one minute and after two more", async () => {
    const clock = new TestClock();
    await using bench = await TestPlatform.start({ resources: { Work: scripted() }, clock });
    const work = bench.platform.function("Work");
    const requestId = await work.invokeLater({
      script: `await fail(id, JSON.stringify({ errorType: "Gone", errorMessage: "It is gone." }), {})`,
    });
    const attempts = [await work.nextInvocation()];
    for (const minutes of [1, 2]) {
      await clock.waiting(minutes * 60_000);
      clock.advance(minutes * 60_000);
      attempts.push(await work.nextInvocation());
    }
    for (const attempt of attempts)
      expect(attempt).toMatchObject({ requestId, error: { errorType: "Gone" } });
  });

  test("a function that hangs reaches its timeout when the test says so", async () => {
    const clock = new TestClock();
    await using bench = await TestPlatform.start({ resources: { Work: scripted({ Timeout: 900 }) }, clock });
    const stream = await bench.platform
      .function("Work")
      .invokeStreaming({ script: `const out = stream(id); out.write(chunk("half")); await gate("never");` });
    await bench.gate.arrived("never");
    clock.advance(900_000);
    expect(await stream.over()).toMatchObject({
      text: "half",
      error: { errorType: "Sandbox.Timeout", reported: "platform" },
      report: { status: "timeout", durationMs: 900_000 },
    });
  });

  test("a REST API gives up a stream that is silent for 5 minutes, and the function runs on", async () => {
    const clock = new TestClock();
    const paths = { "/": { post: proxyTo("Work", "STREAM", { integration: { timeoutInMillis: 900_000 } }) } };
    const resources = { Work: scripted({ Timeout: 900 }), ...restStage({ paths, invokes: ["Work"] }) };
    await using bench = await TestPlatform.start({ resources, clock });
    const response = await bench.platform.api("Api").fetch("/", {
      method: "POST",
      body: `const out = stream(id);
        out.write(chunk("{}" + "\\0".repeat(8)) + chunk("half"));
        await gate("silent");
        out.end("0\\r\\n\\r\\n"); await answered(out);`,
    });
    await bench.gate.arrived("silent");
    clock.advance(300_000);
    expect(await receive(response)).toMatchObject({ error: { errorType: "BrokenOff" } });
    await bench.gate.pass("silent");
    expect(await bench.platform.invocationOf(response)).toMatchObject({ text: "half", error: undefined });
  });

  test("an environment that has been idle for long is gone", async () => {
    const clock = new TestClock();
    await using bench = await TestPlatform.start({ resources: { Work: scripted() }, clock });
    const work = bench.platform.function("Work");
    const isCold = async () => (await work.invoke({ script: respond })).report?.initDurationMs !== undefined;
    expect([await isCold(), await isCold()]).toEqual([true, false]);
    await clock.waiting(60 * 60_000);
    clock.advance(60 * 60_000);
    expect(await isCold()).toBe(true);
  });

  test("a stream beyond Lambda's bandwidth waits for it", async () => {
    const clock = new TestClock();
    const mb = 1024 * 1024;
    await using bench = await TestPlatform.start({
      resources: { Work: scripted({ MemorySize: 1024 }) },
      clock,
    });
    const stream = await bench.platform.function("Work").invokeStreaming({
      script: `const out = stream(id); const piece = chunk("x".repeat(${mb}));
        for (let n = 0; n < 8; n++) if (!out.write(piece)) await new Promise((go) => out.once("drain", go));
        out.end("0\\r\\n\\r\\n"); await answered(out);`,
    });
    let arrived = 0;
    const over = (async () => {
      for await (const { length } of stream) arrived += length;
      return stream.over();
    })();
    await clock.waiting(125);
    const inTheFirstBurst = arrived;
    let isOver = false;
    void over.then(() => {
      isOver = true;
    });
    for (; !isOver; clock.advance(125)) await Promise.race([over, clock.waiting(125)]);
    expect(inTheFirstBurst).toBeLessThanOrEqual(6 * mb);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(875);
    expect([arrived, (await over).bodyBytes]).toEqual([8 * mb, 8 * mb]);
  });
});
