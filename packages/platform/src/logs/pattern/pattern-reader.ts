import { malformedPattern } from "./malformed-pattern.ts";

/** Reads a filter pattern from its beginning to its end. Blanks between what it reads are skipped. */
export class PatternReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether there is nothing more to read. */
  get isAtEnd(): boolean {
    this.#skipBlanks();
    return this.#at === this.#text.length;
  }

  /** Reads a text, if it is what comes next. */
  take(text: string): boolean {
    this.#skipBlanks();
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** @throws {AwsServiceError} if something else comes next. */
  expect(text: string): void {
    if (!this.take(text)) throw malformedPattern();
  }

  /**
   * Reads what an expression matches here.
   * @param expression - sticky.
   * @returns the match; nothing if there is none.
   */
  match(expression: RegExp): RegExpExecArray | undefined {
    this.#skipBlanks();
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match === null) return undefined;
    this.#at = expression.lastIndex;
    return match;
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }
}
