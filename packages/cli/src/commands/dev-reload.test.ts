import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Gate } from "../../../../tests/interop/platform/gate.ts";
import type { RunningProcess } from "../../../../tests/interop/platform/running-process.ts";
import { BuiltProgram } from "../../test/built-program.ts";
import { Sandbox } from "../../test/sandbox.ts";
import { built, openUrl, route, streamingSource, template } from "../../test/template.ts";

/** Writes its name, waits at a gate if it is asked to, and writes its name again. */
const named = (name: string) =>
  streamingSource(`stream = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
  stream.write("${name} begins\\n");
  if (event.rawQueryString === "hold") await fetch(process.env.GATE + "/hold");
  stream.write("${name} ends\\n");`);

let program: BuiltProgram;
let gate: Gate;
let sandbox: Sandbox;
let dev: RunningProcess;
let port: number;
let url: string;

const resources = () => ({
  Numbers: built("numbers", { ...openUrl, Environment: { Variables: { GATE: gate.url } } }),
  // Its code is the whole folder, and the platform's state is in there.
  Whole: {
    Type: "AWS::Serverless::Function",
    Properties: { CodeUri: ".", Handler: "whole.handler", Runtime: "nodejs24.x" },
  },
});

beforeAll(async () => {
  program = await BuiltProgram.make();
  gate = await Gate.open();
  sandbox = await Sandbox.create(program, {
    "template.json": template(resources()),
    "numbers.ts": named("first"),
    "whole.mjs": "export const handler = async () => 1;",
  });
  ({ process: dev, port } = await sandbox.dev());
  [, url = ""] = await dev.stderr.until(/^Function URL Numbers\n {2}(\S+)$/m);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

/** Where the output was when the test began. */
let mark = 0;
beforeEach(() => {
  mark = dev.stderr.text.length;
});

/** Waits for output that came since the test began; a pattern is found once, and then only after what it found. */
async function printed(pattern: RegExp): Promise<RegExpExecArray> {
  const after = new RegExp(`(?<=^[^]{${mark},})${pattern.source}`, pattern.flags);
  const found = await dev.stderr.until(after);
  mark = found.index + found[0].length;
  return found;
}

const answer = async (address = url, method = "GET") => (await fetch(address, { method })).text();

describe("while sluice dev runs", () => {
  test("a saved source answers the next invocation, and a stream in flight ends as it began", async () => {
    const response = await fetch(`${url}?hold`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toEqual({ done: false, value: "first begins\n" });
    await sandbox.write("numbers.ts", named("second"));
    await printed(/deployed in \d+ ms\n/);
    expect(await answer()).toBe("second begins\nsecond ends\n");
    await gate.pass("hold");
    expect(await reader?.read()).toEqual({ done: false, value: "first ends\n" });
    expect(await reader?.read()).toEqual({ done: true });
  });

  test("a route added to the template appears, and is printed alone", async () => {
    const { Numbers, Whole } = resources();
    const { Properties, ...rest } = Numbers as { Properties: object };
    const more = { ...rest, Properties: { ...Properties, Events: { New: route("/new") } } };
    await sandbox.write("template.json", template({ Numbers: more, Whole }));
    const [, address = ""] = await printed(/deployed in \d+ ms\nREST API \S+ GET \/new\n {2}(\S+)\n/);
    expect(await answer(address)).toBe("second begins\nsecond ends\n");
    expect(dev.stderr.text.match(/^Function URL Numbers$/gm)).toHaveLength(1);
  });

  test.each([
    {
      broken: "a source with a mistake",
      file: "numbers.ts",
      content: "export const handler = ;\n",
      told: /numbers\.ts:1:24 error: Numbers: Unexpected ";"\n(.|\n)*?not deployed; what ran before runs on\n/,
      mended: { "numbers.ts": named("third") },
    },
    {
      broken: "an import of a file that is yet to come",
      file: "numbers.ts",
      content: `import { x } from "./later";\n${named("fourth").replace("ends", `" + x + "`)}`,
      told: /numbers\.ts:1:19 error: Numbers: Could not resolve "\.\/later"\n(.|\n)*?not deployed/,
      mended: { "later.ts": 'export const x = "ends";\n' },
    },
    {
      broken: "a template with a mistake",
      file: "template.json",
      content: template({ Numbers: built("numbers", { Runtime: "nodejs23.x" }) }),
      told: /template\.json:\d+:\d+ error: Numbers: There is no runtime `nodejs23\.x`(.|\n)*?not deployed/,
      mended: { "template.json": "" },
    },
  ])("$broken keeps what ran before, until it is mended", async ({ file, content, told, mended }) => {
    const before = await answer();
    await sandbox.write(file, content);
    await printed(told);
    expect(await answer()).toBe(before);
    for (const [name, text] of Object.entries(mended)) {
      await sandbox.write(name, text === "" ? template(resources()) : text);
    }
    await printed(/deployed in \d+ ms\n/);
    expect(await answer()).toMatch(/^(third|fourth) begins\n(third|fourth) ends\n$/);
  });

  test("of saves in quick succession the last one counts", async () => {
    for (const name of ["a", "b", "c", "d", "last"]) {
      await sandbox.write("numbers.ts", named(name));
      await new Promise(setImmediate);
    }
    do await printed(/deployed in \d+ ms\n/);
    while ((await answer()) !== "last begins\nlast ends\n");
  });

  test("what the platform writes itself is no change, even within a function's folder", async () => {
    const invoke = () => answer(new URL("/invoke/Whole", `http://127.0.0.1:${port}`).href, "POST");
    for (let count = 0; count < 3; count++) expect(await invoke()).toBe("1");
    const before = dev.stderr.text.length;
    await sandbox.write("whole.mjs", "export const handler = async () => 2;");
    await printed(/deployed in \d+ ms\n/);
    for (let count = 0; count < 3; count++) expect(await invoke()).toBe("2");
    expect(dev.stderr.text.slice(before).match(/^deployed in/gm)).toHaveLength(1);
  });

  test("the code of before is gone in the end, and what runs is there", async () => {
    const [own = ""] = await readdir(sandbox.path(".sluice/build"));
    await expect.poll(() => readdir(sandbox.path(`.sluice/build/${own}`))).toHaveLength(1);
    expect(await answer()).toBe("last begins\nlast ends\n");
    expect(dev.stderr.text).not.toContain("BUG");
  });
});
