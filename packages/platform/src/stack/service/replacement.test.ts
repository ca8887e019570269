import { describe, expect, test } from "vitest";
import { rawZip } from "../../../test/raw-zip.ts";
import { StackBench } from "../../../test/stack-bench.ts";

// Which changes keep a resource, and which put another in its place.

const code = { S3Bucket: "code", S3Key: "a.zip" };
const f = (properties: object = {}) => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/r",
    Code: code,
    ...properties,
  },
});

async function openBench(): Promise<StackBench> {
  const bench = await StackBench.open();
  for (const name of ["a", "b"]) {
    bench.objects.put(
      "code",
      `${name}.zip`,
      rawZip([{ name: "index.js", content: `exports.name = "${name}"` }]),
    );
  }
  return bench;
}

const changes: [string, object, object, "the same" | "another"][] = [
  ["a function's timeout", f(), f({ Timeout: 7 }), "the same"],
  ["a function's code", f(), f({ Code: { ...code, S3Key: "b.zip" } }), "the same"],
  ["a function's name", f({ FunctionName: "one" }), f({ FunctionName: "two" }), "another"],
  ["whether a function has a name", f(), f({ FunctionName: "two" }), "another"],
  [
    "a queue's timeout",
    { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: 1 } },
    { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: 2 } },
    "the same",
  ],
  [
    "a layer's content",
    { Type: "AWS::Lambda::LayerVersion", Properties: { LayerName: "l", Content: code } },
    {
      Type: "AWS::Lambda::LayerVersion",
      Properties: { LayerName: "l", Content: { ...code, S3Key: "b.zip" } },
    },
    "another",
  ],
  [
    "a role's path",
    { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {} } },
    { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {}, Path: "/p/" } },
    "another",
  ],
  [
    "metadata",
    { Type: "AWS::SQS::Queue", Metadata: { a: 1 } },
    { Type: "AWS::SQS::Queue", Metadata: { a: 2 } },
    "the same",
  ],
];

describe("a change of", () => {
  test.each(changes.map(([what, before, after, expected]) => ({ what, before, after, expected })))(
    "$what leads to $expected resource",
    async ({ before, after, expected }) => {
      await using bench = await openBench();
      await bench.deploy("s", { Resources: { R: before } });
      const { physicalId } = bench.resource("s", "R");
      expect((await bench.deploy("s", { Resources: { R: after } })).status).toBe("UPDATE_COMPLETE");
      expect(bench.resource("s", "R").physicalId === physicalId).toBe(expected === "the same");
      const isRemoved = bench
        .historySince("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        .includes("R DELETE_COMPLETE");
      expect(isRemoved).toBe(expected === "another");
    },
  );
});

test("what refers to a resource that is replaced follows", async () => {
  await using bench = await openBench();
  const template = (name: string) => ({
    Resources: {
      Q: { Type: "AWS::SQS::Queue", Properties: { QueueName: name } },
      F: f({ Environment: { Variables: { QUEUE: { "Fn::GetAtt": ["Q", "QueueName"] } } } }),
    },
  });
  await bench.deploy("s", template("one"));
  const { physicalId } = bench.resource("s", "F");
  await bench.deploy("s", template("two"));
  expect(bench.model.functions.get(physicalId)?.configuration.environment).toEqual({ QUEUE: "two" });
});

test("a resource with a name of its own can't be replaced by one of the same name", async () => {
  await using bench = await openBench();
  const role = (path: string) => ({
    Type: "AWS::IAM::Role",
    Properties: { RoleName: "mine", Path: path, AssumeRolePolicyDocument: {} },
  });
  await bench.deploy("s", { Resources: { R: role("/a/") } });
  expect((await bench.deploy("s", { Resources: { R: role("/b/") } })).status).toBe(
    "UPDATE_ROLLBACK_COMPLETE",
  );
  expect(bench.reasons("s", "UPDATE_FAILED")).toEqual({
    R: 'Resource handler returned message: "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename mine and update the stack again." (HandlerErrorCode: InvalidRequest)',
  });
});

test.each([
  ["stays where its policy says so", "Retain", 2],
  ["goes without a policy", undefined, 1],
])("what is replaced %s", async (_, UpdateReplacePolicy, count) => {
  await using bench = await openBench();
  const bucket = (name: string) => ({
    Resources: { B: { Type: "AWS::S3::Bucket", UpdateReplacePolicy, Properties: { BucketName: name } } },
  });
  await bench.deploy("s", bucket("one"));
  await bench.deploy("s", bucket("two"));
  expect([...bench.objects.buckets.keys()].filter((name) => name !== "code")).toHaveLength(count);
});

test("a function that is retained goes on without its stack, and keeps its name from others", async () => {
  await using bench = await openBench();
  const template = { Resources: { F: { ...f({ FunctionName: "kept" }), DeletionPolicy: "Retain" } } };
  await bench.deploy("s", template);
  const { id } = bench.stack("s");
  expect((await bench.delete("s")).status).toBe("DELETE_COMPLETE");
  expect(bench.historySince(id, "DELETE_IN_PROGRESS")).toEqual([
    "s DELETE_IN_PROGRESS",
    "F DELETE_SKIPPED",
    "s DELETE_COMPLETE",
  ]);
  expect([...bench.model.functions.keys()]).toEqual(["kept"]);
  await bench.restart();
  expect([...bench.model.functions.keys()]).toEqual(["kept"]);
  await bench.deploy("t", template);
  expect(bench.reasons("t", "CREATE_FAILED")).toEqual({
    F: 'Resource handler returned message: "Function already exist: kept" (HandlerErrorCode: AlreadyExists)',
  });
});

test("code is read again when its place changes, and not when something else does", async () => {
  await using bench = await openBench();
  const read: string[] = [];
  bench.objects.beforeRead = (key) => {
    read.push(key);
  };
  await bench.deploy("s", { Resources: { F: f() } });
  // As sam delete does, before the stack.
  bench.objects.buckets.get("code")?.objects.delete("a.zip");
  expect((await bench.deploy("s", { Resources: { F: f({ Timeout: 9 }) } })).status).toBe("UPDATE_COMPLETE");
  await bench.deploy("s", { Resources: { F: f({ Code: { ...code, S3Key: "b.zip" } }) } });
  expect(read).toEqual(["a.zip", "b.zip"]);
});
