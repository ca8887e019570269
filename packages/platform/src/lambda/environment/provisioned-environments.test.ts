import { describe, expect, test } from "vitest";
import { EnvironmentPool } from "./environment-pool.ts";
import type { Invocation } from "./invocation.ts";
import { FunctionFolder } from "./testing/function-folder.ts";
import { Gate } from "./testing/gate.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { rawRuntime } from "./testing/raw-runtime.ts";
import { RecordingReceiver } from "./testing/recording-receiver.ts";
import { LogRecorder, testPorts, testRequest, testSpec } from "./testing/test-environment.ts";

/** Answers with its process id and why it was initialized, after the gate that the event names, if it names one. */
const bootstrap = rawRuntime(
  `const name = JSON.parse(event.body).gate;
   if (name !== undefined) await gate(name);
   await respond(id, [process.pid, process.env.AWS_LAMBDA_INITIALIZATION_TYPE, process.env.EDITION].join(" "));`,
  `if (process.env.FAILS) process.exit(1);
   console.log("initialized");`,
);

const idleMs = 60_000;

class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly log = new LogRecorder();
  readonly pool: EnvironmentPool;
  readonly folder: FunctionFolder;
  readonly gate: Gate;

  private constructor(folder: FunctionFolder, gate: Gate, variables: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.gate = gate;
    this.pool = new EnvironmentPool(this.spec(variables), testPorts(this.log, this.clock), {
      idleMs,
      limit: () => 10,
    });
  }

  static async open(variables: Readonly<Record<string, string>> = {}): Promise<Bench> {
    return new Bench(await FunctionFolder.create({ bootstrap }), await Gate.open(), variables);
  }

  spec(variables: Readonly<Record<string, string>>) {
    return testSpec(this.folder.path, {
      timeoutMs: 3_000,
      variables: { ...this.gate.variables, ...variables },
    });
  }

  invoke(gate?: string): { receiver: RecordingReceiver; invocation: Invocation } {
    const receiver = new RecordingReceiver();
    const request = testRequest({ event: Buffer.from(JSON.stringify({ gate })) });
    const invocation = this.pool.invoke(request, receiver);
    if ("kind" in invocation) throw new Error(invocation.kind);
    return { receiver, invocation };
  }

  /** What so many invocations at once are answered with. */
  async runAtOnce(count: number): Promise<string[]> {
    const gates = Array.from({ length: count }, (_, index) => `gate ${index}`);
    const running = gates.map((gate) => this.invoke(gate));
    await Promise.all(gates.map((gate) => this.gate.pass(gate)));
    await Promise.all(running.map(({ invocation }) => invocation.released));
    return running.map(({ receiver }) => receiver.text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.dispose();
    await this.gate[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

const typesOf = (answers: readonly string[]) => answers.map((answer) => answer.split(" ")[1]);
const provisioned = "provisioned-concurrency";

describe("provisioned environments", () => {
  test("are initialized before there is an invocation, which then runs in one of them", async () => {
    await using bench = await Bench.open();
    await bench.pool.provision(2);
    expect(bench.log.messages.filter((message) => message === "initialized")).toHaveLength(2);
    expect(bench.pool).toMatchObject({ concurrency: 0, idle: 2 });
    expect(typesOf(await bench.runAtOnce(2))).toEqual([provisioned, provisioned]);
    expect(bench.log.messages.filter((message) => message === "initialized")).toHaveLength(2);
  });

  test("are as many as there are to be, though few are initialized at a time", async () => {
    await using bench = await Bench.open();
    await bench.pool.provision(6);
    expect(bench.pool.idle).toBe(6);
  });

  test("take what they can, and others are made for the rest", async () => {
    await using bench = await Bench.open();
    await bench.pool.provision(1);
    const peak = await bench.runAtOnce(3);
    expect(typesOf(peak).sort()).toEqual(["on-demand", "on-demand", provisioned]);
    for (let count = 0; count < 2; count++) {
      expect(typesOf(await bench.runAtOnce(1))).toEqual([provisioned]);
    }
  });

  test("do not end while they are idle, unlike others", async () => {
    await using bench = await Bench.open();
    await bench.pool.provision(1);
    await bench.runAtOnce(2);
    expect(bench.pool.idle).toBe(2);
    bench.clock.advance(10 * idleMs);
    expect(bench.pool.idle).toBe(1);
    expect(typesOf(await bench.runAtOnce(1))).toEqual([provisioned]);
  });

  test("are those of the new code when the function changes", async () => {
    await using bench = await Bench.open({ EDITION: "1" });
    await bench.pool.provision(1);
    await bench.pool.replace(bench.spec({ EDITION: "2" }));
    await bench.pool.provision(1);
    expect(bench.pool.idle).toBe(1);
    expect(await bench.runAtOnce(1)).toEqual([expect.stringMatching(`^\\d+ ${provisioned} 2$`)]);
  });

  test("end when there are to be fewer", async () => {
    await using bench = await Bench.open();
    await bench.pool.provision(3);
    await bench.pool.provision(1);
    expect(bench.pool.idle).toBe(1);
    await bench.pool.provision(0);
    expect(bench.pool.idle).toBe(0);
  });

  test("that can't be initialized are not tried forever: an invocation tries again", async () => {
    await using bench = await Bench.open({ FAILS: "1" });
    await bench.pool.provision(1);
    expect(bench.pool.idle).toBe(1);
    const { invocation, receiver } = bench.invoke();
    await invocation.done;
    expect(receiver.ended).toMatchObject({ kind: "platformError", errorType: "Runtime.ExitError" });
  });

  test("end with the pool, even while they are initialized", async () => {
    await using bench = await Bench.open();
    const ready = bench.pool.provision(2);
    await bench.pool.dispose();
    await ready;
    expect(bench.pool.idle).toBe(0);
  });
});
