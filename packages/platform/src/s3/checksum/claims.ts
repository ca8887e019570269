import { createHash } from "node:crypto";
import { type HttpRequest, headerOf } from "../../front-door/http-request.ts";
import { AwsServiceError } from "../../service-error.ts";
import { invalidRequest, notImplemented, s3Error } from "../s3-error.ts";
import {
  type ChecksumAlgorithm,
  checksumBytes,
  isChecksumAlgorithm,
  isUnservedAlgorithm,
  startChecksum,
} from "./checksum.ts";

/** What a request says of its body. */
export interface BodyClaims {
  /** Of `Content-MD5`. */
  readonly md5: Buffer | undefined;
  readonly checksum: ChecksumClaim | undefined;
}

export const noClaims: BodyClaims = { md5: undefined, checksum: undefined };

export interface ChecksumClaim {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; it comes after the body, unless it is there. */
  readonly value: string | undefined;
}

/**
 * Reads `Content-MD5`, the checksum headers, and the announcement of a checksum that follows the body.
 * @throws {AwsServiceError} if they are malformed or contradict each other.
 */
export function readClaims(request: HttpRequest): BodyClaims {
  const named = headerOf(request, "x-amz-sdk-checksum-algorithm")?.toUpperCase();
  const inTrailer = (headerOf(request, "x-amz-trailer") ?? "")
    .split(",")
    .flatMap((name) => /^\s*x-amz-checksum-([a-z0-9]+)\s*$/i.exec(name)?.[1]?.toUpperCase() ?? []);
  const inHeaders = request.headers.flatMap(([name, value]) => {
    const algorithm = /^x-amz-checksum-([a-z0-9]+)$/i.exec(name)?.[1]?.toUpperCase() ?? "";
    return isChecksumAlgorithm(algorithm) || isUnservedAlgorithm(algorithm)
      ? [{ algorithm, value: value.trim() }]
      : [];
  });
  const claims = [...inHeaders, ...inTrailer.map((algorithm) => ({ algorithm, value: undefined }))];
  const [claim] = claims;
  if (claims.length > 1) {
    throw invalidRequest(
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  }
  if (claim === undefined && named !== undefined) {
    throw invalidRequest(
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    );
  }
  if (claim !== undefined && named !== undefined && named !== claim.algorithm) {
    throw invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  return { md5: readMd5(request), checksum: claim && readChecksum(claim) };
}

function readMd5(request: HttpRequest): Buffer | undefined {
  const text = headerOf(request, "content-md5");
  if (text === undefined) return undefined;
  const digest = Buffer.from(text, "base64");
  if (digest.length !== 16) throw s3Error("InvalidDigest", { "Content-MD5": text });
  return digest;
}

function readChecksum({ algorithm, value }: { algorithm: string; value: string | undefined }): ChecksumClaim {
  if (isUnservedAlgorithm(algorithm)) {
    throw notImplemented(`${algorithm} checksums are not computed by this platform. Use CRC32 or CRC64NVME.`);
  }
  if (!isChecksumAlgorithm(algorithm)) {
    throw invalidRequest("The value specified in the x-amz-trailer header is not supported");
  }
  if (value !== undefined) checkValue(algorithm, value);
  return { algorithm, value };
}

function checkValue(algorithm: ChecksumAlgorithm, value: string): void {
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(value);
  if (isBase64 && Buffer.from(value, "base64").length === checksumBytes(algorithm)) return;
  throw invalidRequest(`Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`);
}

/**
 * Holds a body to what was said of it.
 *
 * @param digests - base64 of the checksum that was asked for.
 * @param trailers - of the body, by lower-case name.
 * @throws {AwsServiceError} `BadDigest`, or `InvalidRequest` if the announced checksum didn't follow.
 */
export function checkClaims(
  { md5, checksum }: BodyClaims,
  computed: { readonly md5: Buffer; readonly checksum: string | undefined },
  trailers: ReadonlyMap<string, string>,
): void {
  if (md5 !== undefined && !md5.equals(computed.md5)) {
    throw new AwsServiceError(
      "BadDigest",
      400,
      "The Content-MD5 you specified did not match what we received.",
      { ExpectedDigest: md5.toString("base64"), CalculatedDigest: computed.md5.toString("base64") },
    );
  }
  if (checksum === undefined) return;
  const { algorithm } = checksum;
  const value = checksum.value ?? trailers.get(`x-amz-checksum-${algorithm.toLowerCase()}`);
  if (value === undefined) {
    throw new AwsServiceError(
      "MalformedTrailerError",
      400,
      "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    );
  }
  checkValue(algorithm, value);
  if (value !== computed.checksum) throw badChecksum(algorithm);
}

export function badChecksum(algorithm: ChecksumAlgorithm): AwsServiceError {
  return new AwsServiceError(
    "BadDigest",
    400,
    `The ${algorithm} you specified did not match the calculated checksum.`,
  );
}

/** Holds a body that is a whole to what its headers say. @throws {AwsServiceError} as {@link checkClaims}. */
export function checkWholeBody(
  request: HttpRequest,
  body: Uint8Array,
  trailers: ReadonlyMap<string, string>,
): void {
  const claims = readClaims(request);
  const { checksum } = claims;
  const running = checksum && startChecksum(checksum.algorithm);
  running?.update(body);
  const md5 = createHash("md5").update(body).digest();
  checkClaims(claims, { md5, checksum: running?.digest().toString("base64") }, trailers);
}
