import { malformedPattern } from "./malformed-pattern.ts";
import { compilePatternExpression } from "./pattern-expression.ts";
import type { PatternReader } from "./pattern-reader.ts";

/** A value of a log event. */
export interface Operand {
  readonly text: string;
  /** What it is as a number, if it is one. */
  readonly number: number | undefined;
}

/** Whether a value is as a pattern says. */
export type Comparison = (operand: Operand) => boolean;

/** A number as patterns write it: `400`, `+1.5`, `10e-3`. */
const numberForm = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** What a text is as a number, if it is one. */
export function numberOf(text: string): number | undefined {
  return numberForm.test(text) ? Number(text) : undefined;
}

/**
 * Reads an operator and what it compares with: a number, a text with or without quotes that may begin and end with
 * asterisks, or a regular expression between percent signs.
 * @throws {AwsServiceError} if there is none.
 */
export function readComparison(reader: PatternReader): Comparison {
  const operator = reader.match(/!=|[<>]=|[=<>]/y)?.[0];
  if (operator === undefined) throw malformedPattern();
  const isNegated = operator === "!=";
  if (operator === "=" || isNegated) {
    const equals = readEquality(reader);
    return (operand) => equals(operand) !== isNegated;
  }
  const bound = numberOf(reader.match(/[+\-.\w]+/y)?.[0] ?? "");
  if (bound === undefined) throw malformedPattern();
  const compare = orders[operator] ?? (() => false);
  return ({ number }) => number !== undefined && compare(number, bound);
}

const orders: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

function readEquality(reader: PatternReader): Comparison {
  const expression = reader.match(/%((?:[^%\\]|\\.)*)%/y)?.[1];
  if (expression !== undefined) {
    const finds = compilePatternExpression(expression);
    return ({ text }) => finds(text);
  }
  const quoted = reader.match(/"((?:[^"\\]|\\.)*)"/y)?.[1];
  if (quoted !== undefined) return textComparison(quoted.replace(/\\(["\\])/g, "$1"));
  const bare = reader.match(/[\p{L}\p{N}_.*:/@#+-]+/uy)?.[0];
  if (bare === undefined) throw malformedPattern();
  const wanted = numberOf(bare);
  const isText = textComparison(bare);
  return (operand) =>
    wanted === undefined || operand.number === undefined ? isText(operand) : operand.number === wanted;
}

/** Asterisks stand for any text at either end, and for themselves in between. */
function textComparison(pattern: string): Comparison {
  if (/^\*+$/.test(pattern)) return () => true;
  const isOpenBefore = pattern.startsWith("*");
  const isOpenAfter = pattern.endsWith("*");
  const wanted = pattern.slice(isOpenBefore ? 1 : 0, isOpenAfter ? -1 : undefined);
  if (isOpenBefore && isOpenAfter) return ({ text }) => text.includes(wanted);
  if (isOpenBefore) return ({ text }) => text.endsWith(wanted);
  if (isOpenAfter) return ({ text }) => text.startsWith(wanted);
  return ({ text }) => text === wanted;
}
