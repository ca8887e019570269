import { describe, expect, test } from "vitest";
import { readFilterPattern } from "./filter-pattern.ts";

// What matches which pattern; most of it are the examples of AWS's page on the syntax.

type Row = [pattern: string, matching: string[], others: string[]];

function check(pattern: string, matching: readonly string[], others: readonly string[]) {
  const matches = readFilterPattern(pattern);
  expect([matching.filter((message) => !matches(message)), others.filter(matches)]).toEqual([[], []]);
}

describe("a filter pattern of terms", () => {
  test.each<Row>([
    ["", ["anything", ""], []],
    ["ERROR", ["[ERROR] x", "ERRORS"], ["error", ""]],
    ["ERROR code", ["code 1: ERROR"], ["ERROR", "code"]],
    ['"ERROR code"', ["ERROR code 1"], ["code ERROR"]],
    [String.raw`"say \"hi\""`, ['I say "hi"'], ["I say hi"]],
    [String.raw`"C:\\x"`, [String.raw`in C:\x`], ["C:x"]],
    ["?ERROR ?WARN", ["ERROR", "WARN"], ["INFO"]],
    ["ERROR -noise", ["ERROR"], ["ERROR noise"]],
    ['-"a b"', ["a", "b a"], ["a b"]],
    ['"ERROR" - "Exiting"', ["ERROR"], ["Exiting with ERRORCODE"]],
    ['"a-b"', ["a-b"], ["ab"]],
    ["Größe_1", ["Größe_1"], ["Grösse_1"]],
    ["?a ?b c", ["c"], ["a", "b"]],
    ["?a -c", ["b"], ["a c"]],
    ["%ERROR%", ["an ERROR"], ["error"]],
    ["%colou?r% -red", ["color", "colour"], ["colr", "red color"]],
    [String.raw`?%^10\.0\.[0-9]+% ?other`, ["10.0.12 x", "other"], ["x 10.0.12"]],
    ["%bind: address%", ["bind: address in use"], ["bind address"]],
    ["%gr[ae]y|black%", ["gray", "grey", "black"], ["green"]],
    [String.raw`%\x28a\x29%`, ["(a)"], ["a"]],
  ])("%s", check);
});

const user = {
  user: { id: 1, email: "John.Stiles@example.com" },
  users: [
    { id: 2, email: "John.Doe@example.com" },
    { id: 3, email: "Jane.Doe@example.com" },
  ],
  actions: ["GET", "PUT", "DELETE"],
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
    [7, 8, 9],
  ],
};
const trail = {
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  "with-dash": 1,
  latency: 55.5,
};
const json = (...values: unknown[]) => values.map((value) => JSON.stringify(value));

describe("a filter pattern for JSON", () => {
  test.each<Row>([
    ['{ $.eventType = "UpdateTrail" }', json(trail), json({}, { eventType: "Update" }, [trail])],
    ["{$.eventType=UpdateTrail}", json(trail), ["UpdateTrail", ""]],
    ["{ $.eventType = Update* }", json(trail), json({ eventType: "xUpdate" })],
    ["{ $.eventType = *Trail }", json(trail), json({ eventType: "Trails" })],
    ['{ $.eventType = "*date*" }', json(trail), json({ eventType: "dat" })],
    ["{ $.eventType = * }", json(trail, { eventType: 0 }), json({ eventType: null }, {})],
    ["{ $.a = Ev*ent }", json({ a: "Ev*ent" }), json({ a: "Event", b: "Ev_ent" })],
    ["{ $.eventType = %^Up.*l$% }", json(trail), json({ eventType: "Up" })],
    ["{ $.eventType != %^Up% }", json({ eventType: "Down" }), json(trail)],
    ["{ $.sourceIPAddress != 123.123.* }", json(trail), json({ sourceIPAddress: "123.123.0.1" })],
    ['{ $.arrayKey[0] = "value" }', json(trail), json({ arrayKey: "value" }, { arrayKey: { 0: "value" } })],
    ["{ $.objectList[1].id = 2 }", json(trail), json({ objectList: [{ id: 2 }] }, { objectList: [1, 2] })],
    ["{ $.objectList[*].id = 2 }", json(trail), json({ objectList: [{ id: 1 }] })],
    ["{ $.*.id = 1 }", json(user), json(trail)],
    ["{ $.coordinates[0][1] = 1 }", json(user), json({ coordinates: [[1, 0]] })],
    ["{ $.SomeObject IS NULL }", json(trail), json({}, { SomeObject: "null" })],
    ["{ $.SomeOtherObject NOT EXISTS }", json(trail), json({ SomeOtherObject: null })],
    ["{ $.ThisFlag IS TRUE }", json(trail), json({ ThisFlag: "true" }, { ThisFlag: false })],
    ["{ $.ThisFlag IS FALSE }", json({ ThisFlag: false }), json(trail)],
    ["{ $.with-dash = 1 }", json(trail), json({ with: 1 })],
    ["{ $.latency >= 55.5 && $.latency < 10e3 && $.latency > +10e-3 }", json(trail), json({ latency: "60" })],
    ["{ $.latency = 55.50 }", json(trail), json({ latency: 55 })],
    ["{ $.latency != 500 }", json(trail), json({ latency: 500 }, { latency: null }, {})],
    ["{ $.n <= -1 }", json({ n: -1 }, { n: -2.5 }), json({ n: 0 })],
    ["{ $.users = 1 }", [], json({ users: [1, 2, 3] }, { users: {} })],
    ["{ $.users != 1 }", json({ users: 2 }), json({ users: [1, 2, 3] }, { users: {} })],
    ['{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', json(user), json(trail)],
    ['{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', [], json(user)],
    [
      '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
      json(user),
      [],
    ],
    [
      '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }',
      [],
      json(user),
    ],
  ])("%s", check);
});

const served = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

describe("a filter pattern of fields", () => {
  test.each<Row>([
    ["[ip, user, username, timestamp, request, status_code, bytes]", [served], [`${served} more`, "1 2 3"]],
    ["[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", [served], []],
    ["[ip, user, username, timestamp, request, status_code = 404, bytes > 1000]", [served], []],
    ["[..., status_code = 4*, bytes]", [served, "404 1"], ["504 1", "1"]],
    ["[..., status_code=4*,]", [served], [`${served} 1`]],
    ["[ip=127.*, user, ..., bytes]", [served, "127.1 a b"], ["127.1 a"]],
    ["[ip, user, ...]", [served, "a b"], ["a", ""]],
    ["[...]", [served, ""], []],
    ['[a, b, c, d, request = "GET /index.html HTTP/1.0", ...]', [served], [served.replace("GET", "PUT")]],
    [String.raw`[ip=%127\.0\.0\.[1-9]%, ...]`, [served], [served.replace("127", "128")]],
    ["[w1=ERROR || w1=WARN, ...]", ["ERROR x", "[WARN] x"], ["INFO x", "x ERROR"]],
    ["[w1!=ERROR&&w1!=WARN, w2]", ["INFO x"], ["ERROR x", "WARN x"]],
    ["[s = 4* && s != 403]", ["404", "400"], ["403", "500"]],
    ["[(s = 1 || s = 2) && s != 2]", ["1"], ["2", "3"]],
    ["[n = 007, m < 1e3]", ["7 999", "007 -1"], ["7 1000", "7 x"]],
    ['[a = "[b", c]', ["[b c"], ["[b] c"]],
  ])("%s", check);
});

describe("refused is a filter pattern with", () => {
  const invalid = "Invalid filter pattern";
  const inTerm = (term: string) => `${invalid}: Invalid character(s) in term '${term}'`;
  test.each([
    ["a term with other characters", "a-b", inTerm("a-b")],
    ["a term of nothing", '""', inTerm('""')],
    ["a sign of nothing", "a -", inTerm("-")],
    ["a quote that is not closed", '"a b', inTerm('"a')],
    ["an expression with a group", "%(a)%", "Invalid character(s) in term '%(a)%'"],
    ["an expression that is none", "%a[%", invalid],
    ["an expression that is not closed", "%a", inTerm("%a")],
    ["a brace that is not closed", "{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"],
    ["a bracket that is not closed", "[a", "If a filter pattern starts with '[' it must end with ']'"],
    ["a brace alone", "{", "If a filter pattern starts with '{' it must end with '}'"],
    ["no condition", "{ }", invalid],
    ["no comparison", "{ $.a }", invalid],
    ["no selector", "{ a = 1 }", invalid],
    ["a selector of nothing", "{ $ = 1 }", invalid],
    ["no value", "{ $.a = }", invalid],
    ["another operator", "{ $.a == 1 }", invalid],
    ["an order of texts", "{ $.a > b }", invalid],
    ["a condition too little", "{ $.a = 1 && }", invalid],
    ["a condition too much", "{ $.a = 1 $.b = 2 }", invalid],
    ["a parenthesis that is not closed", "{ ($.a = 1 }", invalid],
    ["another constant", "{ $.a IS NOTHING }", invalid],
    ["two wildcards in a selector", "{ $.*.a[*] = 1 }", invalid],
    ["four wildcards", "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }", invalid],
    ["three expressions", "{ $.a = %a% || $.a = %b% || $.a = %c% }", invalid],
    ["two ellipses", "[..., a, ...]", invalid],
    ["a condition on another field", "[status_code = 4* && bytes > 1000]", invalid],
    ["a condition on no field", "[= 1]", invalid],
    ["a name where a condition is needed", "[a = 1 && a]", invalid],
    ["something between fields", "[a b]", invalid],
  ])("%s", (_, pattern, message) => {
    expect(() => readFilterPattern(pattern)).toThrow(
      expect.objectContaining({ code: "InvalidParameterException", status: 400, message }),
    );
  });
});
