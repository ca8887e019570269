import type { RecordVault } from "../../kms/record-vault.ts";
import type { StateDatabase } from "../../state/database.ts";
import type { ChangeSetRecord, ResourceRow, StackEvent, StackRecord } from "./stack-record.ts";

/** How long another platform's transaction is waited for, in milliseconds. */
const waitMs = 5000;

/** Stands for the platform's address in what is kept: its port may be another one next time. */
const placeholder = "{{platform}}";

/** Stacks, their resources, change sets and events in the state. */
export class StackStore {
  readonly #state: StateDatabase;
  readonly #origin: () => string;
  readonly #vault: Pick<RecordVault, "seal" | "open">;

  /**
   * @param origin - the platform's address, which URLs of queues begin with.
   * @param vault - encrypts functions, whose environment variables may be secrets; they are kept as they are without one.
   */
  constructor(
    state: StateDatabase,
    origin: () => string,
    vault: Pick<RecordVault, "seal" | "open"> = { seal: (record) => record, open: (text) => text },
  ) {
    this.#state = state;
    this.#origin = origin;
    this.#vault = vault;
  }

  /** Runs `work` as a whole or not at all. */
  transaction(work: () => void): void {
    this.#state.transaction(work, waitMs);
  }

  putStack(stack: StackRecord): void {
    this.#run(
      `INSERT INTO stack (id, name, created_ms, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET record = excluded.record`,
      stack.id,
      stack.name,
      stack.createdMs,
      JSON.stringify({ ...stack, outputs: this.#lift(stack.outputs) }),
    );
  }

  /** By ARN. */
  stack(id: string): StackRecord | undefined {
    return this.#stacks("WHERE id = ?", id)[0];
  }

  /** All of them, in the order in which they were created. */
  stacks(): StackRecord[] {
    return this.#stacks("ORDER BY created_ms, rowid");
  }

  /** Removes everything of a stack. */
  forget(stackId: string): void {
    this.transaction(() => {
      this.#run("DELETE FROM stack WHERE id = ?", stackId);
      this.#run("DELETE FROM change_set WHERE stack_id = ?", stackId);
      this.#run("DELETE FROM stack_event WHERE stack_id = ?", stackId);
    });
  }

  putResource(row: ResourceRow): void {
    this.#run(
      `INSERT INTO stack_resource (deployment, logical_id, position, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (deployment, logical_id) DO UPDATE SET position = excluded.position, record = excluded.record`,
      row.deployment,
      row.logicalId,
      row.position,
      row.type === "AWS::Lambda::Function" || row.type === "AWS::Lambda::Version"
        ? this.#vault.seal(JSON.stringify(this.#lift(row)))
        : JSON.stringify(this.#lift(row)),
    );
  }

  /** Resources of a deployment, in the order in which they were created. */
  resources(deployment: string | undefined): ResourceRow[] {
    if (deployment === undefined) return [];
    return this.#all<ResourceRow>(
      "SELECT record FROM stack_resource WHERE deployment = ? ORDER BY position, logical_id",
      deployment,
    ).map((row) => this.#land(row));
  }

  /** Every resource of every deployment. */
  allResources(): ResourceRow[] {
    return this.#all<ResourceRow>("SELECT record FROM stack_resource").map((row) => this.#land(row));
  }

  deleteResource({ deployment, logicalId }: Pick<ResourceRow, "deployment" | "logicalId">): void {
    this.#run("DELETE FROM stack_resource WHERE deployment = ? AND logical_id = ?", deployment, logicalId);
  }

  deleteResources(deployment: string): void {
    this.#run("DELETE FROM stack_resource WHERE deployment = ?", deployment);
  }

  putChangeSet(changeSet: ChangeSetRecord): void {
    this.#run(
      `INSERT INTO change_set (id, stack_id, name, created_ms, record) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET record = excluded.record`,
      changeSet.id,
      changeSet.stackId,
      changeSet.name,
      changeSet.createdMs,
      JSON.stringify(changeSet),
    );
  }

  changeSet(id: string): ChangeSetRecord | undefined {
    return this.#all<ChangeSetRecord>("SELECT record FROM change_set WHERE id = ?", id)[0];
  }

  changeSets(stackId: string): ChangeSetRecord[] {
    return this.#all<ChangeSetRecord>(
      "SELECT record FROM change_set WHERE stack_id = ? ORDER BY created_ms, rowid",
      stackId,
    );
  }

  deleteChangeSet(id: string): void {
    this.#run("DELETE FROM change_set WHERE id = ?", id);
  }

  /**
   * Adds an event, at least a millisecond after the one before: SAM CLI overlooks one that is not.
   * @returns its time.
   */
  addEvent(
    event: Omit<StackEvent, "timestampMs" | "eventId">,
    eventId: (timestampMs: number) => string,
    nowMs: number,
  ): number {
    const { last } = this.#state.database
      .prepare("SELECT max(timestamp_ms) AS last FROM stack_event WHERE stack_id = ?")
      .get(event.stackId) as { last: number | null };
    const timestampMs = Math.max(nowMs, (last ?? 0) + 1);
    const record: StackEvent = { ...event, timestampMs, eventId: eventId(timestampMs) };
    this.#run(
      "INSERT INTO stack_event (stack_id, timestamp_ms, record) VALUES (?, ?, ?)",
      event.stackId,
      timestampMs,
      JSON.stringify(record),
    );
    return timestampMs;
  }

  /**
   * Events of a stack, the newest first.
   * @param beforeMs - only such as are older.
   */
  events(stackId: string, beforeMs: number, count: number): StackEvent[] {
    return this.#all<StackEvent>(
      "SELECT record FROM stack_event WHERE stack_id = ? AND timestamp_ms < ? ORDER BY timestamp_ms DESC LIMIT ?",
      stackId,
      beforeMs,
      count,
    );
  }

  #stacks(condition: string, ...values: string[]): StackRecord[] {
    const found = this.#all<StackRecord>(`SELECT record FROM stack ${condition}`, ...values);
    return found.map((stack) => ({ ...stack, outputs: this.#land(stack.outputs) }));
  }

  /** What is kept of a value, whatever the platform's address is. */
  #lift<T>(value: T): T {
    return JSON.parse(JSON.stringify(value).replaceAll(this.#origin(), placeholder)) as T;
  }

  /** A value that was kept, at the address that the platform has. */
  #land<T>(value: T): T {
    return JSON.parse(JSON.stringify(value).replaceAll(placeholder, this.#origin())) as T;
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#state.database.prepare(sql).run(...values);
  }

  #all<Record>(sql: string, ...values: (string | number)[]): Record[] {
    const rows = this.#state.database.prepare(sql).all(...values);
    return rows.map(({ record }) => JSON.parse(this.#vault.open(String(record))) as Record);
  }
}
