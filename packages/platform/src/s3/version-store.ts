import { randomBytes } from "node:crypto";
import { AwsServiceError } from "../service-error.ts";
import type { StateDatabase } from "../state/database.ts";
import type { BucketStore } from "./bucket-store.ts";
import type { ContentPart, ContentStore, FileOwnership } from "./content-store.ts";
import {
  type BucketRecord,
  bareETag,
  nullVersion,
  type ObjectDetails,
  type ObjectVersion,
} from "./object-record.ts";
import { s3Error } from "./s3-error.ts";

/** An object that is to be there. */
export interface NewObject {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly details: ObjectDetails;
  readonly parts: readonly ContentPart[];
  readonly conditions: WriteConditions;
}

/** What must hold of the object that is there. */
export interface WriteConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** What a deletion did. */
export interface Deletion {
  readonly versionId?: string;
  /** Whether a mark was set or removed. */
  readonly isDeleteMarker: boolean;
}

/** The objects of all buckets, with their versions. The one that came last is the latest. */
export class VersionStore {
  readonly #state: StateDatabase;
  readonly #content: ContentStore;
  readonly #buckets: BucketStore;
  readonly #nowMs: () => number;

  constructor(state: StateDatabase, content: ContentStore, buckets: BucketStore, nowMs: () => number) {
    this.#state = state;
    this.#content = content;
    this.#buckets = buckets;
    this.#nowMs = nowMs;
  }

  /** A version, or the latest, which may be a delete marker. */
  find(bucket: string, key: string, versionId?: string): ObjectVersion | undefined {
    const row =
      versionId === undefined
        ? this.#state.database
            .prepare("SELECT * FROM object_version WHERE bucket = ? AND key = ? AND is_latest = 1")
            .get(bucket, key)
        : this.#state.database
            .prepare("SELECT * FROM object_version WHERE bucket = ? AND key = ? AND version_id = ?")
            .get(bucket, key, versionId);
    return row === undefined ? undefined : toVersion(row);
  }

  /**
   * Makes an object, in one transaction with whatever else has to happen.
   * @throws {AwsServiceError} `NoSuchBucket`, `PreconditionFailed` or, where what must match isn't there, `NoSuchKey`.
   */
  put(object: NewObject, also?: (files: FileOwnership) => void): ObjectVersion {
    const { bucket: name, key, etag, details, parts } = object;
    return this.#content.commit((files) => {
      const bucket = this.#buckets.get(name);
      this.#checkConditions(object);
      also?.(files);
      for (const { file } of parts) files.adopt(file);
      const versionId = this.#makeRoom(bucket, key, files);
      const version: ObjectVersion = {
        bucket: name,
        key,
        versionId,
        isLatest: true,
        isDeleteMarker: false,
        size: parts.reduce((sum, { size }) => sum + size, 0),
        etag,
        modifiedMs: this.#nowMs(),
        details,
        parts,
      };
      this.#insert(version);
      return version;
    });
  }

  /** Deletes as the bucket's versioning has it: a version that is named, or the object, which may leave a mark. */
  delete(bucketName: string, key: string, versionId: string | undefined, ifMatch?: string): Deletion {
    return this.#content.commit((files) => {
      const bucket = this.#buckets.get(bucketName);
      if (ifMatch !== undefined) {
        this.#checkConditions({ bucket: bucketName, key, conditions: { ifMatch } });
      }
      if (versionId !== undefined) return this.#deleteVersion(bucketName, key, versionId, files);
      if (bucket.versioning === undefined) {
        this.#deleteVersion(bucketName, key, nullVersion, files);
        return { isDeleteMarker: false };
      }
      const marker = this.#makeRoom(bucket, key, files);
      this.#insert({
        bucket: bucketName,
        key,
        versionId: marker,
        isLatest: true,
        isDeleteMarker: true,
        size: 0,
        etag: "",
        modifiedMs: this.#nowMs(),
        details: emptyDetails,
        parts: [],
      });
      return { versionId: marker, isDeleteMarker: true };
    });
  }

  /** Gives a version other tags. */
  setDetails({ bucket, key, versionId }: ObjectVersion, details: ObjectDetails): void {
    this.#state.database
      .prepare("UPDATE object_version SET details = ? WHERE bucket = ? AND key = ? AND version_id = ?")
      .run(JSON.stringify(details), bucket, key, versionId);
  }

  #checkConditions({
    bucket,
    key,
    conditions: { ifMatch, ifNoneMatch },
  }: Pick<NewObject, "bucket" | "key" | "conditions">): void {
    if (ifMatch === undefined && ifNoneMatch === undefined) return;
    const found = this.find(bucket, key);
    const current = found?.isDeleteMarker === true ? undefined : found;
    if (ifNoneMatch !== undefined) {
      if (ifNoneMatch.trim() !== "*") {
        throw new AwsServiceError(
          "NotImplemented",
          501,
          "A header you provided implies functionality that is not implemented",
          { Header: "If-None-Match" },
        );
      }
      if (current !== undefined) throw s3Error("PreconditionFailed", { Condition: "If-None-Match" });
    }
    if (ifMatch === undefined) return;
    if (current === undefined) throw s3Error("NoSuchKey", { Key: key });
    if (ifMatch.trim() !== "*" && bareETag(ifMatch) !== current.etag) {
      throw s3Error("PreconditionFailed", { Condition: "If-Match" });
    }
  }

  /** Clears the way for a new latest version. @returns its id. */
  #makeRoom({ name, versioning }: BucketRecord, key: string, files: FileOwnership): string {
    const versionId = versioning === "Enabled" ? randomBytes(24).toString("base64url") : nullVersion;
    if (versionId === nullVersion) this.#remove(name, key, nullVersion, files);
    this.#state.database
      .prepare("UPDATE object_version SET is_latest = 0 WHERE bucket = ? AND key = ? AND is_latest = 1")
      .run(name, key);
    return versionId;
  }

  #deleteVersion(bucket: string, key: string, versionId: string, files: FileOwnership): Deletion {
    const removed = this.#remove(bucket, key, versionId, files);
    if (removed?.isLatest) {
      this.#state.database
        .prepare(
          "UPDATE object_version SET is_latest = 1 WHERE id = (SELECT id FROM object_version WHERE bucket = ? AND key = ? ORDER BY id DESC LIMIT 1)",
        )
        .run(bucket, key);
    }
    return { versionId, isDeleteMarker: removed?.isDeleteMarker === true };
  }

  #remove(bucket: string, key: string, versionId: string, files: FileOwnership): ObjectVersion | undefined {
    const found = this.find(bucket, key, versionId);
    if (found === undefined) return undefined;
    this.#state.database
      .prepare("DELETE FROM object_version WHERE bucket = ? AND key = ? AND version_id = ?")
      .run(bucket, key, versionId);
    files.release(found.parts);
    return found;
  }

  #insert(version: ObjectVersion): void {
    const { bucket, key, versionId, isLatest, isDeleteMarker, size, etag, modifiedMs, details, parts } =
      version;
    this.#state.database
      .prepare(
        "INSERT INTO object_version (bucket, key, version_id, is_latest, is_marker, size, etag, modified_ms, details, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(
        bucket,
        key,
        versionId,
        Number(isLatest),
        Number(isDeleteMarker),
        size,
        etag,
        modifiedMs,
        JSON.stringify(details),
        JSON.stringify(parts),
      );
  }
}

const emptyDetails: ObjectDetails = {
  headers: {},
  metadata: {},
  encryption: { ServerSideEncryption: "AES256" },
  tags: [],
};

/** A row of the table as a version; lists leave out its parts. */
export function toVersion(row: Record<string, unknown>): ObjectVersion {
  return {
    bucket: String(row["bucket"]),
    key: String(row["key"]),
    versionId: String(row["version_id"]),
    isLatest: row["is_latest"] === 1,
    isDeleteMarker: row["is_marker"] === 1,
    size: Number(row["size"]),
    etag: String(row["etag"]),
    modifiedMs: Number(row["modified_ms"]),
    details: JSON.parse(String(row["details"])) as ObjectDetails,
    parts: row["parts"] === undefined ? [] : (JSON.parse(String(row["parts"])) as ContentPart[]),
  };
}
