import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import {
  Crc32c,
  Crc64Nvme,
  crc32cPolynomial,
  crc32Polynomial,
  crc64NvmePolynomial,
  type Polynomial,
  type RunningCrc,
} from "./crc.ts";

/**
 * The checksums that S3 keeps of an object.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export const checksumAlgorithms = [
  "CRC32",
  "CRC32C",
  "CRC64NVME",
  "SHA1",
  "SHA256",
  "SHA512",
  "MD5",
] as const;

/** Algorithms that S3 knows besides. */
const unserved: readonly string[] = ["XXHASH64", "XXHASH3", "XXHASH128"];

/** Whether a checksum of several parts is of the whole object, or of the parts' checksums. */
export type ChecksumType = "COMPOSITE" | "FULL_OBJECT";

/** A checksum as S3 keeps it. */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; with the number of parts behind, where it is composite. */
  readonly value: string;
  readonly type: ChecksumType;
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return (checksumAlgorithms as readonly string[]).includes(name);
}

export function isUnservedAlgorithm(name: string): boolean {
  return unserved.includes(name);
}

/** Starts a checksum. */
export function startChecksum(algorithm: ChecksumAlgorithm): RunningCrc {
  switch (algorithm) {
    case "CRC32":
      return new Crc32();
    case "CRC32C":
      return new Crc32c();
    case "CRC64NVME":
      return new Crc64Nvme();
    default: {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
  }
}

/** Length of a checksum in bytes. */
export function checksumBytes(algorithm: ChecksumAlgorithm): number {
  return startChecksum(algorithm).digest().length;
}

/** The polynomial of checksums that can be combined into that of the whole object. */
export function polynomialOf(algorithm: ChecksumAlgorithm): Polynomial | undefined {
  switch (algorithm) {
    case "CRC32":
      return crc32Polynomial;
    case "CRC32C":
      return crc32cPolynomial;
    case "CRC64NVME":
      return crc64NvmePolynomial;
    default:
      return undefined;
  }
}

/** The member of inputs and outputs: `ChecksumCRC32`. */
export function checksumMembers(checksum: StoredChecksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type };
}

class Crc32 implements RunningCrc {
  #crc = 0;

  update(bytes: Uint8Array): void {
    this.#crc = crc32(bytes, this.#crc);
  }

  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#crc);
    return digest;
  }
}
