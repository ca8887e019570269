import type { StateDatabase } from "../state/database.ts";

/** What a log group can be told. */
export interface LogGroupSettings {
  /** How long events are kept; for ever unless set. */
  readonly retentionDays?: number | undefined;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A log group. */
export interface LogGroup {
  readonly name: string;
  /** Of one that nobody created, the time of its first event. */
  readonly createdMs: number;
  readonly bytes: number;
  readonly retentionDays: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** Which events of a group are there to be read. */
export interface LogBounds {
  /** Whether somebody created the group: it is there without events too. */
  readonly isCreated: boolean;
  /** The first time that is within the group's retention. */
  readonly oldestMs: number;
  /** Events up to this one went with a group that was deleted. */
  readonly pastId: number;
}

const dayMs = 86_400_000;

/** Log groups that were created, changed or deleted. Others have nothing but events. */
export class LogGroupTable {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Every log group, in the order of their names. */
  list(nowMs: number): LogGroup[] {
    const rows = this.#state.database
      .prepare(
        `WITH live AS (
           SELECT log_group, min(timestamp_ms) AS first, sum(length(CAST(message AS BLOB))) AS bytes
           FROM log_event LEFT JOIN log_group ON name = log_group
           WHERE id > coalesce(deleted_through, 0)
             AND timestamp_ms >= coalesce(:now - retention_days * ${dayMs}, 0)
           GROUP BY log_group)
         SELECT coalesce(name, log_group) AS name, coalesce(created_ms, first) AS created, bytes, retention_days, tags
         FROM live FULL JOIN log_group ON name = log_group
         WHERE log_group IS NOT NULL OR created_ms IS NOT NULL
         ORDER BY 1`,
      )
      .all({ now: nowMs });
    return rows.map((row) => ({
      name: String(row["name"]),
      createdMs: Number(row["created"]),
      bytes: Number(row["bytes"] ?? 0),
      retentionDays: row["retention_days"] === null ? undefined : Number(row["retention_days"]),
      tags: JSON.parse(String(row["tags"] ?? "{}")),
    }));
  }

  /**
   * Creates a group, or changes the settings that it has: tags only if there are some.
   * @param createdMs - unless the group has events, or was created before.
   */
  put(name: string, createdMs: number, { retentionDays, tags }: LogGroupSettings): void {
    this.#state.database
      .prepare(
        `INSERT INTO log_group
         SELECT :name, coalesce(min(timestamp_ms), :created), :days, coalesce(:tags, '{}'), 0 FROM log_event
         WHERE log_group = :name AND id > coalesce((SELECT deleted_through FROM log_group WHERE name = :name), 0)
         ON CONFLICT DO UPDATE SET created_ms = coalesce(created_ms, excluded.created_ms),
           retention_days = :days, tags = coalesce(:tags, tags)`,
      )
      .run({
        name,
        created: createdMs,
        days: retentionDays ?? null,
        tags: tags === undefined ? null : JSON.stringify(tags),
      });
  }

  /** Forgets a group, and remembers which events went with it. */
  delete(name: string): void {
    this.#state.database
      .prepare(
        `INSERT INTO log_group
         SELECT :name, NULL, NULL, '{}', coalesce(max(id), 0) FROM log_event WHERE log_group = :name
         ON CONFLICT DO UPDATE SET created_ms = NULL, retention_days = NULL, tags = '{}',
           deleted_through = max(deleted_through, excluded.deleted_through)`,
      )
      .run({ name });
  }

  bounds(name: string, nowMs: number): LogBounds {
    const row = this.#state.database
      .prepare("SELECT created_ms, retention_days, deleted_through FROM log_group WHERE name = ?")
      .get(name);
    if (row === undefined) return { isCreated: false, oldestMs: 0, pastId: 0 };
    const days = row["retention_days"];
    return {
      isCreated: row["created_ms"] !== null,
      oldestMs: days === null ? 0 : Math.max(0, nowMs - Number(days) * dayMs),
      pastId: Number(row["deleted_through"]),
    };
  }

  /**
   * Removes some of the events that are out of bounds, as a part of the transaction that is under way.
   * @param most - of all groups together.
   * @returns whether there may be more.
   */
  prune(nowMs: number, most: number): boolean {
    const rows = this.#state.database
      .prepare("SELECT name, created_ms, retention_days, deleted_through FROM log_group")
      .all();
    let left = most;
    for (const row of rows) {
      if (left === 0) break;
      const name = String(row["name"]);
      const throughId = Number(row["deleted_through"]);
      const days = row["retention_days"];
      if (throughId > 0 || row["created_ms"] === null) left -= this.#pruneDeleted(name, throughId, left);
      else if (days !== null) left -= this.#pruneExpired(name, nowMs - Number(days) * dayMs, left);
    }
    return left === 0;
  }

  /** The last event goes last: SQLite gives its id to another one as soon as it is free, and that one would be gone too. */
  #pruneDeleted(name: string, throughId: number, most: number): number {
    const { database } = this.#state;
    const pruned = this.#deleteEvents("id < ?", name, throughId, most);
    if (pruned === most) return pruned;
    this.#deleteEvents("id = ?", name, throughId, 1);
    database.prepare("UPDATE log_group SET deleted_through = 0 WHERE name = ?").run(name);
    database.prepare("DELETE FROM log_group WHERE name = ? AND created_ms IS NULL").run(name);
    return pruned;
  }

  #pruneExpired(name: string, beforeMs: number, most: number): number {
    return this.#deleteEvents("timestamp_ms < ?", name, beforeMs, most);
  }

  /** @returns how many there were. */
  #deleteEvents(condition: string, group: string, bound: number, most: number): number {
    const { changes } = this.#state.database
      .prepare(
        `DELETE FROM log_line WHERE id IN (SELECT id FROM log_event WHERE log_group = ? AND ${condition} LIMIT ?)`,
      )
      .run(group, bound, most);
    return Number(changes);
  }
}
