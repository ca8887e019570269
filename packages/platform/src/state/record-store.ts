import type { StateDatabase } from "./database.ts";

/** Things of one kind that an API has made, by name, as JSON. */
export class RecordStore<T> {
  readonly #state: StateDatabase;
  readonly #kind: string;

  /** @param kind - unique among all users of the state, such as `topic`. */
  constructor(state: StateDatabase, kind: string) {
    this.#state = state;
    this.#kind = kind;
  }

  get(name: string): T | undefined {
    const row = this.#state.database
      .prepare("SELECT record FROM service_record WHERE kind = ? AND name = ?")
      .get(this.#kind, name);
    return row === undefined ? undefined : (JSON.parse(String(row["record"])) as T);
  }

  /** In the order of their names. */
  list(): T[] {
    return this.#state.database
      .prepare("SELECT record FROM service_record WHERE kind = ? ORDER BY name")
      .all(this.#kind)
      .map((row) => JSON.parse(String(row["record"])) as T);
  }

  /** One statement, so that it takes part in a transaction that is under way. */
  put(name: string, record: T): void {
    this.#state.database
      .prepare("INSERT OR REPLACE INTO service_record (kind, name, record) VALUES (?, ?, ?)")
      .run(this.#kind, name, JSON.stringify(record));
  }

  /** @returns whether there was one. */
  delete(name: string): boolean {
    const { changes } = this.#state.database
      .prepare("DELETE FROM service_record WHERE kind = ? AND name = ?")
      .run(this.#kind, name);
    return Number(changes) > 0;
  }
}
