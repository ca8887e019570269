import { describe, expect, test } from "vitest";
import { readFilterPattern } from "./filter-pattern.ts";

describe("a filter pattern of words", () => {
  test.each<[string, string[], string[]]>([
    ["", ["anything", ""], []],
    ["ERROR", ["[ERROR] x", "ERRORS"], ["error", ""]],
    ["ERROR code", ["code 1: ERROR"], ["ERROR", "code"]],
    ['"ERROR code"', ["ERROR code 1"], ["code ERROR"]],
    [String.raw`"say \"hi\""`, ['I say "hi"'], ["I say hi"]],
    ["?ERROR ?WARN", ["ERROR", "WARN"], ["INFO"]],
    ["ERROR -noise", ["ERROR"], ["ERROR noise"]],
    ['-"a b"', ["a", "b a"], ["a b"]],
    ["a-b", ["a-b"], ["ab"]],
  ])("%s", (pattern, matching, others) => {
    const matches = readFilterPattern(pattern);
    expect([matching.filter((message) => !matches(message)), others.filter(matches)]).toEqual([[], []]);
  });

  test.each(["{ $.level = 1 }", "[ip, user]", " %regex%"])(
    "of another kind is refused by name: %s",
    (pattern) => {
      expect(() => readFilterPattern(pattern)).toThrow(
        expect.objectContaining({
          code: "InvalidParameterException",
          message: expect.stringContaining("are not served"),
        }),
      );
    },
  );
});
