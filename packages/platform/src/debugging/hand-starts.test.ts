import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { Platform } from "../platform.ts";
import type { PlatformEvent } from "../platform-options.ts";

type HandStarted = Extract<PlatformEvent, { kind: "by-hand" }>;

const resources = { A: scripted() };
const echoPid = "await respond(id, String(process.pid));";
const next = "/2018-06-01/runtime/invocation/next";

function open(changes: Partial<Parameters<typeof TestPlatform.start>[0]> = {}): Promise<TestPlatform> {
  return TestPlatform.start({ resources, onlyRuntime: true, ...changes });
}

const post = (platform: TestPlatform, script: string, name = "A") =>
  platform.send({ method: "POST", path: `/invoke/${name}`, body: JSON.stringify({ script }) });

/** How a function is to be started, for the so-manieth time that it is told. */
function told(platform: TestPlatform, name = "A", time = 1): Promise<HandStarted> {
  return platform.until(
    (events) =>
      events.filter((event): event is HandStarted => event.kind === "by-hand" && event.functionName === name)[
        time - 1
      ],
  );
}

/** Resolves once an invocation waits for a process that nobody has started yet. */
function awaited(platform: TestPlatform, time = 1): Promise<unknown> {
  return platform.until(
    (events) => events.filter((event) => event.kind === "waiting" && event.awaits === "process")[time - 1],
  );
}

/** A process that the test started with what was told, and nothing else. */
class HandStartedProcess implements AsyncDisposable {
  readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  static async start({ environmentFile, command = [] }: HandStarted): Promise<HandStartedProcess> {
    const env = parseEnv(await readFile(environmentFile, "utf8"));
    const [program = "", ...parameters] = command;
    const child = spawn(program, parameters, { env, stdio: "ignore" });
    await once(child, "spawn");
    return new HandStartedProcess(child);
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** Asks for an event as a process would. */
async function ask(
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const [host, port] = address.split(":");
  const sent = request({ host, port, path: next, headers, agent: false }).end();
  const [response] = await once(sent, "response");
  const pieces: Buffer[] = await response.toArray();
  return { status: response.statusCode, body: Buffer.concat(pieces).toString() };
}

describe("a function that is started by hand", () => {
  test("is told of with its address, a file of its variables for its owner alone, and a command", async () => {
    await using platform = await open();
    const { runtimeApi, environmentFile, command } = await told(platform);
    const variables = parseEnv(await readFile(environmentFile, "utf8"));
    expect(runtimeApi).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(variables).toMatchObject({
      AWS_LAMBDA_RUNTIME_API: runtimeApi,
      AWS_LAMBDA_FUNCTION_NAME: "A",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_ENDPOINT_URL: platform.url,
      _HANDLER: "bootstrap",
      ...platform.gate.variables,
    });
    expect(environmentFile).toBe(join(platform.folder, "state/only-runtime/A.env"));
    expect((await stat(environmentFile)).mode & 0o777).toBe(0o600);
    expect(command).toEqual([join(platform.folder, "scripted/bootstrap")]);
  });

  test("streams in pieces, one invocation after the other, in the process that was started", async () => {
    await using platform = await open();
    await using started = await HandStartedProcess.start(await told(platform));
    const answer = await post(
      platform,
      `const out = stream(id);
       out.write(chunk("one"));
       await gate("second");
       out.end(chunk("two") + "0\\r\\n\\r\\n");
       await answered(out);`,
    );
    await answer.arrival("one");
    const later = post(platform, echoPid);
    await platform.gate.pass("second");
    expect(await answer.text()).toBe("onetwo");
    expect(await (await later).text()).toBe(String(started.child.pid));
  });

  test("may be started when an invocation waits for it already", async () => {
    await using platform = await open();
    const answered = post(platform, echoPid);
    await awaited(platform);
    await using started = await HandStartedProcess.start(await told(platform));
    expect(await (await answered).text()).toBe(String(started.child.pid));
  });

  test("fails its invocation like a runtime that exits when it is killed, and the next one waits for another", async () => {
    await using platform = await open();
    const before = await told(platform);
    await using first = await HandStartedProcess.start(before);
    const broken = post(platform, `await gate("never");`);
    await platform.gate.arrived("never");
    await first.kill();
    expect(await (await broken).text()).toContain("Runtime.ExitError");
    const answered = post(platform, echoPid);
    await awaited(platform);
    await using second = await HandStartedProcess.start(before);
    expect(await (await answered).text()).toBe(String(second.child.pid));
  });

  test("breaks its stream off when it is killed in the middle", async () => {
    await using platform = await open();
    await using started = await HandStartedProcess.start(await told(platform));
    const answer = await post(platform, `stream(id).write(chunk("one")); await gate("never");`);
    await answer.arrival("one");
    await started.kill();
    expect(await answer.ended).toBe("broken off");
    const { report, errorType } = await platform.invocation(answer.requestId);
    expect([report.status, report.errorType, errorType]).toEqual([
      "error",
      "Runtime.ExitError",
      "Runtime.TruncatedResponse",
    ]);
  });

  test("may be started again between two invocations", async () => {
    await using platform = await open();
    const before = await told(platform);
    await using first = await HandStartedProcess.start(before);
    await (await post(platform, echoPid)).text();
    await first.kill();
    await using second = await HandStartedProcess.start(before);
    expect(await (await post(platform, echoPid)).text()).toBe(String(second.child.pid));
  });

  test("is one process at a time: a second one is refused", async () => {
    await using platform = await open();
    const { runtimeApi, ...rest } = await told(platform);
    await using started = await HandStartedProcess.start({ runtimeApi, ...rest });
    const pid = String(started.child.pid);
    const first = await post(platform, echoPid);
    expect(await first.text()).toBe(pid);
    // By then it has asked for the next one.
    await platform.invocation(first.requestId);
    const refused = {
      status: 409,
      body: `${JSON.stringify({
        errorMessage:
          "Another process serves this function already. One can at a time: end it, and start this one again.",
        errorType: "Runtime.AlreadyStarted",
      })}\n`,
    };
    expect(await ask(runtimeApi)).toEqual(refused);
    const answered = post(platform, `await gate("busy"); ${echoPid}`);
    await platform.gate.arrived("busy");
    expect(await ask(runtimeApi)).toEqual(refused);
    await platform.gate.pass("busy");
    expect(await (await answered).text()).toBe(pid);
  });

  test.each([
    { origin: "https://example.com" },
    { "sec-fetch-site": "cross-site" },
    { host: "rebound.example.com:9001" },
  ])("does not serve web pages: %o", async (headers) => {
    await using platform = await open();
    const { runtimeApi } = await told(platform);
    const answered = post(platform, echoPid);
    await awaited(platform);
    expect(await ask(runtimeApi, headers)).toMatchObject({ status: 403 });
    await using started = await HandStartedProcess.start(await told(platform));
    expect(await (await answered).text()).toBe(String(started.child.pid));
  });

  test("may be a script that opens a connection for each call", async () => {
    await using platform = await open();
    const { runtimeApi } = await told(platform);
    const answered = post(platform, "");
    const curl = { "user-agent": "curl/8.5.0", connection: "close" };
    const [host, port] = runtimeApi.split(":");
    const call = async (method: string, path: string, body?: string) => {
      const sent = request({ host, port, method, path, headers: curl, agent: false }).end(body);
      const [response] = await once(sent, "response");
      await response.toArray();
      return response.headers["lambda-runtime-aws-request-id"];
    };
    const id = await call("GET", next);
    await call("POST", `/2018-06-01/runtime/invocation/${id}/response`, "from a shell");
    expect(await (await answered).text()).toBe("from a shell");
  });

  test("of a runtime that this machine does not have is served as well", async () => {
    const properties = { CodeUri: "scripted/", Handler: "Main", Runtime: "java21" };
    await using platform = await open({
      resources: { A: scripted(), Old: { Type: "AWS::Serverless::Function", Properties: properties } },
    });
    const { command, ...start } = await told(platform, "Old");
    expect(command).toBeUndefined();
    const { command: any } = await told(platform, "A");
    await using started = await HandStartedProcess.start({ ...start, command: any });
    expect(await (await post(platform, echoPid, "Old")).text()).toBe(String(started.child.pid));
    const diagnostics = platform.events.flatMap((event) =>
      event.kind === "deployed" ? event.diagnostics.map(({ message }) => message) : [],
    );
    expect(diagnostics.join()).not.toContain("can't run");
  });

  test("stays connected while the template is deployed again, and is told what changed", async () => {
    await using platform = await open({ watches: true });
    await using started = await HandStartedProcess.start(await told(platform));
    const pid = String(started.child.pid);
    expect(await (await post(platform, echoPid)).text()).toBe(pid);
    const template = join(platform.folder, "template.json");
    await writeFile(
      template,
      (await readFile(template, "utf8")).replace('"Timeout":10', '"Timeout":10,"MemorySize":512'),
    );
    const { environmentFile } = await told(platform, "A", 2);
    expect(await readFile(environmentFile, "utf8")).toContain("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512\n");
    expect(await (await post(platform, echoPid)).text()).toBe(pid);
  });
});

describe("the address of a function that is started by hand", () => {
  const restart = (platform: TestPlatform, take: (event: PlatformEvent) => void) =>
    Platform.start({
      template: join(platform.folder, "template.json"),
      stateFolder: join(platform.folder, "state"),
      onlyRuntime: true,
      onEvent: take,
    });
  const addressOf = (events: readonly PlatformEvent[], name: string) =>
    events.find((event) => event.kind === "by-hand" && event.functionName === name) as HandStarted;

  test("stays the same when the platform is started again", async () => {
    await using first = await open({ resources: { A: scripted(), B: scripted() } });
    await first.platform.close();
    const events: PlatformEvent[] = [];
    await using _again = await restart(first, (event) => events.push(event));
    for (const name of ["A", "B"]) {
      expect(addressOf(events, name).runtimeApi).toBe((await told(first, name)).runtimeApi);
    }
    expect(addressOf(events, "A").runtimeApi).not.toBe(addressOf(events, "B").runtimeApi);
  });

  test("is another one, which is said, where somebody else has the port meanwhile", async () => {
    await using first = await open();
    const events: PlatformEvent[] = [];
    await using _second = await restart(first, (event) => events.push(event));
    const { runtimeApi } = await told(first);
    expect(addressOf(events, "A").runtimeApi).not.toBe(runtimeApi);
    expect(events).toContainEqual({
      kind: "warning",
      message: `A can't be served at ${runtimeApi} as before: another program has that port. It has another one now.`,
    });
  });
});
