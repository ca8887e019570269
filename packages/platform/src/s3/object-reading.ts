import { AwsServiceError } from "../service-error.ts";
import { checksumMembers } from "./checksum/checksum.ts";
import type { ByteRange } from "./content-store.ts";
import { bareETag, nullVersion, type ObjectVersion, quoted } from "./object-record.ts";
import { invalidArgument, s3Error } from "./s3-error.ts";

/** What GetObject and HeadObject take besides the object. */
export interface ReadInput {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: Date | undefined;
  readonly IfUnmodifiedSince?: Date | undefined;
  readonly Range?: string | undefined;
  readonly PartNumber?: number | undefined;
  readonly ChecksumMode?: string | undefined;
  readonly ResponseCacheControl?: string | undefined;
  readonly ResponseContentDisposition?: string | undefined;
  readonly ResponseContentEncoding?: string | undefined;
  readonly ResponseContentLanguage?: string | undefined;
  readonly ResponseContentType?: string | undefined;
  readonly ResponseExpires?: Date | undefined;
}

/**
 * Holds an object to the conditions of a request, in the order in which HTTP has them: a match of the ETag makes the time
 * irrelevant.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 * @throws {AwsServiceError} `PreconditionFailed`, or 304.
 */
export function checkConditions(version: ObjectVersion, input: ReadInput): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = input;
  const modified = Math.floor(version.modifiedMs / 1000);
  const isSince = (time: Date) => modified > Math.floor(time.getTime() / 1000);
  if (IfMatch !== undefined) {
    if (!names(IfMatch, version.etag)) throw s3Error("PreconditionFailed", { Condition: "If-Match" });
  } else if (IfUnmodifiedSince !== undefined && isSince(IfUnmodifiedSince)) {
    throw s3Error("PreconditionFailed", { Condition: "If-Unmodified-Since" });
  }
  const isUnmodified =
    IfNoneMatch === undefined
      ? IfModifiedSince !== undefined && !isSince(IfModifiedSince)
      : names(IfNoneMatch, version.etag);
  if (isUnmodified) {
    throw s3Error(
      "NotModified",
      {},
      { ETag: quoted(version.etag), "Last-Modified": new Date(version.modifiedMs).toUTCString() },
    );
  }
}

function names(list: string, etag: string): boolean {
  return list.split(",").some((entry) => entry.trim() === "*" || bareETag(entry) === etag);
}

/** What of the content is wanted: a range, a part, or, undefined, all of it. */
export function wantedRange(version: ObjectVersion, { Range, PartNumber }: ReadInput): ByteRange | undefined {
  if (PartNumber === undefined) return Range === undefined ? undefined : readRange(Range, version.size);
  if (Range !== undefined) {
    throw new AwsServiceError(
      "InvalidRequest",
      400,
      "Cannot specify both Range header and partNumber query parameter",
    );
  }
  if (!Number.isInteger(PartNumber) || PartNumber < 1 || PartNumber > 10_000) {
    throw invalidArgument(
      "Part number must be an integer between 1 and 10000, inclusive",
      "partNumber",
      PartNumber,
    );
  }
  const part = version.parts[PartNumber - 1];
  if (part === undefined) {
    if (PartNumber === 1) return undefined;
    throw new AwsServiceError("InvalidPartNumber", 416, "The requested partnumber is not satisfiable", {
      ActualPartCount: Math.max(version.parts.length, 1),
      PartNumberRequested: PartNumber,
    });
  }
  const first = version.parts.slice(0, PartNumber - 1).reduce((sum, { size }) => sum + size, 0);
  return { first, last: first + part.size - 1 };
}

/** What isn't one range in bytes is as good as none. */
function readRange(text: string, size: number): ByteRange | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(text.trim()) ?? [];
  if (from === "" && to === "") return undefined;
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  const first = from === "" ? Math.max(size - Number(to), 0) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first > last) {
    throw s3Error(
      "InvalidRange",
      { RangeRequested: text, ActualObjectSize: size },
      { "Content-Range": `bytes */${size}` },
    );
  }
  return { first, last };
}

/** The members that the answers of GetObject and HeadObject share. */
export function describeObject(version: ObjectVersion, input: ReadInput, range: ByteRange | undefined) {
  const { size, details, etag, modifiedMs, versionId, parts } = version;
  const { Expires, ...headers } = details.headers;
  const isMultipart = etag.includes("-");
  return {
    AcceptRanges: "bytes",
    LastModified: new Date(modifiedMs),
    ETag: quoted(etag),
    ContentLength: range === undefined ? size : range.last - range.first + 1,
    ...(range === undefined ? {} : { ContentRange: `bytes ${range.first}-${range.last}/${size}` }),
    ...headers,
    ...(Expires === undefined ? {} : { Expires: new Date(Expires) }),
    ...overrides(input),
    Metadata: details.metadata,
    ...details.encryption,
    ...(details.storageClass === undefined ? {} : { StorageClass: details.storageClass as "GLACIER" }),
    ...(details.tags.length === 0 ? {} : { TagCount: details.tags.length }),
    ...(versionId === nullVersion ? {} : { VersionId: versionId }),
    ...(input.PartNumber !== undefined && isMultipart ? { PartsCount: parts.length } : {}),
    // A checksum of the whole would not fit a part.
    ...(input.ChecksumMode === "ENABLED" && range === undefined ? checksumMembers(details.checksum) : {}),
  };
}

function overrides(input: ReadInput) {
  const members = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    Expires: input.ResponseExpires,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
