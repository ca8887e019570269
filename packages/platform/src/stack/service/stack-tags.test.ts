import { expect, test } from "vitest";
import { StackBench } from "../../../test/stack-bench.ts";

// What a platform kept that gave no tags of stacks to resources.

const template = { Resources: { T: { Type: "AWS::SNS::Topic", Properties: { TopicName: "news" } } } };
const tags = [{ key: "stage", value: "test" }];

async function openBench(given: typeof tags): Promise<StackBench> {
  const bench = await StackBench.open();
  await bench.deploy("s", template, { tags: given });
  const row = bench.resource("s", "T");
  bench.service.engine.store.putResource({ ...row, stackId: undefined, stackTags: undefined });
  await bench.restart();
  return bench;
}

const tagsOf = ({ model }: StackBench) => [...model.topics.values()].map((topic) => topic.tags);

test("a resource without its stack's tags is no update of a stack that has none", async () => {
  await using bench = await openBench([]);
  expect(tagsOf(bench)).toEqual([{}]);
  expect(() => bench.begin("s", template)).toThrow("No updates are to be performed.");
});

test("a resource without its stack's tags has them after the next update, of whatever it is", async () => {
  await using bench = await openBench(tags);
  expect((await bench.deploy("s", template)).status).toBe("UPDATE_COMPLETE");
  expect(tagsOf(bench)).toEqual([expect.objectContaining({ stage: "test" })]);
});
