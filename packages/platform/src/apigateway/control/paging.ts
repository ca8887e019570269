import { listPage } from "../../wire/list-page.ts";
import { badRequest } from "./refusals.ts";

/** As many as API Gateway lists unless it is asked for another number, and at most. */
const standardLimit = 25;
const mostAtOnce = 500;

/** A part of a list, and where the next begins. @throws {AwsServiceError} for a position that is none. */
export function pageOf<T>(
  items: readonly T[],
  { position, limit }: { readonly position?: string | undefined; readonly limit?: number | undefined },
): { items: T[]; position?: string } {
  const page = listPage(items, position, Math.min(limit || standardLimit, mostAtOnce));
  if (page === undefined) throw badRequest("Invalid position parameter specified");
  return { items: page.items, ...(page.next === undefined ? {} : { position: page.next }) };
}
