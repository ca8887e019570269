import { createHash } from "node:crypto";
import { AwsServiceError } from "../service-error.ts";

/** A token that pages on: opaque to clients, and only good for the query it came from. */
export function pageToken(query: string, position: string): string {
  const mark = createHash("sha256").update(query).digest("base64url").slice(0, 12);
  return `${Buffer.from(position).toString("base64url")}/${mark}`;
}

/** The position in a page token. @throws {AwsServiceError} if it belongs to another query. */
export function readPageToken(query: string, token: string): string {
  const position = Buffer.from(token.split("/")[0] ?? "", "base64url").toString();
  if (token === pageToken(query, position)) return position;
  throw new AwsServiceError("InvalidParameterException", 400, "The specified nextToken is invalid.");
}
