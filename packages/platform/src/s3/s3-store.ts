import { buffer } from "node:stream/consumers";
import type { ObjectStore } from "../stack/object-store.ts";
import type { StateDatabase } from "../state/database.ts";
import { checkBucketName } from "./bucket-name.ts";
import { checkBucketPolicy } from "./bucket-policy.ts";
import { BucketStore } from "./bucket-store.ts";
import { ContentStore } from "./content-store.ts";
import type { ObjectVersion } from "./object-record.ts";
import { s3Error } from "./s3-error.ts";
import { UploadStore } from "./upload-store.ts";
import { VersionStore } from "./version-store.ts";

/** What the store needs of the platform. */
export interface S3StoreOptions {
  readonly state: StateDatabase;
  /** Where content lies. */
  readonly folder: string;
  readonly nowMs: () => number;
}

/** Buckets and objects: rows in the state database, content in files. Stacks use it as it is, the API through its operations. */
export class S3Store implements ObjectStore {
  readonly state: StateDatabase;
  readonly content: ContentStore;
  readonly buckets: BucketStore;
  readonly objects: VersionStore;
  readonly uploads: UploadStore;

  constructor({ state, folder, nowMs }: S3StoreOptions) {
    this.state = state;
    this.content = new ContentStore(folder, state);
    this.buckets = new BucketStore(state, this.content, nowMs);
    this.objects = new VersionStore(state, this.content, this.buckets, nowMs);
    this.uploads = new UploadStore(state, this.content, this.buckets, this.objects, nowMs);
  }

  /** Removes what was left of uploads when an earlier platform was killed. */
  start(): Promise<void> {
    return this.content.start();
  }

  /** Waits for what is being written or removed. */
  close(): Promise<void> {
    return this.content.close();
  }

  async read(bucket: string, key: string, versionId?: string): Promise<Uint8Array> {
    const { parts } = this.existing(bucket, key, versionId);
    return buffer(this.content.read(parts));
  }

  hasBucket(bucket: string): boolean {
    return this.buckets.find(bucket) !== undefined;
  }

  createBucket(bucket: string): void {
    checkBucketName(bucket);
    this.buckets.create(bucket, newBucketSettings());
  }

  setVersioning(bucket: string, status: "Enabled" | "Suspended"): void {
    this.buckets.setVersioning(bucket, status);
  }

  configure(bucket: string, setting: string, value: unknown): void {
    this.buckets.configure(bucket, setting, value);
  }

  setPolicy(bucket: string, policy: string | undefined): void {
    const record = this.buckets.get(bucket);
    if (policy !== undefined) checkBucketPolicy(policy, record);
    this.buckets.configure(bucket, "Policy", policy);
  }

  deleteBucket(bucket: string): void {
    if (this.hasBucket(bucket)) this.buckets.delete(bucket);
  }

  /**
   * A version that has content.
   * @throws {AwsServiceError} `NoSuchBucket`, `NoSuchKey` or `NoSuchVersion`; `MethodNotAllowed` for a delete marker that is
   * named.
   */
  existing(bucket: string, key: string, versionId?: string): ObjectVersion {
    this.buckets.get(bucket);
    const found = this.objects.find(bucket, key, versionId);
    if (found === undefined) {
      throw versionId === undefined
        ? s3Error("NoSuchKey", { Key: key })
        : s3Error("NoSuchVersion", { Key: key, VersionId: versionId });
    }
    if (!found.isDeleteMarker) return found;
    const headers = { "x-amz-delete-marker": "true", "x-amz-version-id": found.versionId };
    if (versionId === undefined) throw s3Error("NoSuchKey", { Key: key }, headers);
    throw s3Error(
      "MethodNotAllowed",
      { Method: "GET", ResourceType: "DeleteMarker" },
      { ...headers, Allow: "DELETE", "Last-Modified": new Date(found.modifiedMs).toUTCString() },
    );
  }
}

/**
 * What AWS sets for every new bucket.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
 */
export function newBucketSettings(): Record<string, unknown> {
  return {
    PublicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
  };
}
