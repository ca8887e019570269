import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogTail } from "./log-tail.ts";

function tailOf(lines: readonly string[]): string {
  const tail = new LogTail();
  for (const line of lines) tail.add(line);
  return tail.text();
}

const line = fc.array(fc.constantFrom("a", "é", "€", "😀"), { maxLength: 400 }).map((text) => text.join(""));

describe("the tail of a log", () => {
  test("is all of a short one, a line end after each line", () => {
    expect(tailOf([])).toBe("");
    expect(tailOf(["START", "", "END"])).toBe("START\n\nEND\n");
  });

  test("of exactly 4 KB is whole, and loses its beginning with one byte more", () => {
    expect(tailOf(["a".repeat(4095)])).toBe(`${"a".repeat(4095)}\n`);
    expect(tailOf([`b${"a".repeat(4095)}`])).toBe(`${"a".repeat(4095)}\n`);
  });

  test("is cut between characters", () => {
    expect(tailOf(["é".repeat(2048)])).toBe(`${"é".repeat(2047)}\n`);
    expect(tailOf(["😀".repeat(1024)])).toBe(`${"😀".repeat(1023)}\n`);
  });

  test("is the end of what was logged, at most 4,096 bytes and short of that by no more than a character", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.nat(3), (lines, repeats) => {
        const all = Array.from({ length: repeats + 1 }, () => lines).flat();
        const whole = all.map((line) => `${line}\n`).join("");
        const tail = tailOf(all);
        expect(whole.endsWith(tail)).toBe(true);
        const bytes = Buffer.byteLength(tail);
        expect(bytes).toBeLessThanOrEqual(4096);
        expect(bytes).toBeGreaterThan(Math.min(Buffer.byteLength(whole), 4096) - 4);
      }),
      { numRuns: 50 },
    );
  });
});
