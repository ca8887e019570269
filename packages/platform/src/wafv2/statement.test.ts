import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMatch, noTransformation, visibility, webAclOf } from "../../test/waf-rules.ts";
import { readIpSet, readRegexPatternSet } from "./index.ts";
import type { WafRequest } from "./waf-request.ts";

const bytes = (
  SearchString: string,
  PositionalConstraint: string,
  FieldToMatch: object = { UriPath: {} },
) => ({
  ByteMatchStatement: {
    SearchString,
    PositionalConstraint,
    FieldToMatch,
    TextTransformations: noTransformation,
  },
});

const size = (ComparisonOperator: string, Size: number, FieldToMatch: object = { Body: {} }) => ({
  SizeConstraintStatement: { ComparisonOperator, Size, FieldToMatch, TextTransformations: noTransformation },
});

const regex = (RegexString: string, FieldToMatch: object = { UriPath: {} }) => ({
  RegexMatchStatement: { RegexString, FieldToMatch, TextTransformations: noTransformation },
});

describe("a byte match statement", () => {
  test.each([
    { constraint: "EXACTLY", search: "/a", path: "/a", matches: true },
    { constraint: "EXACTLY", search: "/a", path: "/ab", matches: false },
    { constraint: "STARTS_WITH", search: "/a", path: "/ab", matches: true },
    { constraint: "STARTS_WITH", search: "b", path: "/ab", matches: false },
    { constraint: "ENDS_WITH", search: "b", path: "/ab", matches: true },
    { constraint: "CONTAINS", search: "ab", path: "/xaby", matches: true },
    { constraint: "CONTAINS", search: "AB", path: "/xaby", matches: false },
    { constraint: "CONTAINS_WORD", search: "BadBot", path: "BadBot", matches: true },
    { constraint: "CONTAINS_WORD", search: "BadBot", path: "BadBot;", matches: true },
    { constraint: "CONTAINS_WORD", search: "BadBot", path: ";BadBot", matches: true },
    { constraint: "CONTAINS_WORD", search: "BadBot", path: "-BadBot;", matches: true },
    { constraint: "CONTAINS_WORD", search: "BadBot", path: "BadBots NotBadBot", matches: false },
    { constraint: "CONTAINS", search: "é", path: "/caf\xc3\xa9", matches: true },
  ])("$constraint $search of $path: $matches", ({ constraint, search, path, matches }) => {
    expect(isMatch(bytes(search, constraint), { rawPath: path })).toBe(matches);
  });
});

describe("the part of a request that a statement inspects", () => {
  const headers: WafRequest["headers"] = [
    ["Host", "api.example.com"],
    ["User-Agent", "bad"],
    ["Cookie", "session=abc; theme=dark"],
    ["cookie", "more=x=y"],
  ];
  const pairs = (kind: string, pattern: object, MatchScope = "ALL") => ({
    [kind]: { MatchPattern: pattern, MatchScope, OversizeHandling: "CONTINUE" },
  });
  const json = (more: object) => ({ JsonBody: { MatchPattern: { All: {} }, MatchScope: "ALL", ...more } });
  const body = '{"name":"b\\u00e4d","list":[1,{"deep/er":true}],"sp ace":null}';

  test.each([
    { field: { Method: {} }, search: "POST", matches: true },
    { field: { QueryString: {} }, search: "a=%41&B=2&a=3", matches: true },
    { field: { AllQueryArguments: {} }, search: "2", matches: true },
    { field: { AllQueryArguments: {} }, search: "a", matches: false },
    { field: { SingleQueryArgument: { Name: "b" } }, search: "2", matches: true },
    { field: { SingleQueryArgument: { Name: "a" } }, search: "3", matches: true },
    { field: { SingleHeader: { Name: "user-agent" } }, search: "bad", matches: true },
    { field: { SingleHeader: { Name: "missing" } }, search: "bad", matches: false },
    { field: pairs("Headers", { All: {} }), search: "User-Agent", matches: true },
    { field: pairs("Headers", { All: {} }, "VALUE"), search: "User-Agent", matches: false },
    { field: pairs("Headers", { IncludedHeaders: ["host"] }), search: "bad", matches: false },
    { field: pairs("Headers", { ExcludedHeaders: ["host"] }), search: "bad", matches: true },
    { field: pairs("Cookies", { All: {} }), search: "theme", matches: true },
    { field: pairs("Cookies", { All: {} }, "KEY"), search: "dark", matches: false },
    { field: pairs("Cookies", { IncludedCookies: ["more"] }), search: "x=y", matches: true },
    { field: pairs("Cookies", { ExcludedCookies: ["session"] }), search: "abc", matches: false },
    {
      field: { HeaderOrder: { OversizeHandling: "CONTINUE" } },
      search: "host:user-agent:cookie:cookie",
      matches: true,
    },
    { field: { Body: {} }, search: body, matches: true },
    { field: json({}), search: "bäd", matches: true },
    { field: json({}), search: "list", matches: true },
    { field: json({ MatchScope: "VALUE" }), search: "list", matches: false },
    { field: json({ MatchScope: "KEY" }), search: "bäd", matches: false },
    { field: json({ MatchPattern: { IncludedPaths: ["/list/0"] } }), search: "1", matches: true },
    { field: json({ MatchPattern: { IncludedPaths: ["/list/1/deep~1er"] } }), search: "true", matches: true },
    { field: json({ MatchPattern: { IncludedPaths: ["/list"] } }), search: "null", matches: false },
  ])("$field has $search: $matches", ({ field, search, matches }) => {
    const request = { method: "POST", rawQuery: "a=%41&B=2&a=3", headers, body };
    expect(isMatch(bytes(search, "EXACTLY", field), request)).toBe(matches);
  });

  test.each([
    { fallback: "MATCH", matches: true },
    { fallback: "NO_MATCH", matches: false },
    { fallback: "EVALUATE_AS_STRING", matches: true },
    { fallback: undefined, matches: true },
  ])("of a body that is no JSON, with $fallback, matches: $matches", ({ fallback, matches }) => {
    const field = json(fallback === undefined ? {} : { InvalidFallbackBehavior: fallback });
    expect(isMatch(bytes("evil", "CONTAINS", field), { body: '{"a":"evil",' })).toBe(matches);
  });

  test.each([
    { handling: "CONTINUE", matches: false },
    { handling: "MATCH", matches: true },
    { handling: "NO_MATCH", matches: false },
  ])("of a body that is longer than WAF gets, with $handling, matches: $matches", ({ handling, matches }) => {
    const request = { body: "x", isBodyCut: true };
    expect(isMatch(bytes("y", "CONTAINS", { Body: { OversizeHandling: handling } }), request)).toBe(matches);
  });

  test.each([
    {
      what: "200 headers",
      headers: Array.from({ length: 200 }, () => ["a", "b"] as const),
      isOversize: false,
    },
    {
      what: "201 headers",
      headers: Array.from({ length: 201 }, () => ["a", "b"] as const),
      isOversize: true,
    },
    { what: "8 KB of headers", headers: [["a", "b".repeat(8191)]] as const, isOversize: false },
    { what: "a byte more", headers: [["a", "b".repeat(8192)]] as const, isOversize: true },
  ])("$what are too many to inspect: $isOversize", ({ headers: many, isOversize }) => {
    const field = {
      Headers: { MatchPattern: { All: {} }, MatchScope: "ALL", OversizeHandling: "MATCH" },
    };
    expect(isMatch(bytes("nowhere", "EXACTLY", field), { headers: many })).toBe(isOversize);
  });
});

describe("a size constraint", () => {
  test.each([
    ["EQ", 3, true],
    ["NE", 3, false],
    ["LE", 3, true],
    ["LT", 3, false],
    ["GE", 4, false],
    ["GT", 2, true],
  ] as const)("of three bytes, %s %i: %s", (operator, limit, matches) => {
    expect(isMatch(size(operator, limit), { body: "abc" })).toBe(matches);
  });
});

describe("regular expressions", () => {
  test.each([
    ["^/admin(/|$)", "/admin/x", true],
    ["(?i)ADMIN", "/admin", true],
    ["^admin", "/admin", false],
    ["\\d{3,5}", "/12", false],
  ])("%s finds something in %s: %s", (expression, path, matches) => {
    expect(isMatch(regex(expression), { rawPath: path })).toBe(matches);
  });

  test("of a set match if one of them does", () => {
    const arn = "arn:set";
    const set = readRegexPatternSet({ Scope: "REGIONAL", RegularExpressionList: ["^/a$", "^/b$"] }, arn);
    const statement = {
      RegexPatternSetReferenceStatement: {
        Arn: arn,
        FieldToMatch: { UriPath: {} },
        TextTransformations: noTransformation,
      },
    };
    const resources = { findRegexPatternSet: (asked: string) => (asked === arn ? set : undefined) };
    expect(isMatch(statement, { rawPath: "/b" }, resources)).toBe(true);
    expect(isMatch(statement, { rawPath: "/c" }, resources)).toBe(false);
  });

  test.each(["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){12}$"])(
    "%s can't be made to hang",
    (expression) => {
      // A machine that goes back would need longer than the sun has left.
      const text = `${"a".repeat(65_000)}!`;
      expect(isMatch(regex(expression, { Body: {} }), { body: text })).toBe(false);
    },
    20_000,
  );
});

describe("an IP set", () => {
  const setOf = (version: string, addresses: readonly string[]) =>
    readIpSet({ Scope: "REGIONAL", IPAddressVersion: version, Addresses: addresses }, "arn:set");
  const reference = (more: object = {}) => ({ IPSetReferenceStatement: { Arn: "arn:set", ...more } });
  const forwarded = (Position: string, FallbackBehavior: string) =>
    reference({ IPSetForwardedIPConfig: { HeaderName: "X-Forwarded-For", Position, FallbackBehavior } });

  test.each([
    ["IPV4", "192.0.2.44/32", "192.0.2.44", true],
    ["IPV4", "192.0.2.0/24", "192.0.2.255", true],
    ["IPV4", "192.0.2.0/24", "192.0.3.0", false],
    ["IPV6", "2001:db8::/32", "2001:db8:ffff::1", true],
    ["IPV6", "2001:db8::/32", "2001:db9::1", false],
    ["IPV6", "2001:db8::/32", "192.0.2.44", false],
  ])("%s %s has %s: %s", (version, range, sourceIp, matches) => {
    const set = setOf(version, [range]);
    expect(isMatch(reference(), { sourceIp }, { findIpSet: () => set })).toBe(matches);
  });

  test.each([
    ["FIRST", "203.0.113.9, 10.0.0.1", "NO_MATCH", true],
    ["LAST", "203.0.113.9, 10.0.0.1", "NO_MATCH", false],
    ["LAST", "10.0.0.1, 203.0.113.9", "NO_MATCH", true],
    ["ANY", "10.0.0.1, 203.0.113.9, 10.0.0.2", "NO_MATCH", true],
    ["FIRST", "unknown, 203.0.113.9", "NO_MATCH", false],
    ["FIRST", "unknown, 203.0.113.9", "MATCH", true],
    ["FIRST", undefined, "MATCH", false],
  ])("asked for the %s address of %s with %s: %s", (position, header, fallback, matches) => {
    const set = setOf("IPV4", ["203.0.113.0/24"]);
    const headers: WafRequest["headers"] = header === undefined ? [] : [["x-forwarded-for", header]];
    expect(isMatch(forwarded(position, fallback), { headers }, { findIpSet: () => set })).toBe(matches);
  });

  test("does not make a rule match the other way round where the header is missing", () => {
    const set = setOf("IPV4", ["203.0.113.0/24"]);
    const statement = { NotStatement: { Statement: forwarded("FIRST", "MATCH") } };
    expect(isMatch(statement, {}, { findIpSet: () => set })).toBe(false);
  });

  test.each(["192.0.2.44", "192.0.2.0/0", "192.0.2.0/33", "::/8", "x/8", "1.2.3.4/8/8", "1.2.3.4/-1"])(
    "refuses %s",
    (range) => {
      expect(() => setOf("IPV4", [range])).toThrow(
        `Error reason: The parameter contains formatting that is not valid., field: IP_ADDRESS, parameter: ${range}`,
      );
    },
  );
});

describe("statements within statements", () => {
  const yes = bytes("/", "CONTAINS");
  const no = bytes("nowhere", "CONTAINS");
  const leaf = fc.boolean().map((value) => ({ value, statement: (value ? yes : no) as object }));
  const not = (statement: object) => ({ NotStatement: { Statement: statement } });
  const and = (Statements: readonly object[]) => ({ AndStatement: { Statements } });
  const or = (Statements: readonly object[]) => ({ OrStatement: { Statements } });
  const { tree } = fc.letrec<{ tree: { value: boolean; statement: object } }>((tie) => {
    const some = fc.array(tie("tree"), { minLength: 2, maxLength: 3 });
    const statements = (list: readonly { statement: object }[]) => list.map(({ statement }) => statement);
    return {
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        tie("tree").map(({ value, statement }) => ({ value: !value, statement: not(statement) })),
        some.map((list) => ({ value: list.every(({ value }) => value), statement: and(statements(list)) })),
        some.map((list) => ({ value: list.some(({ value }) => value), statement: or(statements(list)) })),
      ),
    };
  });

  test("mean what they say", () => {
    fc.assert(
      fc.property(tree, ({ value, statement }) => {
        expect(isMatch(statement, {})).toBe(value);
        expect(isMatch(not(not(statement)), {})).toBe(value);
      }),
    );
  });

  test("any request gets an answer", () => {
    const text = fc
      .string({ unit: "binary", maxLength: 200 })
      .map((unicode) => Buffer.from(unicode).toString("latin1"));
    const request = fc.record({
      rawPath: text,
      rawQuery: text,
      body: text,
      headers: fc.array(fc.tuple(fc.constantFrom("cookie", "x-forwarded-for", "a"), text)),
    });
    const fields = [
      { AllQueryArguments: {} },
      { JsonBody: { MatchPattern: { All: {} }, MatchScope: "ALL" } },
      { Cookies: { MatchPattern: { All: {} }, MatchScope: "ALL", OversizeHandling: "CONTINUE" } },
      { UriPath: {} },
    ];
    const rules = fields.flatMap((FieldToMatch) =>
      ["SqliMatchStatement", "XssMatchStatement"].map((name) => ({
        Statement: { [name]: { FieldToMatch, TextTransformations: [{ Priority: 0, Type: "URL_DECODE" }] } },
        Action: { Count: {} },
      })),
    );
    const acl = webAclOf(rules, { VisibilityConfig: visibility });
    fc.assert(
      fc.property(request, (given) => {
        const whole = { method: "GET", sourceIp: "::1", isBodyCut: false, ...given };
        expect(acl.inspect(whole, 0).action).toBe("allow");
      }),
    );
  });
});
