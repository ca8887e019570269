import { badRequest } from "./refusals.ts";

/** As many as API Gateway lists unless it is asked for another number, and at most. */
const standardLimit = 25;
const mostAtOnce = 500;

/** A part of a list, and where the next begins. @throws {AwsServiceError} for a position that is none. */
export function pageOf<T>(
  items: readonly T[],
  { position, limit }: { readonly position?: string | undefined; readonly limit?: number | undefined },
): { items: T[]; position?: string } {
  const begin = position === undefined ? 0 : Number(Buffer.from(position, "base64url").toString());
  if (!Number.isInteger(begin) || begin < 0) throw badRequest("Invalid position parameter specified");
  const end = begin + Math.min(limit || standardLimit, mostAtOnce);
  const page = { items: items.slice(begin, end) };
  return end < items.length ? { ...page, position: Buffer.from(String(end)).toString("base64url") } : page;
}
