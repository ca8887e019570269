import { describe, expect, test } from "vitest";
import { isHeaderName, isHeaderValue, lowerCaseName, trimBlanks } from "./header-syntax.ts";

describe("a header name", () => {
  test.each(["x", "X-Custom-Header", "!#$%&'*+.^_`|~09az-AZ"])("may be %s", (name) => {
    expect(isHeaderName(name)).toBe(true);
  });

  test.each([
    ["is empty", ""],
    ["has a space", "a b"],
    ["ends in a space", "a "],
    ["has a colon", "a:b"],
    ["has a line end", "a\r\nb"],
    ["ends in a line feed", "a\n"],
    ["has a NUL", "a\0"],
    ["has a letter outside ASCII", "é"],
    ["has a separator", "a(b)"],
  ])("is refused when it %s", (_, name) => {
    expect(isHeaderName(name)).toBe(false);
  });
});

describe("a header value", () => {
  test.each(["", "plain", "a\tb", " padded ", "\x80\xff", "text/html; charset=utf-8"])(
    "may be %j",
    (value) => {
      expect(isHeaderValue(value)).toBe(true);
    },
  );

  test.each([
    ["a carriage return", "a\rb"],
    ["a line feed", "a\n"],
    ["a NUL", "\0"],
    ["an escape", "\x1b[31m"],
    ["a delete", "\x7f"],
    ["a character past Latin-1", "\u0100"],
    ["an emoji", "🙂"],
  ])("is refused when it has %s", (_, value) => {
    expect(isHeaderValue(value)).toBe(false);
  });
});

test.each([
  ["", ""],
  [" \t ", ""],
  ["a", "a"],
  [" \ta b\t ", "a b"],
  ["\xa0", "\xa0"],
  ["\xc3\xa0 ", "\xc3\xa0"],
])("of %j, %j is left without the blanks around it", (value, left) => {
  expect(trimBlanks(value)).toBe(left);
});

test("a name is in lower case, the first time and again, however many there are", () => {
  for (const _ of [1, 2]) {
    for (let number = 0; number < 500; number++)
      expect(lowerCaseName(`X-Name-${number}`)).toBe(`x-name-${number}`);
  }
});
