/** Bytes that arrive in pieces of any size, kept in one buffer that doubles: many tiny pieces cost no more than one. */
export class GrowingBuffer {
  #bytes: Buffer;
  #length = 0;

  /** @param capacity - bytes to reserve at once, when the final size is known. */
  constructor(capacity = 0) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Copies `data` from `start` to `end`. */
  append(data: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, 256));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    data.copy(this.#bytes, this.#length, start, end);
    this.#length = needed;
  }

  /** The bytes so far, not copied. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
