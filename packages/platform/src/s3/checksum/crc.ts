/**
 * Cyclic redundancy checks in the reflected form, over bytes as they come. Node has only CRC32 of its own.
 * @see https://reveng.sourceforge.io/crc-catalogue/all.htm
 */

/** A check that takes bytes piece by piece. */
export interface RunningCrc {
  update(bytes: Uint8Array): void;
  /** Big endian, as S3 has it. */
  digest(): Buffer;
}

/** CRC-32/ISCSI. */
export class Crc32c implements RunningCrc {
  #crc = -1;

  update(bytes: Uint8Array): void {
    const [t0, t1, t2, t3, t4, t5, t6, t7] = crc32cTables();
    let crc = this.#crc;
    let at = 0;
    for (const end = bytes.length - 7; at < end; at += 8) {
      crc ^= at4(bytes, at);
      crc =
        at32(t7, crc & 255) ^
        at32(t6, (crc >>> 8) & 255) ^
        at32(t5, (crc >>> 16) & 255) ^
        at32(t4, crc >>> 24) ^
        at32(t3, bytes[at + 4] as number) ^
        at32(t2, bytes[at + 5] as number) ^
        at32(t1, bytes[at + 6] as number) ^
        at32(t0, bytes[at + 7] as number);
    }
    for (; at < bytes.length; at++) crc = at32(t0, (crc ^ (bytes[at] as number)) & 255) ^ (crc >>> 8);
    this.#crc = crc;
  }

  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(~this.#crc >>> 0);
    return digest;
  }
}

/** CRC-64/NVME, in two halves of 32 bits. */
export class Crc64Nvme implements RunningCrc {
  #high = -1;
  #low = -1;

  update(bytes: Uint8Array): void {
    const { high: h, low: l } = crc64Tables();
    let high = this.#high;
    let low = this.#low;
    let at = 0;
    for (const end = bytes.length - 7; at < end; at += 8) {
      low ^= at4(bytes, at);
      high ^= at4(bytes, at + 4);
      const a = 1792 | (low & 255);
      const b = 1536 | ((low >>> 8) & 255);
      const c = 1280 | ((low >>> 16) & 255);
      const d = 1024 | (low >>> 24);
      const e = 768 | (high & 255);
      const f = 512 | ((high >>> 8) & 255);
      const g = 256 | ((high >>> 16) & 255);
      const i = high >>> 24;
      low =
        at32(l, a) ^ at32(l, b) ^ at32(l, c) ^ at32(l, d) ^ at32(l, e) ^ at32(l, f) ^ at32(l, g) ^ at32(l, i);
      high =
        at32(h, a) ^ at32(h, b) ^ at32(h, c) ^ at32(h, d) ^ at32(h, e) ^ at32(h, f) ^ at32(h, g) ^ at32(h, i);
    }
    for (; at < bytes.length; at++) {
      const index = (low ^ (bytes[at] as number)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ at32(l, index);
      high = (high >>> 8) ^ at32(h, index);
    }
    this.#high = high;
    this.#low = low;
  }

  digest(): Buffer {
    const digest = Buffer.alloc(8);
    digest.writeUInt32BE(~this.#high >>> 0);
    digest.writeUInt32BE(~this.#low >>> 0, 4);
    return digest;
  }
}

/** A polynomial, reflected, with its width in bits. */
export interface Polynomial {
  readonly bits: 32 | 64;
  readonly reflected: bigint;
}

export const crc32Polynomial: Polynomial = { bits: 32, reflected: 0xedb88320n };
export const crc32cPolynomial: Polynomial = { bits: 32, reflected: 0x82f63b78n };
export const crc64NvmePolynomial: Polynomial = { bits: 64, reflected: 0x9a6c9329ac4bc9b5n };

/**
 * The check of parts that follow each other, from the checks of the parts.
 * @param parts - checks in big endian, and how many bytes each is of.
 */
export function combineCrcs(
  polynomial: Polynomial,
  parts: readonly { readonly digest: Uint8Array; readonly bytes: number }[],
): Buffer {
  // Parts of an upload are nearly all of one length.
  const shifts = new Map<number, bigint>();
  let combined = 0n;
  for (const { digest, bytes } of parts) {
    let shift = shifts.get(bytes);
    if (shift === undefined) {
      shift = powerOfX(polynomial, BigInt(bytes) * 8n);
      shifts.set(bytes, shift);
    }
    combined = multiply(polynomial, shift, combined) ^ BigInt(`0x${Buffer.from(digest).toString("hex")}`);
  }
  return Buffer.from(combined.toString(16).padStart(polynomial.bits / 4, "0"), "hex");
}

/** x to the power of `exponent`, modulo the polynomial. The highest bit is that of x to the power of 0. */
function powerOfX(polynomial: Polynomial, exponent: bigint): bigint {
  const one = 1n << BigInt(polynomial.bits - 1);
  let square = one >> 1n;
  let power = one;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = multiply(polynomial, power, square);
    square = multiply(polynomial, square, square);
  }
  return power;
}

function multiply({ bits, reflected }: Polynomial, left: bigint, right: bigint): bigint {
  let product = 0n;
  let factor = right;
  for (let bit = 1n << BigInt(bits - 1); bit > 0n; bit >>= 1n) {
    if (left & bit) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ reflected : factor >> 1n;
  }
  return product;
}

type Tables32 = readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

let tables32: Tables32 | undefined;
let tables64: { readonly high: Int32Array; readonly low: Int32Array } | undefined;

/** Made when the first check needs them: for each of eight bytes, what it makes of the check. */
function crc32cTables(): Tables32 {
  if (tables32 !== undefined) return tables32;
  const whole = sliceTables(crc32cPolynomial);
  tables32 = [0, 1, 2, 3, 4, 5, 6, 7].map((slice) =>
    Int32Array.from({ length: 256 }, (_, byte) => Number(BigInt.asIntN(32, whole[slice * 256 + byte] ?? 0n))),
  ) as unknown as Tables32;
  return tables32;
}

function crc64Tables(): { readonly high: Int32Array; readonly low: Int32Array } {
  if (tables64 !== undefined) return tables64;
  const whole = sliceTables(crc64NvmePolynomial);
  tables64 = {
    high: Int32Array.from(whole, (entry) => Number(BigInt.asIntN(32, entry >> 32n))),
    low: Int32Array.from(whole, (entry) => Number(BigInt.asIntN(32, entry))),
  };
  return tables64;
}

function sliceTables({ reflected }: Polynomial): bigint[] {
  const first = Array.from({ length: 256 }, (_, byte) => {
    let entry = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) entry = entry & 1n ? (entry >> 1n) ^ reflected : entry >> 1n;
    return entry;
  });
  const tables = [...first];
  for (let at = 256; at < 2048; at++) {
    const before = tables[at - 256] ?? 0n;
    tables.push((before >> 8n) ^ (first[Number(before & 255n)] ?? 0n));
  }
  return tables;
}

function at32(table: Int32Array, index: number): number {
  return table[index] as number;
}

function at4(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
