/** A step of a resource or route: text, or what stands in its place. */
export type CalledSegment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: string; readonly name: string };

/**
 * The path in the ARN of what is called. One resource has one: whoever writes a letter of it as a percent escape, or a
 * slash at its end, must not come past a statement that denies it. What AWS makes of such paths is not documented.
 *
 * @param parameters - values as sent. Escapes that stand for something else than themselves stay.
 */
export function calledPath(
  segments: readonly CalledSegment[],
  parameters: Readonly<Record<string, string>>,
): string {
  const steps = segments.map((segment) =>
    "text" in segment ? segment.text : withoutNeedlessEscapes(parameters[segment.name] ?? ""),
  );
  return `/${steps.join("/")}`;
}

/**
 * Letters, digits, `-`, `.`, `_` and `~` mean the same with an escape and without.
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2.2
 */
export function withoutNeedlessEscapes(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (written, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return /[\w.~-]/.test(character) ? character : written.toUpperCase();
  });
}
