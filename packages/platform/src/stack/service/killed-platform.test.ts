import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { MemoryObjects } from "../../../test/memory-objects.ts";
import { StackBench } from "../../../test/stack-bench.ts";

// A platform that is killed in the middle of an operation leaves a stack whose operation the next one ends.

const stackProcess = fileURLToPath(new URL("../../../test/stack-process.ts", import.meta.url));
const sourceHooks = fileURLToPath(new URL("../../../test/source-hooks.ts", import.meta.url));

/** Lets another process deploy, and kills it where it says that. @returns what the next process has then. */
async function killAt(place: string, templates: readonly object[], end = ""): Promise<StackBench> {
  const folder = await mkdtemp(join(tmpdir(), "killed-"));
  const child = fork(stackProcess, [folder, JSON.stringify(templates), end], {
    execArgv: ["--import", sourceHooks],
  });
  const exited = once(child, "exit");
  const [said] = await Promise.race([
    once(child, "message"),
    exited.then(() => ["It ended without a word."]),
  ]);
  expect(said).toBe(place);
  child.kill("SIGKILL");
  await exited;
  const objects = new MemoryObjects();
  // S3 has a state of its own.
  objects.createBucket("mine");
  return StackBench.open(folder, objects);
}

const bucket = { Type: "AWS::S3::Bucket", Properties: { BucketName: "mine" } };
const queue = (properties: object = {}) => ({ Type: "AWS::SQS::Queue", Properties: properties });
const f = (dependsOn: string) => ({
  Type: "AWS::Lambda::Function",
  DependsOn: dependsOn,
  Properties: {
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/r",
    Code: { S3Bucket: "code", S3Key: "code.zip" },
  },
});

describe("killed in the middle of", () => {
  test("a creation: what was created is gone", async () => {
    await using bench = await killAt("read code.zip", [{ Resources: { Bucket: bucket, F: f("Bucket") } }]);
    expect(bench.stack("s").status).toBe("ROLLBACK_COMPLETE");
    expect(bench.historySince("s", "CREATE_IN_PROGRESS")).toEqual([
      "s CREATE_IN_PROGRESS",
      "Bucket CREATE_IN_PROGRESS",
      "Bucket CREATE_IN_PROGRESS",
      "Bucket CREATE_COMPLETE",
      "F CREATE_IN_PROGRESS",
      "s ROLLBACK_IN_PROGRESS",
      "F DELETE_IN_PROGRESS",
      "F DELETE_COMPLETE",
      "Bucket DELETE_IN_PROGRESS",
      "Bucket DELETE_COMPLETE",
      "s ROLLBACK_COMPLETE",
    ]);
    expect([bench.objects.buckets.size, bench.resources("s")]).toEqual([0, []]);
  });

  test("an update: everything is as before, and served", async () => {
    const before = { Resources: { Queue: queue({ QueueName: "first" }) } };
    const after = { Resources: { Queue: queue({ QueueName: "second" }), F: f("Queue") } };
    await using bench = await killAt("read code.zip", [before, after]);
    expect(bench.stack("s").status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect([...bench.model.queues.keys()]).toEqual(["first"]);
    expect(bench.resources("s")).toEqual(["Queue"]);
    expect((await bench.deploy("s", { Resources: { Queue: queue({ QueueName: "third" }) } })).status).toBe(
      "UPDATE_COMPLETE",
    );
  });

  test("a deletion: it goes on", async () => {
    await using bench = await killAt("delete mine", [{ Resources: { Bucket: bucket } }], "delete");
    const [stack] = bench.service.engine.stacks();
    expect(stack?.status).toBe("DELETE_COMPLETE");
    expect(bench.objects.buckets.size).toBe(0);
  });

  test("what follows an update: it is completed", async () => {
    const templates = [{ Resources: { Bucket: bucket, Queue: queue() } }, { Resources: { Queue: queue() } }];
    await using bench = await killAt("delete mine", templates);
    expect(bench.stack("s").status).toBe("UPDATE_COMPLETE");
    expect([bench.objects.buckets.size, bench.resources("s")]).toEqual([0, ["Queue"]]);
  });
});
