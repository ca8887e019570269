import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
/** Of the form of what is encrypted. */
const version = 1;

/** What is encrypted can't be decrypted: it was changed, or the key or the context is another one. */
export class UndecipherableError extends Error {}

/** Master keys: files of the state folder that only their owner can read. None of them leaves it. */
export class KeyRing {
  readonly #folder: string;
  readonly #keys = new Map<string, Buffer>();

  /** @param folder - made with the first key. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Encrypts bytes with a master key, which is made with its first use.
   * @param keyId - 36 characters at most; what is encrypted says it.
   * @param context - must be the same to decrypt it.
   */
  encrypt(keyId: string, plaintext: Uint8Array, context = ""): Buffer {
    const head = Buffer.from([version, keyId.length, ...Buffer.from(keyId)]);
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.#key(keyId, true), iv);
    cipher.setAAD(Buffer.concat([head, Buffer.from(context)]));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([head, iv, cipher.getAuthTag(), body]);
  }

  /** The key that something was encrypted with; nothing if it was not encrypted here. */
  keyOf(ciphertext: Uint8Array): string | undefined {
    const length = ciphertext[1] ?? 0;
    if (ciphertext[0] !== version || ciphertext.length < 2 + length + ivBytes + tagBytes) return undefined;
    return Buffer.from(ciphertext.subarray(2, 2 + length)).toString();
  }

  /** @throws {UndecipherableError} */
  decrypt(ciphertext: Uint8Array, context = ""): Buffer {
    const keyId = this.keyOf(ciphertext);
    if (keyId === undefined) throw new UndecipherableError("It was not encrypted here.");
    const headBytes = 2 + keyId.length;
    const part = (from: number, length?: number) =>
      ciphertext.subarray(from, length === undefined ? undefined : from + length);
    try {
      const decipher = createDecipheriv(algorithm, this.#key(keyId, false), part(headBytes, ivBytes));
      decipher.setAAD(Buffer.concat([part(0, headBytes), Buffer.from(context)]));
      decipher.setAuthTag(part(headBytes + ivBytes, tagBytes));
      return Buffer.concat([decipher.update(part(headBytes + ivBytes + tagBytes)), decipher.final()]);
    } catch (error) {
      throw new UndecipherableError("It was changed, or its key or context is another one.", {
        cause: error,
      });
    }
  }

  /** Destroys a key: nothing that it encrypted can be read again. */
  destroy(keyId: string): void {
    this.#keys.delete(keyId);
    rmSync(this.#path(keyId), { force: true });
  }

  #key(keyId: string, makes: boolean): Buffer {
    const known = this.#keys.get(keyId) ?? this.#read(keyId) ?? (makes ? this.#make(keyId) : undefined);
    if (known === undefined) throw new UndecipherableError(`There is no key ${keyId}.`);
    this.#keys.set(keyId, known);
    return known;
  }

  #read(keyId: string): Buffer | undefined {
    try {
      return readFileSync(this.#path(keyId));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  #make(keyId: string): Buffer {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    try {
      writeFileSync(this.#path(keyId), randomBytes(keyBytes), { mode: 0o600, flag: "wx" });
    } catch (error) {
      // Another platform on the same state was faster.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    return readFileSync(this.#path(keyId));
  }

  #path(keyId: string): string {
    if (!/^[A-Za-z0-9-]{1,36}$/.test(keyId)) throw new UndecipherableError(`${keyId} is no id of a key.`);
    return join(this.#folder, keyId);
  }
}
