import { InvalidServerSentEventError } from "./errors.ts";
import type { ResponseStreamWriter } from "./response-stream.ts";

/** One event of an event stream. */
export interface ServerSentEvent {
  /** Event type; the client dispatches `message` when it is left out. */
  readonly event?: string;
  /** Text, which may have several lines, or anything else, which is sent as JSON. */
  readonly data?: unknown;
  /** Becomes the client's `Last-Event-ID` when it reconnects. */
  readonly id?: string;
  /** How long the client waits before it reconnects, in milliseconds. */
  readonly retry?: number;
}

/** How an event stream is opened. */
export interface ServerSentEventsOptions {
  /** Status of the response; 200 unless set. */
  readonly statusCode?: number;
  /** Further headers. `Content-Type` (`text/event-stream`) and `Cache-Control` (`no-cache`) are sent unless set here. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Sends a comment whenever nothing else was sent for this long, in milliseconds; never unless set. API Gateway cuts a
   * stream that is silent for 5 minutes (Regional) or 30 seconds (edge-optimized).
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
   */
  readonly heartbeatMs?: number;
}

/** Writes an event stream. Each method resolves when the client's side has taken the bytes. */
export interface ServerSentEventStream {
  /**
   * Sends one event.
   * @throws {InvalidServerSentEventError} if `event` or `id` has a line break (`id` also a NUL), `retry` is no
   * non-negative integer, or JSON can't hold `data`.
   */
  send(event: ServerSentEvent): Promise<void>;
  /** Sends a comment, which clients ignore. */
  comment(text: string): Promise<void>;
  /** Stops the heartbeat and finishes the response. */
  close(): Promise<void>;
}

/**
 * Opens an event stream on a response: sends status 200 and the headers of `text/event-stream` at once.
 *
 * @throws what {@link ResponseStreamWriter.writeStatusAndHeaders} throws.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * @example
 * ```ts
 * export const handler = streaming(async (_event, response) => {
 *   const events = await sse(response, { heartbeatMs: 15_000 });
 *   await events.send({ event: "token", data: { text: "Hello" }, id: "1" });
 *   await events.close();
 * });
 * ```
 */
export async function sse(
  response: ResponseStreamWriter,
  options: ServerSentEventsOptions = {},
): Promise<ServerSentEventStream> {
  const { statusCode = 200, headers, heartbeatMs } = options;
  // Past 2^31 - 1 ms a timer fires at once.
  if (heartbeatMs !== undefined && !(heartbeatMs > 0 && heartbeatMs < 2 ** 31)) {
    throw new RangeError(
      `heartbeatMs is ${heartbeatMs}; give a positive number of milliseconds, below 2^31.`,
    );
  }
  await response.writeStatusAndHeaders({ statusCode, headers: withDefaults(headers) });

  let heartbeat: NodeJS.Timeout | undefined;
  const write = async (text: string): Promise<void> => {
    heartbeat?.refresh();
    await response.write(text);
  };
  if (heartbeatMs !== undefined) {
    let isWaiting = false;
    heartbeat = setInterval(() => {
      if (response.isFinished || response.isFailed) return clearInterval(heartbeat);
      // A client that doesn't read needs no further sign of life, and the timer must not pile them up.
      if (isWaiting) return;
      isWaiting = true;
      response
        .write(":\n\n")
        .catch(() => clearInterval(heartbeat))
        .finally(() => {
          isWaiting = false;
        });
    }, heartbeatMs).unref();
  }

  return {
    send: async (event) => write(formatEvent(event)),
    comment: (text) => write(`${fieldLines("", text)}\n`),
    close: async () => {
      clearInterval(heartbeat);
      await response.finish();
    },
  };
}

/** Header names have no case, and no name may be sent twice. */
function withDefaults(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const defaults = { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" };
  const missing = Object.entries(defaults).filter(([name]) => !given.has(name.toLowerCase()));
  return { ...Object.fromEntries(missing), ...headers };
}

function formatEvent({ event, data, id, retry }: ServerSentEvent): string {
  let text = "";
  if (event !== undefined) text += `event: ${singleLine("event", event)}\n`;
  if (id !== undefined) {
    // A client ignores an id with a NUL instead of complaining.
    if (id.includes("\0"))
      throw new InvalidServerSentEventError("The id of an event can't hold a NUL character.");
    text += `id: ${singleLine("id", id)}\n`;
  }
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0) {
      throw new InvalidServerSentEventError(`retry is ${retry}; give a whole number of milliseconds.`);
    }
    text += `retry: ${retry}\n`;
  }
  if (data !== undefined) text += fieldLines("data", typeof data === "string" ? data : toJson(data));
  return `${text}\n`;
}

function toJson(data: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  throw new InvalidServerSentEventError("The data of an event can't be written as JSON.", { cause });
}

function singleLine(field: string, value: string): string {
  if (/[\r\n]/.test(value)) {
    throw new InvalidServerSentEventError(
      `The ${field} of an event can't hold a line break: ${JSON.stringify(value)}.`,
    );
  }
  return value;
}

/** Any of the three line ends would begin a new field on the wire, so each line becomes a field of its own. */
function fieldLines(field: string, text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => `${field}: ${line}\n`)
    .join("");
}
