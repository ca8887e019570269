import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { archiveFolder } from "@sluice/packager";
import { CommandError } from "../command.ts";
import { type Aws, asked } from "./aws.ts";
import type { S3Location } from "./template-artifacts.ts";

/** An object that was put there, or was there already. */
export interface StoredArtifact extends S3Location {
  readonly bytes: number;
  readonly isNew: boolean;
}

/** The bucket for what is uploaded, with a folder for each stack. */
export class ArtifactStore {
  readonly bucket: string;
  readonly #aws: Aws;
  readonly #isManaged: boolean;
  readonly #prefix: string;

  /** @param bucket - the user's; without it there is one for each account and region, made when it is first needed. */
  constructor(aws: Aws, stackName: string, bucket: string | undefined) {
    this.#aws = aws;
    this.#isManaged = bucket === undefined;
    this.bucket = bucket ?? `sluice-artifacts-${aws.accountId}-${aws.region}`;
    this.#prefix = `${stackName}/`;
  }

  /**
   * Uploads a file or, as a ZIP, a folder, under a key that tells its content.
   * @param isCode - whether Lambda is to unpack it.
   * @throws {CommandError} if it is not there, or no code.
   */
  async putFile(path: string, isCode: boolean): Promise<StoredArtifact> {
    const status = await stat(path).catch(() => undefined);
    if (status === undefined)
      throw new CommandError(`${path} does not exist. If something is to be built, Metadata says how.`);
    if (!status.isDirectory()) {
      if (isCode && !/\.(?:zip|jar)$/i.test(path))
        throw new CommandError(`${path} is neither a folder nor a ZIP, and Lambda takes nothing else.`);
      return this.put(await readFile(path), extname(path));
    }
    const folder = await mkdtemp(join(tmpdir(), "sluice-upload-"));
    try {
      await archiveFolder(path, join(folder, "code.zip"));
      return await this.put(await readFile(join(folder, "code.zip")), ".zip");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Uploads what is not there yet. */
  async put(content: Buffer, extension: string): Promise<StoredArtifact> {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 40);
    const Key = `${this.#prefix}${hash}${extension}`;
    const { s3, accountId } = this.#aws;
    const place = { Bucket: this.bucket, Key, ExpectedBucketOwner: accountId };
    const isThere = await s3.send(new HeadObjectCommand(place)).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      await this.#makeBucket();
      await asked(s3.send(new PutObjectCommand({ ...place, Body: content })));
    }
    return { bucket: this.bucket, key: Key, bytes: content.length, isNew: !isThere };
  }

  /** The address at which CloudFormation reads an object. */
  urlOf({ bucket, key }: S3Location): string {
    const { region } = this.#aws;
    const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return `https://s3.${region}.${suffix}/${bucket}/${key}`;
  }

  /** Keys of everything that was uploaded for the stack. */
  async list(): Promise<string[]> {
    const keys: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#aws.s3
        .send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: this.#prefix, ContinuationToken }))
        .catch((error: unknown) => {
          // Without the bucket nothing was uploaded.
          if (error instanceof Error && error.name === "NoSuchBucket") return undefined;
          return asked(Promise.reject(error));
        });
      for (const { Key } of page?.Contents ?? []) if (Key !== undefined) keys.push(Key);
      ContinuationToken = page?.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return keys;
  }

  /** Removes objects, and the managed bucket once nothing is in it. */
  async remove(keys: readonly string[]): Promise<void> {
    const { s3 } = this.#aws;
    for (let index = 0; index < keys.length; index += 1000) {
      const Objects = keys.slice(index, index + 1000).map((Key) => ({ Key }));
      await asked(
        s3.send(new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } })),
      );
    }
    if (!this.#isManaged) return;
    await s3.send(new DeleteBucketCommand({ Bucket: this.bucket })).catch((error: unknown) => {
      const { name } = error as Error;
      if (!["BucketNotEmpty", "NoSuchBucket"].includes(name)) return asked(Promise.reject(error));
      return undefined;
    });
  }

  async #makeBucket(): Promise<void> {
    const { s3, region, accountId } = this.#aws;
    try {
      await s3.send(new HeadBucketCommand({ Bucket: this.bucket, ExpectedBucketOwner: accountId }));
    } catch (error) {
      const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
      // Somebody else's, in which nothing of ours belongs.
      if ($metadata?.httpStatusCode === 403)
        throw new CommandError(
          `the bucket ${this.bucket} belongs to another account, or is closed to you. Name one with --s3-bucket.`,
        );
      if ($metadata?.httpStatusCode !== 404) return asked(Promise.reject(error));
      if (!this.#isManaged) throw new CommandError(`there is no bucket ${this.bucket}.`);
      const elsewhere =
        region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as never } };
      await asked(s3.send(new CreateBucketCommand({ Bucket: this.bucket, ...elsewhere })));
    }
  }
}
