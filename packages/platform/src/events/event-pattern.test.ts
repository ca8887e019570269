import { describe, expect, test } from "vitest";
import { matchesEvent, readEventPattern } from "./event-pattern.ts";

const event = {
  source: "shop",
  resources: ["a", "b"],
  detail: { state: "paid", total: 12, items: [], note: null },
};

describe("an event is wanted", () => {
  test.each([
    [{ source: ["shop"] }, true],
    [{ source: ["other", "shop"], detail: { state: ["paid"] } }, true],
    [{ source: ["other"] }, false],
    [{ detail: { total: [12] } }, true],
    [{ detail: { total: ["12"] } }, false],
    [{ detail: { note: [null] } }, true],
    [{ resources: ["b"] }, true],
    [{ resources: ["c"] }, false],
    [{ source: [{ prefix: "sh" }] }, true],
    [{ source: [{ suffix: "p" }] }, true],
    [{ source: [{ prefix: "x" }, "shop"] }, true],
    [{ source: [{ "equals-ignore-case": "SHOP" }] }, true],
    [{ detail: { state: [{ "anything-but": ["open", "paid"] }] } }, false],
    [{ detail: { state: [{ "anything-but": "open" }] } }, true],
    [{ detail: { missing: [{ "anything-but": "open" }] } }, false],
    [{ detail: { state: [{ exists: true }] } }, true],
    [{ detail: { state: [{ exists: false }] } }, false],
    [{ detail: { missing: [{ exists: false }] } }, true],
    [{ detail: { state: { deeper: ["x"] } } }, false],
  ])("by %j: %j", (pattern, isWanted) => {
    expect(matchesEvent(readEventPattern(JSON.stringify(pattern)), event)).toBe(isWanted);
  });
});

describe("a pattern is refused", () => {
  test.each([
    ["that is no JSON", "{", /Empty pattern or no JSON object/],
    ["that is empty", "{}", /Empty pattern/],
    ["with a text where a list must be", '{"source":"shop"}', /"source" must be an object or an array/],
    ["with an empty list", '{"source":[]}', /Empty arrays are not allowed/],
    [
      "with numbers to compare",
      '{"detail":{"total":[{"numeric":[">",1]}]}}',
      /numeric is not served by this platform\./,
    ],
    ["with a wildcard", '{"source":[{"wildcard":"s*"}]}', /wildcard is not served by this platform\./],
    ["with alternatives", '{"$or":[{"a":["b"]}]}', /\$or is not served by this platform\./],
    [
      "with an operator in an operator",
      '{"source":[{"anything-but":{"prefix":"s"}}]}',
      /anything-but is not served/,
    ],
    [
      "with an operand of another type",
      '{"source":[{"prefix":1}]}',
      /prefix match pattern must be of another type/,
    ],
  ])("%s", (_, pattern, text) => {
    expect(() => readEventPattern(pattern)).toThrow(text);
  });
});
