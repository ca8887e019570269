import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { ExecutionEnvironment } from "./execution-environment.ts";
import { RuntimeFinder } from "./runtimes.ts";
import { EnvironmentBench } from "./testing/environment-bench.ts";
import { FunctionFolder } from "./testing/function-folder.ts";
import { processesWith } from "./testing/leftovers.ts";
import { rawRuntime } from "./testing/raw-runtime.ts";
import { RecordingReceiver } from "./testing/recording-receiver.ts";
import { testPorts, testRequest, testSpec } from "./testing/test-environment.ts";

const marker = randomUUID();

afterEach(() => {
  if (existsSync("/proc/self")) expect(processesWith(marker)).toEqual([]);
});

test("a Node.js function finds modules, programs, a wrapper and its handler in its layers", async () => {
  await using folder = await FunctionFolder.create({
    "layers/nodejs/node_modules/greeting/index.js": `module.exports = "hello";`,
    "layers/nodejs/node_modules/traced/handler.js": `
      const { execFileSync } = require("node:child_process");
      exports.handler = async () => ({
        greeting: require("greeting"),
        tool: execFileSync("tool", { encoding: "utf8" }),
        wrapped: process.env.WRAPPED,
        config: process.env.CONFIG,
      });`,
    "layers/bin/tool": "#!/bin/sh\nprintf tool",
    "layers/wrapper": '#!/bin/sh\nWRAPPED=yes exec "$@"',
    "layers/config.json": "{}",
  });
  const runtimeSource = join(
    dirname(createRequire(import.meta.url).resolve("@sluice/runtime/package.json")),
    "src",
  );
  const finder = new RuntimeFinder({
    hostPath: process.env["PATH"] ?? "",
    warn: () => {},
    searchFrom: [],
    nodeBootstrap: join(runtimeSource, "bootstrap.ts"),
  });
  const spec = testSpec(folder.path, {
    runtime: `nodejs${Number.parseInt(process.versions.node, 10)}.x`,
    handler: "/opt/nodejs/node_modules/traced/handler.handler",
    variables: {
      MARKER: marker,
      AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrapper",
      CONFIG: "/opt/config.json:/opt/none",
    },
  });
  const findCommand = (it: EnvironmentSpec) => finder.find(it);
  const environment = new ExecutionEnvironment(spec, { ...testPorts(), findCommand });
  const receiver = new RecordingReceiver();
  await environment.invoke(testRequest(), receiver).done;
  await environment.shutdown();
  expect(JSON.parse(receiver.text)).toEqual({
    greeting: "hello",
    tool: "tool",
    wrapped: "yes",
    config: `${folder.path}/layers/config.json:/opt/none`,
  });
});

test("an OS-only function finds programs and libraries in its layers", async () => {
  await using bench = await EnvironmentBench.open(
    rawRuntime(`
      const tool = require("node:child_process").execFileSync("tool", { encoding: "utf8" });
      await respond(id, JSON.stringify({ tool, libraries: process.env.LD_LIBRARY_PATH }));`),
    { variables: { MARKER: marker } },
    { files: { "layers/bin/tool": "#!/bin/sh\nprintf tool" } },
  );
  const { receiver } = await bench.run();
  expect(JSON.parse(receiver.text)).toEqual({
    tool: "tool",
    libraries: expect.stringContaining(`${bench.folder.path}/layers/lib`),
  });
});
