import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Exchange } from "../../test/exchange.ts";
import { type SignedSending, scripted, TestPlatform } from "../../test/test-platform.ts";

// What nobody serves is refused in the form of its protocol, with AWS's error, and the log has its name.

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start({ resources: { Unrelated: scripted() } });
});
afterAll(async () => {
  expect(platform.bugs).toEqual([]);
  await platform[Symbol.asyncDispose]();
});

const form = (service: string, Action: string, Version: string): SignedSending => ({
  service,
  method: "POST",
  path: "/",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ Action, Version }).toString(),
});
const targeted = (service: string, target: string, version: string): SignedSending => ({
  service,
  method: "POST",
  path: "/",
  headers: { "content-type": `application/x-amz-json-${version}`, "x-amz-target": target },
  body: "{}",
});
const cbor = (operation: string): SignedSending => ({
  service: "monitoring",
  method: "POST",
  path: `/service/GraniteServiceVersion20100801/operation/${operation}`,
  headers: { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
});
const rest = (service: string, path: string, method = "GET"): SignedSending => ({ service, path, method });

/** Where each protocol has the code of an error. */
const codes = {
  query: (_: Exchange, text: string) => /<ErrorResponse.*<Error>.*<Code>(\w+)<.*<RequestId>/s.exec(text)?.[1],
  json: (_: Exchange, text: string) => (JSON.parse(text) as { __type: string }).__type.split("#").at(-1),
  "rest-json": ({ headers }: Exchange) => headers["x-amzn-errortype"],
  "rest-xml": (_: Exchange, text: string) => /<Error><Code>(\w+)<.*<RequestId>/s.exec(text)?.[1],
  cbor: (_: Exchange, text: string) => /__type.{1,2}(\w+Exception)/s.exec(text)?.[1],
};

interface Case {
  readonly what: string;
  readonly protocol: keyof typeof codes;
  readonly sent: SignedSending;
  readonly answer: string;
  /** As the log has it. */
  readonly name: string;
}

const cases: readonly Case[] = [
  {
    what: "an operation that is not served, by query",
    protocol: "query",
    sent: form("cloudformation", "CreateStackSet", "2010-05-15"),
    answer: "400 InvalidAction",
    name: "CreateStackSet",
  },
  {
    what: "one that there is none of, by query",
    protocol: "query",
    sent: form("iam", "Invented", "2010-05-08"),
    answer: "400 InvalidAction",
    name: "Invented",
  },
  {
    what: "one of a service that is not served, by query",
    protocol: "query",
    sent: form("ec2", "DescribeInstances", "2016-11-15"),
    answer: "404 InvalidAction",
    name: "DescribeInstances",
  },
  {
    what: "an operation that is not served, by JSON 1.0",
    protocol: "json",
    sent: targeted("sqs", "AmazonSQS.StartMessageMoveTask", "1.0"),
    answer: "400 UnknownOperationException",
    name: "StartMessageMoveTask",
  },
  {
    what: "one that there is none of, by JSON 1.0",
    protocol: "json",
    sent: targeted("sqs", "AmazonSQS.Invented", "1.0"),
    answer: "400 UnknownOperationException",
    name: "AmazonSQS.Invented",
  },
  {
    what: "one of a service that is not served, by JSON 1.0",
    protocol: "json",
    sent: targeted("dynamodb", "DynamoDB_20120810.PutItem", "1.0"),
    answer: "400 UnknownOperationException",
    name: "DynamoDB_20120810.PutItem",
  },
  {
    what: "an operation that is not served, by JSON 1.1",
    protocol: "json",
    sent: targeted("logs", "Logs_20140328.StartLiveTail", "1.1"),
    answer: "400 UnknownOperationException",
    name: "StartLiveTail",
  },
  {
    what: "one that there is none of, by JSON 1.1",
    protocol: "json",
    sent: targeted("ssm", "AmazonSSM.Invented", "1.1"),
    answer: "400 UnknownOperationException",
    name: "AmazonSSM.Invented",
  },
  {
    what: "an operation that is not served, by REST and JSON",
    protocol: "rest-json",
    sent: rest("lambda", "/2020-04-22/code-signing-configs"),
    answer: "404 UnknownOperationException",
    name: "ListCodeSigningConfigs",
  },
  {
    what: "one that there is none of, by REST and JSON",
    protocol: "rest-json",
    sent: rest("apigateway", "/invented"),
    answer: "404 UnknownOperationException",
    name: "GET /invented",
  },
  {
    what: "one of a service that is not served, by REST and JSON",
    protocol: "rest-json",
    sent: rest("scheduler", "/schedules/mine"),
    answer: "404 UnknownOperationException",
    name: "GET /schedules/mine",
  },
  {
    what: "an operation that is not served, by REST and XML",
    protocol: "rest-xml",
    sent: rest("s3", "/bucket?analytics&id=a"),
    answer: "501 NotImplemented",
    name: "GetBucketAnalyticsConfiguration",
  },
  {
    what: "one that there is none of, by REST and XML",
    protocol: "rest-xml",
    sent: rest("s3", "/bucket/key", "PATCH"),
    answer: "405 MethodNotAllowed",
    name: "PATCH /bucket/key",
  },
  {
    what: "one of S3 Control, which is signed for S3",
    protocol: "query",
    sent: {
      ...rest("s3", "/v20180820/configuration/publicAccessBlock"),
      headers: { "x-amz-account-id": "123456789012" },
    },
    answer: "501 NotImplemented",
    name: "GET /v20180820/configuration/publicAccessBlock",
  },
  {
    what: "an operation that is not served, by CBOR",
    protocol: "cbor",
    sent: cbor("PutDashboard"),
    answer: "404 UnknownOperationException",
    name: "PutDashboard",
  },
  {
    what: "one that there is none of, by CBOR",
    protocol: "cbor",
    sent: cbor("Invented"),
    answer: "404 UnknownOperationException",
    name: "Invented",
  },
];

describe("is refused, and named in the log:", () => {
  test.each(cases)("$what", async ({ protocol, sent, answer, name }) => {
    const before = platform.events.length;
    const exchange = await platform.sendSigned(sent);
    const text = await exchange.text();
    expect(`${exchange.status} ${codes[protocol](exchange, text)}`, text).toBe(answer);
    const lines = platform.events
      .slice(before)
      .flatMap((event) => (event.kind === "note" || event.kind === "warning" ? [event.message] : []));
    expect(lines).toEqual([expect.stringContaining(name)]);
  });
});

test("a bucket may be called like the version of S3 Control", async () => {
  const created = await platform.sendSigned(rest("s3", "/v20180820", "PUT"));
  expect(created.status).toBe(200);
  const answer = await platform.sendSigned(rest("s3", "/v20180820/key"));
  expect(await answer.text()).toContain("<Code>NoSuchKey</Code>");
});
