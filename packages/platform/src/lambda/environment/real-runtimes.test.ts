import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { createEnvironment, type Environment } from "./environment.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import type { InvocationReport, InvocationRequest } from "./invocation.ts";
import { RuntimeFinder } from "./runtimes.ts";
import { FunctionFolder } from "./testing/function-folder.ts";
import { isStopped, processesWith } from "./testing/leftovers.ts";
import { RecordingReceiver } from "./testing/recording-receiver.ts";
import { LogRecorder, testPorts, testRequest, testSpec } from "./testing/test-environment.ts";

const marker = randomUUID();
const ownNode = `nodejs${Number.parseInt(process.versions.node, 10)}.x`;
const runtimeSource = join(
  dirname(createRequire(import.meta.url).resolve("@sluice/runtime/package.json")),
  "src",
);

afterEach(() => {
  if (existsSync("/proc/self")) expect(processesWith(marker)).toEqual([]);
});

/** An environment of a function that is run by a real runtime. */
class Bench implements AsyncDisposable {
  readonly log = new LogRecorder();
  readonly environment: Environment;
  readonly #folder: FunctionFolder;

  private constructor(folder: FunctionFolder, spec: EnvironmentSpec) {
    this.#folder = folder;
    const hostPath = process.env["PATH"] ?? "";
    const finder = new RuntimeFinder({
      hostPath,
      warn: () => {},
      searchFrom: [],
      nodeBootstrap: join(runtimeSource, "bootstrap.ts"),
    });
    const ports = {
      ...testPorts(this.log, systemClock),
      findCommand: (it: EnvironmentSpec) => finder.find(it),
      hostPath,
    };
    this.environment = createEnvironment(spec, ports);
  }

  static async open(
    files: Readonly<Record<string, string>>,
    changes: Partial<EnvironmentSpec>,
  ): Promise<Bench> {
    const folder = await FunctionFolder.create(files);
    return new Bench(
      folder,
      testSpec(folder.path, { ...changes, variables: { ...changes.variables, MARKER: marker } }),
    );
  }

  async run(
    changes: Partial<InvocationRequest> = {},
  ): Promise<{ receiver: RecordingReceiver; report: InvocationReport }> {
    const receiver = new RecordingReceiver();
    return { report: await this.environment.invoke(testRequest(changes), receiver).done, receiver };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment.shutdown();
    await this.#folder[Symbol.asyncDispose]();
  }
}

describe("a function with @sluice/runtime", () => {
  const bootstrap = (handler: string, options = "{}") => `#!${process.execPath}
import { buffered, LambdaRuntime, streaming } from ${JSON.stringify(join(runtimeSource, "index.ts"))};
await new LambdaRuntime(${handler}, ${options}).run();
`;

  test("streams status, headers and body", async () => {
    const handler = `streaming(async (event, response) => {
      await response.writeStatusAndHeaders({ statusCode: 201, headers: { "content-type": "text/plain" } });
      await response.write("hello ");
      await response.writeAndFinish(event.name);
    })`;
    await using bench = await Bench.open({ bootstrap: bootstrap(handler) }, {});
    for (let count = 0; count < 2; count++) {
      const { receiver, report } = await bench.run();
      expect(receiver).toMatchObject({
        started: { contentType: "application/vnd.awslambda.http-integration-response", isStreaming: true },
        text: '{"statusCode":201,"headers":{"content-type":"text/plain"}}\0\0\0\0\0\0\0\0hello Ada',
        ended: { kind: "complete" },
      });
      expect(report.status).toBe("success");
    }
  });

  test("fails in the middle of a stream", async () => {
    const handler = `streaming(async (event, response) => { await response.write("half"); throw new TypeError("no more"); })`;
    await using bench = await Bench.open({ bootstrap: bootstrap(handler) }, {});
    const { receiver } = await bench.run();
    expect(receiver).toMatchObject({ text: "half", ended: { kind: "streamError", errorType: "TypeError" } });
    const end = receiver.ended;
    expect(end?.kind === "streamError" && JSON.parse(end.errorBody)).toMatchObject({
      errorMessage: "no more",
    });
  });

  test("reports an error before the first byte", async () => {
    const handler = `buffered(async () => { throw new RangeError("too far"); })`;
    await using bench = await Bench.open({ bootstrap: bootstrap(handler) }, {});
    const { receiver } = await bench.run();
    expect(receiver.ended).toMatchObject({ kind: "functionError", errorType: "Function.RangeError" });
  });

  test("runs its shutdown hook", async () => {
    const handler = `buffered(async () => "done"), { onShutdown: () => console.log("closed") }`;
    await using bench = await Bench.open({ bootstrap: bootstrap(handler) }, {});
    expect((await bench.run()).receiver.text).toBe('"done"');
    await bench.environment.shutdown();
    expect(bench.log.messages.at(-1)).toMatch(/closed$/);
  });
});

describe(`a function for ${ownNode}`, () => {
  test("returns its output", async () => {
    const code = `export const handler = async (event, context) =>
      [event.name, process.env.AWS_EXECUTION_ENV, typeof context.awsRequestId].join(" ");`;
    await using bench = await Bench.open({ "index.mjs": code }, { runtime: ownNode });
    const { receiver, report } = await bench.run({ invokeMode: "BUFFERED" });
    expect(receiver).toMatchObject({
      text: `"Ada AWS_Lambda_${ownNode} string"`,
      ended: { kind: "complete" },
    });
    expect(report.status).toBe("success");
    expect(bench.log.messages[0]).toContain(`INIT_START Runtime Version: nodejs:${process.versions.node}\t`);
  });

  test("streams with the awslambda global", async () => {
    const code = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      stream.setContentType("text/event-stream");
      stream.write("data: 1\\n\\n");
      stream.end();
    });`;
    await using bench = await Bench.open({ "index.js": code }, { runtime: ownNode });
    const { receiver } = await bench.run();
    expect(receiver).toMatchObject({
      started: { contentType: "text/event-stream", isStreaming: true },
      text: "data: 1\n\n",
      ended: { kind: "complete" },
    });
  });

  test("that can't be imported fails its Init twice, and then its invocation", async () => {
    await using bench = await Bench.open(
      { "index.mjs": 'throw new Error("not today");' },
      { runtime: ownNode },
    );
    const { receiver, report } = await bench.run();
    expect(receiver.ended).toMatchObject({ kind: "functionError" });
    expect(receiver.outcome).toMatchObject({ payload: expect.stringContaining("not today") });
    expect(report).toMatchObject({ status: "error", initDurationMs: undefined });
    expect(bench.log.messages.filter((message) => message.startsWith("INIT_REPORT"))).toHaveLength(2);
  });

  test.each([
    { what: "itself", variables: {} },
    { what: "by a wrapper script", variables: { AWS_LAMBDA_EXEC_WRAPPER: "/var/task/wrapper" } },
  ])(
    "started $what answers one event after the other, and sees no variable of ours",
    async ({ variables }) => {
      const code = `let count = 0;
      export const handler = async ({ number }) => ({
        count: ++count, number, wrapped: process.env.WRAPPED,
        special: Object.keys(process.env).filter((name) => name.startsWith("SLUICE")),
      });`;
      const wrapper = '#!/bin/sh\nWRAPPED=yes exec "$@"\n';
      await using bench = await Bench.open({ "index.mjs": code, wrapper }, { runtime: ownNode, variables });
      for (let number = 1; number <= 10; number++) {
        const event = Buffer.from(JSON.stringify({ number }));
        const { receiver, report } = await bench.run({ invokeMode: "BUFFERED", event });
        expect(JSON.parse(receiver.text)).toEqual({
          count: number,
          number,
          ...("AWS_LAMBDA_EXEC_WRAPPER" in variables ? { wrapped: "yes" } : {}),
          special: [],
        });
        expect(report.status).toBe("success");
      }
    },
  );

  test("takes events and gives responses of megabytes", async () => {
    const code = "export const handler = async ({ text }) => text + text;";
    await using bench = await Bench.open({ "index.mjs": code }, { runtime: ownNode });
    const text = "a".repeat(2_000_000);
    for (let count = 0; count < 3; count++) {
      const event = Buffer.from(JSON.stringify({ text }));
      const { receiver } = await bench.run({ invokeMode: "BUFFERED", event });
      expect(receiver).toMatchObject({ bytes: 2 * text.length + 2, ended: { kind: "complete" } });
    }
  });

  test("takes several events at once, each time one of them is answered", async () => {
    const code = `export const handler = async ({ number }) => {
      for (let left = number; left > 0; left--) await new Promise(setImmediate);
      return number;
    };`;
    const maxConcurrency = 4;
    await using bench = await Bench.open({ "index.mjs": code }, { runtime: ownNode, maxConcurrency });
    let number = 0;
    const work = async () => {
      while (number < 100) {
        const event = JSON.stringify({ number: ++number });
        const { receiver } = await bench.run({ invokeMode: "BUFFERED", event: Buffer.from(event) });
        expect({ number: Number(receiver.text) }).toEqual(JSON.parse(event));
      }
    };
    await Promise.all(Array.from({ length: maxConcurrency }, work));
    expect(bench.log.messages.filter((message) => message.includes("Warning"))).toEqual([]);
  });

  test("goes on after it was frozen", async () => {
    const code = "export const handler = async () => process.pid;";
    await using bench = await Bench.open({ "index.mjs": code }, { runtime: ownNode });
    const { receiver } = await bench.run({ invokeMode: "BUFFERED" });
    await expect.poll(() => isStopped(Number(receiver.text)), { interval: 5 }).toBe(true);
    expect((await bench.run({ invokeMode: "BUFFERED" })).receiver.text).toBe(receiver.text);
  });

  test.each(["process.nextTick", "setImmediate"])(
    "that exits in %s as it returns has answered, and the next event gets another process",
    async (later) => {
      const code = `export const handler = async () => {
        ${later}(() => process.exit(3));
        return process.pid;
      };`;
      await using bench = await Bench.open({ "index.mjs": code }, { runtime: ownNode });
      const pids = new Set<string>();
      for (let count = 0; count < 3; count++) {
        const { receiver, report } = await bench.run({ invokeMode: "BUFFERED" });
        expect(receiver.ended).toEqual({ kind: "complete" });
        expect(report).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
        pids.add(receiver.text);
      }
      expect(pids.size).toBe(3);
    },
  );
});
