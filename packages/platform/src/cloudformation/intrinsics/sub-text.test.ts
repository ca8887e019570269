import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSubText, parseSubText, type SubPart } from "./sub-text.ts";

const variable = (name: string): string => `\${${name}}`;

describe("the text of Fn::Sub", () => {
  test.each<[string, ReturnType<typeof parseSubText>]>([
    ["", []],
    ["plain", [{ text: "plain" }]],
    [variable("A"), [{ variable: "A" }]],
    [`a-${variable("AWS::Region")}-b`, [{ text: "a-" }, { variable: "AWS::Region" }, { text: "-b" }]],
    [`${variable("F.Arn")}:live`, [{ variable: "F.Arn" }, { text: ":live" }]],
    [variable("!Literal"), [{ text: variable("Literal") }]],
    ["$A {B} $$", [{ text: "$A {B} $$" }]],
    ["open ${", [{ text: "open ${" }]],
    [`$${variable("A")}`, [{ text: "$" }, { variable: "A" }]],
    [variable("a b"), { invalid: "a b" }],
    [variable(""), { invalid: "" }],
  ])("%j has the parts %j", (text, parts) => {
    expect(parseSubText(text)).toEqual(parts);
  });

  test("any parts are read back from the text that is written for them", () => {
    const part = fc.oneof(
      fc.record({ text: fc.string({ minLength: 1 }).filter((text) => !/\$$|\$\{/.test(text)) }),
      fc.record({ variable: fc.stringMatching(/^[A-Za-z0-9_.:]+$/) }),
    );
    fc.assert(
      fc.property(fc.array<SubPart>(part), (parts) => {
        const joined = merged(parts);
        expect(parseSubText(formatSubText(joined))).toEqual(joined);
      }),
    );
  });

  test("without a dollar sign and a brace, any text is itself", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes("${"));
        expect(parseSubText(text)).toEqual(text === "" ? [] : [{ text }]);
      }),
    );
  });
});

/** Texts next to one another are one text. */
function merged(parts: readonly SubPart[]): SubPart[] {
  const result: SubPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if ("text" in part && last !== undefined && "text" in last)
      result[result.length - 1] = { text: last.text + part.text };
    else result.push(part);
  }
  return result;
}
