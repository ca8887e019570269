import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { EnvironmentBench } from "./testing/environment-bench.ts";
import { processesWith } from "./testing/leftovers.ts";
import { echo, rawExtension, rawRuntime } from "./testing/raw-runtime.ts";

const marker = randomUUID();

afterEach(() => {
  if (existsSync("/proc/self")) expect(processesWith(marker)).toEqual([]);
});

/**
 * An extension that subscribes, and says each event that it gets in the log. Having been told of an invocation, it asks
 * for the next event only when it has got `platform.runtimeDone`.
 */
const collector = (types: string) =>
  rawExtension(`
  await register(["INVOKE", "SHUTDOWN"]);
  let done = Promise.withResolvers();
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => { body += piece; });
    request.on("end", () => {
      for (const event of JSON.parse(body)) {
        console.error("got " + JSON.stringify(event));
        if (event.type === "platform.runtimeDone") done.resolve();
      }
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const answer = await subscribe({
    schemaVersion: "2022-12-13", types: ${types}, buffering: { timeoutMs: 25 },
    destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:" + server.address().port },
  });
  console.error("subscribed " + answer.status + " " + answer.body);
  for (;;) {
    done = Promise.withResolvers();
    if ((await event()).eventType === "SHUTDOWN") { await gate("end"); process.exit(0); }
    await done.promise;
  }`);

function open(runtime: string, types: string): Promise<EnvironmentBench> {
  return EnvironmentBench.open(
    runtime,
    { variables: { MARKER: marker }, timeoutMs: 900_000 },
    { files: { "layers/extensions/collector": collector(types) } },
  );
}

interface Got {
  readonly type: string;
  readonly record: Record<string, unknown> | string;
}

function got(bench: EnvironmentBench): Got[] {
  return bench.log.messages
    .filter((line) => line.startsWith("got {"))
    .map((line) => JSON.parse(line.slice(4)));
}

describe("an extension that subscribed to telemetry", () => {
  test("gets what the platform and the function say, in time to act upon it", async () => {
    await using bench = await open(rawRuntime(`console.log("hello"); ${echo}`), '["platform", "function"]');
    const requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
    const { invocation } = bench.invoke({ requestId });
    await bench.log.line(`START RequestId`);
    // What the function's end waits for is sent when the buffer's time has passed.
    const advancing = setInterval(() => bench.clock.advance(25), 5);
    await invocation.done;
    clearInterval(advancing);
    const shutdown = bench.environment.shutdown();
    await bench.log.until(() => got(bench).some(({ type }) => type === "platform.report"));
    await bench.gate.pass("end");
    await shutdown;
    expect(bench.log.messages).toContain('subscribed 200 "OK"');
    expect(bench.log.messages).toContain(
      "TELEMETRY\tName: collector\tState: Subscribed\tTypes: [Platform, Function]",
    );
    const events = got(bench);
    expect(events.map(({ type }) => type)).toEqual([
      "platform.initStart",
      "platform.telemetrySubscription",
      "platform.initRuntimeDone",
      "platform.extension",
      "platform.initReport",
      "platform.start",
      "function",
      "platform.runtimeDone",
      "platform.report",
    ]);
    const recordOf = (type: string) => events.find((event) => event.type === type)?.record;
    expect(recordOf("function")).toBe("hello");
    expect(recordOf("platform.extension")).toEqual({
      name: "collector",
      state: "Ready",
      events: ["INVOKE", "SHUTDOWN"],
    });
    expect(recordOf("platform.runtimeDone")).toMatchObject({
      requestId,
      status: "success",
      metrics: { producedBytes: 14 },
      spans: [{ name: "responseLatency" }, { name: "responseDuration" }, { name: "runtimeOverhead" }],
    });
    expect(recordOf("platform.report")).toMatchObject({
      requestId,
      status: "success",
      metrics: { memorySizeMB: 128, maxMemoryUsedMB: expect.any(Number) },
    });
  });

  test("learns of a failure, and of the last words, before it has to end", async () => {
    await using bench = await open(
      rawRuntime(`console.log("last words"); process.exit(1);`),
      '["platform", "function"]',
    );
    const { invocation } = bench.invoke();
    await bench.gate.pass("end");
    expect(await invocation.done).toMatchObject({ status: "error" });
    const events = got(bench);
    expect(events.map(({ type }) => type).slice(-2)).toEqual(["function", "platform.runtimeDone"]);
    expect(events.at(-1)?.record).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
  });
});
