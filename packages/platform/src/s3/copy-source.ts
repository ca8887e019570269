import { invalidArgument } from "./s3-error.ts";

/** Where a copy comes from. */
export interface CopySource {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId: string | undefined;
}

/**
 * Reads `x-amz-copy-source`: bucket and key, percent-encoded, perhaps with a version.
 * @throws {AwsServiceError} `InvalidArgument`.
 */
export function copySourceOf(text: string): CopySource {
  const [, path = "", VersionId] = /^([^?]*)(?:\?versionId=(.+))?$/.exec(text.replace(/^\//, "")) ?? [];
  const decoded = decode(path);
  const slash = decoded?.indexOf("/") ?? -1;
  if (decoded === undefined || slash < 1 || slash === decoded.length - 1 || decoded.startsWith("arn:")) {
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      text,
    );
  }
  return { Bucket: decoded.slice(0, slash), Key: decoded.slice(slash + 1), VersionId };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
