const opening = "$" + "{";

/** A piece of the text of `Fn::Sub`. */
export type SubPart = { readonly text: string } | { readonly variable: string };

/** A name between `${` and `}` that cannot be one. */
export interface InvalidVariable {
  readonly invalid: string;
}

/**
 * Splits the text of `Fn::Sub` into what stays and what is replaced.
 *
 * `${!Name}` is the way to write `${Name}` itself. A `${` that nothing closes is text.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
 */
export function parseSubText(source: string): readonly SubPart[] | InvalidVariable {
  const parts: SubPart[] = [];
  let text = "";
  let position = 0;
  while (position < source.length) {
    const open = source.indexOf("${", position);
    const close = open < 0 ? -1 : source.indexOf("}", open);
    if (close < 0) break;
    text += source.slice(position, open);
    const inside = source.slice(open + 2, close);
    position = close + 1;
    if (inside.startsWith("!")) {
      text += `\${${inside.slice(1)}}`;
      continue;
    }
    if (!/^[A-Za-z0-9_.:]+$/.test(inside)) return { invalid: inside };
    if (text !== "") parts.push({ text });
    text = "";
    parts.push({ variable: inside });
  }
  text += source.slice(position);
  if (text !== "") parts.push({ text });
  return parts;
}

/** The text that {@link parseSubText} would split into these parts. */
export function formatSubText(parts: readonly SubPart[]): string {
  return parts
    .map((part) =>
      "variable" in part ? `\${${part.variable}}` : part.text.replaceAll(opening, `${opening}!`),
    )
    .join("");
}
