import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { FunctionFolder } from "./testing/function-folder.ts";
import { isStopped, processesWith } from "./testing/leftovers.ts";
import { echo, rawExtension, rawRuntime } from "./testing/raw-runtime.ts";

/** Functions that leave behind whatever they can. */
const functions: Readonly<Record<string, string>> = {
  plain: rawRuntime(echo),
  family: rawRuntime(
    echo,
    `for (const detached of [false, true]) spawn("sleep", ["1000"], { detached, stdio: "ignore" }).unref();
     spawn("/bin/sh", ["-c", "sleep 1000 & sleep 1000 & wait"], { detached: true, stdio: "ignore" }).unref();`,
  ),
  // Does not become what it runs, and ignores what it is told.
  shell: `#!/bin/sh
trap '' TERM INT HUP
sleep 1000 &
"${process.execPath}" ./runtime
`,
};

/** A platform with an environment for each folder; it says "up" when all have answered once. */
const platformCode = `
import { EnvironmentPool } from ${JSON.stringify(join(import.meta.dirname, "environment-pool.ts"))};
import { RecordingReceiver } from ${JSON.stringify(join(import.meta.dirname, "testing", "recording-receiver.ts"))};
import { testPorts, testRequest, testSpec } from ${JSON.stringify(join(import.meta.dirname, "testing", "test-environment.ts"))};
const variables = { MARKER: process.env.MARKER };
const invocations = process.argv.slice(2).map((folder) => {
  const pool = new EnvironmentPool(testSpec(folder, { variables }), testPorts(), { idleMs: 1e6, limit: () => 10 });
  return pool.invoke(testRequest(), new RecordingReceiver());
});
for (const { done } of invocations) {
  const { status, errorType } = await done;
  if (status !== "success") throw new Error(errorType);
}
console.log("up");
`;

describe.runIf(existsSync("/proc/self"))("a platform that is killed outright", () => {
  test("leaves no descendant after two seconds", async () => {
    const marker = randomUUID();
    await using folder = await FunctionFolder.create({
      ...Object.fromEntries(Object.entries(functions).map(([name, code]) => [`${name}/bootstrap`, code])),
      "shell/runtime": rawRuntime(echo),
      "extended/bootstrap": rawRuntime(echo),
      "extended/layers/extensions/hook": rawExtension("await register([]); await event();"),
      "platform.mjs": platformCode,
    });
    const folders = [...Object.keys(functions), "plain", "extended"].map((name) => join(folder.path, name));
    const platform = spawn(process.execPath, [join(folder.path, "platform.mjs"), ...folders], {
      env: { PATH: process.env["PATH"], MARKER: marker },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const errors = text(platform.stderr);
    const said = await Promise.race([
      new Promise<string>((resolve) =>
        platform.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString())),
      ),
      errors,
    ]);
    expect(said).toBe("up\n");
    // Five environments, their children, and the platform itself.
    expect(processesWith(marker).length).toBeGreaterThan(11);
    // A process that is stopped would not notice that it is alone.
    const frozen = () => processesWith(marker).filter((line) => isStopped(line.split(" ")[0] ?? ""));
    await expect.poll(() => frozen().length, { interval: 20 }).toBe(9);
    platform.kill("SIGKILL");
    await expect.poll(() => processesWith(marker), { timeout: 2_000, interval: 20 }).toEqual([]);
  });
});
