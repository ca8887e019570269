import { describe, expect, test } from "vitest";
import { StackBench } from "../../../test/stack-bench.ts";

// An update that fails with DisableRollback leaves what it made. RollbackStack, the next update and the deletion of the
// stack end that.

const bucket = (BucketName: string, properties: object = {}) => ({
  Type: "AWS::S3::Bucket",
  Properties: { BucketName, ...properties },
});
const queue = (QueueName: string) => ({ Type: "AWS::SQS::Queue", Properties: { QueueName } });
/** Its content can't be had. */
const broken = (...DependsOn: string[]) => ({
  Type: "AWS::Lambda::LayerVersion",
  DependsOn,
  Properties: { Content: { S3Bucket: "missing", S3Key: "layer.zip" } },
});

const before = {
  Description: "before",
  Resources: {
    Versioned: bucket("versioned"),
    Replaced: bucket("first"),
    Named: queue("one"),
    Gone: queue("gone"),
  },
  Outputs: { Name: { Value: { Ref: "Replaced" } } },
};
const versioned = bucket("versioned", { VersioningConfiguration: { Status: "Enabled" } });
const after = {
  Resources: {
    Versioned: versioned,
    Replaced: bucket("second"),
    Named: queue("two"),
    Added: bucket("added"),
    Broken: broken("Versioned", "Replaced", "Named", "Added"),
  },
};
const later = {
  Resources: {
    Versioned: versioned,
    Replaced: bucket("third"),
    Named: queue("two"),
    More: queue("more"),
    Broken: broken("Versioned", "Replaced", "Named", "More"),
  },
};
const mended = {
  Resources: {
    Versioned: versioned,
    Replaced: bucket("third"),
    Named: queue("two"),
    Added: bucket("added"),
  },
};

/** A stack that updates left as they failed. */
async function failed(bench: StackBench, ...updates: readonly object[]): Promise<void> {
  await bench.deploy("s", before);
  for (const update of updates) {
    expect((await bench.deploy("s", update, { disableRollback: true })).status).toBe("UPDATE_FAILED");
  }
}

/** Everything that is there. */
const whatIsThere = (bench: StackBench) => ({
  resources: bench.service.engine.rows(bench.stack("s")).map((row) => [row.logicalId, row.physicalId]),
  buckets: [...bench.objects.buckets].map(([name, { versioning = "" }]) => `${name} ${versioning}`).sort(),
  queues: [...bench.model.queues.keys()].sort(),
});

describe("RollbackStack", () => {
  test("brings back what was there before a failed update, also after a restart", async () => {
    await using bench = await StackBench.open();
    const first = await bench.deploy("s", before);
    const there = whatIsThere(bench);
    await bench.deploy("s", after, { disableRollback: true });
    expect(whatIsThere(bench)).toMatchObject({
      buckets: ["added ", "first ", "second ", "versioned Enabled"],
      queues: ["gone", "two"],
    });
    await bench.restart();
    bench.service.rollBack("s");
    const stack = await bench.settled("s");
    expect(bench.historySince("s", "UPDATE_ROLLBACK_IN_PROGRESS")).toEqual([
      "s UPDATE_ROLLBACK_IN_PROGRESS",
      ...["Versioned", "Replaced", "Named"].flatMap((id) => [
        `${id} UPDATE_IN_PROGRESS`,
        `${id} UPDATE_COMPLETE`,
      ]),
      "s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      ...["Broken", "Added", "Named", "Replaced"].flatMap((id) => [
        `${id} DELETE_IN_PROGRESS`,
        `${id} DELETE_COMPLETE`,
      ]),
      "s UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(whatIsThere(bench)).toEqual({
      ...there,
      buckets: ["first ", "versioned Suspended"],
    });
    const { template, description, outputs, disableRollback } = first;
    expect(stack).toMatchObject({ template, description, outputs, disableRollback });
    expect(bench.service.engine.store.allResources()).toHaveLength(4);
  });

  test("goes back behind every update that failed since the last that did not", async () => {
    await using bench = await StackBench.open();
    await failed(bench, after, later);
    expect(whatIsThere(bench).buckets).toEqual([
      "added ",
      "first ",
      "second ",
      "third ",
      "versioned Enabled",
    ]);
    bench.service.rollBack("s");
    expect((await bench.settled("s")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(whatIsThere(bench)).toMatchObject({
      buckets: ["first ", "versioned Suspended"],
      queues: ["gone", "one"],
    });
    expect(bench.resources("s")).toEqual(["Versioned", "Replaced", "Named", "Gone"]);
  });

  test("is refused where there is nothing to roll back", async () => {
    await using bench = await StackBench.open();
    const { id } = await bench.deploy("s", before);
    expect(() => bench.service.rollBack("s")).toThrow(
      `Stack [${id}] is in CREATE_COMPLETE state and can not be rolled back.`,
    );
    expect(() => bench.service.rollBack("none")).toThrow("Stack with id none does not exist");
  });
});

describe("after an update that was left as it failed", () => {
  test("one that fails and is rolled back ends where the last good one was", async () => {
    await using bench = await StackBench.open();
    await failed(bench, after);
    expect((await bench.deploy("s", later)).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(whatIsThere(bench)).toMatchObject({
      buckets: ["first ", "versioned Suspended"],
      queues: ["gone", "one"],
    });
  });

  test("one that succeeds removes what all of them replaced", async () => {
    await using bench = await StackBench.open();
    await failed(bench, after, later);
    expect((await bench.deploy("s", mended)).status).toBe("UPDATE_COMPLETE");
    expect(whatIsThere(bench)).toMatchObject({
      buckets: ["added ", "third ", "versioned Enabled"],
      queues: ["two"],
    });
    expect(bench.service.engine.store.allResources()).toHaveLength(4);
  });

  test("the deletion of the stack leaves nothing", async () => {
    await using bench = await StackBench.open();
    await failed(bench, after, later);
    expect((await bench.delete("s")).status).toBe("DELETE_COMPLETE");
    expect([bench.objects.buckets.size, bench.model.queues.size]).toEqual([0, 0]);
  });
});

test("an update that can't make what replaces something touches nothing of somebody else's", async () => {
  await using bench = await StackBench.open();
  bench.objects.createBucket("taken");
  await bench.deploy("s", before);
  const { Resources } = before;
  const update = { Resources: { ...Resources, Replaced: bucket("taken") } };
  expect((await bench.deploy("s", update)).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect([...bench.objects.buckets.keys()].sort()).toEqual(["first", "taken", "versioned"]);
});
