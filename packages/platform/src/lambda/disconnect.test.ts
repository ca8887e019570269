import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Exchange } from "../../test/exchange.ts";
import { RawConnection, requestText } from "../../test/raw-connection.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

const mebibyte = 1024 * 1024;

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({
    limits: { streamBytesPerSecond: Number.POSITIVE_INFINITY },
    resources: {
      Greet: scripted({
        FunctionName: "greet",
        FunctionUrlConfig: { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" },
      }),
    },
  });
});
afterAll(() => platform[Symbol.asyncDispose]());
afterEach(() => expect(platform.bugs).toEqual([]));

const doors: Record<string, (script: string) => Promise<Exchange>> = {
  "a function URL": (script) =>
    platform.send({
      method: "POST",
      path: platform.urlPath("greet"),
      headers: { "content-type": "text/plain" },
      body: script,
    }),
  "/invoke": (script) => platform.send({ method: "POST", path: "/invoke", body: JSON.stringify({ script }) }),
  InvokeWithResponseStream: (script) =>
    platform.sendSigned({
      method: "POST",
      path: "/2021-11-15/functions/greet/response-streaming-invocations",
      body: JSON.stringify({ script }),
    }),
};

/** Writes so much, as fast as it is taken, then ends. */
const writeAll = (bytes: number) => `
  const piece = chunk("x".repeat(1024 * 1024));
  for (let written = 0; written < ${bytes}; written += 1024 * 1024) {
    if (!out.write(piece)) await new Promise((go) => out.once("drain", go));
  }
  out.end("0\\r\\n\\r\\n");
  await answered(out);`;

describe.each(Object.entries(doors))("a client of %s that leaves", (_, send) => {
  test("in the middle leaves the function running to its end, and the trace says so", async () => {
    const answer = await send(`
      const out = stream(id);
      out.write(chunk("one"));
      await gate("left");
      ${writeAll(8 * mebibyte)}
      console.log("finished " + id);`);
    await answer.arrival("one");
    answer.leave();
    await platform.gate.pass("left");
    const { report, status, errorType } = await platform.invocation(answer.requestId);
    expect({ status, errorType }).toEqual({ status: 200, errorType: undefined });
    expect(report).toMatchObject({
      status: "success",
      isDetached: true,
      producedBytes: 8 * mebibyte + 3,
    });
    expect(platform.logLines(answer.requestId)).toEqual([
      expect.stringContaining("START"),
      `finished ${answer.requestId}`,
      expect.stringContaining("END"),
      expect.stringMatching(/^REPORT (?!.*Status:)/),
    ]);
  });

  test("while the function waits for it sets the function free", async () => {
    const answer = await send(`
      const out = stream(id);
      out.write(chunk("one"));
      ${writeAll(24 * mebibyte)}`);
    await answer.arrival("one");
    answer.message.pause();
    answer.leave();
    const { report } = await platform.invocation(answer.requestId);
    expect(report).toMatchObject({
      status: "success",
      isDetached: true,
      producedBytes: 24 * mebibyte + 3,
    });
  });
});

test("a client that leaves before there is an answer is no different", async () => {
  using connection = await RawConnection.open(platform.port);
  const before = platform.events.length;
  const script = `await gate("early"); const out = stream(id); ${writeAll(8 * mebibyte)}`;
  await connection.write(requestText("/invoke", JSON.stringify({ script })));
  await platform.gate.arrived("early");
  connection.leave();
  await platform.gate.pass("early");
  const invocation = await platform.until((events) =>
    events.slice(before).find((event) => event.kind === "invocation"),
  );
  expect(invocation).toMatchObject({
    status: undefined,
    report: { status: "success", isDetached: true, producedBytes: 8 * mebibyte },
  });
});

test("a client of Invoke that leaves is noticed too", async () => {
  const leaving = new AbortController();
  const requestId = randomUUID();
  const request = platform.sendSigned({
    method: "POST",
    path: "/2015-03-31/functions/greet/invocations",
    headers: { "x-amzn-requestid": requestId },
    body: JSON.stringify({
      script: `await gate("buffered"); const out = stream(id); ${writeAll(4 * mebibyte)}`,
    }),
    signal: leaving.signal,
  });
  await platform.gate.arrived("buffered");
  leaving.abort();
  await expect(request).rejects.toThrow("aborted");
  await platform.gate.pass("buffered");
  expect(await platform.invocation(requestId)).toMatchObject({
    status: undefined,
    report: { status: "success", isDetached: true, producedBytes: 4 * mebibyte },
  });
});

describe("a client that reads slowly", () => {
  test("holds the function back, and not in the platform's memory", async () => {
    const answer = await doors["/invoke"]?.(`
      const out = stream(id);
      out.write(chunk("one"));
      const piece = chunk("x".repeat(1024 * 1024));
      await gate("paused");
      let isStalled = false;
      for (let written = 0; written < 40; written++) {
        if (out.write(piece)) continue;
        const drained = new Promise((go) => out.once("drain", () => go(true)));
        const waited = new Promise((go) => setTimeout(go, 250, false));
        if (!isStalled && !(await Promise.race([drained, waited]))) {
          isStalled = true;
          await gate("stalled");
        }
        await drained;
      }
      if (!isStalled) await gate("never stalled");
      out.end("0\\r\\n\\r\\n");
      await answered(out);`);
    if (answer === undefined) throw new Error("no door");
    await answer.arrival("one");
    answer.message.pause();
    const before = process.memoryUsage().arrayBuffers;
    await platform.gate.pass("paused");
    const first = await Promise.race([
      platform.gate.arrived("stalled").then(() => "stalled"),
      platform.gate.arrived("never stalled").then(() => "never stalled"),
    ]);
    expect(first).toBe("stalled");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24 * mebibyte);
    await platform.gate.pass("stalled");
    answer.message.resume();
    expect(await answer.ended).toBe("complete");
    expect(answer.bytes).toHaveLength(40 * mebibyte + 3);
  });
});
