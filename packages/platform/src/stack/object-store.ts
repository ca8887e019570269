/** What stacks need of S3. */
export interface ObjectStore {
  /**
   * The bytes of an object, of its newest version unless one is named.
   * @throws {AwsServiceError} `NoSuchBucket`, `NoSuchKey` or `NoSuchVersion`.
   */
  readonly read: (bucket: string, key: string, versionId?: string) => Promise<Uint8Array>;
  readonly hasBucket: (bucket: string) => boolean;
  /**
   * Creates a bucket.
   * @throws {AwsServiceError} `BucketAlreadyOwnedByYou`, `BucketAlreadyExists` or `InvalidBucketName`.
   */
  readonly createBucket: (bucket: string) => Promise<void> | void;
  /** Turns versioning on or off; a bucket that never had it has none. */
  readonly setVersioning: (bucket: string, status: "Enabled" | "Suspended") => Promise<void> | void;
  /**
   * Sets a configuration of a bucket, as S3's API has it: `Encryption`, `PublicAccessBlock`, `OwnershipControls`, `Tags` or
   * `Lifecycle`. Undefined removes it.
   */
  readonly configure: (bucket: string, setting: string, value: unknown) => Promise<void> | void;
  /**
   * Sets the policy of a bucket, or removes it.
   * @throws {AwsServiceError} `NoSuchBucket` or `MalformedPolicy`.
   */
  readonly setPolicy: (bucket: string, policy: string | undefined) => Promise<void> | void;
  /**
   * Deletes a bucket; nothing happens where there is none.
   * @throws {AwsServiceError} `BucketNotEmpty`.
   */
  readonly deleteBucket: (bucket: string) => Promise<void> | void;
}
