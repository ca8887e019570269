/**
 * A part of a list, and the token by which the next one is asked for, if there is one.
 * @param token - of the part that is wanted; the first one without it.
 * @param most - items of one part.
 * @returns nothing for a token that is none.
 */
export function listPage<T>(
  items: readonly T[],
  token: string | undefined,
  most: number,
): { readonly items: T[]; readonly next: string | undefined } | undefined {
  const begin = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isInteger(begin) || begin < 0) return undefined;
  const end = begin + most;
  const next = end < items.length ? Buffer.from(String(end)).toString("base64url") : undefined;
  return { items: items.slice(begin, end), next };
}
