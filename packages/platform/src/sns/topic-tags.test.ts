import { CreateTopicCommand, ListTagsForResourceCommand, SNSClient, type Tag } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestPlatform } from "../../test/test-platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  const Properties = { TopicName: "news", Tags: [{ Key: "team", Value: "press" }] };
  platform = await TestPlatform.start({ resources: { News: { Type: "AWS::SNS::Topic", Properties } } });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const client = () => new SNSClient({ ...platform.platform.clientConfig, maxAttempts: 1 });
const create = async (Name: string, Tags?: Tag[]) =>
  (await client().send(new CreateTopicCommand({ Name, Tags }))).TopicArn ?? "";
const tagsOf = async (ResourceArn: string) =>
  (await client().send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;

test("a topic has the tags that it was made with", async () => {
  const tags = [
    { Key: "team", Value: "shop" },
    { Key: "empty", Value: "" },
  ];
  expect(await tagsOf(await create("tagged", tags))).toEqual(tags);
  expect(await tagsOf(await create("plain"))).toEqual([]);
});

test("a topic of a template has the template's", async () => {
  expect(await tagsOf("arn:aws:sns:us-east-1:123456789012:news")).toEqual([{ Key: "team", Value: "press" }]);
});

test("a topic that is there is not made with other tags", async () => {
  const arn = await create("again", [{ Key: "a", Value: "1" }]);
  expect(await create("again", [{ Key: "a", Value: "1" }])).toBe(arn);
  expect(await create("again")).toBe(arn);
  await expect(create("again", [{ Key: "a", Value: "2" }])).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: "Invalid parameter: Tags Reason: Topic already exists with different tags",
  });
});
