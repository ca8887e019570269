import { expect, test } from "vitest";
import { rawZip } from "../../../test/raw-zip.ts";
import { StackBench } from "../../../test/stack-bench.ts";

const f = (key: string, properties: object = {}) => ({
  Resources: {
    F: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Role: "arn:aws:iam::123456789012:role/r",
        Code: { S3Bucket: "code", S3Key: key },
        ...properties,
      },
    },
  },
});

/** Deployments that wait where they read their code until they are let on. */
class HeldDeployments implements AsyncDisposable {
  readonly bench: StackBench;
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  readonly #reading = new Map<string, PromiseWithResolvers<void>>();

  private constructor(bench: StackBench) {
    this.bench = bench;
    bench.objects.beforeRead = (key) => {
      this.#of(this.#reading, key).resolve();
      return this.#of(this.#waiting, key).promise;
    };
  }

  static async open(...keys: readonly string[]): Promise<HeldDeployments> {
    const bench = await StackBench.open();
    for (const key of keys) bench.objects.put("code", key, rawZip([{ name: "index.js", content: key }]));
    return new HeldDeployments(bench);
  }

  reads(key: string): Promise<void> {
    return this.#of(this.#reading, key).promise;
  }

  letOn(key: string): void {
    this.#of(this.#waiting, key).resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }

  #of(map: Map<string, PromiseWithResolvers<void>>, key: string): PromiseWithResolvers<void> {
    const found = map.get(key) ?? Promise.withResolvers<void>();
    map.set(key, found);
    return found;
  }
}

test("a stack takes one operation at a time", async () => {
  await using held = await HeldDeployments.open("one");
  const { bench } = held;
  bench.begin("s", f("one"));
  await held.reads("one");
  const { id } = bench.stack("s");
  expect(() => bench.begin("s", f("two"))).toThrow(
    `Stack:${id} is in CREATE_IN_PROGRESS state and can not be updated.`,
  );
  expect(() => bench.service.delete("s", [])).toThrow(
    `Stack [${id}] cannot be deleted while in status CREATE_IN_PROGRESS`,
  );
  held.letOn("one");
  expect((await bench.settled("s")).status).toBe("CREATE_COMPLETE");
});

test("of two change sets that are executed at once, one is: the other is gone, and none can be made", async () => {
  await using held = await HeldDeployments.open("one", "two", "three");
  const { bench } = held;
  held.letOn("one");
  await bench.deploy("s", f("one"));
  const { id } = bench.stack("s");
  const make = (key: string) =>
    bench.service.changeSets.create({
      template: JSON.stringify(f(key)),
      parameters: [],
      capabilities: [],
      name: key,
      stackNameOrId: "s",
      kind: "UPDATE",
    });
  const [first, second] = [make("two"), make("three")];
  bench.service.changeSets.execute(first.id, undefined, {});
  await held.reads("two");
  expect(() => bench.service.changeSets.execute(first.id, undefined, {})).toThrow(
    `ChangeSet [${first.id}] cannot be executed in its current execution status of [EXECUTE_COMPLETE]`,
  );
  expect(() => bench.service.changeSets.execute(second.id, undefined, {})).toThrow(
    `ChangeSet [${second.id}] does not exist`,
  );
  expect(() => make("four")).toThrow(`Stack:${id} is in UPDATE_IN_PROGRESS state and can not be updated.`);
  held.letOn("two");
  expect(await bench.settled("s")).toMatchObject({ status: "UPDATE_COMPLETE", changeSetId: first.id });
});

test("several stacks are deployed at once", async () => {
  await using held = await HeldDeployments.open("one", "two");
  const { bench } = held;
  bench.begin("s", f("one"));
  bench.begin("t", f("two"));
  await Promise.all([held.reads("one"), held.reads("two")]);
  held.letOn("two");
  expect((await bench.settled("t")).status).toBe("CREATE_COMPLETE");
  held.letOn("one");
  expect((await bench.settled("s")).status).toBe("CREATE_COMPLETE");
  expect(bench.model.functions.size).toBe(2);
});

test("of two that want the same name, the one that comes last is rolled back", async () => {
  await using held = await HeldDeployments.open("one", "two");
  const { bench } = held;
  bench.begin("s", f("one", { FunctionName: "same" }));
  bench.begin("t", f("two", { FunctionName: "same" }));
  await Promise.all([held.reads("one"), held.reads("two")]);
  held.letOn("two");
  expect((await bench.settled("t")).status).toBe("CREATE_COMPLETE");
  held.letOn("one");
  expect((await bench.settled("s")).status).toBe("ROLLBACK_COMPLETE");
  expect(bench.reasons("s", "CREATE_FAILED")["F"]).toContain("Function already exist: same");
  expect([...bench.model.functions.keys()]).toEqual(["same"]);
});

test("an update is cancelled before its next resource", async () => {
  await using held = await HeldDeployments.open("one", "two");
  const { bench } = held;
  held.letOn("one");
  await bench.deploy("s", f("one"));
  const { Resources } = f("two");
  bench.begin("s", { Resources: { ...Resources, Q: { Type: "AWS::SQS::Queue", DependsOn: "F" } } });
  await held.reads("two");
  bench.service.cancelUpdate("s");
  held.letOn("two");
  expect((await bench.settled("s")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(bench.resources("s")).toEqual(["F"]);
});

test("events of a stack are a millisecond apart at least, however fast they come", async () => {
  await using bench = await StackBench.open();
  const queues = Array.from({ length: 30 }, (_, index) => [`Q${index}`, { Type: "AWS::SQS::Queue" }]);
  await bench.deploy("s", { Resources: Object.fromEntries(queues) });
  const times = bench.events("s").map(({ timestampMs }) => timestampMs);
  expect(times).toHaveLength(92);
  expect(times.slice(1).every((time, index) => time > (times[index] ?? 0))).toBe(true);
});
