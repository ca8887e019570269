import { readFieldPattern } from "./pattern/field-pattern.ts";
import { readJsonPattern } from "./pattern/json-pattern.ts";
import { malformedPattern } from "./pattern/malformed-pattern.ts";
import { readTermPattern } from "./pattern/term-pattern.ts";

/** AWS takes so many regular expressions in a pattern for JSON or for fields. */
const mostExpressions = 2;

/**
 * Reads a filter pattern: terms, `{ $.selector = value }` for events in JSON, or `[field, field = value]` for events of fields
 * with blanks between them. An empty one matches everything.
 *
 * @returns whether a message matches.
 * @throws {AwsServiceError} `InvalidParameterException` for a malformed one.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function readFilterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  for (const [open, close, read] of enclosed) {
    if (!trimmed.startsWith(open)) continue;
    if (!trimmed.endsWith(close) || trimmed.length === 1) {
      throw malformedPattern(`If a filter pattern starts with '${open}' it must end with '${close}'`);
    }
    if (expressionsIn(trimmed) > mostExpressions) throw malformedPattern();
    return read(trimmed.slice(1, -1));
  }
  return readTermPattern(trimmed);
}

const enclosed = [
  ["{", "}", readJsonPattern],
  ["[", "]", readFieldPattern],
] as const;

function expressionsIn(pattern: string): number {
  const withoutTexts = pattern.replace(/"(?:[^"\\]|\\.)*"/g, "");
  return withoutTexts.match(/%(?:[^%\\]|\\.)*%/g)?.length ?? 0;
}
