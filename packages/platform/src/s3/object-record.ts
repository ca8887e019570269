import type { StoredChecksum } from "./checksum/checksum.ts";
import type { ContentPart } from "./content-store.ts";

/** What S3 keeps of an object besides its content. */
export interface ObjectDetails {
  /** Members of outputs that become headers: `ContentType`, `CacheControl`, … */
  readonly headers: Readonly<Record<string, string>>;
  /** The client's own, by name without its prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksum?: StoredChecksum;
  readonly encryption: ObjectEncryption;
  /** `STANDARD` unless set. */
  readonly storageClass?: string;
  readonly tags: readonly Tag[];
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** What an object is said to be encrypted with. Nothing is. */
export interface ObjectEncryption {
  readonly ServerSideEncryption: "AES256" | "aws:kms" | "aws:kms:dsse";
  readonly SSEKMSKeyId?: string;
  readonly BucketKeyEnabled?: boolean;
}

/** A version of an object, or a mark that there is none any more. */
export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  /** `null`, spelled so, where the bucket had no versioning. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
  readonly size: number;
  /** Without its quotes; empty for a delete marker. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly details: ObjectDetails;
  readonly parts: readonly ContentPart[];
}

/** The version of what has no versions. */
export const nullVersion = "null";

export interface BucketRecord {
  readonly name: string;
  readonly createdMs: number;
  /** Undefined as long as it never was set. */
  readonly versioning: "Enabled" | "Suspended" | undefined;
  /** Configurations by name, as the SDK has them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** An upload in parts. */
export interface UploadRecord {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiatedMs: number;
  readonly details: ObjectDetails;
  /** What checksums its parts have, and what the object will have. */
  readonly checksum: Pick<StoredChecksum, "algorithm" | "type"> | undefined;
}

/** A part of such an upload. */
export interface PartRecord extends ContentPart {
  readonly number: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** An ETag without its quotes. */
export function bareETag(text: string): string {
  return text.trim().replace(/^"(.*)"$/, "$1");
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}
