import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { literally, matchesArn, matchesPattern } from "./pattern.ts";

/** What the words say, tried in every way: right, and far too slow for long texts. */
function matchesNaively(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const rest = pattern.slice(1);
  switch (pattern[0]) {
    case "*":
      return matchesNaively(rest, text) || (text !== "" && matchesNaively(pattern, text.slice(1)));
    case "?":
      return text !== "" && matchesNaively(rest, text.slice(1));
    default:
      return pattern[0] === text[0] && matchesNaively(rest, text.slice(1));
  }
}

const letters = fc.stringMatching(/^[ab:.]{0,10}$/);
const patterns = fc.stringMatching(/^[ab:.*?]{0,8}$/);

describe("a pattern", () => {
  test("matches what a plain reading of its rules matches", () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        expect(matchesPattern(pattern, text)).toBe(matchesNaively(pattern, text));
      }),
      { numRuns: 2_000 },
    );
  });

  test("made of any text by putting wildcards over parts of it matches that text", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(letters, fc.constantFrom("*", "?", "")), { maxLength: 6 }), (parts) => {
        const text = parts.map(([part, wild]) => (wild === "?" ? `${part}x` : part)).join("");
        const pattern = parts.map(([part, wild]) => (wild === "*" ? "*" : part + wild)).join("");
        expect(matchesPattern(pattern, text)).toBe(true);
      }),
    );
  });

  test("of a literal matches that text and no other", () => {
    const texts = fc.stringMatching(/^[ab*?]{0,6}$/);
    fc.assert(
      fc.property(texts, texts, (literal, text) => {
        expect(matchesPattern(literally(literal), text)).toBe(literal === text);
        expect(matchesPattern(`*${literally(literal)}`, text)).toBe(text.endsWith(literal));
      }),
      { numRuns: 1_000 },
    );
  });

  test("takes no time to speak of, however hard it is meant to be", () => {
    expect(matchesPattern(`${"*a".repeat(200)}b`, "a".repeat(20_000))).toBe(false);
  });
});

describe("an ARN's pattern", () => {
  const arn = "arn:aws:lambda:us-east-1:123456789012:function:shop:live";
  test.each([
    [arn, true],
    ["*", true],
    ["arn:aws:lambda:*:*:function:shop:*", true],
    ["arn:aws:lambda:us-east-?:123456789012:*", true],
    ["arn:aws:lambda", true],
    ["arn:aws:lambda:us-east-1:*", true],
    ["arn:*", true],
    ["arn:aws:lambda:us-east-1:123456789012:function:shop", false],
    ["arn:aws:lambda:*:function:shop:live", false],
    ["arn:aws:l*:123456789012:function:shop:live", false],
    ["arn:aws:s3:::*", false],
    ["", false],
    ["arn:aws:lambda:us-east-1:123456789012:FUNCTION:shop:live", false],
  ])("%s: %s", (pattern, isMatch) => {
    expect(matchesArn(pattern, arn)).toBe(isMatch);
  });

  test("matches ARNs only", () => {
    expect([matchesArn("*", "shop"), matchesArn("arn:*", "arn:aws:s3")]).toEqual([false, false]);
  });
});
