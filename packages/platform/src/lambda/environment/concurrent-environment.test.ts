import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { EnvironmentPool } from "./environment-pool.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { RuntimeFinder } from "./runtimes.ts";
import { EnvironmentBench } from "./testing/environment-bench.ts";
import { FunctionFolder } from "./testing/function-folder.ts";
import { Gate } from "./testing/gate.ts";
import { isStopped, processesWith } from "./testing/leftovers.ts";
import { rawExtension, rawRuntime } from "./testing/raw-runtime.ts";
import { RecordingReceiver } from "./testing/recording-receiver.ts";
import { LogRecorder, testPorts, testRequest, testSpec } from "./testing/test-environment.ts";

const marker = randomUUID();

afterEach(() => {
  if (existsSync("/proc/self")) expect(processesWith(marker)).toEqual([]);
});

function open(
  bootstrap: string,
  maxConcurrency = 4,
  files: Readonly<Record<string, string>> = {},
): Promise<EnvironmentBench> {
  return EnvironmentBench.open(bootstrap, { variables: { MARKER: marker }, maxConcurrency }, { files });
}

/** Answers with its process id, after it passed the gate that the event names. */
const gated = rawRuntime(`await gate(JSON.parse(event.body).gate); await respond(id, String(process.pid));`);

function invoke(bench: EnvironmentBench, gate: string) {
  return bench.invoke({ event: Buffer.from(JSON.stringify({ gate })) });
}

interface Line {
  readonly type: string;
  readonly record: Record<string, unknown>;
}

function platformLines(bench: EnvironmentBench): Line[] {
  return bench.log.messages.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

describe("an environment that takes several invocations at once", () => {
  test("has them in one process, and each is over with its own answer", async () => {
    await using bench = await open(gated);
    const names = ["a", "b", "c", "d"];
    const running = names.map((name) => invoke(bench, name));
    for (const name of names) await bench.gate.arrived(name);
    expect(bench.environment.isAvailable).toBe(false);
    expect(() => invoke(bench, "e")).toThrow("not available");
    for (const name of [...names].reverse()) {
      const { invocation } = running[names.indexOf(name)] ?? invoke(bench, "");
      await bench.gate.pass(name);
      expect(await invocation.done).toMatchObject({ status: "success", requestId: invocation.requestId });
    }
    expect(new Set(running.map(({ receiver }) => receiver.text)).size).toBe(1);
    expect(bench.environment.isAvailable).toBe(true);
    const of = (type: string) =>
      platformLines(bench)
        .filter((line) => line.type === `platform.${type}`)
        .map(({ record }) => record["requestId"]);
    const ids = running.map(({ invocation }) => invocation.requestId);
    expect(of("start")).toEqual(ids);
    expect(of("report")).toEqual([...ids].reverse());
  });

  test("streams several responses, each piece when it was written", async () => {
    await using bench = await open(
      rawRuntime(`
        const { name } = JSON.parse(event.body);
        const socket = stream(id);
        for (const piece of ["one", "two"]) {
          await gate(name + piece);
          socket.write(chunk(name + piece));
        }
        socket.end("0\\r\\n\\r\\n");
        await answered(socket);`),
    );
    const [a, b] = ["a", "b"].map((name) => bench.invoke({ event: Buffer.from(JSON.stringify({ name })) }));
    if (a === undefined || b === undefined) throw new Error("unreachable");
    await bench.gate.pass("aone");
    await a.receiver.until(() => a.receiver.text === "aone");
    await bench.gate.pass("bone");
    await b.receiver.until(() => b.receiver.text === "bone");
    await bench.gate.pass("btwo");
    await b.invocation.done;
    expect(a.receiver.ended).toBeUndefined();
    await bench.gate.pass("atwo");
    await a.invocation.done;
    expect([a.receiver.chunks, b.receiver.chunks]).toEqual([
      ["aone", "atwo"],
      ["bone", "btwo"],
    ]);
  });

  test("goes on when one of them takes too long, whose answer comes in vain", async () => {
    await using bench = await open(
      rawRuntime(`
        await gate(JSON.parse(event.body).gate);
        const { status, body } = await respond(id, String(process.pid));
        if (status !== 202) console.log(status + " " + body);`),
      2,
    );
    const slow = invoke(bench, "slow");
    await bench.gate.arrived("slow");
    bench.clock.advance(2_000);
    const other = invoke(bench, "other");
    await bench.gate.arrived("other");
    bench.clock.advance(1_000);
    expect(slow.receiver.ended).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(await slow.invocation.done).toMatchObject({ status: "timeout", durationMs: 3_000 });
    // It still keeps the runtime busy.
    expect(bench.environment.isAvailable).toBe(false);
    await bench.gate.pass("slow");
    await bench.log.line('410 {"errorMessage":"Invoke timeout","errorType":"InvokeTimeout"}');
    expect(bench.environment.isAvailable).toBe(true);
    await bench.gate.pass("other");
    expect(await other.invocation.done).toMatchObject({ status: "success" });
    expect(other.receiver.ended).toEqual({ kind: "complete" });
  });

  test("ends a stream that takes too long, and takes the rest of it in vain", async () => {
    await using bench = await open(
      rawRuntime(`
        const socket = stream(id);
        socket.write(chunk("half"));
        await gate("slow");
        socket.end(chunk("rest") + "0\\r\\n\\r\\n");
        console.log((await answered(socket)).slice(9, 12));`),
    );
    const { receiver, invocation } = bench.invoke();
    await receiver.until(() => receiver.text === "half");
    await bench.gate.arrived("slow");
    bench.clock.advance(3_000);
    expect(receiver.ended).toEqual({ kind: "streamError", errorType: "Sandbox.Timeout", errorBody: "" });
    await invocation.done;
    await bench.gate.pass("slow");
    await bench.log.line("410");
    expect(receiver.text).toBe("half");
  });

  test("fails all of them when its process ends, and starts another for the next", async () => {
    await using bench = await open(
      rawRuntime(
        `await gate(JSON.parse(event.body).gate); if (event.body.includes("die")) process.exit(3); await respond(id, "x");`,
      ),
    );
    const running = ["die", "other"].map((name) => invoke(bench, name));
    await bench.gate.arrived("other");
    await bench.gate.pass("die");
    for (const { receiver, invocation } of running) {
      expect(await invocation.done).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
      expect(receiver.ended).toMatchObject({ errorMessage: expect.stringContaining("exit status 3") });
    }
    const { invocation } = invoke(bench, "next");
    await bench.gate.pass("next");
    expect(await invocation.done).toMatchObject({ status: "success" });
  });

  test("fails all that wait for an Init that fails", async () => {
    await using bench = await open(rawRuntime("", `await gate("init"); process.exit(1);`));
    const running = ["a", "b"].map((name) => invoke(bench, name));
    await bench.gate.pass("init");
    for (const { invocation } of running) {
      expect(await invocation.done).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
    }
  });

  test("fails all of them when it is shut down", async () => {
    await using bench = await open(gated);
    const running = ["a", "b"].map((name) => invoke(bench, name));
    await bench.gate.arrived("a");
    await bench.environment.shutdown();
    for (const { invocation } of running)
      expect(await invocation.done).toMatchObject({ status: "error", errorType: "Sandbox.Failure" });
  });

  test("is never frozen, logs JSON, and tells extensions of the shutdown only", async () => {
    const code = `
      const { status } = await register(["INVOKE"]);
      console.error("INVOKE " + status);
      await register(["SHUTDOWN"]);
      console.error("got " + (await event()).eventType);`;
    await using bench = await open(
      rawRuntime(
        `await respond(id, process.pid + " " + process.env.AWS_LAMBDA_LOG_FORMAT);`,
        `(async () => { for (;;) { await gate("work"); console.log("worked"); } })();`,
      ),
      2,
      { "layers/extensions/hook": rawExtension(code) },
    );
    const { receiver } = await bench.run();
    const [pid = "", format] = receiver.text.split(" ");
    expect(format).toBe("JSON");
    bench.clock.advance(1_000);
    await bench.gate.pass("work");
    await bench.log.line("worked");
    expect(isStopped(pid)).toBe(false);
    await bench.environment.shutdown();
    expect(bench.log.messages).toContain("INVOKE 403");
    expect(bench.log.messages).toContain("got SHUTDOWN");
    expect(platformLines(bench)[0]).toMatchObject({
      type: "platform.initStart",
      record: { initializationType: "lambda-managed-instances" },
    });
  });

  test("takes each answer once, of an invocation that it has", async () => {
    await using bench = await open(
      rawRuntime(`
        const first = await respond(id, "one");
        const again = await respond(id, "two");
        const other = await fail("8476a536-e9f4-11e8-9739-2dfe598c3fcd", "{}");
        console.log([first.status, again.status, other.status].join(" "));`),
    );
    const { receiver } = await bench.run();
    expect(receiver.text).toBe("one");
    await bench.log.line("202 400 400");
  });
});

test("a pool gives invocations to an environment as long as it has room", async () => {
  await using folder = await FunctionFolder.create({ bootstrap: gated });
  await using gate = await Gate.open();
  const spec = testSpec(folder.path, { maxConcurrency: 2, variables: { ...gate.variables, MARKER: marker } });
  await using pool = new EnvironmentPool(spec, testPorts(), { idleMs: 60_000, limit: () => 3 });
  const start = (name: string) => {
    const receiver = new RecordingReceiver();
    const event = Buffer.from(JSON.stringify({ gate: name }));
    const invocation = pool.invoke(testRequest({ event }), receiver);
    return { receiver, invocation };
  };
  const running = ["a", "b", "c"].map(start);
  expect(start("d").invocation).toEqual({ kind: "concurrencyExceeded", limit: 3 });
  for (const [index, name] of ["a", "b", "c"].entries()) {
    await gate.pass(name);
    const invocation = running[index]?.invocation;
    if (invocation !== undefined && "done" in invocation) await invocation.done;
  }
  const [a, b, c] = running.map(({ receiver }) => receiver.text);
  expect(a).toBe(b);
  expect(c).not.toBe(a);
  expect(pool).toMatchObject({ concurrency: 0, idle: 2 });
});

test("a Node.js function streams 50 responses at once from one environment", async () => {
  const runtimeSource = join(
    dirname(createRequire(import.meta.url).resolve("@sluice/runtime/package.json")),
    "src",
  );
  await using folder = await FunctionFolder.create({
    "index.mjs": `
      let open = 0;
      const all = Promise.withResolvers();
      export const handler = awslambda.streamifyResponse(async (event, response) => {
        response.write("begun ");
        if (++open === 50) all.resolve();
        await all.promise;
        response.end(String(event.index));
      });`,
  });
  const finder = new RuntimeFinder({
    hostPath: process.env["PATH"] ?? "",
    warn: () => {},
    searchFrom: [],
    nodeBootstrap: join(runtimeSource, "bootstrap.ts"),
  });
  const findCommand = (it: EnvironmentSpec) => finder.find(it);
  const spec = testSpec(folder.path, {
    runtime: `nodejs${Number.parseInt(process.versions.node, 10)}.x`,
    maxConcurrency: 50,
    memoryMb: 1024,
    variables: { MARKER: marker },
  });
  const ports = { ...testPorts(new LogRecorder(), systemClock), findCommand };
  await using pool = new EnvironmentPool(spec, ports, { idleMs: 60_000, limit: () => 50 });
  const texts = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const receiver = new RecordingReceiver();
      const invocation = pool.invoke(
        testRequest({ event: Buffer.from(JSON.stringify({ index })) }),
        receiver,
      );
      if ("kind" in invocation) throw new Error(invocation.kind);
      await invocation.done;
      return receiver.text;
    }),
  );
  expect(texts).toEqual(Array.from({ length: 50 }, (_, index) => `begun ${index}`));
  expect(pool.idle).toBe(1);
});
