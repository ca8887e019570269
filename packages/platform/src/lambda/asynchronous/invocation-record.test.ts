import { describe, expect, test } from "vitest";
import { deadLetterAttributes, type InvocationOutcome, invocationRecord } from "./invocation-record.ts";

const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:F:$LATEST";
const requestId = "e4b46cbf-b738-xmpl-8880-a18cdf61200e";
const base = { requestId, functionArn, attempts: 3, event: '{"n":1}' };
const errorDocument = '{"errorMessage":"broken","errorType":"Error"}';
const failure = {
  statusCode: 200,
  executedVersion: "$LATEST",
  isFunctionError: true,
  payload: errorDocument,
};

const exhausted: InvocationOutcome = { ...base, condition: "RetriesExhausted", response: failure };

describe("a record", () => {
  const record = (outcome: InvocationOutcome) =>
    JSON.parse(invocationRecord(outcome, Date.UTC(2026, 0, 2, 3, 4, 5, 6))) as Record<string, unknown>;

  test("of an event that was given up has the request and the last response", () => {
    expect(record(exhausted)).toEqual({
      version: "1.0",
      timestamp: "2026-01-02T03:04:05.006Z",
      requestContext: { requestId, functionArn, condition: "RetriesExhausted", approximateInvokeCount: 3 },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: { errorMessage: "broken", errorType: "Error" },
    });
  });

  test.each([
    { name: "of a success names no error", payload: "null", is: null },
    { name: "has a response that isn't JSON as text", payload: "plain", is: "plain" },
  ])("$name", ({ payload, is }) => {
    const response = { ...failure, isFunctionError: false, payload };
    expect(record({ ...base, condition: "Success", response })).toMatchObject({
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: is,
    });
  });

  test("of a function that was throttled to the end has the status alone", () => {
    const response = { statusCode: 429, isFunctionError: false, payload: "Rate Exceeded." };
    const { responseContext, responsePayload } = record({
      ...base,
      condition: "EventAgeExceeded",
      response,
    });
    expect(responseContext).toEqual({ statusCode: 429 });
    expect(responsePayload).toBeUndefined();
  });

  test("without a response, and of a function that is turned off, has nothing of one, as measured on AWS", () => {
    const keys = ["version", "timestamp", "requestContext", "requestPayload"];
    const response = { statusCode: 429, isFunctionError: false, payload: "Rate Exceeded." };
    expect(Object.keys(record({ ...base, condition: "ZeroReservedConcurrency", response }))).toEqual(keys);
    expect(Object.keys(record({ ...base, condition: "EventAgeExceeded", response: undefined }))).toEqual(
      keys,
    );
  });
});

describe("the attributes for a dead-letter queue", () => {
  const messageOf = (payload: string) =>
    deadLetterAttributes({ ...exhausted, response: { ...failure, payload } })["ErrorMessage"]?.StringValue;

  test("are the request, the status and the message", () => {
    expect(deadLetterAttributes(exhausted)).toEqual({
      RequestID: { DataType: "String", StringValue: requestId },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: "broken" },
    });
  });

  test.each([
    ["the first kilobyte of a long one", JSON.stringify({ errorMessage: "é".repeat(600) }), "é".repeat(512)],
    ["no half character", JSON.stringify({ errorMessage: `a${"é".repeat(600)}` }), `a${"é".repeat(511)}`],
    ["an error document of another form whole", '{"code":1}', '{"code":1}'],
    ["nothing where the message is empty", '{"errorMessage":""}', undefined],
  ])("hold %s", (_, payload, is) => {
    expect(messageOf(payload)).toBe(is);
  });
});
