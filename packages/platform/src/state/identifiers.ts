import { randomInt } from "node:crypto";
import type { StateDatabase } from "./database.ts";

/** Lower case only: the id becomes part of a host name, and DNS knows no case. */
const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Ids that AWS would assign, kept so that a URL stays the same from one start to the next. */
export class Identifiers {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /**
   * The id of something, made at its first mention.
   * @param kind - what it identifies, such as `rest-api`.
   * @param name - unique within the kind.
   * @param length - of a new id.
   */
  idOf(kind: string, name: string, length: number): string {
    const { database } = this.#state;
    const find = database.prepare("SELECT id FROM identifier WHERE kind = ? AND name = ?");
    const known = find.get(kind, name);
    if (known !== undefined) return String(known["id"]);
    const id = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
    // Another platform on the same state may have been faster: then its id counts.
    database
      .prepare("INSERT INTO identifier (kind, name, id) VALUES (?, ?, ?) ON CONFLICT (kind, name) DO NOTHING")
      .run(kind, name, id);
    return String(find.get(kind, name)?.["id"]);
  }
}
