import { AwsServiceError } from "../src/service-error.ts";
import type { ObjectStore } from "../src/stack/object-store.ts";

/** As much of S3 as stacks use, in memory, so that a test can hold a deployment up where it reads an object. */
export class MemoryObjects implements ObjectStore {
  readonly buckets = new Map<string, { readonly objects: Map<string, Uint8Array>; versioning?: string }>();
  /** Called before an object is read. */
  beforeRead: (key: string) => Promise<void> | void = () => {};

  put(bucket: string, key: string, body: Uint8Array | string): void {
    if (!this.buckets.has(bucket)) this.createBucket(bucket);
    this.buckets.get(bucket)?.objects.set(key, Buffer.from(body));
  }

  async read(bucket: string, key: string): Promise<Uint8Array> {
    await this.beforeRead(key);
    const found = this.buckets.get(bucket);
    if (found === undefined)
      throw new AwsServiceError("NoSuchBucket", 404, "The specified bucket does not exist");
    const object = found.objects.get(key);
    if (object === undefined)
      throw new AwsServiceError("NoSuchKey", 404, "The specified key does not exist.");
    return object;
  }

  hasBucket(bucket: string): boolean {
    return this.buckets.has(bucket);
  }

  createBucket(bucket: string): void {
    this.buckets.set(bucket, { objects: new Map() });
  }

  setVersioning(bucket: string, status: string): void {
    const found = this.buckets.get(bucket);
    if (found !== undefined) found.versioning = status;
  }

  configure(): void {}

  setPolicy(): void {}

  deleteBucket(bucket: string): Promise<void> | void {
    if ((this.buckets.get(bucket)?.objects.size ?? 0) > 0) {
      throw new AwsServiceError("BucketNotEmpty", 409, "The bucket you tried to delete is not empty");
    }
    this.buckets.delete(bucket);
  }
}
