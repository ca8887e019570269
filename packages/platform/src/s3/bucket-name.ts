import { s3Error } from "./s3-error.ts";

const reservedStarts = ["xn--", "sthree-", "amzn-s3-demo-"];
const reservedEnds = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/**
 * Whether a bucket may be called so.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !reservedStarts.some((start) => name.startsWith(start)) &&
    !reservedEnds.some((end) => name.endsWith(end))
  );
}

/** @throws {AwsServiceError} `InvalidBucketName`. */
export function checkBucketName(name: string): void {
  if (!isBucketName(name)) throw s3Error("InvalidBucketName", { BucketName: name });
}
