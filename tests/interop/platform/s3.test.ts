import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { SluiceDev } from "./sluice-dev.ts";

const python = inject("python");

describe.skipIf(python.missing !== undefined)("S3, in a shell with sluice credentials", () => {
  let dev: SluiceDev;
  const size = 20 * 1024 * 1024;
  const content = randomBytes(size);
  const fileOf = (name: string) => join(dev.project.folder, name);

  beforeAll(async () => {
    dev = await SluiceDev.start({ path: [python.tool?.programs ?? ""] });
    await writeFile(fileOf("source.bin"), content);
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  /** Runs a program to its end. @throws what it says if it fails. */
  async function run(command: string, ...parameters: string[]): Promise<string> {
    await using running = dev.run(command, parameters);
    if ((await running.exit) !== 0) throw new Error(running.stderr.text.trim());
    return running.stdout.text;
  }

  test("boto3 uploads a large file in parts, at once, and downloads the same", {
    timeout: 120_000,
  }, async () => {
    const script = join(import.meta.dirname, "clients", "s3_transfer.py");
    const key = "large/ünï code+.bin";
    const told = await run("python", script, "from-boto3", key, fileOf("source.bin"), fileOf("target.bin"));
    expect(JSON.parse(told)).toEqual({
      same: true,
      parts: "3",
      checksum: "COMPOSITE",
      metadata: { maker: "boto3" },
      listed: [[key, size]],
      range: [`bytes 0-9/${size}`, 10],
      location: null,
    });
  });

  test("the AWS CLI makes a bucket, copies files there, within and back, and empties it", {
    timeout: 120_000,
  }, async () => {
    await run("aws", "s3", "mb", "s3://from-cli");
    await run("aws", "s3", "cp", fileOf("source.bin"), "s3://from-cli/a/one.bin");
    await run("aws", "s3", "cp", "s3://from-cli/a/one.bin", "s3://from-cli/a/two.bin");
    await run("aws", "s3", "cp", "s3://from-cli/a/two.bin", fileOf("back.bin"));
    expect((await readFile(fileOf("back.bin"))).equals(content)).toBe(true);
    expect(await run("aws", "s3", "ls", "s3://from-cli/")).toContain("PRE a/");
    expect(await run("aws", "s3", "ls", "s3://from-cli/a/")).toMatch(
      /20971520 one\.bin\n.*20971520 two\.bin\n$/,
    );
    // In us-east-1 this CLI signs URLs in a way that new buckets don't take.
    await run("aws", "configure", "set", "default.s3.signature_version", "s3v4");
    const url = (await run("aws", "s3", "presign", "s3://from-cli/a/one.bin")).trim();
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(content)).toBe(true);
    await expect(run("aws", "s3", "rb", "s3://from-cli")).rejects.toThrow("BucketNotEmpty");
    await run("aws", "s3", "rb", "--force", "s3://from-cli");
    await expect(run("aws", "s3", "ls", "s3://from-cli")).rejects.toThrow(
      "An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does not exist",
    );
  });
});
