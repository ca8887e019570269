import { pageToken, readPageToken } from "../../logs/page-token.ts";
import { validationError } from "../service/stack-errors.ts";

/** A part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** For the next part, if there is one. */
  readonly next: string | undefined;
}

/** As many as CloudFormation gives at once. */
const pageSize = 100;

/**
 * The part of a list that a token leads to.
 * @param query - what the list is of: a token of another one leads nowhere.
 * @throws {AwsServiceError} `ValidationError` for such a token.
 */
export function pageOf<Item>(
  list: readonly Item[],
  query: string,
  token: string | undefined,
  size = pageSize,
): Page<Item> {
  const start = token === undefined ? 0 : Number(positionOf(query, token));
  const end = start + size;
  return {
    items: list.slice(start, end),
    next: end < list.length ? pageToken(query, String(end)) : undefined,
  };
}

/** Where a token leads. @throws {AwsServiceError} `ValidationError`. */
export function positionOf(query: string, token: string): string {
  try {
    return readPageToken(query, token);
  } catch {
    throw validationError("The specified NextToken is invalid.");
  }
}
