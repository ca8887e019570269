import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearest } from "./spelling.ts";

describe("the word that was meant", () => {
  test.each([
    ["MemmorySize", "MemorySize"],
    ["memorysize", "MemorySize"],
    ["Tmieout", "Timeout"],
    ["Bogus", undefined],
    ["", undefined],
  ])("by %j is %j", (text, meant) => {
    expect(nearest(text, ["MemorySize", "Timeout", "Handler"])).toBe(meant);
  });

  test("distance is the same both ways, and nothing only between equal texts", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
