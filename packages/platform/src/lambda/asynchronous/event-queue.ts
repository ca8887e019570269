import type { StatementSync } from "node:sqlite";
import type { StateDatabase } from "../../state/database.ts";
import { isOwnerAlive, newOwner, retireOwner } from "../../state/process-owner.ts";
import type { EventResponse } from "./invocation-record.ts";
import type { EventHistory } from "./retry-policy.ts";

/** An event that is accepted. */
export interface NewEvent {
  readonly functionName: string;
  /** Version or alias, if the invocation named one. */
  readonly qualifier: string | undefined;
  /** As invoked, with the qualifier if one was given. */
  readonly invokedArn: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly tenantId: string | undefined;
  readonly payload: Uint8Array;
}

/** An event in the queue. */
export interface QueuedEvent extends NewEvent, EventHistory {
  readonly id: number;
  /** Times that the function was invoked with it, as far as is known. */
  readonly attempts: number;
  readonly lastResponse: EventResponse | undefined;
}

/** How an event goes back to the queue. */
export interface PutBack
  extends Pick<QueuedEvent, "attempts" | "functionErrors" | "refusals" | "lastResponse"> {
  readonly dueMs: number;
}

/**
 * The events that were accepted and are not done with, in the state. Each has one owner who delivers it; what is left by one
 * that has died is adopted. An event that was being delivered then is delivered once more.
 */
export class EventQueue {
  readonly #state: StateDatabase;
  readonly #scope: string;
  readonly #owner = newOwner();
  readonly #statements = new Map<string, StatementSync>();

  /** @param scope - whose events these are: platforms with different templates may share a state. */
  constructor(state: StateDatabase, scope: string) {
    this.#state = state;
    this.#scope = scope;
  }

  /** Adds an event. One statement, so that it takes part in a transaction that is under way. */
  put(event: NewEvent, nowMs: number): void {
    this.#prepare(
      `INSERT INTO asynchronous_event (scope, owner, function_name, qualifier, invoked_arn, request_id, trace_id, tenant_id,
         payload, accepted_ms, due_ms, is_begun, attempts, function_errors, refusals)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0)`,
    ).run(
      this.#scope,
      this.#owner,
      event.functionName,
      event.qualifier ?? null,
      event.invokedArn,
      event.requestId,
      event.traceId,
      event.tenantId ?? null,
      event.payload,
      nowMs,
      nowMs,
    );
  }

  /** Takes over what dead owners left. @returns how many events that are. */
  adopt(): number {
    const owners = this.#prepare(
      "SELECT DISTINCT owner FROM asynchronous_event WHERE scope = ? AND owner <> ?",
    )
      .all(this.#scope, this.#owner)
      .map((row) => String(row["owner"]));
    const take = this.#prepare(
      "UPDATE asynchronous_event SET owner = ?, is_begun = 0 WHERE scope = ? AND owner = ?",
    );
    return owners
      .filter((owner) => !isOwnerAlive(owner))
      .reduce((sum, owner) => sum + Number(take.run(this.#owner, this.#scope, owner).changes), 0);
  }

  /** Functions that have events which are not under way. */
  waiting(): string[] {
    // One step of the index for each function, however many events it has.
    const next = this.#prepare(
      "SELECT MIN(function_name) AS name FROM asynchronous_event WHERE owner = ? AND is_begun = 0 AND function_name > ?",
    );
    const names: string[] = [];
    for (;;) {
      const name = next.get(this.#owner, names.at(-1) ?? "")?.["name"];
      if (name == null) return names;
      names.push(String(name));
    }
  }

  /** A function's oldest events that are due and not under way. */
  due(functionName: string, nowMs: number, most: number): QueuedEvent[] {
    return this.#prepare(
      `SELECT * FROM asynchronous_event WHERE owner = ? AND is_begun = 0 AND function_name = ? AND due_ms <= ?
       ORDER BY due_ms, id LIMIT ?`,
    )
      .all(this.#owner, functionName, nowMs, most)
      .map(eventOf);
  }

  /** When a function's next event is due that is not under way. */
  nextDueMs(functionName: string): number | undefined {
    const row = this.#prepare(
      "SELECT MIN(due_ms) AS next FROM asynchronous_event WHERE owner = ? AND is_begun = 0 AND function_name = ?",
    ).get(this.#owner, functionName);
    return row?.["next"] == null ? undefined : Number(row["next"]);
  }

  /** An attempt begins. It counts even if nothing is heard of it any more. */
  begin(id: number): void {
    this.#prepare("UPDATE asynchronous_event SET is_begun = 1, attempts = attempts + 1 WHERE id = ?").run(id);
  }

  putBack(id: number, { dueMs, attempts, functionErrors, refusals, lastResponse }: PutBack): void {
    this.#prepare(
      `UPDATE asynchronous_event SET is_begun = 0, due_ms = ?, attempts = ?, function_errors = ?, refusals = ?, last_response = ?
       WHERE id = ?`,
    ).run(
      dueMs,
      attempts,
      functionErrors,
      refusals,
      lastResponse === undefined ? null : JSON.stringify(lastResponse),
      id,
    );
  }

  remove(id: number): void {
    this.#prepare("DELETE FROM asynchronous_event WHERE id = ?").run(id);
  }

  /** Leaves everything to the next owner. */
  close(): void {
    retireOwner(this.#owner);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#state.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function eventOf(row: Record<string, unknown>): QueuedEvent {
  const optional = (name: string) => (row[name] === null ? undefined : String(row[name]));
  const response = optional("last_response");
  return {
    id: Number(row["id"]),
    functionName: String(row["function_name"]),
    qualifier: optional("qualifier"),
    invokedArn: String(row["invoked_arn"]),
    requestId: String(row["request_id"]),
    traceId: String(row["trace_id"]),
    tenantId: optional("tenant_id"),
    payload: row["payload"] as Uint8Array,
    acceptedMs: Number(row["accepted_ms"]),
    attempts: Number(row["attempts"]),
    functionErrors: Number(row["function_errors"]),
    refusals: Number(row["refusals"]),
    lastResponse: response === undefined ? undefined : (JSON.parse(response) as EventResponse),
  };
}
