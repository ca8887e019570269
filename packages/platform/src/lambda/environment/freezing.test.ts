import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { EnvironmentBench } from "./testing/environment-bench.ts";
import { isStopped, processesWith } from "./testing/leftovers.ts";
import { echo, rawRuntime } from "./testing/raw-runtime.ts";

const marker = randomUUID();
const variables = { MARKER: marker };

afterEach(() => {
  if (existsSync("/proc/self")) expect(processesWith(marker)).toEqual([]);
});

/** Says its process id, and then works on until the test stops it: each round passes a gate. */
const restless = rawRuntime(
  `await respond(id, String(process.pid));`,
  `(async () => { for (;;) { await gate("work"); console.log("worked"); } })();`,
);

/** Runs one invocation, and lets the environment's time pass. */
async function runAndRest(bench: EnvironmentBench): Promise<number> {
  const { receiver } = await bench.run();
  bench.clock.advance(1_000);
  return Number(receiver.text);
}

async function untilStopped(pid: number): Promise<void> {
  await expect.poll(() => isStopped(pid), { interval: 5 }).toBe(true);
}

describe("an environment between invocations", () => {
  test("is frozen with the work that was left running, until the next invocation", async () => {
    await using bench = await EnvironmentBench.open(restless, { variables });
    const pid = await runAndRest(bench);
    await untilStopped(pid);
    const before = bench.log.messages.length;
    await bench.gate.pass("work");
    await using other = await EnvironmentBench.open(rawRuntime(echo));
    await other.run();
    expect(bench.log.messages.length).toBe(before);
    const { receiver } = await bench.run();
    expect(receiver.text).toBe(String(pid));
    await bench.log.line("worked");
    await runAndRest(bench);
    await untilStopped(pid);
  });

  test("is not frozen if that is turned off", async () => {
    await using bench = await EnvironmentBench.open(restless, { variables, freezes: false });
    await runAndRest(bench);
    for (let round = 0; round < 3; round++) await bench.gate.pass("work");
    await bench.log.until(() => bench.log.messages.filter((line) => line === "worked").length >= 3);
  });

  test("is frozen with the processes of its group", async () => {
    await using bench = await EnvironmentBench.open(
      rawRuntime(`await respond(id, String(child.pid));`, `const child = spawn("sleep", ["1000"]);`),
      { variables },
    );
    await untilStopped(await runAndRest(bench));
  });

  test("is shut down while frozen", async () => {
    await using bench = await EnvironmentBench.open(restless, { variables });
    await untilStopped(await runAndRest(bench));
    await bench.environment.shutdown();
    if (existsSync("/proc/self")) expect(processesWith(marker)).toEqual([]);
  });

  test("that died while frozen is started anew", async () => {
    await using bench = await EnvironmentBench.open(restless, { variables });
    const pid = await runAndRest(bench);
    await untilStopped(pid);
    process.kill(pid, "SIGKILL");
    await bench.gate.deserted();
    const { report } = await bench.run();
    // The exit may be seen only after the event was given out; AWS would fail that invocation, too.
    if (report.status !== "success") expect(report.errorType).toBe("Runtime.ExitError");
  });
});

describe("an environment that still has something to do is not frozen", () => {
  test("after its response, before the runtime asks for the next event", async () => {
    await using bench = await EnvironmentBench.open(
      rawRuntime(`await respond(id, "early"); await gate("work"); console.log("late");`),
      { variables },
    );
    const { receiver, invocation } = bench.invoke();
    await receiver.until(() => receiver.ended);
    await bench.gate.arrived("work");
    bench.clock.advance(1_000);
    await bench.gate.pass("work");
    await bench.log.line("late");
    await invocation.done;
  });

  const extension = (onShutdown: string) => `
    const { headers } = await call("POST", "/2020-01-01/extension/register", '{"events":["INVOKE"]}', { "Lambda-Extension-Name": "hook" });
    const event = () => call("GET", "/2020-01-01/extension/event/next", undefined, { "Lambda-Extension-Identifier": headers["lambda-extension-identifier"] });
    (async () => { for (;;) { await event(); await gate("extension"); console.log("flushed"); } })().catch(() => {});
    ${onShutdown}`;

  test("while an extension works, and is once that waits as well", async () => {
    await using bench = await EnvironmentBench.open(
      rawRuntime(`await respond(id, String(process.pid));`, extension("")),
      { variables },
    );
    const { receiver, invocation } = bench.invoke();
    await receiver.until(() => receiver.ended);
    await bench.gate.arrived("extension");
    bench.clock.advance(1_000);
    await bench.gate.pass("extension");
    await bench.log.line("flushed");
    await invocation.done;
    bench.clock.advance(1_000);
    await untilStopped(Number(receiver.text));
  });

  test("when it is to shut down by itself", async () => {
    const onShutdown = `process.on("SIGTERM", () => { console.log("bye"); process.exit(0); });`;
    await using bench = await EnvironmentBench.open(
      rawRuntime(`await respond(id, String(process.pid));`, extension(onShutdown)),
      { variables },
    );
    const { receiver, invocation } = bench.invoke();
    await bench.gate.pass("extension");
    await invocation.done;
    bench.clock.advance(1_000);
    await untilStopped(Number(receiver.text));
    await bench.environment.shutdown();
    expect(bench.log.messages).toContain("bye");
  });
});
