import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { BuiltProgram } from "../test/built-program.ts";
import { runHere } from "../test/recording-terminal.ts";
import { Sandbox } from "../test/sandbox.ts";

describe("help", () => {
  test.each([
    {
      asks: ["--help"],
      says: /^Usage: sluice <command> \[options\]\n\n {2}init +(.|\n)*\n {2}dev +Runs a SAM template here/,
    },
    { asks: ["help"], says: /^Usage: sluice <command>/ },
    { asks: ["dev", "--help"], says: /^Usage: sluice dev \[template\] .*\n\n(.|\n)* {2}--port PORT/ },
    { asks: ["invoke", "-h"], says: /^Usage: sluice invoke NAME (.|\n)* {2}--stream/ },
    { asks: ["credentials", "--help"], says: /eval "\$\(npx sluice credentials\)"/ },
    { asks: ["validate", "--help"], says: /^Usage: sluice validate \[template\](.|\n)*The exit code is 1/ },
    { asks: ["help", "dev"], says: /^Usage: sluice dev \[template\]/ },
    { asks: ["--version"], says: /^\d+\.\d+\.\d+\n$/ },
  ])("$asks goes to standard output", async ({ asks, says }) => {
    const { code, out, talk } = await runHere(asks);
    expect(out).toMatch(says);
    expect({ code, talk }).toEqual({ code: 0, talk: "" });
  });
});

describe("what is asked wrongly is told in a line or two, with exit code 2", () => {
  test.each([
    { asks: [], says: /^Usage: sluice <command>/ },
    { asks: ["help", "deb"], says: /^sluice: there is no command "deb"\. Did you mean dev\?/ },
    {
      asks: ["deb"],
      says: /^sluice: there is no command "deb"\. Did you mean dev\? There are init, dev, .*\n$/,
    },
    { asks: ["toString"], says: /^sluice: there is no command "toString"\. There are init, dev, / },
    {
      asks: ["dev", "--prot", "1"],
      says: /^sluice dev: there is no option --prot\. Did you mean --port\?\nUsage: sluice dev .*\n$/,
    },
    { asks: ["invoke", "-x"], says: /^sluice invoke: there is no option -x\.\nUsage/ },
    { asks: ["dev", "--port"], says: /^sluice dev: --port needs a value\.\nUsage/ },
    { asks: ["dev", "--port", "--host", "x"], says: /^sluice dev: --port needs a value\.\nUsage/ },
    { asks: ["dev", "--unsigned=yes"], says: /^sluice dev: --unsigned takes no value\.\nUsage/ },
    { asks: ["validate", "a", "b"], says: /^sluice validate: one template at a time, not 2\.\nUsage/ },
    { asks: ["invoke"], says: /^sluice invoke: name one function\.\nUsage/ },
    { asks: ["credentials", "a"], says: /^sluice credentials: there is nothing to name\.\nUsage/ },
    { asks: ["invoke", "a", "b"], says: /^sluice invoke: name one function, not 2\.\nUsage/ },
  ])("$asks", async ({ asks, says }) => {
    const { code, out, talk } = await runHere(asks);
    expect(talk).toMatch(says);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

test("the program passes on arguments, output and exit code", async () => {
  await using program = await BuiltProgram.make();
  await using sandbox = await Sandbox.create(program);
  const [asked, wrong] = await Promise.all([sandbox.run(["validate", "--help"]), sandbox.run(["deb"])]);
  expect(asked).toEqual({ code: 0, out: expect.stringMatching(/^Usage: sluice validate/), talk: "" });
  expect(wrong).toEqual({ code: 2, out: "", talk: expect.stringContaining("Did you mean dev?") });
});

test("the program says which Node.js it needs before it needs it", () => {
  const older = "Object.defineProperty(process.versions,'node',{value:'22.12.0'})";
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--import=data:text/javascript,${older}`, resolve(import.meta.dirname, "../bin/sluice.js"), "--version"],
    { encoding: "utf8" },
  );
  expect(stderr).toBe(
    "sluice: this is Node.js 22.12.0; Sluice needs 22.13 or later. Install it, or bring it along with npm install --save-dev node.\n",
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});
