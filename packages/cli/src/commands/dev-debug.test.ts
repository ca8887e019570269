import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Gate } from "../../../../tests/interop/platform/gate.ts";
import { RunningProcess } from "../../../../tests/interop/platform/running-process.ts";
import { Debugger } from "../../../platform/test/debugger.ts";
import { BuiltProgram } from "../../test/built-program.ts";
import { runHere } from "../../test/recording-terminal.ts";
import { Sandbox } from "../../test/sandbox.ts";
import { built, openUrl, template } from "../../test/template.ts";

/** Its breakpoint is where it writes the second piece: line 8, under types that are not in what runs. */
const numbers = (second: string) => `interface Stream {
  write(text: string): void;
  end(): void;
}
declare const awslambda: { streamifyResponse(handler: unknown): unknown };
export const handler = awslambda.streamifyResponse(async (event: unknown, stream: Stream) => {
  stream.write("one\\n");
  stream.write("${second}\\n");
  stream.end();
});
console.log("its code has begun");
`;
const project = {
  "template.json": template({ Numbers: built("numbers", { ...openUrl, Timeout: 1 }) }),
  "numbers.ts": numbers("two"),
};
const breakpoint = { file: "numbers.ts", line: 8 };
const waits = /^▸ Numbers waits for a debugger on (127\.0\.0\.1:\d+)$/m;

let program: BuiltProgram;
beforeAll(async () => {
  program = await BuiltProgram.make();
});
afterAll(() => program[Symbol.asyncDispose]());

describe("sluice dev --debug", () => {
  test("waits for a debugger, stops at a breakpoint of the source, and streams on from there", async () => {
    await using sandbox = await Sandbox.create(program, project);
    const { process: dev } = await sandbox.dev(["--debug=0"]);
    const [, url = ""] = await dev.stderr.until(/^Function URL Numbers\n {2}(\S+)$/m);
    const [, address = ""] = await dev.stderr.until(waits);
    const answering = fetch(url);
    await using attached = await Debugger.attach(address);
    expect(dev.stderr.text).not.toContain("its code has begun");
    await attached.runTo(breakpoint);
    expect(await attached.paused()).toEqual({ file: sandbox.path("numbers.ts"), line: 8 });
    expect(await attached.evaluate("typeof stream.write")).toBe("function");
    const reader = (await answering).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toEqual({ value: "one\n", done: false });
    await attached.resume();
    expect(await reader?.read()).toEqual({ value: "two\n", done: false });
    expect((await reader?.read())?.done).toBe(true);
  });

  test("waits again at the same port for what was saved", async () => {
    await using sandbox = await Sandbox.create(program, project);
    const port = await freePort();
    const { process: dev } = await sandbox.dev(["--debug", String(port)]);
    const [, url = ""] = await dev.stderr.until(/^Function URL Numbers\n {2}(\S+)$/m);
    const address = `127.0.0.1:${port}`;
    await dev.stderr.until(waits);
    {
      await using attached = await Debugger.attach(address);
      await attached.run();
      expect(await (await fetch(url)).text()).toBe("one\ntwo\n");
    }
    await sandbox.write("numbers.ts", numbers("three"));
    await dev.stderr.until(new RegExp(`${waits.source}[^]*${waits.source}`, "m"));
    await using attached = await Debugger.attach(address);
    const answering = fetch(url);
    await attached.runTo(breakpoint);
    expect(await attached.paused()).toMatchObject({ line: 8 });
    await attached.resume();
    expect(await (await answering).text()).toBe("one\nthree\n");
  });

  test("serves a program for an OS-only runtime too", async () => {
    const source = `const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
      for (;;) {
        const event = await fetch(api + "next");
        const id = event.headers.get("lambda-runtime-aws-request-id");
        await event.text();
        await fetch(api + id + "/response", { method: "POST", body: "by a program" });
      }`;
    await using sandbox = await Sandbox.create(program, {
      "template.json": template({
        Numbers: built("program", { Runtime: "provided.al2023", Handler: "bootstrap", ...openUrl }),
      }),
      "program.ts": source,
    });
    const { process: dev } = await sandbox.dev(["--debug=0"]);
    const [, url = ""] = await dev.stderr.until(/^Function URL Numbers\n {2}(\S+)$/m);
    const [, address = ""] = await dev.stderr.until(waits);
    await using attached = await Debugger.attach(address);
    await attached.runTo({ file: "program.ts", line: 6 });
    const answering = fetch(url);
    expect(await attached.paused()).toEqual({ file: sandbox.path("program.ts"), line: 6 });
    await attached.resume();
    expect(await (await answering).text()).toBe("by a program");
  });

  test("debugs the function that is named, and runs the others", async () => {
    await using sandbox = await Sandbox.create(program, {
      ...project,
      "template.json": template({ Numbers: built("numbers"), Other: built("other", openUrl) }),
      "other.ts": "export const handler = async () => 'other';",
    });
    const { process: dev } = await sandbox.dev(["--debug=0", "--debug-function", "Numbers"]);
    const [, url = ""] = await dev.stderr.until(/^Function URL Other\n {2}(\S+)$/m);
    expect(await (await fetch(url)).text()).toContain("other");
    await dev.stderr.until(waits);
    expect(dev.stderr.text).not.toContain("Other waits");
  });

  test.each([
    {
      mistake: "a port that is none",
      parameters: ["--debug=abc"],
      says: '--debug is "abc"; give a port from 0 to 65535.',
      code: 2,
    },
    {
      mistake: "a port that is too high",
      parameters: ["--debug", "99999"],
      says: '--debug is "99999"; give a port from 0 to 65535.',
      code: 2,
    },
    {
      mistake: "functions that are started by hand",
      parameters: ["--debug", "--only-runtime"],
      says: "--only-runtime starts no function that --debug could be for: debug the processes that you start, or leave it out.",
      code: 2,
    },
    {
      mistake: "a function that is not there",
      parameters: ["--debug-function", "Nubmers"],
      says: "There is no function Nubmers in the template. Did you mean Numbers?",
      code: 1,
    },
  ])("refuses $mistake", async ({ parameters, says, code }) => {
    await using sandbox = await Sandbox.create(program, project);
    const finished = await sandbox.run(["dev", "--port", "0", ...parameters]);
    expect(finished.talk).toContain(`sluice dev: ${says}\n`);
    expect(finished.code).toBe(code);
  });

  test("takes what follows it for a template unless it is a number", async () => {
    const { talk } = await runHere(["dev", "--debug", "nowhere.yaml"]);
    expect(talk).toContain("nowhere.yaml");
  });
});

describe("sluice dev --only-runtime", () => {
  test("says how to start a function, whose stream arrives in pieces from there", async () => {
    await using gate = await Gate.open();
    await using sandbox = await Sandbox.create(program, {
      ...project,
      "numbers.ts": numbers("two").replace(
        'stream.write("two',
        `await fetch("${gate.url}/second"); stream.write("two`,
      ),
    });
    const { process: dev } = await sandbox.dev(["--only-runtime"]);
    const [, url = ""] = await dev.stderr.until(/^Function URL Numbers\n {2}(\S+)$/m);
    const answering = fetch(url);
    const [, address] = await dev.stderr.until(
      /^▸ Numbers has an invocation and no process: start one that takes it from (\S+)$/m,
    );
    const file = sandbox.path(".sluice/only-runtime/Numbers.env");
    expect(parseEnv(await readFile(file, "utf8"))["AWS_LAMBDA_RUNTIME_API"]).toBe(address);
    const [, command = ""] = await dev.stderr.until(
      /^Numbers is yours to start, with the variables in \.sluice\/only-runtime\/Numbers\.env\n {2}AWS_LAMBDA_RUNTIME_API=\S+\n {2}\((.*)\)$/m,
    );
    await using started = new RunningProcess("/bin/sh", ["-c", command], {
      folder: sandbox.folder,
      environment: { AWS_REGION: "somewhere-else" },
    });
    const reader = (await answering).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toEqual({ value: "one\n", done: false });
    await gate.pass("second");
    expect(await reader?.read()).toEqual({ value: "two\n", done: false });
    expect((await reader?.read())?.done).toBe(true);
    await started.stdout.until(/its code has begun/);
  });
});

async function freePort(): Promise<number> {
  await using gate = await Gate.open();
  return Number(new URL(gate.url).port);
}
