import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Gate } from "../../../../tests/interop/platform/gate.ts";
import { Project } from "../../../packager/test/project.ts";
import { BuiltProgram } from "../../test/built-program.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { Sandbox } from "../../test/sandbox.ts";
import { built, streamingSource, template } from "../../test/template.ts";

let program: BuiltProgram;
let gate: Gate;
let sandbox: Sandbox;
beforeAll(async () => {
  program = await BuiltProgram.make();
  gate = await Gate.open();
  const Environment = { Variables: { GATE: gate.url } };
  sandbox = await Sandbox.create(program, {
    "template.json": template({
      Echo: built("echo"),
      Numbers: built("numbers", { FunctionName: "numbers", Environment }),
      Broken: built("broken"),
    }),
    "echo.ts": `export const handler = async (event: { fail?: string }) => {
  if (event.fail !== undefined) throw new RangeError(event.fail);
  return event;
};`,
    "numbers.ts": streamingSource(`stream.write(new Uint8Array([0x31, 0xff]));
  await fetch(process.env.GATE + "/more");
  stream.write("2");`),
    "broken.ts": streamingSource(`stream.write("part"); await fetch("http://127.0.0.1:" + event.port);`),
    "event.json": '{"from":"file"}',
    "broken.json": "{from: file}",
  });
  await sandbox.dev();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

describe("sluice invoke prints what the function returns", () => {
  test.each([
    { with: "no event", asks: ["Echo"], prints: "{}\n" },
    { with: "an event from a file", asks: ["Echo", "--event", "event.json"], prints: '{"from":"file"}\n' },
    {
      with: "an event from standard input",
      asks: ["Echo", "--event", "-"],
      input: '{"from":"input"}',
      prints: '{"from":"input"}\n',
    },
    { with: "--stream", asks: ["Echo", "--stream", "--event", "event.json"], prints: '{"from":"file"}' },
  ])("$with", async ({ asks, input, prints }) => {
    const finished = await runHere(["invoke", ...asks], sandbox.folder, input);
    expect(finished).toEqual({ code: 0, out: prints, talk: "" });
  });

  test("standard input and output are the process' own", async () => {
    const finished = await sandbox.run(["invoke", "Echo", "--event", "-"], '{"from":"input"}');
    expect(finished).toEqual({ code: 0, out: '{"from":"input"}\n', talk: "" });
  });

  test("--stream prints bytes as they come", async () => {
    const process_ = sandbox.start(["invoke", "numbers", "--stream"]);
    // The second byte is no UTF-8.
    await process_.stdout.is("1\uFFFD");
    await gate.pass("more");
    expect(await process_.exit).toBe(0);
    expect(process_.stdout.text).toBe("1\uFFFD2");
  });
});

describe("sluice invoke says what went wrong, with exit code 1", () => {
  test.each([
    {
      when: "the function throws",
      asks: ["Echo", "--event", "-"],
      input: '{"fail":"no more"}',
      out: /^\{"errorType":"RangeError","errorMessage":"no more".*\}\n$/,
      talk: /^The function failed: Unhandled\n$/,
    },
    {
      when: "a streaming function fails part-way",
      asks: ["Broken", "--stream", "--event", "-"],
      input: '{"port":1}',
      out: /^part$/,
      talk: /^\nThe function failed: \S+ /,
    },
    {
      when: "there is no such function",
      asks: ["Numbers"],
      out: /^$/,
      talk: /^sluice invoke: ResourceNotFoundException: .*:function:Numbers.*\nsluice dev lists the functions/,
    },
    {
      when: "the event is no JSON",
      asks: ["Echo", "--event", "broken.json"],
      out: /^$/,
      talk: /^sluice invoke: broken\.json is not JSON, and Lambda takes nothing else: .*\n$/,
    },
    {
      when: "standard input is no JSON",
      asks: ["Echo", "--event", "-"],
      input: "",
      out: /^$/,
      talk: /^sluice invoke: Standard input is not JSON/,
    },
    {
      when: "the file is not there",
      asks: ["Echo", "--event", "gone.json"],
      out: /^$/,
      talk: /^sluice invoke: ENOENT: no such file or directory, open '.*gone\.json'\n$/,
    },
  ])("$when", async ({ asks, input, out, talk }) => {
    const finished = await runHere(["invoke", ...asks], sandbox.folder, input);
    expect(finished.talk).toMatch(talk);
    expect(finished.out).toMatch(out);
    expect(finished.code).toBe(1);
  });
});

describe("without a platform sluice invoke says how to start one", () => {
  test.each([
    { when: "none was ever started", note: undefined },
    { when: "one was killed", note: { pid: 2 ** 22 + 1, port: 7000, region: "us-east-1" } },
    { when: "another program has its process id", note: { pid: process.pid, port: 1, region: "us-east-1" } },
  ])("$when", async ({ note }) => {
    const files = note === undefined ? {} : { [`.sluice/running-${note.port}.json`]: JSON.stringify(note) };
    await using project = await Project.create(files as Record<string, string>);
    expect(await runHere(["invoke", "Echo"], project.folder)).toEqual({
      code: 1,
      out: "",
      talk: `sluice invoke: no platform runs with the state in ${project.path(".sluice")}. Start one with sluice dev, in the same folder or with the same SLUICE_STATE.\n`,
    });
  });
});
