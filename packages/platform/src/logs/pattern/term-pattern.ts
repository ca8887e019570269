import { malformedPattern } from "./malformed-pattern.ts";
import { compilePatternExpression } from "./pattern-expression.ts";
import { PatternReader } from "./pattern-reader.ts";

interface Term {
  readonly sign: string;
  readonly isIn: (message: string) => boolean;
}

/**
 * Reads a pattern of terms: all plain ones must be there, and none with a minus sign. Those with a question mark count
 * where there are no others: one of them at least must be there then. A text in quotes is one term, and so is a regular
 * expression between percent signs. Letter case matters.
 * @throws {AwsServiceError} for a term that is none.
 */
export function readTermPattern(text: string): (message: string) => boolean {
  const reader = new PatternReader(text);
  const terms: Term[] = [];
  while (!reader.isAtEnd) terms.push(readTerm(reader));
  const termsOf = (sign: string) => terms.filter((term) => term.sign === sign);
  const [all, none, any] = [termsOf(""), termsOf("-"), termsOf("?")];
  if (all.length + none.length === 0 && any.length > 0) {
    return (message) => any.some(({ isIn }) => isIn(message));
  }
  return (message) => all.every(({ isIn }) => isIn(message)) && !none.some(({ isIn }) => isIn(message));
}

function readTerm(reader: PatternReader): Term {
  const sign = reader.match(/[?-]/y)?.[0] ?? "";
  const expression = reader.match(/%((?:[^%\\]|\\.)+)%(?=\s|$)/y)?.[1];
  if (expression !== undefined) return { sign, isIn: compilePatternExpression(expression) };
  const quoted = reader.match(/"((?:[^"\\]|\\.)+)"(?=\s|$)/y)?.[1];
  const term = quoted?.replace(/\\(["\\])/g, "$1") ?? reader.match(/[\p{L}\p{N}_]+(?=\s|$)/uy)?.[0];
  if (term !== undefined) return { sign, isIn: (message) => message.includes(term) };
  const malformed = reader.match(/\S+/y)?.[0] ?? sign;
  throw malformedPattern(`Invalid filter pattern: Invalid character(s) in term '${malformed}'`);
}
