import { expect, test } from "vitest";
import { scripted, TestPlatform } from "../test/test-platform.ts";
import { rawExtension } from "./lambda/environment/testing/raw-runtime.ts";

const layer = (folder: string) => ({
  Type: "AWS::Serverless::LayerVersion",
  Properties: { ContentUri: folder },
});

test("a function runs beside the extensions of its layers, and finds what else is in them", async () => {
  const extension = rawExtension(`
    await register(["INVOKE", "SHUTDOWN"]);
    for (;;) {
      const { eventType } = await event();
      console.log("extension: " + eventType);
      if (eventType === "SHUTDOWN") process.exit(0);
    }`);
  await using bench = await TestPlatform.start({
    resources: {
      Watcher: layer("watcher/"),
      Tools: layer("tools/"),
      A: scripted({
        Layers: [{ Ref: "Watcher" }, { Ref: "Tools" }],
        Environment: { Variables: { CONFIG: "/opt/config.json" } },
      }),
    },
    files: {
      "watcher/extensions/watcher": extension,
      "tools/bin/tool": "#!/bin/sh\nprintf tool",
      "tools/config.json": '{"a":1}',
    },
  });
  const script = `
    const { execFileSync } = require("node:child_process");
    const config = require("node:fs").readFileSync(process.env.CONFIG, "utf8");
    await respond(id, execFileSync("tool", { encoding: "utf8" }) + config);`;
  const answer = await bench.sendSigned({
    method: "POST",
    path: "/2015-03-31/functions/A/invocations",
    body: JSON.stringify({ script }),
  });
  expect(await answer.text()).toBe('tool{"a":1}');
  await bench.platform.close();
  const lines = bench.events.flatMap((event) => (event.kind === "log" ? [event.message] : []));
  expect(lines).toContain("EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]");
  expect(lines.filter((line) => line.startsWith("extension: "))).toEqual([
    "extension: INVOKE",
    "extension: SHUTDOWN",
  ]);
});

test("a function on managed instances has several invocations in one process", async () => {
  const CapacityProviderConfig = {
    Arn: "arn:aws:lambda:us-east-1:123456789012:capacity-provider:a",
    PerExecutionEnvironmentMaxConcurrency: 4,
  };
  await using bench = await TestPlatform.start({ resources: { A: scripted({ CapacityProviderConfig }) } });
  const names = ["a", "b", "c", "d"];
  const answers = names.map((name) =>
    bench.sendSigned({
      method: "POST",
      path: "/2015-03-31/functions/A/invocations",
      body: JSON.stringify({ script: `await gate("${name}"); await respond(id, String(process.pid));` }),
    }),
  );
  for (const name of names) await bench.gate.arrived(name);
  for (const name of names) await bench.gate.pass(name);
  const texts = await Promise.all(answers.map(async (answer) => (await answer).text()));
  expect(new Set(texts).size).toBe(1);
  expect(Number(texts[0])).toBeGreaterThan(0);
});
