import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuiltProgram } from "../../test/built-program.ts";
import { Sandbox } from "../../test/sandbox.ts";
import { built, template } from "../../test/template.ts";

/** A function that holds 200 MB of 128, and leaves work behind. */
const project = {
  "template.json": template({ A: built("a", { MemorySize: 128 }) }),
  "a.ts": `let held: Buffer | undefined;
export const handler = async () => {
  held ??= Buffer.alloc(200e6, 1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  setTimeout(() => console.log("worked on"), 100);
  return "a";
};`,
};

describe("sluice dev", () => {
  let program: BuiltProgram;
  beforeAll(async () => {
    program = await BuiltProgram.make();
  });
  afterAll(() => program[Symbol.asyncDispose]());

  async function invoke(port: number): Promise<string> {
    return (await fetch(`http://127.0.0.1:${port}/invoke`, { method: "POST", body: "{}" })).text();
  }

  test("kills a function that uses more memory than it may, as AWS does", async () => {
    await using sandbox = await Sandbox.create(program, project);
    const { port, process } = await sandbox.dev();
    expect(JSON.parse(await invoke(port))).toMatchObject({ errorType: "Runtime.OutOfMemory" });
    await process.stderr.until(/Memory Size: 128 MB\tMax Memory Used: [12]\d\d MB\t.*Runtime\.OutOfMemory/);
  });

  test("says which limits are not AWS's, and lifts them", async () => {
    await using sandbox = await Sandbox.create(program, {
      "template.json": template({ A: built("a", { Timeout: 1 }) }),
      "a.ts": `import type { Context } from "aws-lambda";
export const handler = async (_: unknown, context: Context) => context.getRemainingTimeInMillis();`,
    });
    const { port, process } = await sandbox.dev(["--timeout", "unlimited", "--bandwidth", "unlimited"]);
    await process.stderr.until(/Limits unlike AWS's: bandwidth unlimited, timeout unlimited\./);
    expect(Number(await invoke(port))).toBeGreaterThan(3_600_000);
  });

  test("lets it live, and work on between invocations, if it is told to", async () => {
    await using sandbox = await Sandbox.create(program, project);
    const { port, process } = await sandbox.dev(["--no-memory-limit", "--no-freeze"]);
    expect(await invoke(port)).toBe('"a"');
    await process.stderr.until(/worked on/);
  });
});
