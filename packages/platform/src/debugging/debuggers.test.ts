import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { Debugger } from "../../test/debugger.ts";
import { scripted, TestPlatform } from "../../test/test-platform.ts";
import { ListenError } from "../front-door/http-server.ts";
import type { PlatformEvent } from "../platform-options.ts";
import { NoSuchFunctionError } from "../platform-options.ts";
import { TestClock } from "../test-clock.ts";

const post = (platform: TestPlatform, name: string, script: string) =>
  platform.send({ method: "POST", path: `/invoke/${name}`, body: JSON.stringify({ script }) });

const pid = "await respond(id, String(process.pid));";

/** The address where a function waits for the so-manieth time. */
function waiting(platform: TestPlatform, functionName: string, time = 1): Promise<string> {
  return platform.until((events) => waits(events, functionName)[time - 1]);
}

function waits(events: readonly PlatformEvent[], functionName: string): string[] {
  return events.flatMap((event) =>
    event.kind === "waiting" && event.functionName === functionName ? [event.address] : [],
  );
}

/** A port, and the one after it, that nobody has. */
async function freePorts(): Promise<number> {
  for (;;) {
    const servers = [createServer(), createServer()] as const;
    try {
      await once(servers[0].listen(0, "127.0.0.1"), "listening");
      const { port } = servers[0].address() as AddressInfo;
      await once(servers[1].listen(port + 1, "127.0.0.1"), "listening");
      return port;
    } catch {
      // The second one is somebody's.
    } finally {
      for (const server of servers) server.close();
    }
  }
}

describe("a function that is debugged", () => {
  test("waits before any of its code runs, and for the debugger before it takes an invocation", async () => {
    await using platform = await TestPlatform.start({ resources: { A: scripted() }, debug: { port: 0 } });
    const address = await waiting(platform, "A");
    const answered = post(platform, "A", "await respond(id, String(process.env.NODE_OPTIONS));");
    await using attached = await Debugger.attach(address);
    expect(platform.events.filter(({ kind }) => kind === "invocation")).toEqual([]);
    await attached.run();
    expect(await (await answered).text()).toBe("undefined");
  });

  test("has one process, in which invocations are handled one after the other", async () => {
    await using platform = await TestPlatform.start({ resources: { A: scripted() }, debug: { port: 0 } });
    await using attached = await Debugger.attach(await waiting(platform, "A"));
    await attached.run();
    const first = post(platform, "A", `await gate("first"); ${pid}`);
    await platform.gate.arrived("first");
    const others = [post(platform, "A", pid), post(platform, "A", pid)];
    await platform.gate.pass("first");
    const pids = await Promise.all([first, ...others].map(async (answer) => (await answer).text()));
    expect(new Set(pids).size).toBe(1);
    expect(waits(platform.events, "A")).toHaveLength(1);
  });

  test("is not hurried by any timeout, and is told the longest that AWS grants", async () => {
    const clock = new TestClock();
    await using platform = await TestPlatform.start({
      resources: { A: scripted() },
      debug: { port: 0 },
      clock,
    });
    const address = await waiting(platform, "A");
    const answered = post(
      platform,
      "A",
      `await gate("first");
       const left = event.headers["lambda-runtime-deadline-ms"] - Date.now();
       await respond(id, String(Math.round(left / 60_000)));`,
    );
    await clock.advance(3_600_000);
    await using attached = await Debugger.attach(address);
    await attached.run();
    await platform.gate.arrived("first");
    await clock.advance(3_600_000);
    await platform.gate.pass("first");
    const answer = await answered;
    expect([answer.status, await answer.text()]).toEqual([200, "15"]);
  });

  test("may start other processes of Node.js, which wait for nobody", async () => {
    await using platform = await TestPlatform.start({
      resources: { A: scripted({ Environment: { Variables: { NODE_OPTIONS: "--no-warnings" } } }) },
      debug: { port: 0 },
    });
    await using attached = await Debugger.attach(await waiting(platform, "A"));
    await attached.run();
    const answer = await post(
      platform,
      "A",
      `const { execFileSync } = require("node:child_process");
       await respond(id, execFileSync(process.execPath, ["-p", "process.env.NODE_OPTIONS"]));`,
    );
    expect(await answer.text()).toBe("--no-warnings\n");
  });

  test("waits again when its process has ended, at the same port", async () => {
    const port = await freePorts();
    await using platform = await TestPlatform.start({ resources: { A: scripted() }, debug: { port } });
    {
      await using attached = await Debugger.attach(await waiting(platform, "A"));
      await attached.run();
      const ending = post(platform, "A", `process.kill(process.pid, "SIGKILL"); await gate("never");`);
      expect(await (await ending).text()).toContain("Runtime.ExitError");
    }
    const answered = post(platform, "A", pid);
    expect(await waiting(platform, "A", 2)).toBe(`127.0.0.1:${port}`);
    await using attached = await Debugger.attach(`127.0.0.1:${port}`);
    await attached.run();
    expect(await (await answered).text()).toMatch(/^\d+$/);
  });

  test("ends with the platform while nobody has attached, and what waits for it is refused", async () => {
    await using platform = await TestPlatform.start({ resources: { A: scripted() }, debug: { port: 0 } });
    await waiting(platform, "A");
    const answered = post(platform, "A", pid).catch((error: unknown) => error);
    await platform.platform.close();
    await answered;
    expect(platform.bugs).toEqual([]);
  });

  test("of a version that an alias names takes turns with $LATEST at its one port", async () => {
    const port = await freePorts();
    await using platform = await TestPlatform.start({
      resources: { A: scripted({ AutoPublishAlias: "live" }) },
      debug: { port },
    });
    const invoke = (qualifier: string) =>
      platform.sendSigned({
        method: "POST",
        path: `/2015-03-31/functions/A/invocations?Qualifier=${qualifier}`,
        body: JSON.stringify({ script: "await respond(id, process.env.AWS_LAMBDA_FUNCTION_VERSION);" }),
      });
    for (const [index, [qualifier, version]] of [
      ["live", "1"],
      ["$LATEST", "$LATEST"],
      ["live", "1"],
    ].entries()) {
      const answered = invoke(qualifier ?? "");
      expect(await waiting(platform, "A", index + 1)).toBe(`127.0.0.1:${port}`);
      await using attached = await Debugger.attach(`127.0.0.1:${port}`);
      await attached.run();
      expect(await (await answered).text()).toBe(version);
    }
  });
});

describe("what is debugged", () => {
  test("is every function of Node.js, each at a port of its own, in the template's order", async () => {
    const port = await freePorts();
    const python = {
      Type: "AWS::Serverless::Function",
      Properties: { CodeUri: "scripted/", Handler: "a.b", Runtime: "python3.13" },
    };
    await using platform = await TestPlatform.start({
      resources: { P: python, B: scripted(), A: scripted() },
      debug: { port },
    });
    expect(await waiting(platform, "B")).toBe(`127.0.0.1:${port}`);
    expect(await waiting(platform, "A")).toBe(`127.0.0.1:${port + 1}`);
    expect(warnings(platform)).toContainEqual(
      "P does not wait for a debugger: only Node.js can be told to, and its runtime is python3.13. With --only-runtime you start it yourself, in any debugger.",
    );
  });

  test("may be named, and the others run as ever", async () => {
    await using platform = await TestPlatform.start({
      resources: { A: scripted({ FunctionName: "named" }), B: scripted() },
      debug: { port: 0, functions: ["A"] },
    });
    expect(await (await post(platform, "B", pid)).text()).toMatch(/^\d+$/);
    expect(await waiting(platform, "named")).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(waits(platform.events, "B")).toEqual([]);
  });

  test("is no program that is not Node.js: it runs, and that is said", async () => {
    await using platform = await TestPlatform.start({
      resources: { A: scripted() },
      files: { "scripted/bootstrap": await readFile("/bin/sh") },
      debug: { port: 0 },
    });
    const told = await platform.until(() => warnings(platform).find((message) => message.startsWith("A ")));
    expect(told).toMatch(/^A does not wait for a debugger: .* its runtime is provided\.al2023\./);
  });

  test.each([
    { functions: ["Numbrs"], says: "There is no function Numbrs in the template. Did you mean Numbers?" },
    { functions: ["xyz"], says: "There is no function xyz in the template. It has Numbers." },
  ])("is in the template, or nothing starts: $functions", async ({ functions, says }) => {
    const started = TestPlatform.start({ resources: { Numbers: scripted() }, debug: { functions } });
    const error = await started.catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(NoSuchFunctionError);
    expect((error as Error).message).toBe(says);
  });

  test("needs its port, or nothing starts", async () => {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const started = TestPlatform.start({ resources: { A: scripted() }, debug: { port } });
    const error = await started.catch((problem: unknown) => problem);
    server.close();
    expect(error).toBeInstanceOf(ListenError);
    expect((error as Error).message).toBe(
      `Port ${port} of 127.0.0.1, where A is to wait for a debugger, is in use by another program. Choose other ports: --debug=${port + 100}.`,
    );
  });

  test("is nothing where functions are started by hand", async () => {
    const started = TestPlatform.start({ resources: { A: scripted() }, debug: {}, onlyRuntime: true });
    await expect(started).rejects.toThrow(TypeError);
  });
});

function warnings(platform: TestPlatform): string[] {
  return platform.events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));
}
