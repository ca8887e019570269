import { RE2JS } from "re2js";
import { malformedPattern } from "./malformed-pattern.ts";

/**
 * What AWS takes between percent signs; blanks and colons, which its page leaves out, are in CDK's examples. There are no
 * groups.
 */
const allowed = /^[A-Za-z0-9_#=@/;,:\- ^$?[\]{}|\\*+.]+$/;

/**
 * Compiles an expression, which is found anywhere in a text. It takes time in proportion to that: nobody's pattern can
 * keep the platform busy.
 * @throws {AwsServiceError} if it is none, or has characters that AWS does not take.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions
 */
export function compilePatternExpression(expression: string): (text: string) => boolean {
  if (!allowed.test(expression)) throw malformedPattern(`Invalid character(s) in term '%${expression}%'`);
  try {
    const compiled = RE2JS.compile(expression);
    return (text) => compiled.matcher(text).find();
  } catch {
    throw malformedPattern();
  }
}
