import fc from "fast-check";
import { expect, test } from "vitest";
import { AwsServiceError } from "../../service-error.ts";
import { readFilterPattern } from "../filter-pattern.ts";
import { fieldsOf } from "./field-pattern.ts";

/** An expression with what it says, for events with the members a, b and c. */
interface Expression {
  readonly text: string;
  readonly holds: (event: Readonly<Record<string, unknown>>) => boolean;
}

const blanks = fc.stringMatching(/^[ \t]{0,2}$/);
const orders = {
  "=": (value: number, bound: number) => value === bound,
  "!=": (value: number, bound: number) => value !== bound,
  "<": (value: number, bound: number) => value < bound,
  "<=": (value: number, bound: number) => value <= bound,
  ">": (value: number, bound: number) => value > bound,
  ">=": (value: number, bound: number) => value >= bound,
} as const;
const member = fc.constantFrom("a", "b", "c");
const comparison = fc
  .record({
    member,
    operator: fc.constantFrom(...Object.keys(orders)),
    bound: fc.integer({ min: -2, max: 2 }),
  })
  .map(
    ({ member, operator, bound }): Expression => ({
      text: `$.${member}${operator}${bound}`,
      holds: (event) => {
        const value = event[member];
        if (typeof value === "number") return orders[operator as "="](value, bound);
        return operator === "!=" && value !== undefined && value !== null;
      },
    }),
  );
const existence = fc.record({ member, kind: fc.constantFrom("IS NULL", "NOT EXISTS", "IS TRUE") }).map(
  ({ member, kind }): Expression => ({
    text: `$.${member} ${kind}`,
    holds: (event) => {
      if (kind === "NOT EXISTS") return !Object.hasOwn(event, member);
      return Object.hasOwn(event, member) && event[member] === (kind === "IS NULL" ? null : true);
    },
  }),
);
const expression = fc.letrec<{ any: Expression; all: Expression; one: Expression }>((tie) => ({
  one: fc.oneof(
    { depthSize: "small" },
    comparison,
    existence,
    tie("any").map(({ text, holds }) => ({ text: `(${text})`, holds })),
  ),
  all: fc.tuple(fc.array(tie("one"), { minLength: 1, maxLength: 3 }), blanks).map(([parts, blank]) => ({
    text: parts.map(({ text }) => text).join(`${blank}&&${blank}`),
    holds: (event) => parts.every(({ holds }) => holds(event)),
  })),
  any: fc.tuple(fc.array(tie("all"), { minLength: 1, maxLength: 3 }), blanks).map(([parts, blank]) => ({
    text: parts.map(({ text }) => text).join(`${blank}||${blank}`),
    holds: (event) => parts.some(({ holds }) => holds(event)),
  })),
})).any;
const event = fc.dictionary(
  member,
  fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(null, true, false, "x")),
  { noNullPrototype: true },
);

test("a pattern for JSON holds where the expression does, whatever its form", () => {
  fc.assert(
    fc.property(expression, event, blanks, ({ text, holds }, subject, blank) => {
      const matches = readFilterPattern(`${blank}{${blank}${text}${blank}}${blank}`);
      expect(matches(JSON.stringify(subject))).toBe(holds(subject));
    }),
    { numRuns: 500 },
  );
});

test("any text is read, or refused as malformed, and what is read takes any message", () => {
  const pieces = fc.constantFrom(
    ...'{}[]()%"\\*?-$.,=!<>&| '.split(""),
    ...["$.a", "a", "&&", "||", "...", "IS NULL", "NOT EXISTS", "[*]", "[0]", "1e3", "\\d", "é", "\u{1f600}"],
  );
  const pattern = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 15 }).map((all) => all.join("")),
    fc.array(pieces, { maxLength: 15 }).map((all) => `{${all.join("")}}`),
    fc.array(pieces, { maxLength: 15 }).map((all) => `[${all.join("")}]`),
  );
  fc.assert(
    fc.property(pattern, fc.oneof(fc.string(), fc.json()), (text, message) => {
      let matches: (message: string) => boolean;
      try {
        matches = readFilterPattern(text);
      } catch (error) {
        expect(error).toBeInstanceOf(AwsServiceError);
        expect(error).toMatchObject({ code: "InvalidParameterException" });
        return;
      }
      expect(typeof matches(message)).toBe("boolean");
    }),
    { numRuns: 2_000 },
  );
});

const word = fc.stringMatching(/^[a-c_]{1,3}$/);

test("a pattern of terms matches messages with all plain ones and none of the others", () => {
  fc.assert(
    fc.property(fc.array(word), fc.array(word), fc.array(word), (plain, excluded, message) => {
      const text = message.join(" ");
      const pattern = [...plain, ...excluded.map((each) => `-"${each}"`)].join(" ");
      expect(readFilterPattern(pattern)(text)).toBe(
        plain.every((each) => text.includes(each)) && !excluded.some((each) => text.includes(each)),
      );
    }),
  );
});

const field = fc.oneof(
  fc.stringMatching(/^[a-z0-9.:/-]{1,6}$/).map((text) => ({ text, written: text })),
  fc.stringMatching(/^[a-z0-9 "]{0,6}$/).map((text) => ({ text, written: `[${text}]` })),
  fc.stringMatching(/^[a-z0-9 []{0,6}$/).map((text) => ({ text, written: `"${text}"` })),
);

test("fields are found as they were written, however many blanks are between them", () => {
  fc.assert(
    fc.property(fc.array(field), fc.stringMatching(/^[ \t]{1,3}$/), (fields, blank) => {
      const message = fields.map(({ written }) => written).join(blank);
      expect(fieldsOf(message)).toEqual(fields.map(({ text }) => text));
      expect(readFilterPattern(`[${fields.map((_, index) => `f${index}`).join(",")}]`)(message)).toBe(
        fields.length > 0,
      );
    }),
  );
});

test.each(["[ ", '" ', '\\" ', "[ x]y "])("an event of many %j is read in no time to speak of", (piece) => {
  const message = piece.repeat(100_000);
  expect(fieldsOf(message).length).toBeGreaterThan(0);
  expect(readFilterPattern("[..., last = nothing]")(message)).toBe(false);
});
