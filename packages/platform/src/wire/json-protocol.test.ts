import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scripted, TestPlatform } from "../../test/test-platform.ts";

// What AWS's services of this protocol answer to requests that no SDK sends.

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { F: scripted() } });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const type = "application/x-amz-json-1.1";
const send = (target: string | undefined, body: string, contentType = type) =>
  platform.sendSigned({
    service: "logs",
    method: "POST",
    path: "/",
    headers: { "content-type": contentType, ...(target === undefined ? {} : { "x-amz-target": target }) },
    body,
  });
const getEvents = "Logs_20140328.GetLogEvents";

test("an answer names its protocol and its request", async () => {
  const answer = await send("Logs_20140328.DescribeLogGroups", "{}", `${type}; charset=utf-8`);
  expect(await answer.summary("content-type")).toEqual({
    status: 200,
    "content-type": type,
    body: '{"logGroups":[]}',
  });
  expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
});

describe("a request is refused", () => {
  test.each<[string, string | undefined, string, object]>([
    ["for want of a target", undefined, "{}", { __type: "UnknownOperationException" }],
    ["for an unknown target", "DynamoDB_20120810.GetItem", "{}", { __type: "UnknownOperationException" }],
    ["for an unknown operation", "Logs_20140328.Nonsense", "{}", { __type: "UnknownOperationException" }],
    ["without a body", getEvents, "", { __type: "SerializationException" }],
    ["for a body that isn't JSON", getEvents, "{", { __type: "SerializationException" }],
    [
      "for a body that is no structure",
      getEvents,
      "[]",
      { __type: "SerializationException", Message: "Start of list found where not expected" },
    ],
    [
      "for a text in the place of a number",
      getEvents,
      '{"limit":"1"}',
      { __type: "SerializationException", Message: "STRING_VALUE can not be converted to an Integer" },
    ],
    [
      "for a number in the place of a text",
      getEvents,
      '{"logStreamName":1}',
      { __type: "SerializationException", Message: "NUMBER_VALUE can not be converted to a String" },
    ],
    [
      "for a text in the place of a flag",
      getEvents,
      '{"startFromHead":"x"}',
      { __type: "SerializationException", Message: "STRING_VALUE can not be converted to a Boolean" },
    ],
    [
      "for a structure in the place of a text",
      getEvents,
      '{"logStreamName":{}}',
      { __type: "SerializationException", Message: "Start of structure or map found where not expected." },
    ],
    [
      "for a text in the place of a list",
      "Logs_20140328.FilterLogEvents",
      '{"logStreamNames":"x"}',
      { __type: "SerializationException", Message: "Expected list or null" },
    ],
    [
      "for a wrong item of a list",
      "Logs_20140328.FilterLogEvents",
      '{"logStreamNames":[true]}',
      { __type: "SerializationException", Message: "TRUE_VALUE can not be converted to a String" },
    ],
    [
      "without what the operation needs",
      getEvents,
      '{"logGroupName":"g"}',
      {
        __type: "InvalidParameterException",
        message:
          "1 validation error detected: Value null at 'logStreamName' failed to satisfy constraint: Member must not be null",
      },
    ],
    [
      "by name, for an operation that AWS has and the platform has not",
      "Logs_20140328.PutLogEvents",
      "{}",
      {
        __type: "UnknownOperationException",
        message:
          "PutLogEvents is not served by this platform. Of CloudWatch Logs it serves CreateLogGroup, DeleteLogGroup, PutRetentionPolicy, DeleteRetentionPolicy, ListTagsForResource, DescribeLogGroups, DescribeLogStreams, GetLogEvents, FilterLogEvents.",
      },
    ],
  ])("%s", async (_, target, body, expected) => {
    const answer = await send(target, body);
    expect([answer.status, answer.headers["content-type"], await answer.json()]).toEqual([
      400,
      type,
      expected,
    ]);
  });

  test.each(["application/json", "text/plain", "application/x-amz-json-1.0"])(
    "for the content type %s",
    async (other) => {
      const answer = await send(getEvents, "{}", other);
      expect(await answer.summary("content-type")).toEqual({
        status: 404,
        "content-type": undefined,
        body: "<UnknownOperationException/>\n",
      });
    },
  );

  test("past a megabyte", async () => {
    const answer = await send(getEvents, `{"logGroupName":"${"x".repeat(1024 * 1024)}"}`);
    expect(answer.status).toBe(413);
  });

  test.each([
    ["without a signature", {}, "MissingAuthenticationTokenException"],
    [
      "with half a signature",
      { authorization: "AWS4-HMAC-SHA256 Credential=x" },
      "IncompleteSignatureException",
    ],
  ])("%s", async (_, headers, code) => {
    const answer = await platform.send({
      method: "POST",
      path: "/",
      headers: { "content-type": type, "x-amz-target": getEvents, ...headers },
      body: "{}",
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { __type: code, message: expect.any(String) },
    ]);
  });
});

test("a null counts as absent, and members that the schema doesn't know are ignored", async () => {
  const answer = await send("Logs_20140328.DescribeLogGroups", '{"limit":null,"unheardOf":1}');
  expect(answer.status).toBe(200);
});

test("a service that isn't served is refused by name", async () => {
  const answer = await platform.sendSigned({ service: "dynamodb", method: "POST", path: "/" });
  expect([answer.status, await answer.json()]).toEqual([
    404,
    {
      __type: "UnknownOperationException",
      message: expect.stringContaining('The service "dynamodb" is not served by this platform.'),
    },
  ]);
});
