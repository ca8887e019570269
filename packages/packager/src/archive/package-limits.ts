/**
 * What Lambda takes, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const packageLimits = {
  /** Archive that is sent with the API call; a larger one goes through S3. */
  directUploadBytes: 50 * 1024 * 1024,
  /** Code and layers together, unpacked. */
  unpackedBytes: 250 * 1024 * 1024,
} as const;
