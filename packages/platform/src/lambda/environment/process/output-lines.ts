import type { Readable } from "node:stream";
import { GrowingBuffer } from "../runtime-api/growing-buffer.ts";

/**
 * Longest line that is taken whole, in bytes; a longer one becomes several. Ours, for memory: it is the size of a log
 * event that CloudWatch Logs has taken since its beginning.
 */
const maxLineBytes = 256 * 1024;

const lineFeed = 0x0a;

/** Takes lines without their line feeds. @returns a promise while no more should come. */
export type TakeLines = (lines: readonly string[]) => Promise<void> | undefined;

/** Cuts what a process writes into lines, no faster than they are taken. Owns the stream. */
export class OutputLines {
  /** Resolves once every line was taken. */
  readonly ended: Promise<void>;
  readonly #stream: Readable;
  readonly #take: TakeLines;
  readonly #partial = new GrowingBuffer();
  #paused: Promise<void> | undefined;

  constructor(stream: Readable, take: TakeLines) {
    this.#stream = stream;
    this.#take = take;
    stream.on("data", (bytes: Buffer) => this.#push(bytes));
    // A broken pipe shows as "close".
    stream.on("error", () => {});
    this.ended = new Promise((resolve) => {
      stream.once("close", () => {
        this.#flush();
        resolve(this.#paused);
      });
    });
  }

  /** The promise that is waited for before more is read. */
  get paused(): Promise<void> | undefined {
    return this.#paused;
  }

  /** Reads no more. Without it a process that escaped could keep the stream open for ever. */
  destroy(): void {
    this.#stream.destroy();
  }

  #push(bytes: Buffer): void {
    if (this.#partial.length + bytes.length > maxLineBytes) {
      this.#pushLong(bytes);
      return;
    }
    const end = bytes.lastIndexOf(lineFeed);
    if (end === -1) {
      this.#partial.append(bytes);
      return;
    }
    let text = bytes.toString("utf8", 0, end);
    if (this.#partial.length > 0) {
      this.#partial.append(bytes, 0, end);
      text = this.#takePartial();
    }
    if (end + 1 < bytes.length) this.#partial.append(bytes, end + 1);
    this.#give(text.split("\n"));
  }

  /** Line by line, because one of them may have to be cut. */
  #pushLong(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; ) {
      const found = bytes.indexOf(lineFeed, from);
      const end = found === -1 ? bytes.length : found;
      this.#append(bytes.subarray(from, end));
      if (found !== -1) this.#give([this.#takePartial()]);
      from = end + 1;
    }
  }

  #append(bytes: Buffer): void {
    this.#partial.append(bytes);
    while (this.#partial.length > maxLineBytes) {
      const all = Buffer.from(this.#partial.view());
      const cut = characterBoundary(all, maxLineBytes);
      this.#partial.clear();
      this.#partial.append(all, cut);
      this.#give([all.toString("utf8", 0, cut)]);
    }
  }

  #flush(): void {
    if (this.#partial.length > 0) this.#give([this.#takePartial()]);
  }

  #takePartial(): string {
    const text = this.#partial.view().toString("utf8");
    this.#partial.clear();
    return text;
  }

  #give(lines: readonly string[]): void {
    const wait = this.#take(lines);
    if (wait === undefined) return;
    this.#stream.pause();
    const resume = () => {
      if (this.#paused !== waiting) return;
      this.#paused = undefined;
      this.#stream.resume();
    };
    const waiting = wait.then(resume, resume);
    this.#paused = waiting;
  }
}

/** The last place up to `limit` where a UTF-8 character ends. */
function characterBoundary(bytes: Buffer, limit: number): number {
  let cut = limit;
  while (cut > limit - 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
  return cut;
}
