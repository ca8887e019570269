import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { RuntimeFinder } from "./runtimes.ts";
import { EnvironmentBench } from "./testing/environment-bench.ts";
import { FunctionFolder } from "./testing/function-folder.ts";
import { processesWith } from "./testing/leftovers.ts";
import { echo, rawRuntime } from "./testing/raw-runtime.ts";

const marker = randomUUID();

afterEach(() => {
  if (existsSync("/proc/self")) expect(processesWith(marker)).toEqual([]);
});

function limited(memoryMb: number): Partial<EnvironmentSpec> {
  return { memoryMb, enforceMemory: true, timeoutMs: 20_000, variables: { MARKER: marker } };
}

/** Fills its memory step by step. Once it has passed its limit it says the time as long as it can. */
const hog = (stepMb: number) => `
  const held = [];
  const limit = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) * 1024 * 1024;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  while (process.memoryUsage.rss() <= limit) { held.push(Buffer.alloc(${stepMb} * 1024 * 1024, 1)); await turn(); }
  for (;;) { console.log("beyond " + Date.now()); await turn(); }`;

describe("a function that uses more memory than it may", () => {
  test.each([
    { memoryMb: 128, stepMb: 4 },
    { memoryMb: 1024, stepMb: 64 },
    // What else runs on the machine may take it more than 100 ms to get a turn.
  ])("is killed within 100 ms of passing $memoryMb MB", { retry: 3 }, async ({ memoryMb, stepMb }) => {
    await using bench = await EnvironmentBench.open(rawRuntime(hog(stepMb)), limited(memoryMb), {
      clock: systemClock,
    });
    const { receiver, report } = await bench.run();
    expect(receiver.ended).toMatchObject({
      kind: "platformError",
      errorType: "Runtime.OutOfMemory",
      errorMessage: expect.stringMatching(
        /^RequestId: \S+ Error: Runtime exited with error: signal: killed$/,
      ),
    });
    expect(report).toMatchObject({ status: "error", errorType: "Runtime.OutOfMemory" });
    expect(report.maxMemoryUsedMb).toBeGreaterThan(memoryMb);
    expect(bench.log.messages.at(-1)).toMatch(
      new RegExp(
        `Memory Size: ${memoryMb} MB\tMax Memory Used: ${report.maxMemoryUsedMb} MB\t.*Status: error\tError Type: Runtime.OutOfMemory$`,
      ),
    );
    const beyond = bench.log.messages
      .filter((line) => line.startsWith("beyond "))
      .map((line) => line.slice(7));
    // It may be killed before it can say so at all.
    expect(Number(beyond.at(-1) ?? 0) - Number(beyond[0] ?? 0)).toBeLessThan(100);
  });

  test("together with what it started is killed as well", async () => {
    const child = `const b = Buffer.alloc(150e6, 1); setInterval(() => b.at(0), 1e6);`;
    await using bench = await EnvironmentBench.open(
      rawRuntime(
        `spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { detached: true }); await gate("never");`,
      ),
      limited(128),
      { clock: systemClock },
    );
    const { report } = await bench.run();
    expect(report).toMatchObject({ status: "error", errorType: "Runtime.OutOfMemory" });
  });

  test("before it is initialized fails its Init, and then its invocation", async () => {
    await using bench = await EnvironmentBench.open(rawRuntime(echo, hog(16)), limited(128), {
      clock: systemClock,
    });
    const { report } = await bench.run();
    expect(report).toMatchObject({ status: "error", errorType: "Runtime.OutOfMemory" });
    expect(
      bench.log.messages.find((line) => line.startsWith("INIT_REPORT") && line.includes("Phase: init")),
    ).toContain("Error Type: Runtime.OutOfMemory");
  });

  test("lives if that is not enforced", async () => {
    await using bench = await EnvironmentBench.open(
      rawRuntime(`globalThis.held = Buffer.alloc(200e6, 1); await gate("full"); ${echo}`),
      { ...limited(128), enforceMemory: false },
    );
    const { invocation } = bench.invoke();
    await bench.gate.arrived("full");
    bench.clock.advance(1_000);
    await bench.gate.pass("full");
    const report = await invocation.done;
    expect(report.status).toBe("success");
    expect(report.maxMemoryUsedMb).toBeGreaterThan(200);
  });
});

test("a function that uses no more than it may lives", async () => {
  await using bench = await EnvironmentBench.open(
    rawRuntime(`globalThis.held = Buffer.alloc(30e6, 1); await gate("full"); ${echo}`),
    limited(128),
  );
  const { invocation } = bench.invoke();
  await bench.gate.arrived("full");
  bench.clock.advance(1_000);
  await bench.gate.pass("full");
  expect(await invocation.done).toMatchObject({ status: "success" });
});

test.each([
  { memoryMb: 128, flags: ["--max-semi-space-size=6", "--max-old-space-size=116"] },
  { memoryMb: 1769, flags: ["--max-semi-space-size=88", "--max-old-space-size=1593"] },
])("Node.js keeps its heap within $memoryMb MB", async ({ memoryMb, flags }) => {
  await using folder = await FunctionFolder.create({});
  const finder = new RuntimeFinder({
    hostPath: "",
    warn: () => {},
    searchFrom: [],
    nodeBootstrap: "/runtime/bootstrap.js",
  });
  const request = {
    runtime: "nodejs24.x",
    handler: "index.handler",
    taskRoot: folder.path,
    layersDirectory: "/nowhere",
    variables: {},
    memoryMb,
  };
  const command = async (enforceMemory: boolean) => {
    const found = await finder.find({ ...request, enforceMemory });
    return found.kind === "command" ? found.command.slice(1) : found;
  };
  expect(await command(true)).toEqual([...flags, "/runtime/bootstrap.js"]);
  expect(await command(false)).toEqual(["/runtime/bootstrap.js"]);
});
