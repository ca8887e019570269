import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FunctionFolder } from "../lambda/environment/testing/function-folder.ts";
import { encodeEnvironmentFile } from "./environment-file.ts";

/** Holds an apostrophe and a backtick, and what double quotes can't hold. */
const unwritable = (text: string) => text.includes("'") && text.includes("`") && /"|\\n/.test(text);

const value = fc
  .string({ unit: fc.constantFrom(..."ab 1$'\"`\\n#=!\n~{}éß%") })
  .filter((text) => !unwritable(text));

test("a file of variables is read by Node.js as it was written", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_0-9]{0,9}$/), value), (variables) => {
      expect({ ...parseEnv(encodeEnvironmentFile(variables)) }).toEqual({ ...variables });
    }),
  );
});

test.each([
  ["plain", "us-east-1"],
  ["empty", ""],
  ["what a shell would expand", "$HOME $(date) `date` \\ * ~"],
  ["JSON", '{"a":["b c"]}'],
  ["several lines", "one\ntwo"],
  ["an apostrophe", "it's"],
])("a shell reads a value that is %s", async (_, value) => {
  await using folder = await FunctionFolder.create({});
  const file = join(folder.path, "a.env");
  writeFileSync(file, encodeEnvironmentFile({ VALUE: value }));
  const read = execFileSync("/bin/sh", ["-c", 'set -a; . "$0"; exec /usr/bin/env printf %s "$VALUE"', file]);
  expect(read.toString()).toBe(value);
});

test("a value that no quotes can hold is refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."'`\"\\na") }).filter(unwritable), (text) => {
      expect(() => encodeEnvironmentFile({ A: text })).toThrow(
        new RangeError(
          "A can't be written into a file of variables: it holds ' and `, and \" or \\n as well.",
        ),
      );
    }),
  );
});
