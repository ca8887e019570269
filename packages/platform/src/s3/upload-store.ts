import { createHash, randomBytes } from "node:crypto";
import type { StateDatabase } from "../state/database.ts";
import type { BucketStore } from "./bucket-store.ts";
import {
  type ChecksumAlgorithm,
  polynomialOf,
  type StoredChecksum,
  startChecksum,
} from "./checksum/checksum.ts";
import { badChecksum } from "./checksum/claims.ts";
import { combineCrcs } from "./checksum/crc.ts";
import type { ContentStore, ReceivedContent } from "./content-store.ts";
import { bareETag, type ObjectVersion, type PartRecord, type UploadRecord } from "./object-record.ts";
import { invalidRequest, s3Error } from "./s3-error.ts";
import type { VersionStore, WriteConditions } from "./version-store.ts";

/** A part as the client names it when the upload is complete. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksum: string | undefined;
}

/** How an upload is completed. */
export interface Completion extends WriteConditions {
  readonly parts: readonly NamedPart[];
  /** What the whole must have, where the client says so. */
  readonly size: number | undefined;
  readonly checksum: string | undefined;
}

/** Least bytes of every part but the last. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const leastPartBytes = 5 * 1024 * 1024;

/** Uploads in parts, from their beginning until the object is there. */
export class UploadStore {
  readonly #state: StateDatabase;
  readonly #content: ContentStore;
  readonly #buckets: BucketStore;
  readonly #versions: VersionStore;
  readonly #nowMs: () => number;

  constructor(
    state: StateDatabase,
    content: ContentStore,
    buckets: BucketStore,
    versions: VersionStore,
    nowMs: () => number,
  ) {
    this.#state = state;
    this.#content = content;
    this.#buckets = buckets;
    this.#versions = versions;
    this.#nowMs = nowMs;
  }

  create(upload: Omit<UploadRecord, "id" | "initiatedMs">): UploadRecord {
    const { bucket, key, details, checksum } = upload;
    const id = randomBytes(48).toString("base64url");
    const initiatedMs = this.#nowMs();
    this.#content.commit(() => {
      this.#buckets.get(bucket);
      this.#state.database
        .prepare(
          "INSERT INTO multipart_upload (id, bucket, key, initiated_ms, details, checksum) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .run(
          id,
          bucket,
          key,
          initiatedMs,
          JSON.stringify(details),
          checksum === undefined ? null : JSON.stringify(checksum),
        );
    });
    return { ...upload, id, initiatedMs };
  }

  /** @throws {AwsServiceError} `NoSuchUpload`. */
  get(bucket: string, key: string, id: string): UploadRecord {
    const row = this.#state.database
      .prepare("SELECT * FROM multipart_upload WHERE id = ? AND bucket = ? AND key = ?")
      .get(id, bucket, key);
    if (row === undefined) throw s3Error("NoSuchUpload", { UploadId: id });
    return toUpload(row);
  }

  /** Takes a part in, instead of the one that had its number. */
  putPart(upload: UploadRecord, number: number, content: ReceivedContent): PartRecord {
    const { file, size, md5, checksum } = content;
    const etag = md5.toString("hex");
    const modifiedMs = this.#nowMs();
    const { database } = this.#state;
    this.#content.commit(({ adopt, release }) => {
      // It may have been completed or aborted meanwhile.
      this.get(upload.bucket, upload.key, upload.id);
      const before = database
        .prepare("SELECT file FROM upload_part WHERE upload_id = ? AND number = ?")
        .get(upload.id, number);
      if (typeof before?.["file"] === "string") release([{ file: before["file"] }]);
      adopt(file);
      database
        .prepare(
          "INSERT OR REPLACE INTO upload_part (upload_id, number, file, size, etag, checksum, modified_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .run(upload.id, number, file ?? null, size, etag, checksum ?? null, modifiedMs);
    });
    return { number, file, size, etag, modifiedMs, ...(checksum === undefined ? {} : { checksum }) };
  }

  /** Parts in the order of their numbers. */
  parts(uploadId: string, after: number = 0, limit: number = -1): PartRecord[] {
    return this.#state.database
      .prepare("SELECT * FROM upload_part WHERE upload_id = ? AND number > ? ORDER BY number LIMIT ?")
      .all(uploadId, after, limit)
      .map(toPart);
  }

  /**
   * Makes the object out of the parts that the client names; the others are discarded.
   * @throws {AwsServiceError} as S3 says it, if they aren't what was uploaded.
   */
  complete(upload: UploadRecord, completion: Completion): ObjectVersion {
    const { id, bucket, key } = upload;
    const parts = this.#chosenParts(upload, completion);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    if (completion.size !== undefined && completion.size !== size) {
      throw invalidRequest(`The provided 'x-amz-mp-object-size' header does not match what was computed.`);
    }
    const checksum = checksumOf(upload, parts);
    if (completion.checksum !== undefined && checksum !== undefined) {
      const isSame = completion.checksum === checksum.value || completion.checksum === bare(checksum.value);
      if (!isSame) throw badChecksum(checksum.algorithm);
    }
    const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, "hex")));
    const etag = `${createHash("md5").update(digests).digest("hex")}-${parts.length}`;
    const { ifMatch, ifNoneMatch } = completion;
    return this.#versions.put(
      {
        bucket,
        key,
        etag,
        details: { ...upload.details, ...(checksum === undefined ? {} : { checksum }) },
        parts: parts.map((part) => ({
          file: part.file,
          size: part.size,
          ...(part.checksum === undefined ? {} : { checksum: part.checksum }),
        })),
        conditions: { ifMatch, ifNoneMatch },
      },
      ({ release }) => {
        this.get(bucket, key, id);
        const chosen = new Set(parts.map(({ file }) => file));
        release(this.parts(id).filter(({ file }) => !chosen.has(file)));
        this.#remove(id);
      },
    );
  }

  /** Gives an upload up. */
  abort({ bucket, key, id }: UploadRecord): void {
    this.#content.commit(({ release }) => {
      this.get(bucket, key, id);
      release(this.parts(id));
      this.#remove(id);
    });
  }

  #remove(id: string): void {
    this.#state.database.prepare("DELETE FROM upload_part WHERE upload_id = ?").run(id);
    this.#state.database.prepare("DELETE FROM multipart_upload WHERE id = ?").run(id);
  }

  #chosenParts(upload: UploadRecord, { parts: named }: Completion): PartRecord[] {
    const uploaded = new Map(this.parts(upload.id).map((part) => [part.number, part]));
    if (named.some(({ number }, index) => number <= (named[index - 1]?.number ?? 0))) {
      throw s3Error("InvalidPartOrder", { UploadId: upload.id });
    }
    return named.map(({ number, etag, checksum }, index) => {
      const part = uploaded.get(number);
      const isSame =
        part !== undefined &&
        bareETag(etag) === part.etag &&
        (checksum === undefined || part.checksum === undefined || checksum === part.checksum);
      if (!isSame)
        throw s3Error("InvalidPart", { UploadId: upload.id, PartNumber: number, ETag: bareETag(etag) });
      if (checksum === undefined && upload.checksum?.type === "COMPOSITE") {
        throw invalidRequest(
          `The upload was created using a ${upload.checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
        );
      }
      if (part.size < leastPartBytes && index < named.length - 1) {
        throw s3Error("EntityTooSmall", {
          ProposedSize: part.size,
          MinSizeAllowed: leastPartBytes,
          PartNumber: number,
          ETag: part.etag,
        });
      }
      return part;
    });
  }
}

function checksumOf({ checksum }: UploadRecord, parts: readonly PartRecord[]): StoredChecksum | undefined {
  if (checksum === undefined) return undefined;
  const { algorithm, type } = checksum;
  const digests = parts.map(({ checksum: value = "", size }) => ({
    digest: Buffer.from(value, "base64"),
    bytes: size,
  }));
  const polynomial = polynomialOf(algorithm);
  if (type === "FULL_OBJECT" && polynomial !== undefined) {
    return { algorithm, type, value: combineCrcs(polynomial, digests).toString("base64") };
  }
  return { algorithm, type: "COMPOSITE", value: compositeChecksum(algorithm, digests) };
}

function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  digests: readonly { readonly digest: Buffer }[],
): string {
  const running = startChecksum(algorithm);
  for (const { digest } of digests) running.update(digest);
  return `${running.digest().toString("base64")}-${digests.length}`;
}

/** A composite checksum without the number of its parts. */
function bare(checksum: string): string {
  return checksum.replace(/-\d+$/, "");
}

/**
 * What checksum an upload will have.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 * @throws {AwsServiceError} if S3 knows no such.
 */
export function uploadChecksum(
  algorithm: ChecksumAlgorithm | undefined,
  type: string | undefined,
): UploadRecord["checksum"] {
  if (algorithm === undefined) {
    if (type === undefined) return undefined;
    throw invalidRequest(
      "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    );
  }
  const chosen = type ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  const isPossible =
    (chosen === "FULL_OBJECT" && polynomialOf(algorithm) !== undefined) ||
    (chosen === "COMPOSITE" && algorithm !== "CRC64NVME");
  if (!isPossible) {
    throw invalidRequest(
      `The ${chosen} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: chosen as StoredChecksum["type"] };
}

/** A row of the table as an upload. */
export function toUpload(row: Record<string, unknown>): UploadRecord {
  return {
    id: String(row["id"]),
    bucket: String(row["bucket"]),
    key: String(row["key"]),
    initiatedMs: Number(row["initiated_ms"]),
    details: JSON.parse(String(row["details"])) as UploadRecord["details"],
    checksum:
      row["checksum"] === null
        ? undefined
        : (JSON.parse(String(row["checksum"])) as UploadRecord["checksum"]),
  };
}

function toPart(row: Record<string, unknown>): PartRecord {
  const { number, file, size, etag, checksum, modified_ms: modifiedMs } = row;
  return {
    number: Number(number),
    file: typeof file === "string" ? file : undefined,
    size: Number(size),
    etag: String(etag),
    modifiedMs: Number(modifiedMs),
    ...(typeof checksum === "string" ? { checksum } : {}),
  };
}
