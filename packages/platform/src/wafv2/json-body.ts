/** A key or value of a JSON text. */
export interface JsonElement {
  readonly kind: "key" | "value";
  /** As a JSON pointer. */
  readonly pointer: string;
  /** A string's content, or the text of a number, `true`, `false` or `null`; bytes. */
  readonly text: string;
}

/** What could be read of a JSON text, up to its end or to where it is none. */
export interface JsonElements {
  readonly elements: readonly JsonElement[];
  readonly isComplete: boolean;
}

/** Deeper than this no text is followed. */
const mostLevels = 200;

/** Pointers are cut here: a template's have at most 512 characters, and one more tells what is beneath. */
const pointerLength = 513;

/** Reads the keys and values of a JSON text of bytes; never throws. */
export function readJsonElements(bytes: string): JsonElements {
  const reader = new ElementReader(bytes);
  return { elements: reader.elements, isComplete: reader.read() };
}

class ElementReader {
  readonly elements: JsonElement[] = [];
  readonly #bytes: string;
  #position = 0;

  constructor(bytes: string) {
    this.#bytes = bytes;
  }

  read(): boolean {
    return this.#value("", 0) && this.#next() === "";
  }

  /** The next character that is no blank; nothing at the end. */
  #next(): string {
    while (" \t\n\r".includes(this.#bytes[this.#position] ?? "x")) this.#position += 1;
    return this.#bytes[this.#position] ?? "";
  }

  #skip(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#position += 1;
    return true;
  }

  #value(pointer: string, level: number): boolean {
    const first = this.#next();
    if (level > mostLevels) return false;
    if (first === "{") return this.#object(pointer, level);
    if (first === "[") return this.#array(pointer, level);
    const text = first === '"' ? this.#string() : this.#literal();
    if (text === undefined) return false;
    this.elements.push({ kind: "value", pointer, text });
    return true;
  }

  #object(pointer: string, level: number): boolean {
    this.#position += 1;
    if (this.#skip("}")) return true;
    do {
      const key = this.#next() === '"' ? this.#string() : undefined;
      if (key === undefined) return false;
      const inner = extended(pointer, key.replaceAll("~", "~0").replaceAll("/", "~1"));
      this.elements.push({ kind: "key", pointer: inner, text: key });
      if (!this.#skip(":") || !this.#value(inner, level + 1)) return false;
    } while (this.#skip(","));
    return this.#skip("}");
  }

  #array(pointer: string, level: number): boolean {
    this.#position += 1;
    if (this.#skip("]")) return true;
    let index = 0;
    do {
      if (!this.#value(extended(pointer, String(index)), level + 1)) return false;
      index += 1;
    } while (this.#skip(","));
    return this.#skip("]");
  }

  #string(): string | undefined {
    const pattern = /"((?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*)"/y;
    pattern.lastIndex = this.#position;
    const content = pattern.exec(this.#bytes)?.[0];
    if (content === undefined) return undefined;
    this.#position += content.length;
    if (!content.includes("\\")) return content.slice(1, -1);
    // Escapes may stand for any character; what is not escaped is bytes already, and stays.
    const escapes = /(?:\\u[0-9a-fA-F]{4}|\\.)+/g;
    return content
      .slice(1, -1)
      .replace(escapes, (run) => Buffer.from(JSON.parse(`"${run}"`) as string, "utf8").toString("latin1"));
  }

  #literal(): string | undefined {
    const pattern = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    pattern.lastIndex = this.#position;
    const text = pattern.exec(this.#bytes)?.[0];
    if (text !== undefined) this.#position += text.length;
    return text;
  }
}

function extended(pointer: string, step: string): string {
  return pointer.length < pointerLength ? `${pointer}/${step}`.slice(0, pointerLength) : pointer;
}
