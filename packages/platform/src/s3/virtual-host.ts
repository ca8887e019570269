/**
 * Names that begin with a bucket: AWS's own, and those of this machine, where `s3` and the Region may be left out.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
const hostForms = [
  /^(.+)\.s3(?:[.-]dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.(?:amazonaws\.com|localhost)$/,
  /^(?!s3(?:\.|$))(.+)\.localhost$/,
];

/** The bucket that a host name begins with, if it does; for requests that are S3's. */
export function bucketOfHost(host: string): string | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  for (const form of hostForms) {
    const bucket = form.exec(name)?.[1];
    if (bucket !== undefined) return bucket;
  }
  return undefined;
}

/** Whether a host name says that a request is S3's, whether it is signed or not. */
export function isS3Host(host: string): boolean {
  return /(?:^|\.)s3(?:[.-]dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.(?:amazonaws\.com|localhost)(?::\d+)?$/.test(
    host.toLowerCase(),
  );
}
