import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { EnvironmentBench } from "./testing/environment-bench.ts";
import { isStopped, processesWith } from "./testing/leftovers.ts";
import { echo, rawExtension, rawRuntime } from "./testing/raw-runtime.ts";

const marker = randomUUID();
const requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

afterEach(() => {
  if (existsSync("/proc/self")) expect(processesWith(marker)).toEqual([]);
});

/** @param extensions - by name. */
function open(
  runtime: string,
  extensions: Readonly<Record<string, string>>,
  changes: Partial<EnvironmentSpec> = {},
): Promise<EnvironmentBench> {
  const files = Object.fromEntries(
    Object.entries(extensions).map(([name, code]) => [`layers/extensions/${name}`, rawExtension(code)]),
  );
  return EnvironmentBench.open(runtime, { variables: { MARKER: marker }, ...changes }, { files });
}

/** Says each event in the log. */
const follow = `
  for (;;) {
    const it = await event();
    console.log(name + " " + JSON.stringify(it));
    if (it.eventType === "SHUTDOWN") process.exit(0);
  }`;

/** The events that an extension said. */
function eventsOf(bench: EnvironmentBench, name: string): Record<string, unknown>[] {
  return bench.log.messages
    .filter((line) => line.startsWith(`${name} {`))
    .map((line) => JSON.parse(line.slice(name.length + 1)));
}

describe("an external extension", () => {
  test("is told of each invocation and of the shutdown, as far as it asked for them", async () => {
    await using bench = await open(rawRuntime(echo), {
      all: `await register(["INVOKE", "SHUTDOWN"]); ${follow}`,
      invokes: `await register(["INVOKE"]); ${follow}`,
      none: `await register([]); ${follow}`,
    });
    const traceId = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
    await bench.run({ requestId, traceId });
    await bench.environment.shutdown();
    const invoke = {
      eventType: "INVOKE",
      deadlineMs: Date.UTC(2026, 0, 12, 14, 3, 40),
      requestId,
      invokedFunctionArn: bench.environment.spec.functionArn,
      tracing: { type: "X-Amzn-Trace-Id", value: traceId },
    };
    const shutdown = {
      eventType: "SHUTDOWN",
      shutdownReason: "spindown",
      deadlineMs: Date.UTC(2026, 0, 12, 14, 3, 39),
    };
    expect(eventsOf(bench, "all")).toEqual([invoke, shutdown]);
    expect(eventsOf(bench, "invokes")).toEqual([invoke]);
    expect(eventsOf(bench, "none")).toEqual([]);
    expect(bench.log.messages.filter((line) => line.startsWith("EXTENSION"))).toEqual([
      "EXTENSION\tName: all\tState: Ready\tEvents: [INVOKE, SHUTDOWN]",
      "EXTENSION\tName: invokes\tState: Ready\tEvents: [INVOKE]",
      "EXTENSION\tName: none\tState: Ready\tEvents: []",
    ]);
    const sources = new Map(bench.log.entries.map(({ message, source }) => [message.split(" ")[0], source]));
    expect(sources.get("all")).toBe("extension");
  });

  test("registers before the runtime starts, and holds up Init until it waits for events", async () => {
    await using bench = await open(rawRuntime(echo, `console.log("runtime");`), {
      slow: `await gate("register"); console.log("registering"); await register(["INVOKE"]); await gate("ready"); console.log("ready"); ${follow}`,
    });
    const { receiver, invocation } = bench.invoke();
    await bench.gate.pass("register");
    await bench.log.line("runtime");
    await bench.gate.pass("ready");
    await invocation.done;
    expect(receiver.ended).toEqual({ kind: "complete" });
    const lines = bench.log.messages.filter((line) => /^(runtime|registering|ready|START)/.test(line));
    expect(lines).toEqual(["registering", "runtime", "ready", expect.stringMatching(/^START/)]);
  });

  test("has the function's variables, but not those of its runtime, and finds its layer", async () => {
    await using bench = await open(
      rawRuntime(echo),
      {
        look: `
          const { body } = await register([], { "Lambda-Extension-Accept-Feature": "accountId" });
          console.log("look " + JSON.stringify({ ...process.env, cwd: process.cwd(), function: JSON.parse(body) })); ${follow}`,
      },
      { variables: { MARKER: marker, GREETING: "hello" } },
    );
    await bench.run();
    const [seen] = eventsOf(bench, "look");
    const layers = join(bench.folder.path, "layers");
    expect(seen).toMatchObject({
      GREETING: "hello",
      AWS_LAMBDA_FUNCTION_NAME: "greet",
      AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      cwd: layers,
      PATH: expect.stringContaining(`${layers}/bin`),
      function: {
        functionName: "greet",
        functionVersion: "$LATEST",
        handler: "index.handler",
        accountId: "123456789012",
      },
    });
    for (const name of ["_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_LOG_STREAM_NAME"])
      expect(seen).not.toHaveProperty(name);
  });

  test("keeps the environment busy after the response, and unfrozen, until it waits again", async () => {
    await using bench = await open(rawRuntime(`await respond(id, String(process.pid));`), {
      flush: `console.log("pid " + process.pid); await register(["INVOKE"]); for (;;) { await event(); await gate("flush"); console.log("flushed"); }`,
    });
    const { receiver, invocation } = bench.invoke();
    await receiver.until(() => receiver.ended);
    await bench.gate.arrived("flush");
    bench.clock.advance(1_000);
    expect(bench.environment.isAvailable).toBe(false);
    await bench.gate.pass("flush");
    await invocation.done;
    expect(bench.log.messages.slice(-3, -1)).toEqual(["flushed", expect.stringMatching(/^END /)]);
    bench.clock.advance(1_000);
    const extension = (await bench.log.line("pid ")).message.slice(4);
    for (const pid of [extension, receiver.text]) {
      await expect.poll(() => isStopped(pid), { interval: 5 }).toBe(true);
    }
  });

  test("that never waits again times out the invocation, which was answered", async () => {
    await using bench = await open(rawRuntime(echo), {
      stuck: `await register(["INVOKE"]); await event(); await gate("never");`,
    });
    const { receiver, invocation } = bench.invoke();
    await bench.gate.arrived("never");
    await receiver.until(() => receiver.ended);
    bench.clock.advance(3_000);
    expect(receiver.ended).toEqual({ kind: "complete" });
    expect(await invocation.done).toMatchObject({ status: "timeout" });
  });

  test("that never registers times out Init, and then the invocation", async () => {
    await using bench = await open(rawRuntime(echo), { silent: `await gate("start"); await gate("never");` });
    const { receiver, invocation } = bench.invoke({ requestId });
    await bench.gate.pass("start");
    bench.clock.advance(10_000);
    await bench.gate.pass("start");
    bench.clock.advance(3_000);
    expect(receiver.ended).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(await invocation.done).toMatchObject({ status: "timeout" });
    expect(bench.log.messages).toContain("EXTENSION\tName: silent\tState: Started\tEvents: []");
  });
});

describe("an external extension that fails", () => {
  const cases = [
    {
      how: "ends before it registers",
      code: "process.exit(0);",
      errorType: "Extension.Crash",
      text: "exit code 0",
      line: "EXTENSION\tName: bad\tState: Started\tEvents: []",
    },
    {
      how: "ends with an error",
      code: `await register(["INVOKE"]); process.exit(3);`,
      errorType: "Extension.Crash",
      text: "exit status 3",
      line: "EXTENSION\tName: bad\tState: Registered\tEvents: [INVOKE]",
    },
    {
      how: "says so",
      code: `await register(["INVOKE"]); await report("init", "Extension.Oops"); await gate("never");`,
      errorType: "Extension.InitError",
      text: "exit code 0",
      line: "EXTENSION\tName: bad\tState: InitError\tEvents: [INVOKE]\tError Type: Extension.InitError",
    },
  ];
  test.each(cases)("fails Init when it $how", async ({ code, errorType, text, line }) => {
    await using bench = await open(rawRuntime(echo, `await gate("never");`), { bad: code });
    const { receiver, report } = await bench.run({ requestId });
    expect(receiver.ended).toMatchObject({
      errorType,
      errorMessage: `RequestId: ${requestId} Error: ${text}`,
    });
    expect(report).toMatchObject({ status: "error", errorType });
    expect(bench.log.messages).toContain(line);
  });

  test("can't be started if it is not executable", async () => {
    await using bench = await open(rawRuntime(echo), { plain: "" });
    await chmod(join(bench.folder.path, "layers/extensions/plain"), 0o644);
    const { receiver } = await bench.run({ requestId });
    expect(receiver.ended).toMatchObject({
      errorType: "Extension.LaunchError",
      errorMessage: `RequestId: ${requestId} Error: fork/exec /opt/extensions/plain: permission denied`,
    });
    expect(bench.log.messages).toContain(
      "EXTENSION\tName: plain\tState: LaunchError\tEvents: []\tError Type: PermissionDenied",
    );
  });

  test("in an invocation fails that, and is started anew in the next", async () => {
    await using bench = await open(rawRuntime(`if (id.startsWith("8476")) await gate("never"); ${echo}`), {
      brittle: `await register(["INVOKE"]); const { requestId } = await event(); if (requestId.startsWith("8476")) process.exit(1); await event();`,
    });
    const first = bench.invoke({ requestId });
    expect(await first.invocation.done).toMatchObject({ status: "error", errorType: "Extension.Crash" });
    const { invocation } = bench.invoke();
    expect(await invocation.done).toMatchObject({ status: "success" });
  });
});

describe("the Shutdown phase with external extensions", () => {
  const onTerm = `process.on("SIGTERM", () => { console.log("bye"); });`;
  const polite = `await register(["SHUTDOWN"]); ${follow}`;

  test("gives the runtime 600 ms, and extensions the rest of 2 seconds", async () => {
    await using bench = await open(rawRuntime(echo, onTerm), {
      late: `await register(["SHUTDOWN"]); await event(); console.log("told"); await gate("never");`,
    });
    await bench.run();
    const shutdown = bench.environment.shutdown();
    await bench.log.line("bye");
    await bench.clock.timer(600);
    bench.clock.advance(600);
    await bench.log.line("told");
    await bench.clock.timer(1_400);
    bench.clock.advance(1_400);
    await shutdown;
  });

  test.each([
    { what: "timed out", reason: "timeout", handle: `await gate("never");`, advanceMs: 3_000 },
    { what: "failed", reason: "failure", handle: `process.exit(1);`, advanceMs: 0 },
  ])("tells them that the function $what", async ({ reason, handle, advanceMs }) => {
    await using bench = await open(rawRuntime(handle, `process.on("SIGTERM", () => process.exit(0));`), {
      polite,
    });
    const { invocation } = bench.invoke();
    if (advanceMs > 0) await bench.gate.arrived("never");
    bench.clock.advance(advanceMs);
    await invocation.done;
    expect(eventsOf(bench, "polite")).toMatchObject([{ eventType: "SHUTDOWN", shutdownReason: reason }]);
  });

  test("tells one that is still busy when it asks for its next event", async () => {
    await using bench = await open(rawRuntime(echo), {
      busy: `await register(["INVOKE", "SHUTDOWN"]); await event(); await gate("work"); ${follow}`,
    });
    const { invocation } = bench.invoke();
    await bench.gate.arrived("work");
    const shutdown = bench.environment.shutdown();
    await bench.gate.pass("work");
    await Promise.all([shutdown, invocation.done]);
    expect(eventsOf(bench, "busy")).toMatchObject([{ eventType: "SHUTDOWN" }]);
  });
});
