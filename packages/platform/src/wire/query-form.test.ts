import { CreateStack$, DescribeStacks$ } from "@aws-sdk/client-cloudformation";
import { PutMetricData$ } from "@aws-sdk/client-cloudwatch";
import { Publish$ } from "@aws-sdk/client-sns";
import { AssumeRole$ } from "@aws-sdk/client-sts";
import type { StaticOperationSchema } from "@smithy/types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readForm, readFormInput } from "./query-form.ts";

const read = (schema: StaticOperationSchema, form: string) => readFormInput(schema[4], readForm(form));

describe("a form is read", () => {
  test.each<[string, StaticOperationSchema, string, object]>([
    ["with blanks and escapes", DescribeStacks$, "StackName=a+b%26c%C3%A9", { StackName: "a b&cé" }],
    [
      "with lists of structures",
      CreateStack$,
      "Tags.member.1.Key=k&Tags.member.1.Value=v",
      { Tags: [{ Key: "k", Value: "v" }] },
    ],
    [
      "with items in the order of their numbers",
      CreateStack$,
      "Capabilities.member.10=z&Capabilities.member.9=a",
      { Capabilities: ["a", "z"] },
    ],
    ["with an empty list", CreateStack$, "Parameters=", { Parameters: [] }],
    ["with an empty text", CreateStack$, "StackName=", { StackName: "" }],
    [
      "with numbers and flags",
      CreateStack$,
      "TimeoutInMinutes=7&DisableRollback=true",
      { TimeoutInMinutes: 7, DisableRollback: true },
    ],
    [
      "with maps",
      Publish$,
      "MessageAttributes.entry.1.Name=n&MessageAttributes.entry.1.Value.DataType=Binary&MessageAttributes.entry.1.Value.BinaryValue=AQID",
      { MessageAttributes: { n: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 3]) } } },
    ],
    [
      "with times",
      PutMetricData$,
      "MetricData.member.1.MetricName=m&MetricData.member.1.Timestamp=2026-01-02T03%3A04%3A05.678Z",
      { MetricData: [{ MetricName: "m", Timestamp: new Date("2026-01-02T03:04:05.678Z") }] },
    ],
    ["without what the schema doesn't know", AssumeRole$, "Action=AssumeRole&__proto__.x=1&Unheard.Of=2", {}],
  ])("%s", (_, schema, form, expected) => {
    expect(read(schema, form)).toEqual(expected);
  });

  test.each([
    ["DurationSeconds=soon", "an Integer"],
    ["DurationSeconds=", "an Integer"],
  ])("and %s is refused", (form, type) => {
    expect(() => read(AssumeRole$, form)).toThrow(
      expect.objectContaining({
        code: "MalformedInput",
        status: 400,
        message: `STRING_VALUE can not be converted to ${type}`,
      }),
    );
  });

  test("as it was written, whatever the values", () => {
    const text = fc.string({ unit: "grapheme" });
    const tag = fc.record({ Key: text, Value: text });
    fc.assert(
      fc.property(
        text,
        fc.array(tag, { minLength: 1 }),
        fc.integer(),
        (StackName, Tags, TimeoutInMinutes) => {
          const form = new URLSearchParams({ StackName, TimeoutInMinutes: String(TimeoutInMinutes) });
          for (const [index, { Key, Value }] of Tags.entries()) {
            form.append(`Tags.member.${index + 1}.Key`, Key);
            form.append(`Tags.member.${index + 1}.Value`, Value);
          }
          expect(read(CreateStack$, form.toString())).toEqual({ StackName, Tags, TimeoutInMinutes });
        },
      ),
    );
  });

  test("and no text at all makes it do anything but read or refuse", () => {
    const key = fc.stringMatching(/^(?:Tags|Capabilities|member|entry|1|2|\.|Key|=|&|%|\+){0,12}$/);
    fc.assert(
      fc.property(fc.oneof(key, fc.string()), (form) => {
        expect(typeof read(CreateStack$, form)).toBe("object");
      }),
    );
  });
});
