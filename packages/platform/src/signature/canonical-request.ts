/**
 * What a signature covers, as text.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

import { percentEncoded, type RequestParts } from "./signed-request.ts";

/**
 * How the path enters the canonical request: `normalized` removes dot segments and empty segments and encodes the encoded
 * path once more; `as-sent` takes it as it is, which only S3 does.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export type PathRule = "normalized" | "as-sent";

/** What goes into a canonical request besides the request itself. */
export interface CanonicalForm {
  readonly pathRule: PathRule;
  /** Lower-case names, sorted. */
  readonly signedHeaders: readonly string[];
  /** Hex SHA-256 of the body, or what `x-amz-content-sha256` says instead. */
  readonly payloadHash: string;
  /** Parameters of the query that the signature leaves out. */
  readonly withoutParameters: readonly string[];
}

/** The canonical request, one character for each byte. */
export function canonicalRequest(parts: RequestParts, form: CanonicalForm): string {
  return [
    parts.method,
    canonicalPath(parts.rawPath, form.pathRule),
    canonicalQuery(parts, form.withoutParameters),
    ...canonicalHeaders(parts, form.signedHeaders),
    "",
    form.signedHeaders.join(";"),
    form.payloadHash,
  ].join("\n");
}

function canonicalPath(rawPath: string, rule: PathRule): string {
  if (rule === "normalized") {
    return normalizedPath(rawPath).replace(/[^A-Za-z0-9\-._~/]/g, percentEncoded);
  }
  // What the client had to encode, it has encoded; bytes that no URI may hold are encoded as S3 does when it reads them.
  return (rawPath || "/").replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~/]/g, (part) =>
    part.length === 3 ? part.toUpperCase() : percentEncoded(part),
  );
}

function normalizedPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const endsInSlash = path.endsWith("/") && segments.length > 0;
  return `/${segments.join("/")}${endsInSlash ? "/" : ""}`;
}

function canonicalQuery(parts: RequestParts, without: readonly string[]): string {
  return parts.query
    .filter(({ name }) => !without.includes(name))
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join("&");
}

function canonicalHeaders(parts: RequestParts, signedHeaders: readonly string[]): string[] {
  const lines: string[] = [];
  for (const name of signedHeaders) {
    const value = parts.header(name);
    if (value !== undefined) lines.push(`${name}:${value}`);
  }
  return lines;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
