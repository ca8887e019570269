import { describe, expect, test } from "vitest";
import {
  completeRule,
  noTransformation,
  visibility,
  wafRequest,
  wafResources,
  webAclOf,
} from "../../test/waf-rules.ts";
import { readRegexPatternSet, readRuleGroup } from "./index.ts";

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

const managed = { VendorName: "AWS", Name: "AWSManagedRulesCommonRuleSet" };
const managedRule = (more: object = {}) => ({
  Statement: { ManagedRuleGroupStatement: { ...managed, ...more } },
  OverrideAction: { None: {} },
});
const geo = { GeoMatchStatement: { CountryCodes: ["CH"] } };
const unserved: readonly (readonly [rule: object, message: string])[] = [
  [
    managedRule(),
    "ManagedRuleGroupStatement AWS AWSManagedRulesCommonRuleSet is not served by this platform: the rules of managed rule groups are their vendors' own.",
  ],
  [{ Statement: geo }, "GeoMatchStatement is not served by this platform"],
  [{ Statement: { NotStatement: { Statement: geo } } }, "GeoMatchStatement is not served by this platform"],
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
];

describe("a rule with what the platform does not serve", () => {
  test.each(unserved)("is named, and the others bite: %j", (rule, message) => {
    const acl = webAclOf([rule, { Name: "own", Statement: size }]);
    expect(acl.unenforced).toEqual([{ name: "rule-0", reason: expect.stringContaining(message) }]);
    expect(acl.inspect(wafRequest({ rawPath: "/prod/" }), 0)).toMatchObject({
      action: "block",
      terminatingRule: "own",
    });
  });

  test("decides nothing itself", () => {
    expect(webAclOf([managedRule()]).inspect(wafRequest(), 0)).toMatchObject({
      action: "allow",
      terminatingRule: "Default_Action",
    });
  });

  test("is set apart in a rule group as well, which may be told to override it", () => {
    const group = readRuleGroup(
      {
        Scope: "REGIONAL",
        Capacity: 10,
        VisibilityConfig: visibility,
        Rules: [completeRule({ Statement: geo }, 0), completeRule({ Statement: size }, 1)],
      },
      { ...wafResources(), name: "shared" },
    );
    expect(group.unenforced.map(({ name }) => name)).toEqual(["rule-0"]);
    const override = { Name: "rule-0", ActionToUse: { Count: {} } };
    const reference = {
      Statement: { RuleGroupReferenceStatement: { Arn: "arn", RuleActionOverrides: [override] } },
      OverrideAction: { None: {} },
    };
    const acl = webAclOf([reference], {}, { findRuleGroup: () => group });
    expect(acl.inspect(wafRequest(), 0)).toMatchObject({ action: "block", terminatingGroupRule: "rule-1" });
  });

  test.each([
    [
      "a slip in a name",
      managedRule({ Vendor: "AWS" }),
      "ManagedRuleGroupStatement: extraneous key [Vendor] is not permitted.",
    ],
    ["no vendor", managedRule({ VendorName: undefined }), "required key [VendorName] not found."],
    [
      "an action",
      { ...managedRule(), Action: { Block: {} } },
      "#/Rules/0/Action: a rule that refers to a rule group has OverrideAction instead.",
    ],
    ["no override", { ...managedRule(), OverrideAction: {} }, "give exactly one of Count and None."],
    [
      "the name of another rule",
      { ...managedRule(), Name: "rule-1" },
      "names and priorities must all be different; rule-1 with priority 1 is not.",
    ],
    [
      "a mistake in what narrows it",
      managedRule({ ScopeDownStatement: { ByteMatch: {} } }),
      "ScopeDownStatement: extraneous key [ByteMatch] is not permitted.",
    ],
  ])("is refused as any other with %s", (_, rule, message) => {
    expect(() => webAclOf([rule, { Statement: size }])).toThrow(message);
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
