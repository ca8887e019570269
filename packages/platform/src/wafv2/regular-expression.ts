import { RE2JS } from "re2js";
import { WafError } from "./waf-error.ts";

/** Whether an expression is found in bytes, each as one character below U+0100. Takes time in proportion to them. */
export type RegularExpression = (bytes: string) => boolean;

/**
 * Compiles an expression for bytes. AWS takes what of PCRE needs no going back: no back references, look-around, atomic
 * groups or possessive quantifiers. RE2 draws the same line, and like it can't be made to hang by a request.
 *
 * @throws {WafError} if it is no such expression.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-regex-pattern-support.html
 */
export function compileExpression(expression: string, place: string): RegularExpression {
  try {
    const compiled = RE2JS.compile(Buffer.from(expression, "utf8").toString("latin1"));
    return (bytes) => compiled.matcher(bytes).find();
  } catch (error) {
    throw new WafError(
      `${place}: Error reason: The regular expression is not valid: ${(error as Error).message}, field: REGEX_STRING, parameter: ${expression}`,
    );
  }
}
