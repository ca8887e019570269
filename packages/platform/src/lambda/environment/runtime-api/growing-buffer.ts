/** Bytes that arrive in pieces, kept in one buffer that doubles: a thousand one-byte pieces cost no more than one. */
export class GrowingBuffer {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies `data` from `start` to `end`. */
  append(data: Uint8Array, start = 0, end = data.length): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, 512));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#bytes.set(data.subarray(start, end), this.#length);
    this.#length = needed;
  }

  /** The bytes so far, not copied: valid until the next `append`. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
  }
}
