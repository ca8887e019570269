import { InvokeCommand } from "@aws-sdk/client-lambda";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { proxyTo, restStage, stagePath } from "../test/rest-stage.ts";
import { scripted, TestPlatform, type TestPlatformOptions } from "../test/test-platform.ts";

const mb = 1024 * 1024;
const unlimited = Number.POSITIVE_INFINITY;

/** Streams so many bytes. */
const streaming = (bytes: number) => `
  const out = stream(id);
  const piece = Buffer.alloc(64 * 1024);
  for (let left = ${bytes}; left > 0; left -= piece.length) {
    const bytes = piece.subarray(0, left);
    const isTaken = out.write(bytes.length.toString(16) + "\\r\\n") & out.write(bytes) & out.write("\\r\\n");
    if (!isTaken) await new Promise((resolve) => out.once("drain", resolve));
  }
  out.end("0\\r\\n\\r\\n");
  await answered(out);`;

const resources = {
  Big: scripted({
    FunctionName: "big",
    Timeout: 1,
    MemorySize: 512,
    FunctionUrlConfig: { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" },
  }),
  ...restStage({
    paths: { "/stream": { post: proxyTo("Big", "STREAM") } },
    invokes: ["Big"],
  }),
};

function start(limits: TestPlatformOptions["limits"]): Promise<TestPlatform> {
  return TestPlatform.start({ resources, limitsMemory: false, limits: limits ?? {} });
}

function invoke(platform: TestPlatform, script: string) {
  return platform
    .client()
    .send(new InvokeCommand({ FunctionName: "big", Payload: JSON.stringify({ script }) }));
}

describe("AWS's limits on one stream", () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    // The rest of AWS's bandwidth would make these tests long.
    platform = await start({ streamBytesPerSecond: 32 * 1024, enforcesTimeouts: false });
  });
  afterAll(() => platform[Symbol.asyncDispose]());
  afterEach(() => expect(platform.bugs).toEqual([]));

  test("let 6 MB pass at once at a function URL, and what follows bit by bit", async () => {
    const answer = await platform.send({
      method: "POST",
      path: platform.urlPath("big"),
      body: streaming(9 * mb),
    });
    const arrived = await new Promise<number>((resolve) => {
      let bytes = answer.bytes.length;
      answer.message.on("data", (piece: Buffer) => {
        bytes += piece.length;
        if (bytes >= 6 * mb) resolve(bytes);
      });
    });
    expect(arrived).toBeLessThan(7 * mb);
    answer.leave();
  });

  test("let 10 MB pass at once through a REST API", async () => {
    const prelude = `{}${"\\0".repeat(8)}`;
    const script = streaming(10 * mb - 10).replace(
      "const piece",
      `out.write("a\\r\\n${prelude}\\r\\n"); const piece`,
    );
    const answer = await platform.send({
      method: "POST",
      path: `${stagePath(platform)}/stream`,
      body: script,
    });
    await answer.ended;
    expect([answer.status, answer.bytes.length]).toEqual([200, 10 * mb - 10]);
  });
});

describe("a limit that is lifted", () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await start({
      streamBytesPerSecond: unlimited,
      bufferedResponseBytes: unlimited,
      eventBytes: unlimited,
      enforcesTimeouts: false,
    });
  });
  afterAll(() => platform[Symbol.asyncDispose]());
  afterEach(() => expect(platform.bugs).toEqual([]));

  test("the bandwidth: 20 MB arrive without a pause", async () => {
    const answer = await platform.send({
      method: "POST",
      path: platform.urlPath("big"),
      body: streaming(20 * mb),
    });
    await answer.ended;
    expect(answer.bytes.length).toBe(20 * mb);
  });

  test("the size of a buffered response: 8 MB come back", async () => {
    const answer = await invoke(platform, `await respond(id, Buffer.alloc(${8 * mb}, "1"))`);
    expect(answer.FunctionError).toBeUndefined();
    expect(answer.Payload?.length).toBe(8 * mb);
  });

  test("the size of an event: 8 MB go in", async () => {
    const script = `/*${" ".repeat(8 * mb)}*/ await respond(id, "ok")`;
    expect((await invoke(platform, script)).Payload?.transformToString()).toBe("ok");
  });

  test("the timeout: a function has as long as it wants", async () => {
    const script = `await respond(id, String(event.headers["lambda-runtime-deadline-ms"] - Date.now()))`;
    const remaining = Number((await invoke(platform, script)).Payload?.transformToString());
    expect(remaining).toBeGreaterThan(20 * 24 * 3_600_000);
  });
});

test("a limit can be less than AWS gives, as the concurrency of new accounts is", async () => {
  await using platform = await start({ accountConcurrency: 0 });
  await expect(invoke(platform, "")).rejects.toMatchObject({
    name: "TooManyRequestsException",
    Reason: "ConcurrentInvocationLimitExceeded",
  });
});
