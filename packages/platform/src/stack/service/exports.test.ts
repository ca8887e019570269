import { expect, test } from "vitest";
import { StackBench } from "../../../test/stack-bench.ts";

// What a stack exports is another's business too.

const exporting = (queueName: string, exportName = "shared") => ({
  Resources: { Q: { Type: "AWS::SQS::Queue", Properties: { QueueName: queueName } } },
  Outputs: { Name: { Value: { "Fn::GetAtt": ["Q", "QueueName"] }, Export: { Name: exportName } } },
});
const importing = {
  Resources: {
    R: {
      Type: "AWS::SQS::Queue",
      Properties: { QueueName: { "Fn::Join": ["-", [{ "Fn::ImportValue": "shared" }, "dead"]] } },
    },
  },
};

async function openBench(): Promise<StackBench> {
  const bench = await StackBench.open();
  await bench.deploy("giver", exporting("jobs"));
  await bench.deploy("taker", importing);
  return bench;
}

test("another stack has its value", async () => {
  await using bench = await openBench();
  expect([...bench.model.queues.keys()]).toEqual(["jobs", "jobs-dead"]);
});

test("what nobody exports can't be imported", async () => {
  await using bench = await StackBench.open();
  expect(() => bench.begin("taker", importing)).toThrow("No export named shared found.");
});

test("two stacks can't export the same", async () => {
  await using bench = await openBench();
  expect(await bench.deploy("other", exporting("others"))).toMatchObject({ status: "ROLLBACK_COMPLETE" });
  expect(bench.reasons("other", "ROLLBACK_IN_PROGRESS")["other"]).toBe(
    "Export with name shared is already exported by stack giver. Rollback requested by user.",
  );
});

test.each([
  ["change", exporting("renamed"), "Export shared cannot be updated as it is in use by taker "],
  ["end", exporting("jobs", "private"), "Export shared cannot be deleted as it is in use by taker "],
])("an export that is in use does not %s", async (_, template, reason) => {
  await using bench = await openBench();
  expect((await bench.deploy("giver", template)).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(bench.reasons("giver", "UPDATE_ROLLBACK_IN_PROGRESS")["giver"]).toBe(reason);
  expect([...bench.model.queues.keys()]).toEqual(["jobs", "jobs-dead"]);
});

test("a stack goes after those that import from it", async () => {
  await using bench = await openBench();
  expect(() => bench.service.delete("giver", [])).toThrow(
    "Export shared cannot be deleted as it is in use by taker",
  );
  await bench.delete("taker");
  expect((await bench.delete("giver")).status).toBe("DELETE_COMPLETE");
  expect(bench.model.queues.size).toBe(0);
});
