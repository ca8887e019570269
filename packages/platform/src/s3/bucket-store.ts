import { AwsServiceError } from "../service-error.ts";
import type { StateDatabase } from "../state/database.ts";
import type { ContentStore } from "./content-store.ts";
import type { BucketRecord } from "./object-record.ts";
import { s3Error } from "./s3-error.ts";

/** The buckets, which other platforms on the same state see too. */
export class BucketStore {
  readonly #state: StateDatabase;
  readonly #content: ContentStore;
  readonly #nowMs: () => number;

  constructor(state: StateDatabase, content: ContentStore, nowMs: () => number) {
    this.#state = state;
    this.#content = content;
    this.#nowMs = nowMs;
  }

  find(name: string): BucketRecord | undefined {
    const row = this.#state.database.prepare("SELECT * FROM bucket WHERE name = ?").get(name);
    return row === undefined ? undefined : toBucket(row);
  }

  /** @throws {AwsServiceError} `NoSuchBucket`. */
  get(name: string): BucketRecord {
    const bucket = this.find(name);
    if (bucket === undefined) throw s3Error("NoSuchBucket", { BucketName: name });
    return bucket;
  }

  /** In the order of their names. */
  list(): BucketRecord[] {
    return this.#state.database.prepare("SELECT * FROM bucket ORDER BY name").all().map(toBucket);
  }

  /** @throws {AwsServiceError} `BucketAlreadyOwnedByYou`. */
  create(name: string, settings: BucketRecord["settings"]): void {
    const { changes } = this.#state.database
      .prepare(
        "INSERT INTO bucket (name, created_ms, versioning, settings) VALUES (?, ?, NULL, ?) ON CONFLICT (name) DO NOTHING",
      )
      .run(name, this.#nowMs(), JSON.stringify(settings));
    if (changes === 0) throw s3Error("BucketAlreadyOwnedByYou", { BucketName: name });
  }

  setVersioning(name: string, status: "Enabled" | "Suspended"): void {
    this.#state.database.prepare("UPDATE bucket SET versioning = ? WHERE name = ?").run(status, name);
  }

  /** Sets a configuration, or removes it. */
  configure(name: string, setting: string, value: unknown): void {
    this.#content.commit(() => {
      const { [setting]: _, ...others } = this.get(name).settings;
      const settings = value === undefined ? others : { ...others, [setting]: value };
      this.#state.database
        .prepare("UPDATE bucket SET settings = ? WHERE name = ?")
        .run(JSON.stringify(settings), name);
    });
  }

  /**
   * Deletes a bucket, and the uploads to it that were not completed.
   * @throws {AwsServiceError} `NoSuchBucket` or `BucketNotEmpty`.
   */
  delete(name: string): void {
    const { database } = this.#state;
    this.#content.commit(({ release }) => {
      const bucket = this.get(name);
      if (database.prepare("SELECT 1 FROM object_version WHERE bucket = ? LIMIT 1").get(name) !== undefined) {
        throw notEmpty(bucket);
      }
      const parts = database
        .prepare(
          "SELECT file FROM upload_part WHERE upload_id IN (SELECT id FROM multipart_upload WHERE bucket = ?)",
        )
        .all(name);
      release(parts.map(({ file }) => ({ file: file === null ? undefined : String(file) })));
      database
        .prepare(
          "DELETE FROM upload_part WHERE upload_id IN (SELECT id FROM multipart_upload WHERE bucket = ?)",
        )
        .run(name);
      database.prepare("DELETE FROM multipart_upload WHERE bucket = ?").run(name);
      database.prepare("DELETE FROM bucket WHERE name = ?").run(name);
    });
  }
}

function notEmpty({ name, versioning }: BucketRecord) {
  const message = "The bucket you tried to delete is not empty";
  const text = versioning === undefined ? message : `${message}. You must delete all versions in the bucket.`;
  return new AwsServiceError("BucketNotEmpty", 409, text, { BucketName: name });
}

function toBucket(row: Record<string, unknown>): BucketRecord {
  const { name, created_ms: createdMs, versioning, settings } = row;
  return {
    name: String(name),
    createdMs: Number(createdMs),
    versioning: versioning === "Enabled" || versioning === "Suspended" ? versioning : undefined,
    settings: JSON.parse(String(settings)) as BucketRecord["settings"],
  };
}
