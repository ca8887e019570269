import { describe, expect, test } from "vitest";
import { completeRule, noTransformation, visibility, wafResources, webAclOf } from "../../test/waf-rules.ts";
import { readRegexPatternSet, readRuleGroup, WafNotServedError } from "./index.ts";

const uriPath = { FieldToMatch: { UriPath: {} }, TextTransformations: noTransformation };
const size = { SizeConstraintStatement: { ComparisonOperator: "GT", Size: 1, ...uriPath } };
const text = { SearchString: "a", PositionalConstraint: "EXACTLY" };

describe("a web ACL that AWS would refuse", () => {
  test.each([
    [
      "a slip in a name",
      { Statment: {} },
      "#/Rules/0: extraneous key [Statment] is not permitted. Did you mean Statement?",
    ],
    [
      "a statement that is none",
      { Statement: { ByteMatchStatements: {} } },
      "#/Rules/0/Statement: extraneous key [ByteMatchStatements] is not permitted. Did you mean ByteMatchStatement?",
    ],
    [
      "no statement",
      { Statement: {} },
      "none or multiple values for a field that requires exactly one value., field: STATEMENT",
    ],
    [
      "two statements",
      { Statement: { ...size, LabelMatchStatement: { Scope: "LABEL", Key: "a" } } },
      "none or multiple values for a field that requires exactly one value., field: STATEMENT",
    ],
    [
      "two actions",
      { Statement: size, Action: { Allow: {}, Block: {} } },
      "none or multiple values for a field that requires exactly one value., field: RULE_ACTION",
    ],
    [
      "a value that is none of AWS's",
      { Statement: { SizeConstraintStatement: { ComparisonOperator: "MORE", Size: 1, ...uriPath } } },
      "#/Rules/0/Statement/SizeConstraintStatement/ComparisonOperator: MORE is not a valid enum value. It is one of EQ, NE, LE, LT, GE, GT.",
    ],
    [
      "no transformations",
      {
        Statement: {
          SizeConstraintStatement: { ComparisonOperator: "EQ", Size: 1, FieldToMatch: { Body: {} } },
        },
      },
      "required key [TextTransformations] not found. Write Priority: 0, Type: NONE for none.",
    ],
    [
      "an unknown transformation",
      {
        Statement: {
          ByteMatchStatement: { ...text, ...uriPath, TextTransformations: [{ Priority: 0, Type: "ROT13" }] },
        },
      },
      "TextTransformations/0/Type: ROT13 is not a valid enum value.",
    ],
    [
      "nothing to inspect",
      { Statement: { ByteMatchStatement: { ...text, ...uriPath, FieldToMatch: {} } } },
      "none or multiple values for a field that requires exactly one value., field: FIELD_TO_MATCH",
    ],
    [
      "an expression with a back reference",
      { Statement: { RegexMatchStatement: { RegexString: "(a)\\1", ...uriPath } } },
      "#/Rules/0/Statement/RegexMatchStatement/RegexString: Error reason: The regular expression is not valid",
    ],
    [
      "a set that is not there",
      { Statement: { IPSetReferenceStatement: { Arn: "arn:aws:wafv2:x" } } },
      "There is no AWS::WAFv2::IPSet arn:aws:wafv2:x in the template",
    ],
    [
      "a rate within another statement",
      {
        Statement: {
          NotStatement: { Statement: { RateBasedStatement: { Limit: 10, AggregateKeyType: "IP" } } },
        },
      },
      "RateBasedStatement can't be nested in another statement.",
    ],
    [
      "a rate below ten",
      { Statement: { RateBasedStatement: { Limit: 9, AggregateKeyType: "IP" } } },
      "#/Rules/0/Statement/RateBasedStatement/Limit: 9 is not in the range 10 to 2000000000.",
    ],
    [
      "one statement to combine",
      { Statement: { AndStatement: { Statements: [size] } } },
      "#/Rules/0/Statement/AndStatement/Statements: expected minimum item count: 2, found: 1.",
    ],
    [
      "a response that is not there",
      {
        Statement: size,
        Action: { Block: { CustomResponse: { ResponseCode: 403, CustomResponseBodyKey: "gone" } } },
      },
      "there is no gone in the CustomResponseBodies beside these rules.",
    ],
    [
      "a response that sets its type by header",
      {
        Statement: size,
        Action: {
          Block: {
            CustomResponse: { ResponseCode: 403, ResponseHeaders: [{ Name: "Content-Type", Value: "a/b" }] },
          },
        },
      },
      "any name but content-type may be given, and each once.",
    ],
  ])("has %s", (_, rule, message) => {
    expect(() => webAclOf([rule])).toThrow(message);
  });

  test("has two rules of a priority", () => {
    const rules = [{ Statement: size }, { Statement: size, Priority: 0 }];
    expect(() => webAclOf(rules)).toThrow(
      "names and priorities must all be different; rule-1 with priority 0 is not.",
    );
  });

  test("lacks what it must have", () => {
    expect(() => webAclOf([], { VisibilityConfig: undefined })).toThrow(
      "#: required key [VisibilityConfig] not found.",
    );
  });
});

describe("what the platform does not serve", () => {
  const managed = { VendorName: "AWS", Name: "AWSManagedRulesCommonRuleSet" };
  test.each([
    [
      { Statement: { ManagedRuleGroupStatement: managed }, OverrideAction: { None: {} } },
      "ManagedRuleGroupStatement AWS AWSManagedRulesCommonRuleSet is not served by this platform",
    ],
    [
      { Statement: { GeoMatchStatement: { CountryCodes: ["CH"] } } },
      "GeoMatchStatement is not served by this platform",
    ],
    [
      { Statement: { AsnMatchStatement: { AsnList: [1] } } },
      "AsnMatchStatement is not served by this platform",
    ],
    [
      { Statement: { ByteMatchStatement: { ...text, ...uriPath, FieldToMatch: { JA3Fingerprint: {} } } } },
      "JA3Fingerprint is not served by this platform",
    ],
    [{ Statement: size, Action: { Captcha: {} } }, "Captcha is not served by this platform"],
    [{ Statement: size, Action: { Challenge: {} } }, "Challenge is not served by this platform"],
  ])("is refused by name: %j", (rule, message) => {
    const read = () => webAclOf([rule]);
    expect(read).toThrow(WafNotServedError);
    expect(read).toThrow(message);
  });
});

describe("a rule group that AWS would refuse", () => {
  const read = (Capacity: number, rule: object) => () =>
    readRuleGroup(
      { Scope: "REGIONAL", Capacity, VisibilityConfig: visibility, Rules: [completeRule(rule, 0)] },
      wafResources(),
    );

  test("uses more than its capacity", () => {
    expect(read(9, { Statement: { XssMatchStatement: uriPath } })).toThrow(
      "Error reason: You exceeded the capacity limit for a rule group or web ACL., field: RULE_GROUP, parameter: 40",
    );
  });

  test("refers to another one", () => {
    const reference = {
      Statement: { RuleGroupReferenceStatement: { Arn: "a" } },
      OverrideAction: { None: {} },
    };
    expect(read(9, reference)).toThrow("a rule group can't refer to another one.");
  });
});

test("a set with more expressions than ten is refused", () => {
  const set = { Scope: "REGIONAL", RegularExpressionList: Array.from({ length: 11 }, () => "a") };
  expect(() => readRegexPatternSet(set, "arn")).toThrow("at most 10 expressions; there are 11.");
});
