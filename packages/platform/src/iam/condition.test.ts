import { describe, expect, test } from "vitest";
import { conditionsHold, isConditionOperator, type RequestContext } from "./condition.ts";

const context: RequestContext = {
  "aws:username": "ann",
  "aws:SourceIp": "10.1.2.3",
  "s3:max-keys": 10,
  "aws:CurrentTime": "2026-03-01T00:00:00Z",
  "aws:SecureTransport": false,
  "aws:SourceArn": "arn:aws:execute-api:us-east-1:123456789012:abc/test/GET/pets",
  "aws:TagKeys": ["team", "cost"],
  "my:blob": "aGk=",
  "my:six": "2001:db8::1",
};

function holds(operator: string, key: string, values: string | number | boolean | string[]): boolean {
  return conditionsHold({ [operator]: { [key]: values } }, context, (text) => text);
}

describe("an operator", () => {
  test.each<[string, string, string | number | boolean | string[], string | number | boolean | string[]]>([
    ["StringEquals", "aws:username", ["bob", "ann"], "Ann"],
    ["StringNotEquals", "aws:username", "bob", ["bob", "ann"]],
    ["StringEqualsIgnoreCase", "aws:username", "ANN", "anna"],
    ["StringNotEqualsIgnoreCase", "aws:username", "bob", "ANN"],
    ["StringLike", "aws:username", "a?n*", "a?"],
    ["StringNotLike", "aws:username", "b*", ["b*", "a*"]],
    ["NumericEquals", "s3:max-keys", "10.0", 11],
    ["NumericNotEquals", "s3:max-keys", 11, 10],
    ["NumericLessThan", "s3:max-keys", 11, 10],
    ["NumericLessThanEquals", "s3:max-keys", 10, 9],
    ["NumericGreaterThan", "s3:max-keys", 9, ["10", "11"]],
    ["NumericGreaterThanEquals", "s3:max-keys", 10, 11],
    ["DateEquals", "aws:CurrentTime", "2026-03-01T01:00:00+01:00", "2026-03-02"],
    ["DateNotEquals", "aws:CurrentTime", "2026-03-02", "2026-03-01"],
    ["DateLessThan", "aws:CurrentTime", "2026-03-02", "2026-03-01"],
    ["DateLessThanEquals", "aws:CurrentTime", "2026-03-01", "2026-02-28"],
    ["DateGreaterThan", "aws:CurrentTime", String(Date.UTC(2026, 1, 28) / 1000), "2026-03-01"],
    ["DateGreaterThanEquals", "aws:CurrentTime", "2026-03-01", "2026-03-02"],
    ["Bool", "aws:SecureTransport", "False", true],
    ["BinaryEquals", "my:blob", "aGk=", "aGkh"],
    ["IpAddress", "aws:SourceIp", ["192.168.0.0/16", "10.1.0.0/16"], "10.1.2.4"],
    ["IpAddress", "my:six", "2001:db8::/32", ["10.0.0.0/8", "2001:db9::/32"]],
    ["NotIpAddress", "aws:SourceIp", "10.2.0.0/16", "10.0.0.0/8"],
    ["ArnEquals", "aws:SourceArn", "arn:aws:execute-api:*:123456789012:abc/*", "arn:aws:execute-api:*:abc/*"],
    ["ArnLike", "aws:SourceArn", "arn:aws:execute-api:us-east-1:*:abc/*/GET/pets", "arn:aws:lambda:*:*:*"],
    ["ArnNotEquals", "aws:SourceArn", "arn:aws:sns:*:*:*", "arn:aws:execute-api:*:*:*"],
    ["ArnNotLike", "aws:SourceArn", "arn:aws:sns:*:*:*", "arn:aws:execute-api:*:*:*"],
    ["Null", "aws:username", "false", "true"],
    ["Null", "aws:missing", true, false],
    ["ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost", "x"], "team"],
    ["ForAnyValue:StringEquals", "aws:TagKeys", "cost", ["x", "y"]],
    ["ForAllValues:StringNotLike", "aws:TagKeys", "x*", "t*"],
    ["ForAnyValue:StringNotEquals", "aws:TagKeys", "team", ["team", "cost"]],
    ["StringEqualsIfExists", "aws:username", "ann", "bob"],
  ])("%s on %s", (operator, key, values, others) => {
    expect([holds(operator, key, values), holds(operator, key, others)]).toEqual([true, false]);
    expect(isConditionOperator(operator)).toBe(true);
  });

  test.each([
    ["StringEquals", false],
    ["StringNotEquals", true],
    ["StringEqualsIfExists", true],
    ["NumericLessThan", false],
    ["Bool", false],
    ["ArnNotLike", true],
    ["ForAllValues:StringEquals", true],
    ["ForAnyValue:StringEquals", false],
    ["ForAnyValue:StringNotEquals", false],
    ["ForAnyValue:StringEqualsIfExists", true],
  ])("%s on a key that isn't there: %s", (operator, expected) => {
    expect(holds(operator, "aws:missing", "x")).toBe(expected);
  });

  test.each([
    ["NumericEquals", "aws:username", "ann"],
    ["NumericLessThan", "s3:max-keys", ""],
    ["DateEquals", "aws:CurrentTime", "soon"],
    ["IpAddress", "aws:SourceIp", "10.1.2.3/"],
    ["IpAddress", "aws:SourceIp", "10.1.2.3/33"],
    ["IpAddress", "aws:SourceIp", "everywhere"],
    ["IpAddress", "aws:username", "0.0.0.0/0"],
  ])("%s on %s doesn't hold for what it can't read: '%s'", (operator, key, value) => {
    expect(holds(operator, key, value)).toBe(false);
  });

  test.each([
    "StringMatches",
    "stringequals",
    "ForSomeValues:StringEquals",
    "NullIfExists",
    "IfExists",
    "toString",
    "",
  ])("that doesn't exist never holds, and is known as such: '%s'", (operator) => {
    expect([isConditionOperator(operator), holds(operator, "aws:username", "ann")]).toEqual([false, false]);
  });
});

test("keys are compared without regard to case, and all must hold", () => {
  expect(holds("StringEquals", "AWS:UserName", "ann")).toBe(true);
  const both = (user: string, ip: string) =>
    conditionsHold(
      { StringEquals: { "aws:username": user }, IpAddress: { "aws:SourceIp": ip } },
      context,
      (text) => text,
    );
  expect([both("ann", "10.0.0.0/8"), both("bob", "10.0.0.0/8"), both("ann", "11.0.0.0/8")]).toEqual([
    true,
    false,
    false,
  ]);
});
