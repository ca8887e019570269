import type { StateDatabase } from "./database.ts";

/** Numbers that AWS counts up and never gives twice, such as those of a function's versions. */
export class Sequences {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /**
   * The next number, from 1.
   * @param kind - what is counted, such as `layer-version`.
   * @param name - unique within the kind.
   */
  next(kind: string, name: string): number {
    const { database } = this.#state;
    const next = database.prepare(
      "INSERT INTO sequence (kind, name, last) VALUES (?, ?, 1) ON CONFLICT (kind, name) DO UPDATE SET last = last + 1 RETURNING last",
    );
    return Number(next.get(kind, name)?.["last"]);
  }
}
