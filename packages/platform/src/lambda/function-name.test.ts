import { describe, expect, test } from "vitest";
import { readFunctionReference } from "./function-name.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function";
const unqualified = { qualifier: undefined, accountId: undefined };
const account = { qualifier: undefined, accountId: "123456789012" };

function read(name: string, qualifier?: string) {
  return readFunctionReference(name, qualifier, "us-east-1");
}

describe("a function's name", () => {
  test.each([
    ["greet", { ...unqualified, name: "greet" }],
    ["greet:live", { ...unqualified, name: "greet", qualifier: "live" }],
    ["greet:$LATEST", { ...unqualified, name: "greet", qualifier: "$LATEST" }],
    ["function:greet", { ...unqualified, name: "greet" }],
    ["123456789012:function:greet", { ...account, name: "greet" }],
    ["123456789012:function:greet:3", { ...account, name: "greet", qualifier: "3" }],
    ["us-east-1:123456789012:function:greet", { ...account, name: "greet" }],
    [`${arn}:greet`, { ...account, name: "greet" }],
    [`${arn}:greet:$LATEST.PUBLISHED`, { ...account, name: "greet", qualifier: "$LATEST.PUBLISHED" }],
    // Strange, but so the service reads it.
    [arn, { ...account, name: "function" }],
    ["a".repeat(65), { ...unqualified, name: "a".repeat(65) }],
  ])("may be %s", (name, reference) => {
    expect(read(name)).toEqual(reference);
  });

  test.each([
    "*",
    "greet!",
    "",
    "greet:1:2",
    "function:greet:$LATEST:extra",
    `${arn}:greet:$LATES`,
    "nobody:function:greet",
    "arn:aws:lambda:nowhere:123456789012:function:greet",
    "arn:aws:lambda::123456789012:function:greet",
    "arn:aws:lambda:us-east-1::function:greet",
    "arn:aws:ec2:us-east-1:123456789012:instance:i-1234567890abcdef0",
    "arn:aws:lambda:us-east-1:123400000000@function:greet",
  ])("is refused if it is %j", (name) => {
    expect(() => read(name)).toThrow(
      expect.objectContaining({
        code: "ValidationException",
        status: 400,
        message: `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`,
      }),
    );
  });

  test("of another region is not reachable", () => {
    expect(() => read("arn:aws:lambda:eu-west-1:123456789012:function:greet")).toThrow(
      expect.objectContaining({
        code: "ResourceNotFoundException",
        status: 404,
        message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      }),
    );
  });
});

describe("a qualifier", () => {
  test.each(["$LATEST", "$latest", "3", "live", "a".repeat(128)])("may be %s", (qualifier) => {
    expect(read("greet", qualifier).qualifier).toBe(qualifier);
  });

  test("may be said twice", () => {
    expect(read("greet:live", "live").qualifier).toBe("live");
  });

  test("must be the same if it is said twice", () => {
    expect(() => read("greet:$LATEST", "live")).toThrow(
      expect.objectContaining({
        code: "InvalidParameterValueException",
        status: 400,
        message: "The derived qualifier from the function name does not match the specified qualifier.",
      }),
    );
  });

  const long = "a".repeat(129);
  const tooLong = `Value '${long}' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128`;

  test.each([
    [
      "invalid!",
      "1 validation error detected: Value 'invalid!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
    ],
    [long, `1 validation error detected: ${tooLong}`],
  ])("is refused if it is %s", (qualifier, message) => {
    expect(() => read("greet", qualifier)).toThrow(
      expect.objectContaining({ code: "ValidationException", message }),
    );
  });

  test("is refused together with the name if both are wrong", () => {
    expect(() => read("*", long)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /^2 validation errors detected: Value 'a+' at 'qualifier' .*; Value '\*' at 'functionName' /,
        ),
      }),
    );
  });
});
