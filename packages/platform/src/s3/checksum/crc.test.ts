import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ChecksumAlgorithm, polynomialOf, startChecksum } from "./checksum.ts";
import { combineCrcs } from "./crc.ts";

const digestOf = (algorithm: ChecksumAlgorithm, ...pieces: Uint8Array[]): Buffer => {
  const running = startChecksum(algorithm);
  for (const piece of pieces) running.update(piece);
  return running.digest();
};

// https://reveng.sourceforge.io/crc-catalogue/all.htm
test.each<[ChecksumAlgorithm, string]>([
  ["CRC32", "cbf43926"],
  ["CRC32C", "e3069283"],
  ["CRC64NVME", "ae8b14860a799888"],
])("%s of 123456789 is %s", (algorithm, check) => {
  expect(digestOf(algorithm, Buffer.from("123456789")).toString("hex")).toBe(check);
});

const algorithms = ["CRC32", "CRC32C", "CRC64NVME"] as const;

test.each(algorithms)("%s is the same however the bytes come", (algorithm) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
      expect(digestOf(algorithm, ...pieces)).toEqual(digestOf(algorithm, Buffer.concat(pieces)));
    }),
  );
});

test.each(algorithms)("%s of the whole comes from those of its parts", (algorithm) => {
  const polynomial = polynomialOf(algorithm);
  if (polynomial === undefined) throw new Error(`${algorithm} has no polynomial.`);
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { minLength: 1, maxLength: 5 }), (parts) => {
      const digests = parts.map((part) => ({ digest: digestOf(algorithm, part), bytes: part.length }));
      expect(combineCrcs(polynomial, digests)).toEqual(digestOf(algorithm, Buffer.concat(parts)));
    }),
  );
});

test("CRC32 is that of zlib", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(digestOf("CRC32", bytes).readUInt32BE()).toBe(crc32(bytes));
    }),
  );
});
