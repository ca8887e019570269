import { EventEmitter, once } from "node:events";

/** Text that comes piece by piece, and can be waited for. */
export class Transcript {
  readonly #progress = new EventEmitter();
  #text = "";
  #isOver = false;

  constructor() {
    // Many may wait at once.
    this.#progress.setMaxListeners(0);
  }

  /** What has come so far. */
  get text(): string {
    return this.#text;
  }

  append(text: string): void {
    this.#text += text;
    this.#progress.emit("change");
  }

  /** Says that nothing more will come. */
  end(): void {
    this.#isOver = true;
    this.#progress.emit("change");
  }

  /** Waits until the text matches. @throws if it ends before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match !== null) return match;
      if (this.#isOver) throw new Error(`${pattern} never came, but:\n${this.#text}`);
      await once(this.#progress, "change");
    }
  }

  /** Waits until the text is exactly this, no more and no less. @throws if it becomes another. */
  async is(expected: string): Promise<void> {
    while (this.#text !== expected) {
      if (this.#isOver || !expected.startsWith(this.#text)) {
        throw new Error(`${JSON.stringify(expected)} was expected, but this came:\n${this.#text}`);
      }
      await once(this.#progress, "change");
    }
  }
}
