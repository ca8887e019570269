import { describe, expect, test } from "vitest";
import {
  completeRule,
  inspectOnce,
  noTransformation,
  visibility,
  wafRequest,
  wafResources,
  webAclOf,
} from "../../test/waf-rules.ts";
import { readRuleGroup } from "./index.ts";

const path = (search: string) => ({
  ByteMatchStatement: {
    SearchString: search,
    PositionalConstraint: "CONTAINS",
    FieldToMatch: { UriPath: {} },
    TextTransformations: noTransformation,
  },
});
const always = path("/");
const never = path("nowhere");
const label = (Key: string, Scope = "LABEL") => ({ LabelMatchStatement: { Key, Scope } });
const header = (Name: string, Value: string) => ({ Name, Value });

describe("the rules of a web ACL", () => {
  test("are gone through by priority until one allows or blocks", () => {
    const verdict = inspectOnce([
      { Name: "late", Priority: 9, Statement: always },
      { Name: "count", Priority: 1, Statement: always, Action: { Count: {} } },
      { Name: "other", Priority: 2, Statement: never },
      { Name: "allow", Priority: 5, Statement: always, Action: { Allow: {} } },
    ]);
    expect(verdict).toMatchObject({ action: "allow", terminatingRule: "allow", countedRules: ["count"] });
  });

  test("leave the rest to the default action", () => {
    expect(inspectOnce([{ Statement: never }])).toMatchObject({
      action: "allow",
      terminatingRule: "Default_Action",
    });
    const closed = webAclOf([], { DefaultAction: { Block: {} } });
    expect(closed.inspect(wafRequest(), 0)).toMatchObject({
      action: "block",
      terminatingRule: "Default_Action",
    });
  });

  test("add headers to requests that pass", () => {
    const inserting = (name: string) => ({
      CustomRequestHandling: { InsertHeaders: [header(name, "yes")] },
    });
    const rules = [
      { Statement: always, Action: { Count: inserting("counted") } },
      { Statement: path("/admin"), Action: { Block: {} } },
      { Statement: path("/open"), Action: { Allow: inserting("open") } },
    ];
    const acl = webAclOf(rules, { DefaultAction: { Allow: inserting("default") } });
    const insertedFor = (rawPath: string) => acl.inspect(wafRequest({ rawPath }), 0).insertedHeaders;
    expect(insertedFor("/open")).toEqual([
      ["x-amzn-waf-counted", "yes"],
      ["x-amzn-waf-open", "yes"],
    ]);
    expect(insertedFor("/")).toEqual([
      ["x-amzn-waf-counted", "yes"],
      ["x-amzn-waf-default", "yes"],
    ]);
    expect(insertedFor("/admin")).toEqual([]);
  });

  test("answer with a response of their own", () => {
    const CustomResponse = {
      ResponseCode: 418,
      CustomResponseBodyKey: "teapot",
      ResponseHeaders: [header("Retry-After", "60")],
    };
    const acl = webAclOf([{ Statement: always, Action: { Block: { CustomResponse } } }], {
      CustomResponseBodies: { teapot: { ContentType: "TEXT_PLAIN", Content: "short and stout" } },
    });
    expect(acl.inspect(wafRequest(), 0).response).toEqual({
      status: 418,
      headers: [["Retry-After", "60"]],
      body: { contentType: "text/plain", content: "short and stout" },
    });
  });
});

describe("labels", () => {
  const labelled = { Statement: always, Action: { Count: {} }, RuleLabels: [{ Name: "ns1:ns2:suspect" }] };

  test.each([
    ["suspect", "LABEL", true],
    ["ns2:suspect", "LABEL", true],
    ["awswaf:123456789012:webacl:guard:ns1:ns2:suspect", "LABEL", true],
    ["awswaf:123456789012:webacl:other:ns1:ns2:suspect", "LABEL", false],
    ["ns2", "LABEL", false],
    ["pect", "LABEL", false],
    ["Suspect", "LABEL", false],
    ["ns1:", "NAMESPACE", true],
    ["ns1:ns2:", "NAMESPACE", true],
    ["ns2:", "NAMESPACE", true],
    ["suspect", "NAMESPACE", false],
    ["awswaf:123456789012:webacl:guard:ns1:", "NAMESPACE", true],
    ["awswaf:123456789012:webacl:guard:ns", "NAMESPACE", false],
  ])("%s as %s matches: %s", (key, scope, matches) => {
    const verdict = inspectOnce([labelled, { Statement: label(key, scope) }]);
    expect(verdict.action === "block").toBe(matches);
    expect(verdict.labels).toEqual(["awswaf:123456789012:webacl:guard:ns1:ns2:suspect"]);
  });

  test("are there for later rules only", () => {
    expect(inspectOnce([{ Statement: label("suspect") }, labelled]).action).toBe("allow");
  });
});

describe("a rule group", () => {
  const arn = "arn:group";
  const group = readRuleGroup(
    {
      Scope: "REGIONAL",
      Capacity: 100,
      VisibilityConfig: visibility,
      Rules: [
        completeRule(
          { Name: "mark", Statement: always, Action: { Count: {} }, RuleLabels: [{ Name: "m" }] },
          0,
        ),
        completeRule(
          { Name: "own", Statement: { AndStatement: { Statements: [label("m"), path("/a")] } } },
          1,
        ),
      ],
    },
    { ...wafResources(), arn, name: "shared" },
  );
  const reference = (more: object, OverrideAction: object = { None: {} }) => ({
    Name: "group",
    Statement: { RuleGroupReferenceStatement: { Arn: arn, ...more } },
    OverrideAction,
  });
  const inspect = (rule: object, more: readonly object[] = []) =>
    inspectOnce([rule, ...more], { rawPath: "/a" }, { findRuleGroup: () => group });

  test("decides with its own rules", () => {
    expect(inspect(reference({}))).toMatchObject({
      action: "block",
      terminatingRule: "group",
      terminatingGroupRule: "own",
      countedRules: ["shared/mark"],
      labels: ["awswaf:123456789012:rulegroup:shared:m"],
    });
  });

  test.each([
    ["OverrideAction Count", reference({}, { Count: {} }), ["shared/mark", "group"]],
    ["ExcludedRules", reference({ ExcludedRules: [{ Name: "own" }] }), ["shared/mark", "shared/own"]],
    [
      "RuleActionOverrides",
      reference({ RuleActionOverrides: [{ Name: "own", ActionToUse: { Count: {} } }] }),
      ["shared/mark", "shared/own"],
    ],
  ])("only counts with %s", (_, rule, counted) => {
    expect(inspect(rule)).toMatchObject({ action: "allow", countedRules: counted });
  });

  test("marks requests for the web ACL's rules, by the label's full name", () => {
    const counted = reference({}, { Count: {} });
    expect(inspect(counted, [{ Statement: label("m") }]).action).toBe("allow");
    const full = label("awswaf:123456789012:rulegroup:shared:m");
    expect(inspect(counted, [{ Statement: full }]).action).toBe("block");
  });

  test("costs what it says, however little its rules use", () => {
    const acl = webAclOf([reference({}), { Statement: always }], {}, { findRuleGroup: () => group });
    expect(acl.capacity).toBe(110);
  });
});

describe("web ACL capacity units", () => {
  const inspecting = (statement: object) => ({ ...statement, FieldToMatch: { UriPath: {} } });
  const plain = { TextTransformations: noTransformation };
  const twice = {
    TextTransformations: [
      { Priority: 0, Type: "LOWERCASE" },
      { Priority: 1, Type: "URL_DECODE" },
    ],
  };
  const json = { JsonBody: { MatchPattern: { All: {} }, MatchScope: "ALL" } };
  test.each([
    [{ ByteMatchStatement: inspecting({ SearchString: "a", PositionalConstraint: "EXACTLY", ...plain }) }, 2],
    [
      { ByteMatchStatement: inspecting({ SearchString: "a", PositionalConstraint: "CONTAINS", ...twice }) },
      30,
    ],
    [{ RegexMatchStatement: inspecting({ RegexString: "a", ...plain }) }, 3],
    [{ SizeConstraintStatement: inspecting({ ComparisonOperator: "GT", Size: 1, ...plain }) }, 1],
    [{ SqliMatchStatement: inspecting(plain) }, 20],
    [{ SqliMatchStatement: inspecting({ SensitivityLevel: "HIGH", ...plain }) }, 30],
    [{ XssMatchStatement: inspecting(plain) }, 40],
    [{ XssMatchStatement: { ...plain, FieldToMatch: { AllQueryArguments: {} } } }, 50],
    [{ XssMatchStatement: { ...twice, FieldToMatch: json } }, 100],
    [label("a"), 1],
    [{ NotStatement: { Statement: label("a") } }, 1],
    [{ RateBasedStatement: { Limit: 100, AggregateKeyType: "IP" } }, 2],
    [
      {
        RateBasedStatement: {
          Limit: 100,
          AggregateKeyType: "CUSTOM_KEYS",
          CustomKeys: [{ IP: {} }, { HTTPMethod: {} }],
          ScopeDownStatement: label("a"),
        },
      },
      63,
    ],
  ])("%j costs %i", (statement, capacity) => {
    expect(webAclOf([{ Statement: statement }]).capacity).toBe(capacity);
  });

  test("are limited", () => {
    const rules = Array.from({ length: 126 }, () => ({
      Statement: { XssMatchStatement: inspecting(plain) },
    }));
    expect(() => webAclOf(rules)).toThrow(
      "Error reason: You exceeded the capacity limit for a rule group or web ACL., field: WEB_ACL, parameter: 5040",
    );
  });
});
