/** Bytes of a response, and when they came: a `Buffer` with two more properties. */
export interface TimedChunk extends Uint8Array {
  /** Since the call, in milliseconds. */
  readonly atMs: number;
  /** How many bytes came: more than `length` once a recording is full. */
  readonly wholeLength: number;
  /** As text. */
  toString(encoding?: "utf8" | "latin1" | "base64" | "hex"): string;
}

/** A copy of bytes with their time. @param wholeLength - if `bytes` are only the first of them. */
export function timedChunk(
  bytes: string | Uint8Array,
  atMs: number,
  wholeLength = Buffer.byteLength(bytes),
): TimedChunk {
  const chunk = Buffer.from(bytes as Uint8Array);
  // Not enumerable, and none named `size`, as a set's is: a chunk equals a buffer of the same bytes.
  return Object.defineProperties(chunk, {
    atMs: { value: atMs },
    wholeLength: { value: wholeLength },
  }) as unknown as TimedChunk;
}
