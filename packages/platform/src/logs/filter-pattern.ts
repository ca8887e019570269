import { AwsServiceError } from "../service-error.ts";

/**
 * Reads a filter pattern of words: all plain ones must be there, none with a minus sign, and one at least of those with a
 * question mark. A text in quotes counts as one word. Letter case matters.
 *
 * @returns whether a message matches.
 * @throws {AwsServiceError} `InvalidParameterException`, naming it, for a pattern of another kind.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function readFilterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[[{%]/.test(trimmed)) {
    throw new AwsServiceError(
      "InvalidParameterException",
      400,
      "Filter patterns with fields, JSON selectors or regular expressions are not served by this platform. Use words.",
    );
  }
  const terms = [...trimmed.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
    ([, sign, quoted, word]) => ({
      sign,
      text: quoted?.replaceAll('\\"', '"') ?? word ?? "",
    }),
  );
  const textsOf = (sign: string) => terms.filter((term) => term.sign === sign).map(({ text }) => text);
  const [all, none, any] = [textsOf(""), textsOf("-"), textsOf("?")];
  return (message) =>
    all.every((text) => message.includes(text)) &&
    !none.some((text) => message.includes(text)) &&
    (any.length === 0 || any.some((text) => message.includes(text)));
}
