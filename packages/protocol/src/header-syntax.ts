/**
 * HTTP field syntax. What is refused here would let one header become two on the wire.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5
 */

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Whether `name` may stand as a field name: a non-empty token. */
export function isHeaderName(name: string): boolean {
  return token.test(name);
}

/** Whether `value` may stand as a field value: no control character but the horizontal tab, nothing past Latin-1. */
export function isHeaderValue(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

/** Names as they came: peers send the same few again and again. */
const lowerCaseNames = new Map<string, string>();
const mostNames = 200;

/** A field name in lower case. */
export function lowerCaseName(sent: string): string {
  const known = lowerCaseNames.get(sent);
  if (known !== undefined) return known;
  const name = sent.toLowerCase();
  if (lowerCaseNames.size < mostNames) lowerCaseNames.set(sent, name);
  return name;
}

/**
 * A field value without the spaces and tabs around it. Not `trim()`, for which 0xa0 is white space: read as Latin-1, it
 * may be the last byte of a UTF-8 character.
 */
export function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
