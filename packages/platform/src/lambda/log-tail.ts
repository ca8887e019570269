/** What `LogType: Tail` returns at most, in bytes. */
const tailBytes = 4096;

/** Keeps the end of an invocation's log. */
export class LogTail {
  #lines: string[] = [];
  #bytes = 0;

  add(line: string): void {
    this.#lines.push(line);
    this.#bytes += line.length + 1;
    // Lines that can't be part of the tail any more; characters take one byte at least.
    while (this.#bytes - ((this.#lines[0]?.length ?? 0) + 1) > tailBytes) {
      this.#bytes -= (this.#lines.shift()?.length ?? 0) + 1;
    }
  }

  /** The last 4 KB, cut to whole characters. */
  text(): string {
    const bytes = Buffer.from(this.#lines.map((line) => `${line}\n`).join(""));
    let start = Math.max(0, bytes.length - tailBytes);
    while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
    return bytes.toString("utf8", start);
  }
}
