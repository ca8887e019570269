import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { EnvironmentPool } from "./environment-pool.ts";
import type { Invocation } from "./invocation.ts";
import { FunctionFolder } from "./testing/function-folder.ts";
import { Gate } from "./testing/gate.ts";
import { processesWith } from "./testing/leftovers.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { rawRuntime } from "./testing/raw-runtime.ts";
import { RecordingReceiver } from "./testing/recording-receiver.ts";
import { LogRecorder, testPorts, testRequest, testSpec } from "./testing/test-environment.ts";

const hasProc = existsSync("/proc/self");
const marker = randomUUID();
const idleMs = 60_000;

afterEach(() => {
  if (hasProc) expect(processesWith(marker)).toEqual([]);
});

/**
 * Answers with its process id, after it passed the gate that the event names, if it names one; and asks for the next event
 * after it passed another, if it names one.
 */
const bootstrap = rawRuntime(`
  const { gate: first, lastGate } = JSON.parse(event.body);
  if (first !== undefined) await gate(first);
  await respond(id, process.env.VERSION + " " + process.pid);
  if (lastGate !== undefined) await gate(lastGate);`);

class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly log = new LogRecorder();
  limit = 10;
  readonly pool: EnvironmentPool;
  readonly folder: FunctionFolder;
  readonly gate: Gate;

  constructor(folder: FunctionFolder, gate: Gate) {
    this.folder = folder;
    this.gate = gate;
    this.pool = new EnvironmentPool(this.version("1"), testPorts(this.log, this.clock), {
      idleMs,
      limit: () => this.limit,
    });
  }

  static async open(): Promise<Bench> {
    return new Bench(await FunctionFolder.create({ bootstrap }), await Gate.open());
  }

  version(version: string) {
    return testSpec(this.folder.path, {
      timeoutMs: 3_000,
      variables: { ...this.gate.variables, MARKER: marker, VERSION: version },
    });
  }

  invoke(gate?: string, lastGate?: string): { receiver: RecordingReceiver; invocation: Invocation } {
    const receiver = new RecordingReceiver();
    const event = Buffer.from(JSON.stringify({ gate, lastGate }));
    const invocation = this.pool.invoke(testRequest({ event }), receiver);
    if ("kind" in invocation) throw new Error(invocation.kind);
    return { receiver, invocation };
  }

  /** An invocation that is answered, and whose runtime does not ask for the next event before it may. */
  async answer(lastGate: string): Promise<{ readonly text: string; readonly invocation: Invocation }> {
    const { receiver, invocation } = this.invoke(undefined, lastGate);
    await receiver.until(() => receiver.ended);
    await this.gate.arrived(lastGate);
    return { text: receiver.text, invocation };
  }

  async run(): Promise<string> {
    const { receiver, invocation } = this.invoke();
    await invocation.done;
    return receiver.text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.dispose();
    await this.gate[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

describe("an invocation that finds an environment answered, and not free yet", () => {
  test("gets that environment as soon as it is free", async () => {
    await using bench = await Bench.open();
    const { text } = await bench.answer("first");
    const second = bench.invoke();
    expect(bench.pool.concurrency).toBe(2);
    await bench.gate.pass("first");
    await second.invocation.done;
    await second.invocation.released;
    expect(second.receiver.text).toBe(text);
    expect(bench.pool).toMatchObject({ concurrency: 0, idle: 1 });
  });

  test("gets another when that takes longer, and is not the only one to wait", async () => {
    await using bench = await Bench.open();
    const { text, invocation } = await bench.answer("first");
    const waiting = bench.invoke();
    const other = bench.invoke("held");
    await bench.gate.arrived("held");
    expect(waiting.receiver.started).toBeUndefined();
    bench.clock.advance(20);
    await waiting.invocation.done;
    await bench.gate.pass("held");
    await other.invocation.done;
    expect(new Set([text, waiting.receiver.text, other.receiver.text]).size).toBe(3);
    await bench.gate.pass("first");
    await invocation.done;
  });

  test("waits no longer when the function changes, or the pool ends", async () => {
    await using bench = await Bench.open();
    const { invocation } = await bench.answer("first");
    const second = bench.invoke();
    const replaced = bench.pool.replace(bench.version("2"));
    await second.invocation.done;
    expect(second.receiver.text).toMatch(/^2 /);
    await bench.gate.pass("first");
    await invocation.done;
    await replaced;
    await bench.answer("third");
    const last = bench.invoke();
    await bench.pool.dispose();
    expect(last.receiver.ended).toMatchObject({ kind: "platformError" });
  });
});

describe("a pool of execution environments", () => {
  test("uses an environment again", async () => {
    await using bench = await Bench.open();
    const first = await bench.run();
    expect(await bench.run()).toBe(first);
    expect(bench.pool).toMatchObject({ concurrency: 0, idle: 1 });
  });

  test("has as many as there are invocations at once, and uses the last one first", async () => {
    await using bench = await Bench.open();
    const names = ["a", "b", "c"];
    const running = names.map((name) => bench.invoke(name));
    expect(bench.pool.concurrency).toBe(3);
    for (const name of names) {
      await bench.gate.pass(name);
      await running[names.indexOf(name)]?.invocation.done;
    }
    expect(new Set(running.map(({ receiver }) => receiver.text)).size).toBe(3);
    expect(bench.pool).toMatchObject({ concurrency: 0, idle: 3 });
    expect(await bench.run()).toBe(running[2]?.receiver.text);
  });

  test("refuses what goes beyond the limit", async () => {
    await using bench = await Bench.open();
    bench.limit = 1;
    const { invocation } = bench.invoke("a");
    const refused = bench.pool.invoke(testRequest(), new RecordingReceiver());
    expect(refused).toEqual({ kind: "concurrencyExceeded", limit: 1 });
    await bench.gate.pass("a");
    await invocation.done;
    await bench.run();
    bench.limit = 0;
    expect(() => bench.invoke()).toThrow("concurrencyExceeded");
  });

  test("shuts down what has been idle for its time, and keeps the rest", async () => {
    await using bench = await Bench.open();
    const running = ["a", "b"].map((name) => bench.invoke(name));
    for (const name of ["a", "b"]) await bench.gate.pass(name);
    await Promise.all(running.map(({ invocation }) => invocation.done));
    bench.clock.advance(idleMs - 1);
    const used = await bench.run();
    expect(bench.pool.idle).toBe(2);
    bench.clock.advance(1);
    expect(bench.pool.idle).toBe(1);
    expect(await bench.run()).toBe(used);
    bench.clock.advance(idleMs);
    expect(bench.pool.idle).toBe(0);
  });

  test("lets invocations of old code end while new ones run the new code", async () => {
    await using bench = await Bench.open();
    await bench.run();
    const old = bench.invoke("old");
    await bench.gate.arrived("old");
    const events: string[] = [];
    const replaced = bench.pool.replace(bench.version("2")).then(() => events.push("old code is free"));
    expect(await bench.run()).toMatch(/^2 /);
    events.push("new code ran");
    await bench.gate.pass("old");
    await old.invocation.done;
    await replaced;
    expect(events).toEqual(["new code ran", "old code is free"]);
    expect(old.receiver.text).toMatch(/^1 /);
    expect(() => process.kill(Number(old.receiver.text.slice(2)), 0)).toThrow("ESRCH");
    expect(bench.pool.idle).toBe(1);
    expect(await bench.run()).toMatch(/^2 /);
  });

  test("shuts down idle environments of old code at once", async () => {
    await using bench = await Bench.open();
    await bench.run();
    bench.pool.replace(bench.version("2"));
    expect(bench.pool.idle).toBe(0);
  });

  test("uses an environment again after a time-out", async () => {
    await using bench = await Bench.open();
    const { invocation } = bench.invoke("never");
    await bench.gate.arrived("never");
    bench.clock.advance(3_000);
    expect(await invocation.done).toMatchObject({ status: "timeout" });
    await bench.run();
    expect(new Set(bench.log.entries.map(({ logStreamName }) => logStreamName)).size).toBe(1);
  });

  test("when retired lets invocations end, and takes nothing more", async () => {
    await using bench = await Bench.open();
    const { receiver, invocation } = bench.invoke("busy");
    await bench.gate.arrived("busy");
    const retired = bench.pool.retire();
    expect(() => bench.invoke()).toThrow("retired");
    await bench.gate.pass("busy");
    expect(await invocation.done).toMatchObject({ status: "success" });
    await retired;
    expect(receiver.text).toMatch(/^1 /);
    expect(bench.pool.idle).toBe(0);
    if (hasProc) expect(processesWith(marker)).toEqual([]);
  });

  test("when disposed ends every process, and takes nothing more", async () => {
    await using bench = await Bench.open();
    const idle = bench.invoke("idle");
    const { receiver, invocation } = bench.invoke("busy");
    await bench.gate.pass("idle");
    await idle.invocation.done;
    await bench.gate.arrived("busy");
    await bench.pool.dispose();
    expect(receiver.ended).toMatchObject({ kind: "platformError", errorType: "Sandbox.Failure" });
    expect(await invocation.done).toMatchObject({ status: "error" });
    if (hasProc) expect(processesWith(marker)).toEqual([]);
    expect(() => bench.invoke()).toThrow("disposed");
  });
});
