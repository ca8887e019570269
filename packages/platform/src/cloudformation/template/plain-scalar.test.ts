import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainScalar } from "./plain-scalar.ts";

describe("an unquoted scalar", () => {
  test.each<[string, string | number | boolean | null]>([
    ["", null],
    ["~", null],
    ["null", null],
    ["true", true],
    ["on", true],
    ["No", false],
    ["y", "y"],
    ["nO", "nO"],
    ["0", 0],
    ["-0", 0],
    ["42", 42],
    ["-7", -7],
    ["1_000", 1000],
    ["0x1F", 31],
    ["0b101", 5],
    ["010", 8],
    ["0o7", "0o7"],
    ["1:30", 90],
    ["1.5", 1.5],
    [".5", 0.5],
    ["1.0e+3", 1000],
    ["1e3", "1e3"],
    ["2012-10-17", "2012-10-17"],
    ["nodejs22.x", "nodejs22.x"],
    ["3.0.1", "3.0.1"],
    ["arn:aws:s3:::b", "arn:aws:s3:::b"],
  ])("%j means %j", (source, meaning) => {
    expect(plainScalar(source)).toBe(meaning);
  });

  test("any integer is read back as itself", () => {
    fc.assert(fc.property(fc.integer(), (value) => plainScalar(String(value)) === (value === 0 ? 0 : value)));
  });
});
