import { randomUUID } from "node:crypto";
import type { StateDatabase } from "../state/database.ts";
import type { MessageAttributes, NewMessage } from "./message.ts";
import type { QueueAttributes } from "./queue.ts";

/** A message that was received. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly traceHeader: string | undefined;
  readonly senderId: string;
  readonly sentMs: number;
  readonly receiveCount: number;
  readonly firstReceivedMs: number;
  readonly receiptHandle: string;
}

/** How many messages a queue has, by what can be done with them. */
export interface MessageCounts {
  readonly visible: number;
  readonly notVisible: number;
  readonly delayed: number;
}

/** How long a transaction of another platform is waited for, in milliseconds. */
const waitMs = 1000;

/** The messages of all queues, in the state. */
export class MessageStore {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** One statement, so that it takes part in a transaction that is under way. @returns the message's id. */
  put(queue: string, message: NewMessage, delaySeconds: number, nowMs: number): string {
    const messageId = randomUUID();
    this.#state.database
      .prepare(
        `INSERT INTO queue_message (queue, message_id, body, attributes, trace_header, sender_id, sent_ms, visible_ms, receive_count)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
      )
      .run(
        queue,
        messageId,
        message.body,
        JSON.stringify(message.attributes ?? {}),
        message.traceHeader ?? null,
        message.senderId,
        nowMs,
        nowMs + delaySeconds * 1000,
      );
    return messageId;
  }

  /** Takes up to `most` messages that are visible; nobody else sees them for `visibilityMs`. */
  take(
    queue: string,
    { RedrivePolicy: redrive }: QueueAttributes,
    most: number,
    visibilityMs: number,
    nowMs: number,
  ): ReceivedMessage[] {
    const { database } = this.#state;
    const visible = database.prepare(
      "SELECT 1 FROM queue_message WHERE queue = ? AND visible_ms <= ? LIMIT 1",
    );
    if (visible.get(queue, nowMs) === undefined) return [];
    const deadLetterQueue = redrive?.deadLetterTargetArn.split(":").at(-1);
    let taken: ReceivedMessage[] = [];
    this.#state.transaction(() => {
      if (redrive !== undefined && deadLetterQueue !== undefined) {
        // The receipt is taken away: who holds it must not delete the message where it is now.
        database
          .prepare(
            `UPDATE queue_message SET queue = ?, receive_count = 0, first_received_ms = NULL, receipt = NULL
             WHERE queue = ? AND visible_ms <= ? AND receive_count >= ?`,
          )
          .run(deadLetterQueue, queue, nowMs, redrive.maxReceiveCount);
      }
      const rows = database
        .prepare(
          "SELECT * FROM queue_message WHERE queue = ? AND visible_ms <= ? ORDER BY visible_ms, id LIMIT ?",
        )
        .all(queue, nowMs, most);
      taken = rows.map((row) => {
        const receiptHandle = Buffer.from(`${row["id"]}:${randomUUID()}`).toString("base64");
        const firstReceivedMs = Number(row["first_received_ms"] ?? nowMs);
        const receiveCount = Number(row["receive_count"]) + 1;
        database
          .prepare(
            "UPDATE queue_message SET visible_ms = ?, receive_count = ?, first_received_ms = ?, receipt = ? WHERE id = ?",
          )
          .run(nowMs + visibilityMs, receiveCount, firstReceivedMs, receiptHandle, Number(row["id"]));
        return {
          messageId: String(row["message_id"]),
          body: String(row["body"]),
          attributes: JSON.parse(String(row["attributes"])) as MessageAttributes,
          traceHeader: row["trace_header"] === null ? undefined : String(row["trace_header"]),
          senderId: String(row["sender_id"]),
          sentMs: Number(row["sent_ms"]),
          receiveCount,
          firstReceivedMs,
          receiptHandle,
        };
      });
    }, waitMs);
    return taken;
  }

  /** When the next message becomes visible, if one will. */
  nextVisibleMs(queue: string, nowMs: number): number | undefined {
    const row = this.#state.database
      .prepare("SELECT MIN(visible_ms) AS next FROM queue_message WHERE queue = ? AND visible_ms > ?")
      .get(queue, nowMs);
    return row?.["next"] == null ? undefined : Number(row["next"]);
  }

  delete(queue: string, receiptHandle: string): void {
    this.#state.database
      .prepare("DELETE FROM queue_message WHERE queue = ? AND receipt = ?")
      .run(queue, receiptHandle);
  }

  /** @returns whether there is a message of that receipt that is not visible. */
  changeVisibility(queue: string, receiptHandle: string, visibleMs: number, nowMs: number): boolean {
    const { changes } = this.#state.database
      .prepare("UPDATE queue_message SET visible_ms = ? WHERE queue = ? AND receipt = ? AND visible_ms > ?")
      .run(visibleMs, queue, receiptHandle, nowMs);
    return Number(changes) > 0;
  }

  purge(queue: string): void {
    this.#state.database.prepare("DELETE FROM queue_message WHERE queue = ?").run(queue);
  }

  /** Removes what was sent before `sinceMs`. */
  expire(queue: string, sinceMs: number): void {
    this.#state.database
      .prepare("DELETE FROM queue_message WHERE queue = ? AND sent_ms <= ?")
      .run(queue, sinceMs);
  }

  count(queue: string, nowMs: number): MessageCounts {
    const row = this.#state.database
      .prepare(
        `SELECT COUNT(*) FILTER (WHERE visible_ms <= :now) AS visible,
                COUNT(*) FILTER (WHERE visible_ms > :now AND receive_count > 0) AS notVisible,
                COUNT(*) FILTER (WHERE visible_ms > :now AND receive_count = 0) AS delayed
         FROM queue_message WHERE queue = :queue`,
      )
      .get({ now: nowMs, queue });
    const { visible, notVisible, delayed } = row ?? {};
    return { visible: Number(visible), notVisible: Number(notVisible), delayed: Number(delayed) };
  }
}
