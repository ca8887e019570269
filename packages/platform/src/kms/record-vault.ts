import type { KeyRing } from "./key-ring.ts";

/** The key with which the platform encrypts what is its own to keep. */
const ownKey = "platform";

/** Encrypts records of the state that may hold secrets: those of functions, with their environment variables. */
export class RecordVault {
  readonly #ring: KeyRing;

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  seal(record: string): string {
    return `sealed:${this.#ring.encrypt(ownKey, Buffer.from(record)).toString("base64")}`;
  }

  /** The record of a text that may have been sealed. */
  open(text: string): string {
    if (!text.startsWith("sealed:")) return text;
    return this.#ring.decrypt(Buffer.from(text.slice("sealed:".length), "base64")).toString();
  }
}
