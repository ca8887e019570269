import { describe, expect, test } from "vitest";
import { StackBench } from "../../../test/stack-bench.ts";

// What a failed deployment leaves behind is what was there before it.

const bucket = (properties: object = {}) => ({ Type: "AWS::S3::Bucket", Properties: properties });
const queue = (properties: object = {}) => ({ Type: "AWS::SQS::Queue", Properties: properties });
/** Its code can't be had. */
const broken = (dependsOn: string[] = []) => ({
  Type: "AWS::Lambda::Function",
  DependsOn: dependsOn,
  Properties: {
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/r",
    Code: { S3Bucket: "missing", S3Key: "code.zip" },
  },
});
const codeReason =
  'Resource handler returned message: "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist (s3://missing/code.zip)" (HandlerErrorCode: InvalidRequest)';

describe("a creation that fails", () => {
  const template = {
    Resources: {
      Bucket: bucket(),
      Queue: queue(),
      F: broken(["Bucket", "Queue"]),
      Never: { ...queue(), DependsOn: "F" },
    },
  };

  test("is rolled back: what was created is gone", async () => {
    await using bench = await StackBench.open();
    const stack = await bench.deploy("s", template);
    expect(stack).toMatchObject({ status: "ROLLBACK_COMPLETE" });
    expect(bench.historySince("s", "CREATE_IN_PROGRESS")).toEqual([
      "s CREATE_IN_PROGRESS",
      ...["Bucket", "Queue"].flatMap((id) => [
        `${id} CREATE_IN_PROGRESS`,
        `${id} CREATE_IN_PROGRESS`,
        `${id} CREATE_COMPLETE`,
      ]),
      "F CREATE_IN_PROGRESS",
      "F CREATE_FAILED",
      "s ROLLBACK_IN_PROGRESS",
      ...["F", "Queue", "Bucket"].flatMap((id) => [`${id} DELETE_IN_PROGRESS`, `${id} DELETE_COMPLETE`]),
      "s ROLLBACK_COMPLETE",
    ]);
    expect(bench.reasons("s", "CREATE_FAILED")).toEqual({ F: codeReason });
    expect(bench.reasons("s", "ROLLBACK_IN_PROGRESS")).toEqual({
      s: "The following resource(s) failed to create: [F]. Rollback requested by user.",
    });
    expect([bench.resources("s"), bench.objects.buckets.size, bench.model.queues.size]).toEqual([[], 0, 0]);
  });

  test("leaves a stack that can only be deleted", async () => {
    await using bench = await StackBench.open();
    const { id } = await bench.deploy("s", template);
    expect(() => bench.begin("s", { Resources: { Queue: queue() } })).toThrow(
      `Stack:${id} is in ROLLBACK_COMPLETE state and can not be updated.`,
    );
    expect((await bench.delete("s")).status).toBe("DELETE_COMPLETE");
    expect((await bench.deploy("s", { Resources: { Queue: queue() } })).status).toBe("CREATE_COMPLETE");
  });

  test("keeps what is retained, for nobody", async () => {
    await using bench = await StackBench.open();
    const Bucket = { ...bucket({ BucketName: "kept" }), DeletionPolicy: "Retain" };
    const stack = await bench.deploy("s", { Resources: { Bucket, F: broken(["Bucket"]) } });
    expect([stack.status, bench.objects.hasBucket("kept")]).toEqual(["ROLLBACK_COMPLETE", true]);
    expect(bench.historySince("s", "ROLLBACK_IN_PROGRESS")).toContain("Bucket DELETE_SKIPPED");
  });

  test("with rollback disabled leaves what was made, which an update goes on from", async () => {
    await using bench = await StackBench.open();
    const stack = await bench.deploy("s", template, { disableRollback: true });
    expect(stack).toMatchObject({
      status: "CREATE_FAILED",
      statusReason: "The following resource(s) failed to create: [F]. ",
    });
    expect([bench.resources("s"), bench.model.queues.size]).toEqual([["Bucket", "Queue"], 1]);
    const { physicalId } = bench.resource("s", "Bucket");
    await bench.deploy("s", { Resources: { Bucket: bucket(), Queue: queue(), More: queue() } });
    expect(bench.stack("s").status).toBe("UPDATE_COMPLETE");
    expect(bench.resource("s", "Bucket").physicalId).toBe(physicalId);
    expect(bench.resources("s")).toEqual(["Bucket", "Queue", "More"]);
  });

  test("can be rolled back later where that was disabled", async () => {
    await using bench = await StackBench.open();
    await bench.deploy("s", template, { disableRollback: true });
    bench.service.rollBack("s");
    expect((await bench.settled("s")).status).toBe("ROLLBACK_COMPLETE");
    expect([bench.resources("s"), bench.objects.buckets.size]).toEqual([[], 0]);
  });

  test("deletes the stack where that was asked for", async () => {
    await using bench = await StackBench.open();
    const id = bench.service.create(
      "s",
      { template: JSON.stringify(template), parameters: [], capabilities: [] },
      { onFailure: "DELETE" },
    );
    expect((await bench.settled(id)).status).toBe("DELETE_COMPLETE");
    expect(bench.objects.buckets.size).toBe(0);
  });

  test("touches no bucket that is somebody else's", async () => {
    await using bench = await StackBench.open();
    bench.objects.createBucket("taken");
    const stack = await bench.deploy("s", { Resources: { Bucket: bucket({ BucketName: "taken" }) } });
    expect([stack.status, bench.objects.hasBucket("taken")]).toEqual(["ROLLBACK_COMPLETE", true]);
  });

  test("says so where something can't be removed", async () => {
    await using bench = await StackBench.open();
    bench.objects.beforeRead = () => bench.objects.put("full", "key", "x");
    const resources = { Bucket: bucket({ BucketName: "full" }), F: broken(["Bucket"]) };
    const stack = await bench.deploy("s", { Resources: resources });
    expect(stack).toMatchObject({
      status: "ROLLBACK_FAILED",
      statusReason: "The following resource(s) failed to delete: [Bucket]. ",
    });
    expect(bench.reasons("s", "DELETE_FAILED")).toEqual({
      Bucket:
        'Resource handler returned message: "The bucket you tried to delete is not empty" (HandlerErrorCode: BucketNotEmpty)',
    });
    bench.objects.buckets.get("full")?.objects.clear();
    expect((await bench.delete("s")).status).toBe("DELETE_COMPLETE");
    expect(bench.objects.hasBucket("full")).toBe(false);
  });
});

describe("an update that fails", () => {
  const before = {
    Parameters: { P: { Type: "String", Default: "old" } },
    Resources: {
      Bucket: bucket({ BucketName: "versioned" }),
      Named: queue({ QueueName: "first", VisibilityTimeout: 10 }),
      Gone: queue(),
    },
    Outputs: { P: { Value: { Ref: "P" } } },
  };
  const after = {
    Parameters: { P: { Type: "String", Default: "new" } },
    Resources: {
      Bucket: bucket({ BucketName: "versioned", VersioningConfiguration: { Status: "Enabled" } }),
      Named: queue({ QueueName: "second" }),
      Added: bucket({ BucketName: "added" }),
      F: broken(["Bucket", "Named", "Added"]),
    },
    Outputs: { P: { Value: { Ref: "P" } } },
  };

  test("is rolled back: what was updated is as before, what was created is gone", async () => {
    await using bench = await StackBench.open();
    const first = await bench.deploy("s", before);
    const rows = bench.service.engine.rows(first).map(({ logicalId, physicalId }) => [logicalId, physicalId]);
    const stack = await bench.deploy("s", after);
    expect(bench.historySince("s", "UPDATE_IN_PROGRESS")).toEqual([
      "s UPDATE_IN_PROGRESS",
      "Bucket UPDATE_IN_PROGRESS",
      "Bucket UPDATE_COMPLETE",
      "Named UPDATE_IN_PROGRESS",
      "Named UPDATE_IN_PROGRESS",
      "Named UPDATE_COMPLETE",
      "Added CREATE_IN_PROGRESS",
      "Added CREATE_IN_PROGRESS",
      "Added CREATE_COMPLETE",
      "F CREATE_IN_PROGRESS",
      "F CREATE_FAILED",
      "s UPDATE_ROLLBACK_IN_PROGRESS",
      "Bucket UPDATE_IN_PROGRESS",
      "Bucket UPDATE_COMPLETE",
      "Named UPDATE_IN_PROGRESS",
      "Named UPDATE_COMPLETE",
      "s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
      "F DELETE_IN_PROGRESS",
      "F DELETE_COMPLETE",
      "Added DELETE_IN_PROGRESS",
      "Added DELETE_COMPLETE",
      "Named DELETE_IN_PROGRESS",
      "Named DELETE_COMPLETE",
      "s UPDATE_ROLLBACK_COMPLETE",
    ]);
    expect(
      bench.service.engine.rows(stack).map(({ logicalId, physicalId }) => [logicalId, physicalId]),
    ).toEqual(rows);
    expect(stack.outputs).toMatchObject([{ key: "P", value: "old" }]);
    expect(stack.template).toBe(first.template);
    expect([...bench.objects.buckets]).toEqual([
      ["versioned", { objects: new Map(), versioning: "Suspended" }],
    ]);
    expect([...bench.model.queues.keys()]).toEqual([
      "first",
      bench.resource("s", "Gone").physicalId.split("/").at(-1),
    ]);
  });

  test("can be followed by one that doesn't", async () => {
    await using bench = await StackBench.open();
    await bench.deploy("s", before);
    await bench.deploy("s", after);
    const { F: _broken, ...resources } = after.Resources;
    expect(await bench.deploy("s", { ...after, Resources: resources })).toMatchObject({
      status: "UPDATE_COMPLETE",
      outputs: [{ value: "new" }],
    });
    expect([...bench.model.queues.keys()]).toEqual(["second"]);
  });

  test("with rollback disabled stays where it failed", async () => {
    await using bench = await StackBench.open();
    await bench.deploy("s", before);
    const stack = await bench.deploy("s", after, { disableRollback: true });
    expect(stack.status).toBe("UPDATE_FAILED");
    expect([...bench.model.queues.keys()].includes("second")).toBe(true);
    const { F: _broken, ...resources } = after.Resources;
    expect((await bench.deploy("s", { ...after, Resources: resources })).status).toBe("UPDATE_COMPLETE");
    expect([...bench.objects.buckets.keys()]).toEqual(["versioned", "added"]);
    expect([...bench.model.queues.keys()]).toEqual(["second"]);
  });
});
