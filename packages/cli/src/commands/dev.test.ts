import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Gate } from "../../../../tests/interop/platform/gate.ts";
import { processesWith } from "../../../platform/src/lambda/environment/testing/leftovers.ts";
import { BuiltProgram } from "../../test/built-program.ts";
import { Sandbox } from "../../test/sandbox.ts";
import { built, openUrl, route, streamingSource, template } from "../../test/template.ts";

const project = {
  "template.json": template({
    Numbers: built("numbers", {
      ...openUrl,
      Events: { Get: route("/numbers/{count}"), Proxy: route("/files/{path+}") },
    }),
    Broken: built("broken"),
    Signed: built("numbers", { FunctionUrlConfig: { AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" } }),
    Old: {
      Type: "AWS::Serverless::Function",
      Properties: {
        Runtime: "java21",
        Handler: "Main",
        CodeUri: "src",
        FileSystemConfigs: [
          { Arn: "arn:aws:elasticfilesystem:us-east-1:1:access-point/a", LocalMountPath: "/mnt/a" },
        ],
      },
    },
  }),
  "numbers.ts": streamingSource(
    'stream.write("one\\n"); await new Promise(setImmediate); stream.write("two\\n");',
  ),
  "broken.ts": streamingSource('stream.write("one"); await fetch("http://127.0.0.1:1");'),
  "src/Main.java": "",
};
const hasProc = existsSync("/proc/self");
const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

let program: BuiltProgram;
beforeAll(async () => {
  program = await BuiltProgram.make();
});
afterAll(() => program[Symbol.asyncDispose]());

describe("sluice dev", () => {
  let sandbox: Sandbox;
  let dev: Awaited<ReturnType<Sandbox["dev"]>>;
  beforeAll(async () => {
    sandbox = await Sandbox.create(program, project);
    dev = await sandbox.dev();
    await dev.process.stderr.until(/\/Stage\/ · SAM makes .*\n\n$/);
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  test("prints every endpoint with a line to paste, what SAM adds by itself last", () => {
    const printed = dev.process.stderr.text.split(/is up in .*\n\n/)[1] ?? "";
    const titles = printed.split("\n").filter((line) => /^\S/.test(line));
    expect(titles).toEqual([
      "REST API ServerlessRestApi GET /numbers/{count}",
      "REST API ServerlessRestApi GET /files/{path+}",
      "Function URL Numbers",
      "Function URL Signed",
      "Invoke Numbers",
      "Invoke Broken",
      "Invoke Signed",
      "Invoke Old",
      expect.stringMatching(
        /^REST API ServerlessRestApi also has http:\S+\/Stage\/ · SAM makes this stage besides /,
      ),
    ]);
    expect(printed).toMatch(/^ {2}curl --no-buffer "http:\/\/\S+\/Prod\/numbers\/count"$/m);
    expect(printed).toMatch(/^ {2}curl --no-buffer "http:\/\/\S+\/Prod\/files\/path"$/m);
    expect(printed).not.toMatch(/curl.*\/Stage\//);
    expect(printed).toMatch(
      /^Function URL Signed\n {2}http:\S+\n\n {2}eval "\$\(npx sluice credentials\)"\n {2}curl "http:\S+" --user .* \\\n {7}--aws-sigv4 "aws:amz:\$AWS_REGION:lambda" /m,
    );
    expect(printed).toContain(
      `  curl --no-buffer --request POST --header "Content-Type: application/json" --data '{}' "http://127.0.0.1:${dev.port}/invoke/Signed"`,
    );
  });

  test("tells at the start what can't run here and what has no effect, and runs the rest", () => {
    const { text } = dev.process.stderr;
    expect(text).toMatch(
      /template\.json:\d+:\d+ warning: Old: Runtime java21 can't run on this machine\. Sluice runs /,
    );
    expect(text).toMatch(
      /template\.json:\d+:\d+ warning: Old: FileSystemConfigs of Old has no effect on this platform/,
    );
  });

  test("has one line for each invocation", async () => {
    const [, url = ""] = await dev.process.stderr.until(/^Function URL Numbers\n {2}(\S+)$/m);
    expect(await (await fetch(url)).text()).toBe("one\ntwo\n");
    await dev.process.stderr.until(
      /^▸ Numbers 200 · first byte \d+\.\d ms · 2 chunks · 8 bytes · \d+\.\d ms$/m,
    );
    await dev.process.stderr.until(/^Numbers │ REPORT RequestId: /m);
  });

  test("tells that a stream broke off, whatever status its caller had got by then", async () => {
    const response = await fetch(`http://127.0.0.1:${dev.port}/invoke/Broken`, {
      method: "POST",
      body: "{}",
    });
    await expect(response.text()).rejects.toThrow();
    await dev.process.stderr.until(
      /^▸ Broken 200 · first byte \d+\.\d ms · 1 chunk · 3 bytes · \d+\.\d ms · broke off: \S+$/m,
    );
  });

  test("says why a function that can't run here fails", async () => {
    const response = await fetch(`http://127.0.0.1:${dev.port}/invoke/Old`, { method: "POST", body: "{}" });
    expect(await response.text()).toContain("Runtime java21 can't run on this machine");
    await dev.process.stderr.until(/^▸ Old \d+ .* Runtime\.InvalidEntrypoint$/m);
  });

  test("listens on IPv6's loopback too", { skip: !hasIpv6 }, async () => {
    const response = await fetch(`http://[::1]:${dev.port}/invoke`, { method: "POST", body: "{}" });
    expect(await response.text()).toBe("one\ntwo\n");
  });

  test("says that its port is in use, by which template, and what to do", async () => {
    const { port } = dev;
    const again = await sandbox.run(["dev", "--port", String(port)]);
    expect(again.talk).toMatch(
      new RegExp(
        `^sluice dev: Port ${port} is in use by another Sluice \\(process \\d+\\), which runs ${sandbox.folder}/template\\.json\\. It deploys what you save, so there may be nothing to start\\. Otherwise stop it, or choose another port: --port ${port + 1}\\.\\n$`,
      ),
    );
    await sandbox.write("other.json", template({ Numbers: built("numbers", openUrl) }));
    const other = await sandbox.run(["dev", "other.json", "--port", String(port)]);
    expect(other.talk).toContain(`${sandbox.folder}/template.json. Stop it, or choose another port`);
    expect([again.code, other.code]).toEqual([1, 1]);
  });

  test("says that its port is in use by a program that it does not know", async () => {
    await using stranger = await Gate.open();
    const port = Number(new URL(stranger.url).port);
    const { code, talk } = await sandbox.run(["dev", "--port", String(port)]);
    expect(talk).toBe(
      `sluice dev: Port ${port} of 127.0.0.1 is in use by another program. Stop it, or choose another port: --port ${port + 1}.\n`,
    );
    expect(code).toBe(1);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends on %s and leaves nothing behind", async (signal) => {
    await using other = await Sandbox.create(program, project);
    const { process: second, port } = await other.dev();
    await fetch(`http://127.0.0.1:${port}/invoke`, { method: "POST", body: "{}" });
    const task = `LAMBDA_TASK_ROOT=${other.folder}`;
    if (hasProc) expect(processesWith(task)).not.toEqual([]);
    second.kill(signal);
    expect(await second.exit).toBe(0);
    expect(await readdir(other.path(".sluice/build"))).toEqual([]);
    expect((await readdir(other.path(".sluice"))).join(" ")).not.toContain("running");
    if (hasProc) expect(processesWith(other.folder)).toEqual([]);
  });

  test("breaks lines where Lambda's own log lines hold a carriage return", async () => {
    await using other = await Sandbox.create(program, {
      "template.json": template({ A: built("a") }),
      "a.ts": "export const handler = async () => console.log('one\\ntwo');",
    });
    const { port, process: second } = await other.dev();
    await fetch(`http://127.0.0.1:${port}/invoke`, { method: "POST", body: "{}" });
    await second.stderr.until(/^A │ \S+\t\S+\tINFO\tone\n {2}│ two\n/m);
  });

  test("finds the template of a folder that it is given", async () => {
    await using other = await Sandbox.create(program, {
      "app/template.yaml": template({ A: built("a") }),
      "app/a.ts": "export const handler = async () => 'a';",
    });
    const { port } = await other.dev(["app"]);
    const response = await fetch(`http://127.0.0.1:${port}/invoke`, { method: "POST", body: "{}" });
    expect(await response.text()).toBe('"a"');
  });

  test("says loudly what is not as on AWS when it is asked for that", async () => {
    await using other = await Sandbox.create(program, {
      "template.json": template({ A: built("a", { FunctionUrlConfig: { AuthType: "AWS_IAM" } }) }),
      "a.ts": "export const handler = async () => 'a';",
    });
    const { process: started } = await other.dev([
      "--unsigned",
      "--abort-on-disconnect",
      "--host",
      "127.0.0.1",
    ]);
    const { text } = started.stderr;
    expect(text).toMatch(
      /^WARNING: --unsigned: signatures and policies are NOT checked\. AWS will check them\.$/m,
    );
    expect(text).toMatch(
      /^WARNING: --abort-on-disconnect: .* more than AWS gives: there the function runs to its end\.$/m,
    );
    expect(text).toMatch(
      /^WARNING: --host 127\.0\.0\.1: whoever reaches that address reaches your functions\.$/m,
    );
    expect(text).toMatch(/It listens on http:\/\/127\.0\.0\.1:\d+\.$/m);
    const [, url = ""] = await started.stderr.until(/^Function URL A\n {2}(\S+)$/m);
    expect(await (await fetch(url)).text()).toBe("a");
  });

  test("sets a state that can't be read aside, and goes on", async () => {
    await using other = await Sandbox.create(program, {
      ...project,
      ".sluice/state.sqlite": "not a database".repeat(100),
    });
    const { process: started } = await other.dev();
    const [, aside = ""] = await started.stderr.until(
      /^WARNING: The state in \S+ can't be read .* moved to (\S+),/m,
    );
    expect(await readFile(aside, "utf8")).toContain("not a database");
  });
});
